"""Trailing stops that wait: their stop prices follow the best price that there was since they came.

Rule 1: a trade first raises the high-water marks that it is beyond, then reaches the stop prices
that follow from them.
Rule 2: orders with one high-water mark are together, as a tide. A trade that is beyond several
makes them one, the smaller ones of it joining the largest: so an order moves no more often than the
logarithm of how many there are, whatever the market does, and a rising market moves one number.
Rule 3: of each heap no more is stale than is not.

Everything here is of one side and one way to trail. Prices are turned so that better is higher and
a stop price is below: those of sells are as they are, those of buys negative.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

import msgspec

from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order
from outcry.domain.types import BUY, UNIT, Side, Units

WAYS: Final = ("trail", "trail_percent")
"""The fields that say how far an order stays behind the market."""
_WHOLE = 100 * UNIT
"""All of a price, in hundredths."""


class Tide:
    """Orders with one high-water mark, by the numbers by which they began to wait."""

    __slots__ = ("high", "nearest", "orders", "trails")

    def __init__(self, high: int) -> None:
        self.high = high
        self.orders: dict[int, Order] = {}
        self.trails: list[tuple[Units, int]] = []
        """A heap of [trail, number] of each, and of some that are here no more."""
        self.nearest = 0
        """The number of its entry among the stop prices."""

    def __len__(self) -> int:
        return len(self.orders)

    def shortest(self) -> Units:
        """The shortest trail of its orders."""
        while self.trails[0][1] not in self.orders:
            heappop(self.trails)
        return self.trails[0][0]


class Trails:
    """One side of an instrument, in amounts or in percent."""

    __slots__ = ("_behind", "_count", "_of", "_sign", "_stops", "highs", "tides")

    def __init__(self, side: Side, behind: Callable[[int, Units], Units]) -> None:
        self._sign = -1 if side is BUY else 1
        self._behind = behind
        """How far a stop price stays behind a high-water mark, by the trail of its order."""
        self._of: dict[int, Tide] = {}
        """Where an order is, by its number."""
        self._count = 0
        self._stops: list[tuple[int, int, Tide]] = []
        """A heap of [stop price, negative; number of the entry] of the nearest order of each tide,
        and of stale ones, which have not the number that their tide says."""
        self.tides: dict[int, Tide] = {}
        """By high-water mark."""
        self.highs: list[int] = []
        """A heap of these marks, lowest first, and of some that are of no tide any more."""

    def __len__(self) -> int:
        return len(self._of)

    def add(self, order: Order, number: int) -> None:
        """Let an order wait; `number` is higher than that of any that is here."""
        said = order.said
        high = self._sign * said.high_water
        tide = self._tide(high)
        tide.orders[number] = order
        self._of[number] = tide
        trail = said.trail or said.trail_percent
        heappush(tide.trails, (trail, number))
        if tide.trails[0][1] == number:
            self._expect(tide)

    def remove(self, order: Order, number: int) -> None:
        """Take an order out; it keeps the high-water mark that it has come to."""
        tide = self._of.pop(number)
        del tide.orders[number]
        self.settle(order, tide.high)
        if not tide.orders:
            self._drop(tide)
            return
        if tide.trails[0][1] == number:
            self._expect(tide)
        if len(tide.trails) > 2 * len(tide.orders):
            tide.trails = [entry for entry in tide.trails if entry[1] in tide.orders]
            heapify(tide.trails)

    def present(self, order: Order, number: int) -> None:
        """Let an order say which high-water mark it has come to; it waits on."""
        self.settle(order, self._of[number].high)

    def present_all(self) -> None:
        """Let all say it."""
        for tide in self.tides.values():
            for order in tide.orders.values():
                self.settle(order, tide.high)

    def reach(self, price: Units) -> list[tuple[int, Order]]:
        """Raise what a trade is beyond, and take out those whom it sets off, with their numbers, in
        no order."""
        at = self._sign * price
        if self.highs and self.highs[0] < at:
            self._raise(at)
        reached: list[tuple[int, Order]] = []
        while self._stops and -self._stops[0][0] >= at:
            _, entry, tide = heappop(self._stops)
            if entry == tide.nearest:
                self._take(tide, at, reached)
        return reached

    def _take(self, tide: Tide, at: int, reached: list[tuple[int, Order]]) -> None:
        """Take out those of a tide whose stop price is at `at` or nearer."""
        orders, trails, high, behind = tide.orders, tide.trails, tide.high, self._behind
        while trails:
            trail, number = trails[0]
            if number in orders:
                if high - behind(high, trail) < at:
                    break
                order = orders.pop(number)
                del self._of[number]
                self.settle(order, high)
                reached.append((number, order))
            heappop(trails)
        if orders:
            self._expect(tide)
        else:
            self._drop(tide)

    def _raise(self, at: int) -> None:
        """Make the tides below `at` one, which is there."""
        highs, tides = self.highs, self.tides
        some = [tides.pop(at)] if at in tides else []
        while highs and highs[0] < at:
            tide = tides.pop(heappop(highs), None)
            if tide is not None:
                some.append(tide)
        if some:
            self._settle_at(self._joined(some) if len(some) > 1 else some[0], at)

    def _joined(self, some: list[Tide]) -> Tide:
        """The largest of several, with the orders of all."""
        largest = max(some, key=Tide.__len__)
        moved: dict[int, Order] = {}
        entries: list[tuple[Units, int]] = []
        for tide in some:
            if tide is not largest:
                moved |= tide.orders
                entries += tide.trails
                tide.nearest = 0
        entries = [entry for entry in entries if entry[1] in moved]
        trails = largest.trails
        if len(entries) > len(trails):  # so many go in faster all at once
            trails += entries
            heapify(trails)
        else:
            for entry in entries:
                heappush(trails, entry)
        largest.orders |= moved
        self._of.update(dict.fromkeys(moved, largest))
        return largest

    def _settle_at(self, tide: Tide, at: int) -> None:
        tide.high = at
        self.tides[at] = tide
        heappush(self.highs, at)
        self._expect(tide)

    def _tide(self, high: int) -> Tide:
        tide = self.tides.get(high)
        if tide is None:
            tide = self.tides[high] = Tide(high)
            heappush(self.highs, high)
        return tide

    def _drop(self, tide: Tide) -> None:
        """Forget a tide that has nobody left."""
        tide.nearest = 0
        del self.tides[tide.high]
        self._tidy()

    def _expect(self, tide: Tide) -> None:
        """Note at which price the next of a tide is set off."""
        self._count += 1
        tide.nearest = self._count
        stop = tide.high - self._behind(tide.high, tide.shortest())
        heappush(self._stops, (-stop, self._count, tide))
        self._tidy()

    def _tidy(self) -> None:
        most = 2 * len(self.tides)
        if len(self.highs) > most:
            self.highs = sorted(self.tides)
        if len(self._stops) > most:
            self._stops = [entry for entry in self._stops if entry[1] == entry[2].nearest]
            heapify(self._stops)

    def settle(self, order: Order, high: int) -> None:
        """Write down the high-water mark of an order, and the stop price that follows from it."""
        said = order.said
        price = self._sign * high
        if price != said.high_water:
            order.instructions = at_high_water(said, order.side, price)


def trails_of(side: Side, said: Instructions) -> Trails:
    return Trails(side, _amount if said.trail else _share)


def stop_price_of(side: Side, high_water: Units, trail: Units, percent: Units) -> Units:
    """Where a trailing stop is set off; of `trail` and `percent` one is 0."""
    behind = trail or _share(high_water, percent)
    return high_water + behind if side is BUY else high_water - behind


def _amount(_high: int, trail: Units) -> Units:
    """How far a stop price stays behind a high-water mark, in amounts."""
    return trail


def _share(high: int, percent: Units) -> Units:
    """The same in percent; the mark may be a turned one."""
    return abs(high) * percent // _WHOLE


def at_high_water(said: Instructions, side: Side, high_water: Units) -> Instructions:
    """The instructions of a trailing stop with this high-water mark; 0: it has none yet."""
    stop_price = stop_price_of(side, high_water, said.trail, said.trail_percent)
    return msgspec.structs.replace(said, high_water=high_water, stop_price=stop_price)


def begin(order: NewOrder, mark: Units) -> NewOrder:
    """A new order that trails the market from where that is; `mark` 0: it is nowhere."""
    said = order.instructions
    assert said is not None, "a trailing stop says how far it stays behind"
    return msgspec.structs.replace(order, instructions=at_high_water(said, order.side, mark))


def trails_by(said: Instructions) -> str:
    """The one of `WAYS` in which an order trails; empty: it does not."""
    amount, percent = WAYS
    if said.trail:
        return amount
    return percent if said.trail_percent else ""


def retrailed(said: Instructions | None, side: Side, command: ReplaceOrder) -> Instructions | None:
    """The instructions of an order whose replace may give it another trail."""
    trail, percent = command.trail, command.trail_percent
    if said is None or (trail is None and percent is None):
        return said
    new = msgspec.structs.replace(
        said,
        trail=said.trail if trail is None else trail,
        trail_percent=said.trail_percent if percent is None else percent,
    )
    return at_high_water(new, side, said.high_water)
