"""The orders that rest for one instrument: two ladders of price levels."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from outcry.domain.level import Level
from outcry.domain.order import Order
from outcry.domain.types import BUY, Side, Units


class Ladder:
    """One side of a book, best price last.

    `keys` is sorted, so the best price is at its end, where a list is cheap to change: bids are
    kept by their price, offers by its negative (`sign`).
    """

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        self.sign = 1 if side is BUY else -1
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def best(self) -> Level | None:
        return self.levels[self.keys[-1]] if self.keys else None

    def add(self, order: Order) -> None:
        key = self.sign * order.price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(order.price)
            insort(self.keys, key)
        level.append(order)

    def drop(self, level: Level) -> None:
        """Forget a level that has become empty."""
        key = self.sign * level.price
        keys = self.keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]
        del self.levels[key]

    def __iter__(self) -> Iterator[Level]:
        """Levels, best first."""
        levels = self.levels
        return (levels[key] for key in reversed(self.keys))


class Book:
    """Bids and offers of one instrument; price, then time.

    `mark` is its reference price: that of the last trade, or what the operator has said since; 0:
    there was neither.
    """

    __slots__ = ("asks", "bids", "mark")

    def __init__(self) -> None:
        self.mark: Units = 0
        self.bids = Ladder(Side.BUY)
        self.asks = Ladder(Side.SELL)

    def side(self, side: Side) -> Ladder:
        return self.bids if side is BUY else self.asks

    def opposite(self, side: Side) -> Ladder:
        return self.asks if side is BUY else self.bids

    def rest(self, order: Order) -> None:
        """Let the open rest of `order` wait at the end of its price level."""
        if order.instructions is not None:
            order.show()
        (self.bids if order.side is BUY else self.asks).add(order)

    def remove(self, order: Order) -> None:
        """Take a resting order out, with what is left of it."""
        level = order.level
        assert level is not None, "only a resting order can be removed"
        level.quantity -= order.leaves - order.hidden
        order.hidden = 0
        level.unlink(order)
        if level.first is None:
            (self.bids if order.side is BUY else self.asks).drop(level)

    def reduce(self, order: Order, by: Units) -> None:
        """Make a resting order smaller where it stands, what it hides first; it keeps its place."""
        level = order.level
        assert level is not None and 0 < by < order.leaves, "a reduction leaves something"
        unseen = min(by, order.hidden)
        order.hidden -= unseen
        level.quantity -= by - unseen
        order.leaves -= by
        order.quantity -= by
