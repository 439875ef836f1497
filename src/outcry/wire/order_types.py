"""Which terms of a new order go together: one table, which reading asks and docs/rules.md shows.

A type of order with a time in force is a row; what it needs and what it may say are its cells. All
else is refused, for a reason that is the same wherever the field stands.
"""

from collections.abc import Mapping
from typing import NamedTuple

from outcry.domain.types import (
    DAY,
    FOK,
    GTC,
    GTD,
    IOC,
    LIMIT,
    MARKET,
    STOP,
    STOP_LIMIT,
    OrderType,
    TimeInForce,
)
from outcry.wire.fields import Fields, Unreadable


class Row(NamedTuple):
    """The fields that an order of a type and a time in force needs, and those that it may have."""

    needs: tuple[str, ...]
    may: tuple[str, ...]


RESTING = ("post_only", "reduce_only", "display_quantity")
AT_ONCE = ("reduce_only", "min_quantity")
WAITING = ("reduce_only", "trigger")

TABLE: Mapping[tuple[OrderType, TimeInForce], Row] = {
    (LIMIT, GTC): Row(("price",), RESTING),
    (LIMIT, DAY): Row(("price",), RESTING),
    (LIMIT, GTD): Row(("price", "good_until"), RESTING),
    (LIMIT, IOC): Row(("price",), AT_ONCE),
    (LIMIT, FOK): Row(("price",), ("reduce_only",)),
    (MARKET, GTC): Row((), ("reduce_only",)),
    (MARKET, IOC): Row((), AT_ONCE),
    (MARKET, FOK): Row((), ("reduce_only",)),
    (STOP, GTC): Row(("stop_price",), WAITING),
    (STOP, DAY): Row(("stop_price",), WAITING),
    (STOP, GTD): Row(("stop_price", "good_until"), WAITING),
    (STOP_LIMIT, GTC): Row(("price", "stop_price"), WAITING),
    (STOP_LIMIT, DAY): Row(("price", "stop_price"), WAITING),
    (STOP_LIMIT, GTD): Row(("price", "stop_price", "good_until"), WAITING),
}

NOT_AT_THIS_TIME: Mapping[OrderType, str] = {
    MARKET: "a market order is done at once and never waits: leave time_in_force out",
    STOP: "a stop order waits until it is set off: leave time_in_force out, or say until when",
    STOP_LIMIT: "a stop_limit order waits until it is set off: leave time_in_force out, or say "
    "until when",
}
"""Why a type has no row with a time in force."""

REFUSED: Mapping[str, str] = {
    "price": "a {type} order has no price; leave it out or send a limit order",
    "post_only": "post_only is for a limit order that may rest in the book",
    "min_quantity": "min_quantity is what has to trade at once: it goes with time_in_force ioc",
    "display_quantity": "display_quantity is for a limit order that may rest in the book",
    "good_until": "good_until is for an order that is gtd",
    "stop_price": "stop_price is for a stop order",
    "trigger": "trigger is for a stop order",
}
"""Why a field may not stand in a row; `reduce_only` may stand in all."""

NEEDED: Mapping[str, str] = {
    "price": "price is missing",
    "good_until": "a gtd order needs good_until, the last log time at which it is open",
    "stop_price": "a {type} order needs stop_price, the price that sets it off",
}
"""What is said where a row lacks a field that it needs."""


def refuse_combination(kind: OrderType, time: TimeInForce, fields: Fields) -> None:
    """Raise `Unreadable` where these terms make no sense together."""
    row = TABLE.get((kind, time))
    if row is None:
        raise Unreadable("time_in_force", NOT_AT_THIS_TIME[kind])
    for name, text in REFUSED.items():
        if name not in row.needs and name not in row.may and is_said(fields, name):
            raise Unreadable(name, text.format(type=kind))
    for name in row.needs:
        if not is_said(fields, name):
            raise Unreadable(name, NEEDED[name].format(type=kind))


def is_said(fields: Fields, name: str) -> bool:
    """A flag that is off, like null, asks for nothing."""
    value = fields.get(name)
    return value is not None and value is not False
