"""What a resting order holds: buying power where it opens a position, shares where it closes one.

Rule 1: it holds what its leaves cost at its price, and the fee of a maker, as often as the account
may borrow: so a fill takes as much buying power as it gives back, or less.
Rule 2: an order that closes holds as many shares of the position as it has leaves. While one does,
all resting orders of that side together stay within the position.
"""

from outcry.domain.order import Order
from outcry.domain.types import BUY, UNIT, Money, Units


def cost(value: Money, rate: Units, multiplier: int) -> Money:
    """Buying power that an order of `value` takes, with a fee of `rate`."""
    return value + multiplier * (value * rate // UNIT) if rate else value


def hold(order: Order, leaves: Units) -> None:
    """Let `order` hold what `leaves` of it need: all it has when it rests, 0 when it goes."""
    account, position = order.owner, order.position
    assert account is not None and position is not None, "an order that rests has an owner"
    change = leaves - order.covered
    if order.side is BUY:
        position.buying += change
    else:
        position.selling += change
    if order.closes:
        position.closing += change
    else:
        held = cost(order.price * leaves, order.maker_fee, order.multiplier) if leaves else 0
        account.held += held - order.held
        order.held = held
    if not order.covered:
        account.open_orders += 1
    if not leaves:
        account.open_orders -= 1
    order.covered = leaves
