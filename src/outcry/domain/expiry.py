"""Orders with an end in time: open while log time is not later than it, and due to go then.

Rule: they go by the time until which they are good, and those of one time by their ids.
"""

from heapq import heappop, heappush

import msgspec

from outcry.domain.instructions import NONE
from outcry.domain.limits import LAST_NS
from outcry.domain.order import Order
from outcry.domain.switches import NEVER

DAY_NS = 86_400 * 10**9
_STALE_MAX = 64


def end_of_day(now_ns: int) -> int:
    """The next 00:00 UTC, or the end of log time."""
    return min((now_ns // DAY_NS + 1) * DAY_NS, LAST_NS)


def pin_day(order: Order, now_ns: int) -> None:
    """An order that is good for the day gets its end when it is accepted."""
    said = order.instructions or NONE
    order.instructions = msgspec.structs.replace(said, good_until_ns=end_of_day(now_ns))


class Expiry:
    """`next_ns` is the first log time at which an order has to go, or `NEVER`.

    It follows from the open orders.
    """

    __slots__ = ("_heap", "_orders", "next_ns")

    def __init__(self) -> None:
        self.next_ns = NEVER
        self._orders: dict[int, Order] = {}
        """Those that are open, by their ids."""
        self._heap: list[tuple[int, int]] = []
        """[until when, id] of each, and beside that no more than as much that is not open any
        longer."""

    def add(self, order: Order) -> None:
        """An order begins to be open, whether it has an end in time or not, or has another end."""
        said = order.instructions
        if said is not None and said.good_until_ns:
            self._orders[order.order_id] = order
            heappush(self._heap, (said.good_until_ns, order.order_id))
            self._tidy()

    def remove(self, order: Order) -> None:
        """An order is open no longer, for whatever reason."""
        if self._orders.pop(order.order_id, None) is not None:
            self._tidy()

    def take(self, now_ns: int, most: int) -> list[Order]:
        """Take out those that have to go, up to `most` of them."""
        heap, orders = self._heap, self._orders
        taken: list[Order] = []
        while heap and heap[0][0] < now_ns and len(taken) < most:
            if self._is_stale(heap[0]):
                heappop(heap)
            else:
                taken.append(orders.pop(heappop(heap)[1]))
        self._tidy()
        return taken

    def _is_stale(self, entry: tuple[int, int]) -> bool:
        """Whether the order is open no longer, or good until another time."""
        end_ns, order_id = entry
        order = self._orders.get(order_id)
        return order is None or order.said.good_until_ns != end_ns

    def _tidy(self) -> None:
        heap, orders = self._heap, self._orders
        if len(heap) > 2 * len(orders) + _STALE_MAX:
            heap = self._heap = sorted(
                (order.said.good_until_ns, number) for number, order in orders.items()
            )
        while heap and self._is_stale(heap[0]):
            heappop(heap)
        self.next_ns = heap[0][0] + 1 if heap else NEVER
