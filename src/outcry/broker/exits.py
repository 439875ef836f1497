"""The exit that an order brings. It is booked with its parent, as it comes with it; the first
execution of its own (`exit.moved`) may follow some entries later."""

from outcry.domain.exits import exit_time, exit_type, other_side
from outcry.domain.order import OrderStatus
from outcry.domain.types import Side, TimeInForce
from outcry.wire.messages import OrderMessage
from outcry.wire.order_types import BRACKET, OCO


def exit_of(parent: OrderMessage) -> OrderMessage:
    """The exit of an order that was accepted, as it is told first."""
    whole = parent.order_class == BRACKET
    return OrderMessage(
        order_id=parent.exit_order_id,
        account=parent.account,
        symbol=parent.symbol,
        side=other_side(Side(parent.side)).value,
        type=exit_type(bool(parent.take_profit), bool(parent.stop_loss_limit)).value,
        time_in_force=exit_time(TimeInForce(parent.time_in_force)).value,
        quantity=parent.quantity,
        status=OrderStatus.HELD.value,
        filled_quantity="0",
        leaves_quantity=parent.quantity,
        price=parent.take_profit or parent.stop_loss_limit,
        stop_price=parent.stop_loss,
        trigger=parent.trigger,
        good_until=parent.good_until,
        order_class=OCO.value if whole else "",
        stop_limit_price=parent.stop_loss_limit if whole else "",
        untriggered=True,
        unarmed=True,
        parent_order_id=parent.order_id,
    )
