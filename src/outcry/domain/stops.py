"""Stop orders that are held: who waits for the market to come to his price, and who for his turn.

Rule 1: of those that a price reaches the nearest stop price goes first, then who began to wait
first; buys before sells where it reaches both.
Rule 2: what was reached stands in one queue for all instruments: first come, first served.
Rule 3: no symbol, side or price is kept for which nobody waits.
"""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from outcry.domain.execution import Quote
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order
from outcry.domain.types import BUY, Side, Trigger, Units

_TRADE = Trigger.TRADE


class Waits:
    """One side of an instrument, for one trigger, nearest price last: buys are kept by the negative
    of their stop price, sells by it (`sign`)."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = -1 if side is BUY else 1
        self.keys: list[int] = []
        self.levels: dict[int, dict[int, Order]] = {}

    def add(self, order: Order, price: Units) -> None:
        key = self.sign * price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = {}
            insort(self.keys, key)
        level[order.order_id] = order

    def remove(self, order: Order, price: Units) -> None:
        key = self.sign * price
        level = self.levels[key]
        del level[order.order_id]
        if not level:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]

    def reach(self, price: Units) -> Iterator[Order]:
        """Take out those that the market sets off when it is at `price`."""
        keys, at = self.keys, self.sign * price
        while keys and keys[-1] >= at:
            yield from self.levels.pop(keys.pop()).values()


_Sides = dict[tuple[Trigger, Side], Waits]


class Stops:
    """All orders that are held. What waits is made of them, the queue is state of its own."""

    __slots__ = ("queue", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[str, _Sides] = {}
        """By symbol."""
        self.queue: OrderedDict[int, Order] = OrderedDict()
        """Those that were reached and have not entered yet, by their ids."""

    def hold(self, order: Order, mark: Units, quote: Quote) -> None:
        """Let an order wait, for the market, or where that is there already, for its turn."""
        said = _said(order)
        at = mark if said.trigger is _TRADE else _best(quote, order.side)
        if at and (at >= said.stop_price if order.side is BUY else at <= said.stop_price):
            self.queue[order.order_id] = order
        else:
            self.wait(order)

    def wait(self, order: Order) -> None:
        """Let an order wait for the market, as the last of those at its price."""
        said = _said(order)
        sides = self.waiting.setdefault(order.symbol, {})
        place = said.trigger, order.side
        if place not in sides:
            sides[place] = Waits(order.side)
        sides[place].add(order, said.stop_price)

    def remove(self, order: Order) -> None:
        """An order is held no more, or is to wait for something else."""
        if self.queue.pop(order.order_id, None) is not None:
            return
        said = _said(order)
        place = said.trigger, order.side
        waits = self.waiting[order.symbol][place]
        waits.remove(order, said.stop_price)
        if not waits.keys:
            self._drop(order.symbol, place)

    def traded(self, symbol: str, first: Units, last: Units) -> None:
        """Queue whom trades have reached, from the `first` price of them to the `last`: within one
        execution they go one way, so that none between has reached anybody else."""
        for price in (first, last):
            for side in Side:
                self._reach(symbol, (_TRADE, side), price)

    def quoted(self, symbol: str, quote: Quote) -> None:
        """Queue whom a quote has reached. An empty side reaches nobody."""
        for side in Side:
            price = _best(quote, side)
            if price:
                self._reach(symbol, (Trigger.QUOTE, side), price)

    def _reach(self, symbol: str, place: tuple[Trigger, Side], price: Units) -> None:
        waits = self.waiting.get(symbol, {}).get(place)
        if waits is None:
            return
        for order in waits.reach(price):
            self.queue[order.order_id] = order
        if not waits.keys:
            self._drop(symbol, place)

    def _drop(self, symbol: str, place: tuple[Trigger, Side]) -> None:
        sides = self.waiting[symbol]
        del sides[place]
        if not sides:
            del self.waiting[symbol]


def restated(said: Instructions | None, stop_price: Units | None) -> Instructions | None:
    """The instructions of an order whose replace gives it another stop price, or none."""
    if said is None or stop_price is None:
        return said
    return msgspec.structs.replace(said, stop_price=stop_price)


def _said(order: Order) -> Instructions:
    assert order.instructions is not None, "a stop order says at which price"
    return order.instructions


def _best(quote: Quote, side: Side) -> Units:
    """The best price of the side that an order would trade with; 0: it is empty."""
    if side is BUY:
        return quote.ask if quote.ask_quantity else 0
    return quote.bid if quote.bid_quantity else 0
