"""One price of one side: the orders that rest there, first come, first served."""

import msgspec

from outcry.domain.order import Order
from outcry.domain.types import Units


class Level(msgspec.Struct, eq=False, gc=False):
    """A queue linked through its orders, so that any order leaves it in constant time."""

    price: Units
    quantity: Units = 0
    """What the book shows: the sum of what its orders do."""
    count: int = 0
    first: Order | None = None
    last: Order | None = None

    def append(self, order: Order) -> None:
        """Put `order` at the end of the queue."""
        last = self.last
        if last is None:
            self.first = order
        else:
            last.next = order
            order.previous = last
        self.last = order
        order.level = self
        self.quantity += order.leaves - order.hidden
        self.count += 1

    def unlink(self, order: Order) -> None:
        """Take `order` out; `quantity` is the caller's to correct.

        Both of the order's links are cleared: the collector of cycles is off in the service.
        """
        before, after = order.previous, order.next
        if before is None:
            self.first = after
        else:
            before.next = after
        if after is None:
            self.last = before
        else:
            after.previous = before
        order.previous = order.next = None
        order.level = None
        self.count -= 1
