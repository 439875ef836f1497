"""What a resting order holds: buying power, as far as it needs any, and shares where it closes.

Rule 1: it holds its margin for each of its leaves, and the fee of a maker, as often as the account
may borrow: so a fill takes as much buying power as it gives back, or less, at the reference price
at which it was accepted. An order without a margin, as most that close, holds none.
An order that waits for a stop price may trade as a taker: it holds what it needed when it was
accepted. An exit that is not armed holds nothing.
Rule 2: an order that closes holds as many shares of the position as it has leaves. While one does,
all resting orders of that side together stay within the position.
"""

from outcry.domain.order import Order
from outcry.domain.types import BUY, UNIT, Money, Units


def cost(margin: Units, price: Units, leaves: Units, rate: Units, multiplier: int) -> Money:
    """Buying power that `leaves` take with a `margin` each, and with a fee of `rate` of `price`."""
    if rate:
        return margin * leaves + multiplier * (price * leaves * rate // UNIT)
    return margin * leaves


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
    if order.margin:
        held = order.margin * leaves
        if order.worst:
            rate = max(order.maker_fee, order.taker_fee)
            held = cost(order.margin, order.worst, leaves, rate, order.multiplier)
        elif order.maker_fee:  # as `cost` has it, without a call
            held += order.multiplier * (order.price * leaves * order.maker_fee // UNIT)
        account.held += held - order.held
        order.held = held
    if not order.covered:
        account.open_orders += 1
    if not leaves:
        account.open_orders -= 1
    order.covered = leaves
