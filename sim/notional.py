"""What an order for a worth comes to, in the twin: plain, and by whom it would meet."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

from sim.exact import EXACT, ZERO
from sim.order import Order

Meetings = list[tuple[Order, Decimal]]
Meet = Callable[[Order, int, Decimal], tuple[Meetings, str]]
ALL = Decimal(10**30)
"""More than there is of anything."""


def lots(worth: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    """Whole lots that are worth no more."""
    return EXACT.divide(worth, EXACT.multiply(price, lot)).quantize(1, ROUND_FLOOR, EXACT) * lot


def at_market(
    order: Order, lot: Decimal, protection: Decimal, best_bid: Decimal, most: int, meet: Meet
) -> tuple[Decimal, int]:
    """Its quantity, and how many it has looked at to know."""
    quantity, left = ZERO, order.notional
    meetings, stop = meet(order, most, ALL)
    for seen, (maker, there) in enumerate(meetings, 1):
        part = min(there, lots(left, maker.price, lot))
        quantity += part
        left -= part * maker.price
        if part < there or not left:
            return quantity, seen
    highest = protection
    if stop == "work_limit" and order.side == "sell":
        highest = best_bid
    return quantity + lots(left, highest, lot), len(meetings) + (stop == "self_trade")
