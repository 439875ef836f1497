"""The tables of what goes together are what is read."""

from itertools import product
from typing import Any

import pytest

from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.instructions import Instructions
from outcry.domain.types import LIMIT, MARKET, STOP, OrderType, TimeInForce
from outcry.wire import order_types
from outcry.wire.commands import read_order_command
from outcry.wire.fields import Unreadable
from outcry.wire.instructions import INSTRUCTIONS
from outcry.wire.order_types import (
    BRACKET,
    CLASSES,
    LISTED,
    NEEDED,
    NOT_AT_THIS_TIME,
    NOT_OF_THIS_CLASS,
    OCO,
    ONE_OF,
    OTO,
    REFUSED,
    SIMPLE,
    TABLE,
    TOGETHER,
    OrderClass,
    class_of,
    row_of,
    why_not,
)

VALUES: dict[str, Any] = {
    "price": "16.00",
    "stop_price": "15.00",
    "trigger": "quote",
    "good_until": "7",
    "post_only": True,
    "reduce_only": True,
    "min_quantity": "2",
    "display_quantity": "2",
    "take_profit": "18",
    "stop_loss": "15",
    "stop_loss_limit": "14.90",
    "stop_limit_price": "14.90",
    "trail": "0.50",
    "trail_percent": "2.5",
    "notional": "64",
}
MISSING = [pair for pair in product(OrderType, TimeInForce) if pair not in TABLE]
Cell = tuple[OrderType, TimeInForce, OrderClass]
CELLS: tuple[Cell, ...] = (
    *((kind, time, SIMPLE) for kind, time in TABLE),
    *((*row, order_class) for order_class, rules in CLASSES.items() for row in rules.rows),
)
"""Where a class may stand, or none."""


def terms(kind: OrderType, time: TimeInForce, *names: str) -> dict[str, Any]:
    order = {"symbol": "ACME", "side": "buy"}
    size = {} if "notional" in names else {"quantity": "4"}
    words = {"type": kind.value, "time_in_force": time.value}
    return order | size | words | {name: VALUES[name] for name in names}


def of_class(cell: Cell, *names: str) -> dict[str, Any]:
    """With what is needed of a cell: of several fields the first."""
    kind, time, order_class = cell
    row = row_of(*cell)
    chosen = [some[0] for some in row.one_of if not set(some) & set(names)]
    told = {} if order_class is SIMPLE else {"order_class": order_class.value}
    return terms(kind, time, *row.needs, *chosen, *names) | told


def refusal(fields: dict[str, Any]) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_order_command(fields, "")
    return refused.value


def test_every_field_has_a_place_in_the_table() -> None:
    """A field that an order may have stands in some row, and is refused for a reason in others."""
    rows = [row_of(*cell) for cell in CELLS]
    told = {name for row in rows for name in row.allowed}
    assert told == set(LISTED) == {"price", *INSTRUCTIONS} - {"order_class"}
    assert set(LISTED) - set(REFUSED) == {"reduce_only"}
    assert all("reduce_only" in row.may for row in TABLE.values())
    assert set(NEEDED) == {name for row in rows for name in row.needs}
    assert set(ONE_OF) == {names[0] for row in rows for names in row.one_of}


@pytest.mark.parametrize(("kind", "time"), MISSING)
def test_a_type_that_has_no_row_at_a_time_is_refused(kind: OrderType, time: TimeInForce) -> None:
    """It names the time in force, whatever else is said."""
    needs = {"price", "stop_price"}.intersection(
        *(row.needs for (other, _), row in TABLE.items() if other is kind)
    )
    for more in ((), ("reduce_only",)):
        refused = refusal(terms(kind, time, *sorted(needs), *more))
        assert (refused.field, refused.text) == ("time_in_force", NOT_AT_THIS_TIME[kind])


@pytest.mark.parametrize(("kind", "time"), TABLE)
def test_a_class_that_has_no_place_in_a_row_is_refused(kind: OrderType, time: TimeInForce) -> None:
    """It names the class."""
    for order_class, rules in CLASSES.items():
        if (kind, time) not in rules.rows:
            order = of_class((kind, time, SIMPLE), *rules.needs)
            refused = refusal(order | {"order_class": order_class.value})
            assert (refused.field, refused.text) == (
                "order_class",
                NOT_OF_THIS_CLASS[order_class],
            )


@pytest.mark.parametrize("cell", CELLS)
def test_an_allowed_cell_is_read(cell: Cell) -> None:
    """What a row needs is enough; each of what it may say is taken, and it is told as it was."""
    row = row_of(*cell)
    choices = [(name,) for names in row.one_of for name in names]
    for some in ((), *((name,) for name in row.may), *choices):
        beside = ("stop_loss",) if "stop_loss_limit" in some and cell[2] is OTO else ()
        order = of_class(cell, *some, *beside)
        command = read_order_command(order, "")
        assert isinstance(command, NewOrder)
        assert (command.type, command.time_in_force) == cell[:2]
        assert command.quantity == (0 if "notional" in some else 4_000_000_000)
        if command.instructions is None:
            assert not set(order) & set(INSTRUCTIONS)
        else:
            assert class_of(command.type, command.instructions) == order.get("order_class", "")


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_is_not_allowed_is_refused(cell: Cell) -> None:
    """It names the field and says why; null, and a flag that is off, say nothing."""
    row = row_of(*cell)
    enough = of_class(cell)
    for name in set(LISTED).difference(row.allowed):
        refused = refusal(enough | {name: VALUES[name]})
        assert (refused.field, refused.text) == (name, why_not(name, cell[0], cell[2]))
        nothing = False if VALUES[name] is True else None
        assert read_order_command(enough | {name: nothing}, "") == read_order_command(enough, "")
    for name in row.needs:
        refused = refusal(enough | {name: None})
        assert (refused.field, refused.text) == (name, NEEDED[name])


