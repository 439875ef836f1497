"""Instructions of an order on the wire: fields of their own beside its other terms."""

from typing import Any

import msgspec

from outcry.domain.commands import ReplaceOrder
from outcry.domain.instructions import NONE, Instructions
from outcry.domain.limits import LAST_NS
from outcry.domain.types import UNIT, OrderType, TimeInForce, Trigger, Units
from outcry.wire.decimals import given_decimal, some_decimal
from outcry.wire.fields import (
    Fields,
    Unreadable,
    read_choice,
    read_flag,
    read_moment,
    read_positive,
)
from outcry.wire.messages import OrderMessage
from outcry.wire.order_types import class_of, refuse_combination

INSTRUCTIONS = (
    *("stop_price", "trigger", "good_until", "post_only", "reduce_only"),
    *("min_quantity", "display_quantity"),
    *("order_class", "take_profit", "stop_loss", "stop_loss_limit", "stop_limit_price"),
    *("trail", "trail_percent", "notional"),
)
"""The names of the fields, in their order in messages."""
BOOKED = *INSTRUCTIONS, "untriggered", "unarmed", "high_water_mark"
"""What of these the books keep; the ids of an exit and its parent follow from each other."""
_TRIGGERS = {trigger.value: trigger for trigger in Trigger}
_PERCENT_MAX = 100 * UNIT


def instruction_texts(kind: OrderType, said: Instructions) -> tuple[Any, ...]:
    """The fields as messages have them, in their order; what is not asked for is empty."""
    return (
        some_decimal(said.stop_price),
        said.trigger if said.trigger is not Trigger.TRADE else "",
        str(said.good_until_ns) if said.good_until_ns else "",
        said.post_only,
        said.reduce_only,
        some_decimal(said.min_quantity),
        some_decimal(said.display_quantity),
        class_of(kind, said),
        some_decimal(said.take_profit),
        some_decimal(said.stop_loss),
        some_decimal(said.stop_loss_limit),
        some_decimal(said.stop_limit_price),
        some_decimal(said.trail),
        some_decimal(said.trail_percent),
        some_decimal(said.notional),
    )


def replaced_texts(command: ReplaceOrder) -> tuple[str, str, str, str, str]:
    """The same of a replace; what stays is empty."""
    return (
        given_decimal(command.stop_price),
        given_decimal(command.stop_limit_price),
        given_decimal(command.trail),
        given_decimal(command.trail_percent),
        str(command.good_until_ns) if command.good_until_ns else "",
    )


def instructions_of(order: OrderMessage) -> str:
    """The fields that an order has of them, as JSON; empty: it has none."""
    said = {name: value for name in BOOKED if (value := getattr(order, name))}
    return msgspec.json.encode(said).decode() if said else ""


def read_instructions(
    fields: Fields, kind: OrderType, time: TimeInForce, quantity: Units
) -> Instructions | None:
    """What a new order says beside its other terms; None: nothing. Raises `Unreadable`.

    `quantity` 0: it says none.
    """
    refuse_combination(kind, time, fields)
    said = Instructions(
        post_only=bool(read_flag(fields, "post_only")),
        reduce_only=bool(read_flag(fields, "reduce_only")),
        min_quantity=read_positive(fields, "min_quantity", 0),
        display_quantity=read_positive(fields, "display_quantity", 0),
        good_until_ns=read_moment(fields, "good_until", LAST_NS, 0),
        stop_price=read_positive(fields, "stop_price", 0),
        trigger=read_choice(fields, "trigger", _TRIGGERS, Trigger.TRADE),
        stop_limit_price=read_positive(fields, "stop_limit_price", 0),
        take_profit=read_positive(fields, "take_profit", 0),
        stop_loss=read_positive(fields, "stop_loss", 0),
        stop_loss_limit=read_positive(fields, "stop_loss_limit", 0),
        trail=read_positive(fields, "trail", 0),
        trail_percent=read_percent(fields),
        notional=read_positive(fields, "notional", 0),
    )
    if said.min_quantity > quantity:
        raise Unreadable("min_quantity", "min_quantity is at most the quantity of the order")
    if said.display_quantity and said.display_quantity >= quantity:
        text = "display_quantity is less than the quantity of the order; leave it out to show all"
        raise Unreadable("display_quantity", text)
    return said if said != NONE else None


def read_percent(fields: Fields) -> Units:
    """The part of a price by which an order trails the market; 0: it says none."""
    text = "trail_percent is above 0 and below 100, with at most 9 places: 5 is a twentieth"
    try:
        percent = read_positive(fields, "trail_percent", 0)
    except Unreadable as refusal:
        raise Unreadable("trail_percent", text) from refusal
    if percent < _PERCENT_MAX:
        return percent
    raise Unreadable("trail_percent", text)
