"""Orders with a stop price: who waits for the market to come to it, and who for his turn. They are
held, or rest meanwhile where they have two ways to trade.

Rule 1: of those that a price reaches the nearest stop price goes first, then who began to wait
first; buys before sells where it reaches both.
Rule 2: what was reached stands in one queue for all instruments: first come, first served.
Rule 3: no symbol, side or price is kept for which nobody waits.
Rule 4: the stop price of a trailing stop that waits is written by `present` alone. Who reads it
presents it first, or whether a snapshot was made would change the answer.
"""

from bisect import bisect_left, insort
from collections import OrderedDict

import msgspec

from outcry.domain.commands import ReplaceOrder
from outcry.domain.execution import Quote
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order
from outcry.domain.trails import WAYS, Trails, trails_by, trails_of
from outcry.domain.types import BUY, Side, Trigger, Units

_TRADE = Trigger.TRADE
_QUOTE = Trigger.QUOTE
_BY_TRADES = (_TRADE, *WAYS)


class Waits:
    """One side of an instrument, for one trigger, nearest price last: buys are kept by the negative
    of their stop price, sells by it (`sign`)."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = -1 if side is BUY else 1
        self.keys: list[int] = []
        self.levels: dict[int, dict[int, Order]] = {}

    def __len__(self) -> int:
        """How many stop prices there are."""
        return len(self.keys)

    def add(self, order: Order, number: int) -> None:
        """Let an order wait; `number` is higher than that of any that is here."""
        key = self.sign * order.said.stop_price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = {}
            insort(self.keys, key)
        level[number] = order

    def remove(self, order: Order, number: int) -> None:
        key = self.sign * order.said.stop_price
        level = self.levels[key]
        del level[number]
        if not level:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]

    def reach(self, price: Units) -> list[tuple[int, Order]]:
        """Take out those that the market sets off when it is at `price`, with their numbers."""
        keys, at = self.keys, self.sign * price
        reached: list[tuple[int, Order]] = []
        while keys and keys[-1] >= at:
            reached += self.levels.pop(keys.pop()).items()
        return reached


_Place = tuple[str, Side]
"""What is waited for: a trigger, or a way to trail what was traded; and the side of who waits."""
_Sides = dict[_Place, Waits | Trails]


class Stops:
    """All that wait. For what an order waits follows from it; in which order they began to, and who
    is in the queue or among the closed, is state of its own."""

    __slots__ = ("_count", "_numbers", "closed", "queue", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[str, _Sides] = {}
        """By symbol."""
        self._count = 0
        self._numbers: dict[int, int] = {}
        """Of those that wait, by their ids: lower began to wait first."""
        self.queue: OrderedDict[int, Order] = OrderedDict()
        """Those that were reached and have not entered yet, exits whose parent has changed, and
        those that are spent, by their ids."""
        self.closed: dict[str, dict[int, Order]] = {}
        """Exits that are to be armed once their instrument is open again, by symbol and id."""

    @property
    def in_turn(self) -> list[int]:
        """Who waits for the market, by when they began."""
        return list(self._numbers)

    def is_reached(self, order: Order) -> bool:
        """Whether the market has come to the stop price of an order that waited for that."""
        return order.waits and order.order_id not in self._numbers

    def enqueue(self, order: Order) -> None:
        """Let an order wait for its turn alone; one that does already keeps its place."""
        self.queue[order.order_id] = order

    def add(self, order: Order, mark: Units, quote: Quote) -> None:
        """Let an order wait, for the market, or where that is there already, for its turn."""
        said = order.said
        at = mark if said.trigger is _TRADE else _best(quote, order.side)
        if at and (at >= said.stop_price if order.side is BUY else at <= said.stop_price):
            self.enqueue(order)
        else:
            self.wait(order)

    def wait(self, order: Order) -> None:
        """Let an order wait for the market, as the last of those at its price."""
        sides = self.waiting.setdefault(order.symbol, {})
        place = _place(order)
        waits = sides.get(place)
        if waits is None:
            trails = place[0] in WAYS
            waits = trails_of(order.side, order.said) if trails else Waits(order.side)
            sides[place] = waits
        self._count += 1
        self._numbers[order.order_id] = self._count
        waits.add(order, self._count)

    def remove(self, order: Order) -> None:
        """An order is held no more, or is to wait for something else."""
        self.queue.pop(order.order_id, None)
        self.unwait(order)
        closed = self.closed.get(order.symbol)
        if closed is not None and closed.pop(order.order_id, None) is not None and not closed:
            del self.closed[order.symbol]

    def unwait(self, order: Order) -> None:
        """An order waits for the market no more; if it waits for its turn it goes on to."""
        number = self._numbers.pop(order.order_id, None)
        if number is not None:
            place = _place(order)
            waits = self.waiting[order.symbol][place]
            waits.remove(order, number)
            if not waits:
                self._drop(order.symbol, place)

    def present(self, order: Order) -> None:
        """Write into a trailing stop its mark and stop price of now; trades move its tide only."""
        number = self._numbers.get(order.order_id)
        if number is not None:
            waits = self.waiting[order.symbol][_place(order)]
            if isinstance(waits, Trails):
                waits.present(order, number)

    def present_all(self) -> None:
        """Write them into all."""
        for sides in self.waiting.values():
            for waits in sides.values():
                if isinstance(waits, Trails):
                    waits.present_all()

    def traded(self, symbol: str, first: Units, last: Units) -> None:
        """Queue whom trades have reached, from the `first` price of them to the `last`: within one
        execution they go one way, so that none between has reached anybody else."""
        for price in (first, last):
            for side in Side:
                self._reach(symbol, side, price, _BY_TRADES)

    def quoted(self, symbol: str, quote: Quote) -> None:
        """Queue whom a quote has reached. An empty side reaches nobody."""
        for side in Side:
            price = _best(quote, side)
            if price:
                self._reach(symbol, side, price, (_QUOTE,))

    def _reach(self, symbol: str, side: Side, price: Units, kinds: tuple[str, ...]) -> None:
        sides = self.waiting.get(symbol, {})
        reached: list[tuple[int, Order]] = []
        trails = False
        for kind in kinds:
            waits = sides.get((kind, side))
            if waits is not None:
                some = waits.reach(price)
                reached += some
                trails = trails or (bool(some) and isinstance(waits, Trails))
                if not waits:
                    self._drop(symbol, (kind, side))
        if trails:
            sign = 1 if side is BUY else -1
            reached.sort(key=lambda one: (sign * one[1].said.stop_price, one[0]))
        for _, order in reached:
            del self._numbers[order.order_id]
            self.enqueue(order)

    def close(self, leg: Order) -> None:
        """Let an exit wait until its instrument is open again."""
        self.closed.setdefault(leg.symbol, {})[leg.order_id] = leg

    def reopen(self, symbol: str) -> None:
        """An instrument is open: who has waited for that is in the queue again."""
        self.queue.update(self.closed.pop(symbol, {}))

    def _drop(self, symbol: str, place: _Place) -> None:
        sides = self.waiting[symbol]
        del sides[place]
        if not sides:
            del self.waiting[symbol]


def restated(said: Instructions | None, command: ReplaceOrder) -> Instructions | None:
    """The instructions of an order whose replace may give it other prices to wait for."""
    stop_price, limit = command.stop_price, command.stop_limit_price
    if said is None or (stop_price is None and limit is None):
        return said
    return msgspec.structs.replace(
        said,
        stop_price=said.stop_price if stop_price is None else stop_price,
        stop_limit_price=said.stop_limit_price if limit is None else limit,
    )


def _place(order: Order) -> _Place:
    said = order.said
    return trails_by(said) or said.trigger, order.side


def _best(quote: Quote, side: Side) -> Units:
    """The best price of the side that an order would trade with; 0: it is empty."""
    if side is BUY:
        return quote.ask if quote.ask_quantity else 0
    return quote.bid if quote.bid_quantity else 0
