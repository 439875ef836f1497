"""A book with nothing around it: no checks, no client order ids, no executions."""

from collections.abc import Sequence

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.matching import Fill, match
from outcry.domain.order import Order
from outcry.domain.types import OrderId, SelfTradePrevention, TimeInForce


class Floor:
    def __init__(self) -> None:
        self.book = Book()
        self.orders: dict[int, Order] = {}

    def enter(self, order_id: int, terms: NewOrder) -> tuple[Order, Sequence[Fill]]:
        order = Order(OrderId(order_id), terms)
        opposite = self.book.opposite(order.side)
        fills: Sequence[Fill] = ()
        if opposite.keys:
            fills, touched, _ = match(order, opposite, SelfTradePrevention.NONE, 1 << 30)
            for maker in touched:
                if not maker.leaves:
                    del self.orders[maker.order_id]
        if order.leaves and order.time_in_force is TimeInForce.GTC:
            self.book.rest(order)
            self.orders[order_id] = order
        return order, fills

    def cancel(self, order_id: int) -> Order | None:
        """The order that was taken out; None: it does not rest."""
        order = self.orders.pop(order_id, None)
        if order is not None:
            self.book.remove(order)
        return order
