"""Replaces in the twin: what an order cannot be given."""

from sim.exact import Fields
from sim.order import Order


def wrong_term(command: Fields, order: Order) -> str:
    """What a replace is for that the order has not."""
    for name, there in (
        ("quantity", not order.is_bound),
        ("price", order.price),
        ("stop_price", order.stop_price and not order.triggered and not order.trails),
        ("stop_limit_price", order.type == "limit" and order.stop_price and not order.triggered),
        ("good_until", order.time_in_force == "gtd"),
        ("trail", order.trails == "trail"),
        ("trail_percent", order.trails == "trail_percent"),
    ):
        if name in command and not there:
            return name
    return ""
