"""The book of one instrument, folded from the executions of one command after the other.

It knows nothing of matching: an order shows what the executions said was left of it, or, where it
hides some, displayed. One that is held is in no book.
"""

from bisect import bisect_left, insort
from typing import NamedTuple

from outcry.domain.order import OrderStatus
from outcry.domain.types import Units
from outcry.wire.decimals import parse_decimal
from outcry.wire.messages import ChangeMessage, ExecutionMessage, OrderMessage, QuoteMessage

Level = tuple[Units, Units]
"""Price, quantity."""


class _Open(NamedTuple):
    side: str
    price: Units
    shown: Units


class _Side:
    """Quantities by price, the best first; bids are kept under their negative price."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._keys: list[int] = []
        self._quantities: dict[int, Units] = {}

    def add(self, price: Units, quantity: Units) -> None:
        key = price * self._sign
        there = self._quantities.get(key, 0) + quantity
        if there:
            if key not in self._quantities:
                insort(self._keys, key)
            self._quantities[key] = there
        elif key in self._quantities:
            del self._quantities[key]
            del self._keys[bisect_left(self._keys, key)]

    def best(self, depth: int) -> list[Level]:
        return [(key * self._sign, self._quantities[key]) for key in self._keys[:depth]]


class Levels:
    """Both sides, and what they are made of."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._sides = {"buy": _Side(-1), "sell": _Side(1)}

    def apply(self, execution: ExecutionMessage) -> None:
        """Fold one execution, whatever the command was."""
        if execution.result != "accepted":
            return
        for change in execution.changed:
            known = self._open.get(change.order_id)
            if known is not None:
                self._set(change.order_id, known._replace(shown=_shown(change)))
        order = execution.order
        if order is not None and order.price:
            self._set(order.order_id, _Open(order.side, units(order.price), _shown(order)))
        elif order is not None:  # it is a market order now, if it ever had a price
            self._set(order.order_id, _Open(order.side, 0, 0))

    def best(self, side: str, depth: int) -> list[Level]:
        """The best levels of "buy" or "sell"."""
        return self._sides[side].best(depth)

    def shows(self, quote: QuoteMessage) -> bool:
        """Whether best bid and offer are those of `quote`."""
        return self.best("buy", 1) == _level(quote.bid) and self.best("sell", 1) == _level(
            quote.ask
        )

    def _set(self, order_id: str, order: _Open) -> None:
        before = self._open.pop(order_id, None)
        if before is not None:
            self._sides[before.side].add(before.price, -before.shown)
        if order.shown:
            self._open[order_id] = order
            self._sides[order.side].add(order.price, order.shown)


def units(text: str) -> Units:
    """Of a decimal that the venue wrote."""
    parsed = parse_decimal(text)
    assert parsed is not None, text
    return parsed


def _shown(order: OrderMessage | ChangeMessage) -> Units:
    shown = order.displayed_quantity or order.leaves_quantity
    return units(shown) if order.status != OrderStatus.HELD else 0


def _level(quoted: tuple[str, str] | None) -> list[Level]:
    return [] if quoted is None else [(units(quoted[0]), units(quoted[1]))]
