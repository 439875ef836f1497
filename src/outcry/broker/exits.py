"""The exit that an order brings. It is booked with its parent, as it comes with it; the first
execution of its own (`exit.moved`) may follow some entries later."""

from msgspec.structs import replace

from outcry.domain.exits import exit_time, exit_type
from outcry.domain.order import OrderStatus
from outcry.domain.types import BUY, Side, TimeInForce
from outcry.wire.messages import OrderMessage
from outcry.wire.order_types import BRACKET, OCO


def exit_of(parent: OrderMessage) -> OrderMessage:
    """The exit of an order that was accepted, as it is told first."""
    whole = parent.order_class == BRACKET
    return replace(
        parent,
        order_id=parent.exit_order_id,
        side=(Side.SELL if parent.side == BUY else BUY).value,
        type=exit_type(bool(parent.take_profit), bool(parent.stop_loss_limit)).value,
        time_in_force=exit_time(TimeInForce(parent.time_in_force)).value,
        status=OrderStatus.HELD.value,
        filled_quantity="0",
        leaves_quantity=parent.quantity,
        client_order_id="",
        price=parent.take_profit or parent.stop_loss_limit,
        average_price="",
        reason="",
        stop_price=parent.stop_loss,
        post_only=False,
        min_quantity="",
        display_quantity="",
        displayed_quantity="",
        order_class=OCO.value if whole else "",
        take_profit="",
        stop_loss="",
        stop_loss_limit="",
        stop_limit_price=parent.stop_loss_limit if whole else "",
        trail="",
        trail_percent="",
        notional="",
        untriggered=True,
        unarmed=True,
        high_water_mark="",
        parent_order_id=parent.order_id,
        exit_order_id="",
    )
