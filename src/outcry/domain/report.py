"""The execution report: what is told of an order and a book, taken as they are now."""

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.execution import Change, OrderState, Quote
from outcry.domain.order import Order, OrderStatus
from outcry.domain.types import OrderId

NO_QUOTE = Quote(0, 0, 0, 0)


def order_state(order: Order) -> OrderState:
    return OrderState(
        order.order_id,
        order.account,
        order.client_order_id,
        order.symbol,
        order.side,
        order.type,
        order.time_in_force,
        order.quantity,
        order.price,
        order.status,
        order.filled,
        order.leaves,
        order.average_price if order.filled else 0,
        order.reason,
        order.instructions,
        order.displayed if order.instructions is not None else 0,
    )


def rejected_state(command: NewOrder, order_id: OrderId) -> OrderState:
    return OrderState(
        order_id,
        command.account,
        command.client_order_id,
        command.symbol,
        command.side,
        command.type,
        command.time_in_force,
        command.quantity,
        command.price,
        OrderStatus.REJECTED,
        0,
        0,
        0,
        None,
        command.instructions,
    )


def change(order: Order) -> Change:
    return Change(
        order.order_id,
        order.account,
        order.client_order_id,
        order.status,
        order.filled,
        order.leaves,
        order.average_price if order.filled else 0,
        order.reason,
        order.displayed if order.instructions is not None else 0,
        order.untriggered if order.instructions is not None else False,
    )


def top_of_book(book: Book) -> Quote:
    bids, asks = book.bids, book.asks
    if not bids.keys:
        if not asks.keys:
            return NO_QUOTE
        ask = asks.levels[asks.keys[-1]]
        return Quote(0, 0, ask.price, ask.quantity)
    bid = bids.levels[bids.keys[-1]]
    if not asks.keys:
        return Quote(bid.price, bid.quantity, 0, 0)
    ask = asks.levels[asks.keys[-1]]
    return Quote(bid.price, bid.quantity, ask.price, ask.quantity)
