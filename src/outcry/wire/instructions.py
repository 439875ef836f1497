"""Instructions of an order on the wire: fields of their own beside its other terms."""

import msgspec

from outcry.domain.instructions import NONE, Instructions
from outcry.domain.limits import LAST_NS
from outcry.domain.types import OrderType, TimeInForce, Trigger, Units
from outcry.wire.decimals import format_decimal
from outcry.wire.fields import (
    Fields,
    Unreadable,
    read_choice,
    read_flag,
    read_positive,
    read_whole,
)
from outcry.wire.messages import OrderMessage
from outcry.wire.order_types import refuse_combination

INSTRUCTIONS = (
    *("stop_price", "trigger", "good_until", "post_only", "reduce_only"),
    *("min_quantity", "display_quantity"),
)
"""The names of the fields, in their order in messages."""
_TRIGGERS = {trigger.value: trigger for trigger in Trigger}


def instruction_texts(said: Instructions) -> tuple[str, str, str, bool, bool, str, str]:
    """The fields as messages have them, in their order; what is not asked for is empty."""
    return (
        format_decimal(said.stop_price) if said.stop_price else "",
        said.trigger if said.trigger is not Trigger.TRADE else "",
        str(said.good_until_ns) if said.good_until_ns else "",
        said.post_only,
        said.reduce_only,
        format_decimal(said.min_quantity) if said.min_quantity else "",
        format_decimal(said.display_quantity) if said.display_quantity else "",
    )


def instructions_of(order: OrderMessage) -> str:
    """The fields that an order has of them, as JSON; empty: it has none."""
    names = *INSTRUCTIONS, "untriggered"
    said = {name: value for name in names if (value := getattr(order, name))}
    return msgspec.json.encode(said).decode() if said else ""


def read_instructions(
    fields: Fields, kind: OrderType, time: TimeInForce, quantity: Units
) -> Instructions | None:
    """What a new order says beside its other terms; None: nothing. Raises `Unreadable`."""
    refuse_combination(kind, time, fields)
    said = Instructions(
        post_only=bool(read_flag(fields, "post_only")),
        reduce_only=bool(read_flag(fields, "reduce_only")),
        min_quantity=read_positive(fields, "min_quantity", 0),
        display_quantity=read_positive(fields, "display_quantity", 0),
        good_until_ns=read_whole(fields, "good_until", 1, LAST_NS, 0),
        stop_price=read_positive(fields, "stop_price", 0),
        trigger=read_choice(fields, "trigger", _TRIGGERS, Trigger.TRADE),
    )
    if said.min_quantity > quantity:
        raise Unreadable("min_quantity", "min_quantity is at most the quantity of the order")
    if said.display_quantity >= quantity:
        text = "display_quantity is less than the quantity of the order; leave it out to show all"
        raise Unreadable("display_quantity", text)
    return said if said != NONE else None
