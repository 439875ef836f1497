"""One command: a JSON object to what the engine takes."""

from typing import Any

import pytest

from outcry.domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    NewOrder,
    ReplaceOrder,
)
from outcry.domain.limits import LAST_NS
from outcry.domain.types import OrderId, OrderType, Side, TimeInForce
from outcry.wire.commands import (
    read_order_command,
    read_sender,
)
from outcry.wire.fields import Unreadable
from outcry.wire.order_id import format_order_id, id_suffix

UNIT = 10**9
SUFFIX = id_suffix(5, 0x0123456789ABC)
ORDER_ID = format_order_id(7 << 12 | 3, SUFFIX)
NEW = {"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "189.50"}
REPLACE = {"op": "replace", "client_order_id": "a1", "price": "189.50"}
CANCEL = {"op": "cancel", "client_order_id": "a1"}
CANCEL_ALL = {"op": "cancel_all"}
SWITCH = {"op": "cancel_all_after", "timeout": 5_000}


def test_what_is_left_out_has_a_default() -> None:
    """A limit order of the account demo that waits until it is cancelled."""
    expected = NewOrder(
        "demo", "", "AAPL", Side.BUY, OrderType.LIMIT, TimeInForce.GTC, 10 * UNIT, 189_500_000_000
    )
    assert read_order_command(NEW, SUFFIX) == expected
    empty = {"op": None, "account": None, "type": None, "time_in_force": None}
    assert read_order_command(NEW | empty | {"client_order_id": None}, SUFFIX) == expected
    assert read_order_command(NEW | {"op": "new"}, SUFFIX) == expected


def test_a_market_order_is_immediate() -> None:
    """A market order has no price, and no time in force but its own where none is said."""
    market = {"symbol": "AAPL", "side": "sell", "quantity": 10, "type": "market"}
    command = read_order_command(market, SUFFIX)
    assert isinstance(command, NewOrder)
    assert (command.price, command.time_in_force) == (0, TimeInForce.IOC)


def test_an_order_is_named_by_either_id() -> None:
    """By the id of the venue, in capitals too, or by the client's own."""
    by_id = {"op": "cancel", "order_id": ORDER_ID}
    assert read_order_command(by_id, SUFFIX) == CancelOrder("demo", OrderId(7 << 12 | 3), "")
    by_id["order_id"] = ORDER_ID.upper()
    assert read_order_command(by_id, SUFFIX) == CancelOrder("demo", OrderId(7 << 12 | 3), "")
    assert read_order_command(CANCEL, SUFFIX) == CancelOrder("demo", None, "a1")


def test_a_replace_keeps_what_it_does_not_say() -> None:
    """None stands for the terms that stay."""
    assert read_order_command(REPLACE, SUFFIX) == ReplaceOrder(
        "demo", None, "a1", None, 189_500_000_000, ""
    )


def test_a_replace_may_be_of_the_stop_price_alone() -> None:
    """Whether the order has one is the engine's to say."""
    named = {"op": "replace", "client_order_id": "a1"}
    moved = ReplaceOrder("demo", None, "a1", None, None, "", stop_price=10**9)
    assert read_order_command(named | {"stop_price": "1"}, SUFFIX) == moved
    with pytest.raises(Unreadable) as refused:
        read_order_command(named, SUFFIX)
    assert refused.value.field == "quantity"


def test_a_mass_cancel_takes_what_it_does_not_narrow() -> None:
    """Every instrument and both sides, of the account demo."""
    assert read_order_command(CANCEL_ALL, SUFFIX) == CancelAll("demo", "", None)
    narrowed = CANCEL_ALL | {"account": "bob", "symbol": "AAPL", "side": "sell"}
    assert read_order_command(narrowed, SUFFIX) == CancelAll("bob", "AAPL", Side.SELL)
    assert read_order_command(SWITCH, SUFFIX) == CancelAllAfter("demo", 5_000)
    assert read_order_command(SWITCH | {"timeout": "0"}, SUFFIX) == CancelAllAfter("demo", 0)


def test_every_order_command_may_expire() -> None:
    """At a log time, as a number or as text."""
    for fields in (NEW, REPLACE, CANCEL, CANCEL_ALL, SWITCH):
        assert read_order_command(fields, SUFFIX).expire_ns == 0
        assert read_order_command(fields | {"expire_at": 7}, SUFFIX).expire_ns == 7
        assert read_order_command(fields | {"expire_at": str(LAST_NS)}, SUFFIX).expire_ns == LAST_NS


def test_the_end_of_an_order_is_asked_for_in_its_unit() -> None:
    """Of a new order and of a replace: a refusal says that it is nanoseconds since 1970."""
    for fields in (NEW | {"time_in_force": "gtd"}, REPLACE):
        with pytest.raises(Unreadable) as refused:
            read_order_command(fields | {"good_until": "2027-01-31"}, SUFFIX)
        assert refused.value.field == "good_until"
        assert "in nanoseconds since 1970" in refused.value.text


def test_a_refusal_lists_nothing_that_may_grow() -> None:
    """Its text is part of history: the words and fields of a later version are not in it."""
    for fields in (NEW | {"colour": "red"}, NEW | {"op": "x"}, NEW | {"time_in_force": "x"}):
        with pytest.raises(Unreadable) as refused:
            read_order_command(fields, SUFFIX)
        assert "client_order_id" not in refused.value.text
        assert "fok" not in refused.value.text
        assert "replace" not in refused.value.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (1, ""),
        ([], ""),
        ({}, "side"),
        (NEW | {"op": "buy"}, "op"),
        (NEW | {"op": 1}, "op"),
        (NEW | {"side": "BUY"}, "side"),
        (NEW | {"side": ["buy"]}, "side"),
        (NEW | {"type": "fast"}, "type"),
        (NEW | {"type": {}}, "type"),
        (NEW | {"time_in_force": "never"}, "time_in_force"),
        (NEW | {"post_only": "yes"}, "post_only"),
        (NEW | {"reduce_only": 1}, "reduce_only"),
        (NEW | {"time_in_force": "ioc", "min_quantity": "0"}, "min_quantity"),
        (NEW | {"time_in_force": "ioc", "min_quantity": "10.000000001"}, "min_quantity"),
        (NEW | {"quantity": None}, "quantity"),
        (NEW | {"quantity": 0}, "quantity"),
        (NEW | {"quantity": "-1"}, "quantity"),
        (NEW | {"quantity": True}, "quantity"),
        (NEW | {"quantity": 9_000_000_001}, "quantity"),
        (NEW | {"price": "1e3"}, "price"),
        (NEW | {"price": 0.1 + 0.2}, "price"),
        (NEW | {"price": []}, "price"),
        (NEW | {"type": "market"}, "price"),
        (NEW | {"symbol": "aapl"}, "symbol"),
        (NEW | {"symbol": ""}, "symbol"),
        (NEW | {"symbol": "A" * 33}, "symbol"),
        (NEW | {"symbol": "AAPL\n"}, "symbol"),
        (NEW | {"symbol": None}, "symbol"),
        (NEW | {"account": ""}, "account"),
        (NEW | {"account": "a b"}, "account"),
        (NEW | {"account": "é"}, "account"),
        (NEW | {"account": "a" * 33}, "account"),
        (NEW | {"client_order_id": ""}, "client_order_id"),
        (NEW | {"client_order_id": 5}, "client_order_id"),
        (NEW | {"client_order_id": "a" * 129}, "client_order_id"),
        (NEW | {"client_order_id": 'a"'}, "client_order_id"),
        (NEW | {"client_order_id": "a\\"}, "client_order_id"),
        (NEW | {"client_order_id": "a\x7f"}, "client_order_id"),
        (NEW | {"client_order_id": "\ud800"}, "client_order_id"),
        (NEW | {"order_id": ORDER_ID}, "order_id"),
        (NEW | {"prize": 1}, "prize"),
        (NEW | {"<script>" * 9: 1}, "a name that is none"),
        (NEW | {"é": 1}, "a name that is none"),
        (CANCEL | {"symbol": "AAPL"}, "symbol"),
        ({"op": "cancel"}, "order_id"),
        (CANCEL | {"order_id": ORDER_ID}, "order_id"),
        ({"op": "cancel", "order_id": "a1"}, "order_id"),
        ({"op": "cancel", "order_id": 5}, "order_id"),
        ({"op": "cancel", "order_id": ORDER_ID[:-1] + "d"}, "order_id"),
        ({"op": "replace", "client_order_id": "a1"}, "quantity"),
        (REPLACE | {"quantity": 0}, "quantity"),
        (REPLACE | {"price": "0"}, "price"),
        (REPLACE | {"new_client_order_id": ""}, "new_client_order_id"),
        (REPLACE | {"side": "buy"}, "side"),
        (NEW | {"expire_at": 0}, "expire_at"),
        (NEW | {"expire_at": -1}, "expire_at"),
        (NEW | {"expire_at": 1.5}, "expire_at"),
        (NEW | {"expire_at": True}, "expire_at"),
        (NEW | {"expire_at": "soon"}, "expire_at"),
        (NEW | {"expire_at": 1 << 63}, "expire_at"),
        (NEW | {"expire_at": "9" * 20}, "expire_at"),
        (REPLACE | {"expire_at": 0}, "expire_at"),
        (CANCEL | {"expire_at": 0}, "expire_at"),
        (CANCEL_ALL | {"symbol": ""}, "symbol"),
        (CANCEL_ALL | {"side": "both"}, "side"),
        (CANCEL_ALL | {"account": ""}, "account"),
        (CANCEL_ALL | {"client_order_id": "a1"}, "client_order_id"),
        (CANCEL_ALL | {"expire_at": 0}, "expire_at"),
        (SWITCH | {"timeout": None}, "timeout"),
        (SWITCH | {"timeout": -1}, "timeout"),
        (SWITCH | {"timeout": 1.5}, "timeout"),
        (SWITCH | {"timeout": 86_400_001}, "timeout"),
        (SWITCH | {"symbol": "AAPL"}, "symbol"),
        (SWITCH | {"expire_at": 0}, "expire_at"),
    ],
)
def test_what_cannot_be_read_names_its_field(fields: Any, field: str) -> None:
    """A refusal says in our words which field is at fault."""
    with pytest.raises(Unreadable) as refused:
        read_order_command(fields, SUFFIX)
    assert refused.value.field == field
    assert refused.value.text and refused.value.text.isascii()


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        (None, ("", "")),
        ({}, ("demo", "")),
        ({"account": "bob", "client_order_id": "b1"}, ("bob", "b1")),
        ({"account": "b b", "client_order_id": "b1"}, ("", "b1")),
        ({"account": "bob", "client_order_id": 5}, ("bob", "")),
    ],
)
def test_a_refused_sender_is_named_as_far_as_it_can_be(
    fields: Any, sender: tuple[str, str]
) -> None:
    """Each of the two names stands by itself."""
    assert read_sender(fields) == sender


def test_equal_names_are_one_object() -> None:
    """A million orders of one account hold its name once."""
    names = [
        read_order_command(NEW | {"symbol": f"{'S' * 9}", "account": f"{'a' * 9}"}, SUFFIX)
        for _ in range(2)
    ]
    one, other = names
    assert isinstance(one, NewOrder) and isinstance(other, NewOrder)
    assert one.symbol is other.symbol and one.account is other.account
