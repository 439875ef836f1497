"""Stop orders that are held: in which order the market reaches them, and that nothing is left."""

import msgspec

from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.execution import Quote
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order, new_order
from outcry.domain.report import NO_QUOTE
from outcry.domain.stops import Stops, restated
from outcry.domain.types import GTC, STOP, OrderId, Side, Trigger

BUY, SELL = Side.BUY, Side.SELL
QUOTE = Trigger.QUOTE


def stop(
    number: int, side: Side, price: int, trigger: Trigger = Trigger.TRADE, symbol: str = "ACME"
) -> Order:
    said = Instructions(stop_price=price, trigger=trigger)
    terms = NewOrder("alice", "", symbol, side, STOP, GTC, 1, 0, instructions=said)
    return new_order(OrderId(number), terms)


def holding(*orders: Order) -> Stops:
    stops = Stops()
    for order in orders:
        stops.add(order, 0, NO_QUOTE)
    return stops


def test_the_nearest_comes_first() -> None:
    """Buys from below, sells from above; at one price who began to wait first."""
    stops = holding(
        *(stop(n, BUY, price) for n, price in enumerate((12, 11, 13, 11), 1)),
        *(stop(n, SELL, price) for n, price in enumerate((8, 9, 7, 9), 5)),
    )
    stops.traded("ACME", 12, 12)
    assert list(stops.queue) == [2, 4, 1]
    stops.traded("ACME", 8, 8)
    assert list(stops.queue) == [2, 4, 1, 6, 8, 5]
    assert [order.order_id for order in stops.queue.values()] == list(stops.queue)


def test_trades_reach_by_the_first_price_and_then_by_the_last() -> None:
    """A sweep from 8 to 12 reaches sells above 8, and buys on its way."""
    stops = holding(stop(1, BUY, 12), stop(2, SELL, 9), stop(3, BUY, 7), stop(4, SELL, 7))
    stops.traded("ACME", 8, 12)
    assert list(stops.queue) == [3, 2, 1]


def test_quotes_reach_by_the_side_that_is_traded_with() -> None:
    """A buy looks at the offer, a sell at the bid; neither at an empty side."""
    stops = holding(stop(1, BUY, 11, QUOTE), stop(2, SELL, 9, QUOTE), stop(3, BUY, 11))
    stops.quoted("ACME", Quote(9, 0, 11, 0))
    stops.quoted("ACME", Quote(10, 5, 10, 5))
    assert not stops.queue
    stops.quoted("ACME", Quote(9, 5, 11, 5))
    assert list(stops.queue) == [1, 2]


def test_nothing_is_kept_for_nobody() -> None:
    """However they went: reached, cancelled while they waited, or in the queue."""
    orders = [stop(1, BUY, 11), stop(2, BUY, 11), stop(3, SELL, 9, QUOTE), stop(4, BUY, 12)]
    stops = holding(*orders)
    stops.traded("ACME", 11, 11)
    for order in orders:
        stops.remove(order)
    assert not stops.queue
    assert not stops.waiting


def test_where_the_market_is_there_already_it_waits_for_its_turn_alone() -> None:
    """By the mark, or by the quote."""
    stops = Stops()
    stops.add(stop(1, BUY, 11), 11, NO_QUOTE)
    stops.add(stop(2, SELL, 11), 10, NO_QUOTE)
    stops.add(stop(3, BUY, 11, QUOTE), 20, Quote(0, 0, 10, 1))
    stops.add(stop(4, SELL, 11, QUOTE), 20, Quote(11, 1, 12, 1))
    stops.add(stop(5, SELL, 11), 0, NO_QUOTE)
    assert list(stops.queue) == [1, 2, 4]


def test_instruments_are_apart() -> None:
    """A trade reaches those alone that wait for its instrument."""
    stops = holding(stop(1, BUY, 11), stop(2, BUY, 11, symbol="ZINC"))
    stops.traded("ZINC", 12, 12)
    assert list(stops.queue) == [2]
    assert list(stops.waiting) == ["ACME"]


def test_a_stop_price_is_restated_alone() -> None:
    """All else that an order has said stays."""
    said = Instructions(stop_price=5, trigger=QUOTE, good_until_ns=9)
    changes = ReplaceOrder("alice", OrderId(1), "", None, None, "")
    other = msgspec.structs.replace(changes, stop_price=7)
    assert restated(said, other) == Instructions(stop_price=7, trigger=QUOTE, good_until_ns=9)
    assert restated(said, changes) is said
    assert restated(None, other) is None
    two = Instructions(stop_price=5, stop_limit_price=4)
    other = msgspec.structs.replace(changes, stop_limit_price=3)
    assert restated(two, other) == Instructions(stop_price=5, stop_limit_price=3)
