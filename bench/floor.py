"""A book with nothing around it: no checks, no client order ids, no executions."""

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.matching import Matched, match
from outcry.domain.order import Order, new_order
from outcry.domain.types import OrderId, SelfTradePrevention, TimeInForce


class Floor:
    def __init__(self) -> None:
        self.book = Book()
        self.orders: dict[int, Order] = {}

    def enter(self, order_id: int, terms: NewOrder) -> tuple[Order, Matched]:
        order = new_order(OrderId(order_id), terms)
        opposite = self.book.opposite(order.side)
        matched = match(order, opposite, SelfTradePrevention.NONE, 1 << 30)
        for maker in matched.touched:
            if not maker.leaves:
                del self.orders[maker.order_id]
        if order.leaves and order.time_in_force is TimeInForce.GTC:
            self.book.rest(order)
            self.orders[order_id] = order
        return order, matched

    def cancel(self, order_id: int) -> Order | None:
        """The order that was taken out; None: it does not rest."""
        order = self.orders.pop(order_id, None)
        if order is not None:
            self.book.remove(order)
        return order
