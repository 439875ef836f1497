"""Trailing stops for tests, and stops to wait in."""

from outcry.domain.commands import NewOrder
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order, new_order
from outcry.domain.report import NO_QUOTE
from outcry.domain.stops import Stops
from outcry.domain.trails import Trails, begin
from outcry.domain.types import GTC, STOP, TRAILING_STOP, OrderId, Side, Units

BUY, SELL = Side.BUY, Side.SELL


def trailing(
    number: int, side: Side, mark: int, trail: Units = 0, percent: Units = 0, symbol: str = "ACME"
) -> Order:
    said = Instructions(trail=trail, trail_percent=percent)
    terms = NewOrder("alice", "", symbol, side, TRAILING_STOP, GTC, 1, 0, instructions=said)
    return held(new_order(OrderId(number), begin(terms, mark)))


def stop(number: int, side: Side, price: Units) -> Order:
    said = Instructions(stop_price=price)
    terms = NewOrder("alice", "", "ACME", side, STOP, GTC, 1, 0, instructions=said)
    return held(new_order(OrderId(number), terms))


def held(order: Order) -> Order:
    order.wait(worst=1)
    return order


def said(order: Order) -> Instructions:
    assert order.instructions is not None
    return order.instructions


def holding(mark: int, *orders: Order) -> Stops:
    stops = Stops()
    for order in orders:
        stops.add(order, mark, NO_QUOTE)
    return stops


def told(stops: Stops, *orders: Order) -> list[tuple[Units, Units]]:
    """High-water mark and stop price of each."""
    for order in orders:
        stops.present(order)
    return [(said(order).high_water, said(order).stop_price) for order in orders]


def check_bounds(stops: Stops) -> None:
    """Of no heap more is stale than is not, and nothing is empty."""
    for waits in [waits for sides in stops.waiting.values() for waits in sides.values()]:
        assert waits
        if isinstance(waits, Trails):
            assert len(waits._of) == sum(len(tide.orders) for tide in waits.tides.values())
            assert len(waits.highs) <= 2 * len(waits.tides)
            assert len(waits._stops) <= 2 * len(waits.tides)
            for high, tide in waits.tides.items():
                assert tide.high == high and tide.orders
                assert len(tide.trails) <= 2 * len(tide.orders)