@pytest.mark.parametrize("cell", CELLS)
def test_exactly_one_of_several_fields_is_said(cell: Cell) -> None:
    """None of them is refused, and so are two; it names the first."""
    for names in row_of(*cell).one_of:
        enough = of_class(cell)
        for said in (dict.fromkeys(names), {name: VALUES[name] for name in names}):
            refused = refusal(enough | said)
            assert (refused.field, refused.text) == (names[0], ONE_OF[names[0]])


def test_no_class_is_the_simple_one() -> None:
    """As of an order that says no class: it has no exit."""
    order = terms(LIMIT, TimeInForce.GTC, "price")
    assert read_order_command(order | {"order_class": "simple"}, "") == read_order_command(
        order, ""
    )
    refused = refusal(order | {"order_class": "simple", "take_profit": "18"})
    assert (refused.field, refused.text) == ("take_profit", why_not("take_profit", LIMIT, SIMPLE))
    assert refusal(order | {"order_class": "pair"}).field == "order_class"


def test_what_loses_by_a_limit_loses() -> None:
    """The limit price of a stop says of which stop it is."""
    order = terms(LIMIT, TimeInForce.GTC, "price", "take_profit", "stop_loss_limit")
    refused = refusal(order | {"order_class": "oto"})
    expected = "stop_loss_limit", order_types.WITHOUT_STOP_LOSS
    assert (refused.field, refused.text) == expected


@pytest.mark.parametrize("name", TOGETHER)
def test_worth_stands_in_place_of_a_quantity(name: str) -> None:
    """Not beside one, nor beside what is a part of one."""
    time = TimeInForce.IOC if name == "min_quantity" else TimeInForce.GTC
    refused = refusal(terms(LIMIT, time, "price", "notional") | {name: "2"})
    assert (refused.field, refused.text) == (name, TOGETHER[name][1])
    nothing = terms(LIMIT, time, "price") | {"quantity": None}
    assert refusal(nothing).text == "quantity is missing"


def test_a_market_order_without_a_time_may_say_its_least() -> None:
    """Left out, its time in force is ioc."""
    order = terms(MARKET, TimeInForce.IOC, "min_quantity")
    assert read_order_command(order | {"time_in_force": None}, "") == read_order_command(order, "")


@pytest.mark.parametrize("percent", ["100", "100.5", "9000000000"])
def test_a_trail_is_less_than_the_whole_price(percent: str) -> None:
    """A new trailing stop and a replace say less than a hundred."""
    order = of_class((OrderType.TRAILING_STOP, TimeInForce.GTC, SIMPLE), "trail_percent")
    replace = {"op": "replace", "client_order_id": "a"}
    for command in (order, replace):
        assert refusal(command | {"trail_percent": percent}).field == "trail_percent"
        read_order_command(command | {"trail_percent": "99.999999999"}, "")


def test_a_replace_says_what_is_new() -> None:
    """Each term by itself; what it leaves out stays."""
    named = {"op": "replace", "client_order_id": "a"}
    for field, name in {
        "quantity": "quantity",
        "price": "price",
        "stop_price": "stop_price",
        "stop_limit_price": "stop_limit_price",
        "trail": "trail",
        "trail_percent": "trail_percent",
        "good_until": "good_until_ns",
    }.items():
        replace = read_order_command(named | {field: "7"}, "")
        assert isinstance(replace, ReplaceOrder)
        said = {
            one: getattr(replace, one)
            for one in ("quantity", *ReplaceOrder.__struct_fields__[8:], "price")
            if getattr(replace, one) is not None
        }
        assert said == {name: 7 if name == "good_until_ns" else 7_000_000_000}
    assert refusal(named).field == "quantity"


@pytest.mark.parametrize(
    ("kind", "said", "order_class"),
    [
        (LIMIT, Instructions(take_profit=1, stop_loss=1), BRACKET),
        (STOP, Instructions(take_profit=1, stop_price=1), OTO),
        (MARKET, Instructions(stop_loss=1, stop_loss_limit=1), OTO),
        (LIMIT, Instructions(stop_price=1, stop_limit_price=1), OCO),
        (STOP, Instructions(stop_price=1, triggered=True), ""),
        (LIMIT, Instructions(post_only=True), ""),
    ],
)
def test_a_class_is_told_by_what_an_order_is(
    kind: OrderType, said: Instructions, order_class: str
) -> None:
    """One whose second way was taken is the order that it has become."""
    assert class_of(kind, said) == order_class
