"""The table of what goes together is what is read."""

from itertools import product
from typing import Any

import pytest

from outcry.domain.commands import NewOrder
from outcry.domain.types import MARKET, OrderType, TimeInForce
from outcry.wire.commands import read_order_command
from outcry.wire.fields import Unreadable
from outcry.wire.instructions import INSTRUCTIONS
from outcry.wire.order_types import NEEDED, NOT_AT_THIS_TIME, REFUSED, TABLE

FIELDS = ("price", *INSTRUCTIONS)
VALUES: dict[str, Any] = {
    "price": "16.00",
    "stop_price": "15.00",
    "trigger": "quote",
    "good_until": "7",
    "post_only": True,
    "reduce_only": True,
    "min_quantity": "2",
    "display_quantity": "2",
}
PAIRS = tuple(product(OrderType, TimeInForce))


def terms(kind: OrderType, time: TimeInForce, *names: str) -> dict[str, Any]:
    order = {"symbol": "ACME", "side": "buy", "quantity": "4"}
    words = {"type": kind.value, "time_in_force": time.value}
    return order | words | {name: VALUES[name] for name in names}


def refusal(fields: dict[str, Any]) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_order_command(fields, "")
    return refused.value


def test_every_field_has_a_place_in_the_table() -> None:
    """A field that an order may have stands in some row, and is refused for a reason in others."""
    told = {name for row in TABLE.values() for name in (*row.needs, *row.may)}
    assert told == set(FIELDS)
    everywhere = {name for name in FIELDS if all(name in row.may for row in TABLE.values())}
    assert set(REFUSED) == told - everywhere
    assert set(NEEDED) == {name for row in TABLE.values() for name in row.needs}


@pytest.mark.parametrize(("kind", "time"), PAIRS)
def test_a_type_that_has_no_row_at_a_time_is_refused(kind: OrderType, time: TimeInForce) -> None:
    """It names the time in force, whatever else is said."""
    if (kind, time) in TABLE:
        return
    needs = {"price", "stop_price"}.intersection(
        *(row.needs for (other, _), row in TABLE.items() if other is kind)
    )
    for more in ((), ("reduce_only",)):
        refused = refusal(terms(kind, time, *sorted(needs), *more))
        assert (refused.field, refused.text) == ("time_in_force", NOT_AT_THIS_TIME[kind])


@pytest.mark.parametrize(("kind", "time"), TABLE)
def test_an_allowed_cell_is_read(kind: OrderType, time: TimeInForce) -> None:
    """What a row needs is enough; each of what it may say, and all of it together, is taken."""
    row = TABLE[kind, time]
    for some in ((), *((name,) for name in row.may), row.may):
        command = read_order_command(terms(kind, time, *row.needs, *some), "")
        assert isinstance(command, NewOrder)
        assert (command.type, command.time_in_force) == (kind, time)
        said = set(some).union(row.needs) - {"price"}
        assert (command.instructions is None) is (not said)


@pytest.mark.parametrize(("kind", "time"), TABLE)
def test_a_cell_that_is_not_allowed_is_refused(kind: OrderType, time: TimeInForce) -> None:
    """It names the field and says why; null, and a flag that is off, say nothing."""
    row = TABLE[kind, time]
    enough = terms(kind, time, *row.needs)
    for name in set(FIELDS).difference(row.needs, row.may):
        refused = refusal(enough | {name: VALUES[name]})
        assert (refused.field, refused.text) == (name, REFUSED[name].format(type=kind))
        nothing = False if VALUES[name] is True else None
        assert read_order_command(enough | {name: nothing}, "") == read_order_command(enough, "")
    for name in row.needs:
        refused = refusal(enough | {name: None})
        assert (refused.field, refused.text) == (name, NEEDED[name].format(type=kind))


def test_a_market_order_without_a_time_may_say_its_least() -> None:
    """Left out, its time in force is ioc."""
    order = terms(MARKET, TimeInForce.IOC, "min_quantity")
    assert read_order_command(order | {"time_in_force": None}, "") == read_order_command(order, "")
