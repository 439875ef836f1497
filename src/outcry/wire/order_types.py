"""Which terms of a new order go together: tables, which reading asks and docs/rules.md shows.

A type of order with a time in force is a row; what it needs and what it may say are its cells. An
order class adds to a row, and takes from it. All else is refused, for a reason that is the same
wherever the field stands.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from outcry.domain.instructions import Instructions
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
    TRAILING_STOP,
    OrderType,
    TimeInForce,
)
from outcry.wire.fields import Fields, Unreadable, read_choice


class OrderClass(StrEnum):
    """Orders that are one: an order that brings its exit, or one with two ways to trade."""

    SIMPLE = "simple"
    BRACKET = "bracket"
    OTO = "oto"
    OCO = "oco"


SIMPLE: Final = OrderClass.SIMPLE
BRACKET: Final = OrderClass.BRACKET
OTO: Final = OrderClass.OTO
OCO: Final = OrderClass.OCO
_CLASSES = {order_class.value: order_class for order_class in OrderClass}

Names = tuple[str, ...]


class Row(NamedTuple):
    """The fields that an order of a type and a time in force needs, those that it may have, and
    sets of those of which it needs exactly one."""

    needs: Names
    may: Names
    one_of: tuple[Names, ...] = ()

    @property
    def allowed(self) -> Names:
        return self.needs + self.may + tuple([name for names in self.one_of for name in names])


class Class(NamedTuple):
    """What a class adds to the rows in which it may stand; `without` is what it takes away."""

    rows: Collection[tuple[OrderType, TimeInForce]]
    needs: Names
    may: Names
    one_of: tuple[Names, ...]
    without: Names


RESTING = ("post_only", "reduce_only", "display_quantity", "notional")
AT_ONCE = ("reduce_only", "min_quantity", "notional")
WHOLE = ("reduce_only", "notional")
WAITING = ("reduce_only", "trigger")
TRAILING = (("trail", "trail_percent"),)

TABLE: Mapping[tuple[OrderType, TimeInForce], Row] = {
    (LIMIT, GTC): Row(("price",), RESTING),
    (LIMIT, DAY): Row(("price",), RESTING),
    (LIMIT, GTD): Row(("price", "good_until"), RESTING),
    (LIMIT, IOC): Row(("price",), AT_ONCE),
    (LIMIT, FOK): Row(("price",), WHOLE),
    (MARKET, GTC): Row((), WHOLE),
    (MARKET, IOC): Row((), AT_ONCE),
    (MARKET, FOK): Row((), WHOLE),
    (STOP, GTC): Row(("stop_price",), WAITING),
    (STOP, DAY): Row(("stop_price",), WAITING),
    (STOP, GTD): Row(("stop_price", "good_until"), WAITING),
    (STOP_LIMIT, GTC): Row(("price", "stop_price"), WAITING),
    (STOP_LIMIT, DAY): Row(("price", "stop_price"), WAITING),
    (STOP_LIMIT, GTD): Row(("price", "stop_price", "good_until"), WAITING),
    (TRAILING_STOP, GTC): Row((), ("reduce_only",), TRAILING),
    (TRAILING_STOP, DAY): Row((), ("reduce_only",), TRAILING),
    (TRAILING_STOP, GTD): Row(("good_until",), ("reduce_only",), TRAILING),
}

_ENTERING = tuple([row for row in TABLE if row[0] is not TRAILING_STOP])

CLASSES: Mapping[OrderClass, Class] = {
    BRACKET: Class(
        _ENTERING,
        needs=("take_profit", "stop_loss"),
        may=("stop_loss_limit",),
        one_of=(),
        without=("reduce_only",),
    ),
    OTO: Class(
        _ENTERING,
        needs=(),
        may=("stop_loss_limit",),
        one_of=(("take_profit", "stop_loss"),),
        without=("reduce_only",),
    ),
    OCO: Class(
        ((LIMIT, GTC), (LIMIT, DAY), (LIMIT, GTD)),
        needs=("stop_price",),
        may=("stop_limit_price", "trigger"),
        one_of=(),
        without=("post_only", "display_quantity", "notional"),
    ),
}

_NO_END = (
    "a {} order waits until it is set off: leave time_in_force out, or say until when, by day, or "
    "by gtd with good_until"
)
NOT_AT_THIS_TIME: Mapping[OrderType, str] = {
    MARKET: "a market order is done at once and never waits: leave time_in_force out",
    STOP: _NO_END.format(STOP),
    STOP_LIMIT: _NO_END.format(STOP_LIMIT),
    TRAILING_STOP: _NO_END.format(TRAILING_STOP),
}
"""Why a type has no row with a time in force."""

_MOVES = (
    "a trailing_stop order enters nobody knows where, and its exit would have fixed prices: send "
    "that as an oco order once it has filled"
)
NOT_OF_THIS_CLASS: Mapping[OrderClass, str] = {
    BRACKET: _MOVES,
    OTO: _MOVES,
    OCO: "an oco order is a limit order that may rest: its price is one way, its stop_price the "
    "other; leave type out, and time_in_force, or say until when",
}
"""Why a class does not stand in a row."""

_OPENS = (
    "an order that brings its exit opens a position: leave {field} out; what protects a position "
    "that is there is an order of the order_class oco"
)
WITHOUT: Mapping[OrderClass, str] = {
    BRACKET: _OPENS,
    OTO: _OPENS,
    OCO: "an oco order rests with the quantity that it may trade at its stop_price: leave {field} "
    "out",
}
"""Why a field that is in a row may not stand there with a class."""

_NOT_OF_OCO = (
    "an oco order brings no exit: price is where it gains, stop_price where it loses, "
    "stop_limit_price its limit price then"
)
_OF_STOP = "the stop price of an exit is stop_loss: stop_price is for a stop or a stop_limit order"
_MARKET_THEN = "a {type} order has no price, as it is a market order once it is set off: "
INSTEAD: Mapping[tuple[str, str], str] = {
    ("price", STOP): _MARKET_THEN + "with a price it is a stop_limit order",
    ("price", TRAILING_STOP): _MARKET_THEN + "leave it out",
    ("stop_price", LIMIT): "a limit order has no stop_price: one that waits for it is a stop_limit "
    "order, one that rests at its price meanwhile is of the order_class oco",
    ("stop_price", MARKET): "a market order has no stop_price: one that waits for it is a stop "
    "order",
    ("stop_price", TRAILING_STOP): "the stop price of a trailing_stop order follows from its "
    "trail: leave stop_price out",
    ("stop_limit_price", STOP_LIMIT): "a stop_limit order has its limit price as its price: leave "
    "stop_limit_price out",
    ("stop_limit_price", STOP): "a stop order is a market order once it is set off: with a limit "
    "price, as its price, it is a stop_limit order",
    ("stop_price", BRACKET): _OF_STOP,
    ("stop_price", OTO): _OF_STOP,
    ("take_profit", OCO): _NOT_OF_OCO,
    ("stop_loss", OCO): _NOT_OF_OCO,
    ("stop_loss_limit", OCO): _NOT_OF_OCO,
}
"""What is said in place of `REFUSED` of a field with a class, else with a type of order."""

_EXIT = (
    "{field} is of the exit that an order brings: it goes with the order_class bracket, or oto "
    "where take_profit or stop_loss stands alone"
)
REFUSED: Mapping[str, str] = {
    "price": "a {type} order has no price: leave it out, or send a limit order",
    "post_only": "post_only is for a limit order that may rest in the book",
    "min_quantity": "min_quantity is what has to trade at once: it goes with a limit or a market "
    "order whose time_in_force is ioc",
    "display_quantity": "display_quantity is for a limit order that may rest in the book",
    "good_until": "good_until is for an order that waits, with the time_in_force gtd",
    "stop_price": "stop_price is for a stop or a stop_limit order, or one of the order_class oco",
    "trigger": "trigger is for an order that has a stop_price",
    "take_profit": _EXIT,
    "stop_loss": _EXIT,
    "stop_loss_limit": _EXIT,
    "stop_limit_price": "stop_limit_price is the price of an order of the order_class oco once its "
    "stop_price is reached; that of an exit is stop_loss_limit",
    "trail": "trail is for a trailing_stop order",
    "trail_percent": "trail_percent is for a trailing_stop order",
    "notional": "a {type} order says its quantity: notional is for a limit or a market order",
}
"""Why a field may not stand in a row; `reduce_only` may stand in all."""
LISTED = (*REFUSED, "reduce_only")

NEEDED: Mapping[str, str] = {
    "price": "price is missing",
    "good_until": "a gtd order needs good_until, the last log time at which it is open",
    "stop_price": "stop_price is missing, the price that sets the order off",
    "take_profit": "a bracket needs take_profit, the price at which its exit gains",
    "stop_loss": "a bracket needs stop_loss, the price that sets its exit off",
}
"""What is said where a field is not there that is needed."""

ONE_OF: Mapping[str, str] = {
    "trail": "a trailing_stop order needs trail or trail_percent, and not both",
    "take_profit": "an oto order needs take_profit or stop_loss; with both it is a bracket",
}
"""What is said where of several fields none is there, or more than one, by the first of them."""

_IN_SHARES = "{} is counted in shares: with notional leave it out"
TOGETHER: Mapping[str, tuple[str, str]] = {
    "min_quantity": ("notional", _IN_SHARES.format("min_quantity")),
    "display_quantity": ("notional", _IN_SHARES.format("display_quantity")),
    "quantity": ("notional", "say how much by quantity or by notional, not by both"),
}
"""What does not stand beside another field, and why."""
WITHOUT_STOP_LOSS = "stop_loss_limit is the price of the exit once stop_loss is reached: say both"


def refuse_combination(kind: OrderType, time: TimeInForce, fields: Fields) -> None:
    """Raise `Unreadable` where these terms make no sense together."""
    if (kind, time) not in TABLE:
        raise Unreadable("time_in_force", NOT_AT_THIS_TIME[kind])
    order_class = read_choice(fields, "order_class", _CLASSES, SIMPLE)
    if order_class is not SIMPLE and (kind, time) not in CLASSES[order_class].rows:
        raise Unreadable("order_class", NOT_OF_THIS_CLASS[order_class])
    row = row_of(kind, time, order_class)
    for name in LISTED:
        if name not in row.allowed and is_said(fields, name):
            raise Unreadable(name, why_not(name, kind, order_class))
    for name in row.needs:
        if not is_said(fields, name):
            raise Unreadable(name, NEEDED[name])
    for names in row.one_of:
        if [is_said(fields, name) for name in names].count(True) != 1:
            raise Unreadable(names[0], ONE_OF[names[0]])
    _refuse_together(fields)


def _refuse_together(fields: Fields) -> None:
    """What holds in all rows."""
    if is_said(fields, "stop_loss_limit") and not is_said(fields, "stop_loss"):
        raise Unreadable("stop_loss_limit", WITHOUT_STOP_LOSS)
    for name, (other, text) in TOGETHER.items():
        if is_said(fields, name) and is_said(fields, other):
            raise Unreadable(name, text)


def row_of(kind: OrderType, time: TimeInForce, order_class: OrderClass) -> Row:
    """What an order of a class needs and may say; the class may stand there."""
    row = TABLE[kind, time]
    if order_class is SIMPLE:
        return row
    more = CLASSES[order_class]
    may = tuple([name for name in row.may if name not in more.without])
    return Row(row.needs + more.needs, may + more.may, row.one_of + more.one_of)


def why_not(field: str, kind: OrderType, order_class: OrderClass) -> str:
    """Why a field may not stand in a row, or with a class."""
    if order_class is not SIMPLE and field in CLASSES[order_class].without:
        return WITHOUT[order_class].format(field=field)
    text = INSTEAD.get((field, order_class)) or INSTEAD.get((field, kind)) or REFUSED[field]
    return text.format(type=kind, field=field)


def class_of(kind: OrderType, said: Instructions) -> str:
    """The class of an order as it is told; empty: it is a simple one."""
    if said.take_profit or said.stop_loss:
        return BRACKET if said.take_profit and said.stop_loss else OTO
    return OCO if kind is LIMIT and said.stop_price else ""


def is_said(fields: Fields, name: str) -> bool:
    """A flag that is off, like null, asks for nothing."""
    value = fields.get(name)
    return value is not None and value is not False
