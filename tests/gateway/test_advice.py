"""What a sender is told of a command that cannot be read: what there is, and what was meant."""

from typing import Any

import pytest

from outcry.domain.types import Role
from outcry.gateway.advice import ELSEWHERE
from outcry.gateway.senders import Sender
from outcry.gateway.sent import Door, read_sent
from outcry.wire import order_requests
from outcry.wire.access import Key
from outcry.wire.admin_commands import known_fields
from outcry.wire.commands import read_order_command
from outcry.wire.fields import Unreadable

KEY = Key("0123456789abcdef", Role.ADMIN, ("ann",))
BUY = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "189.50"}
REPLACE = {"op": "replace", "client_order_id": "a", "quantity": "1"}
LISTING = {"op": "instrument.list", "symbol": "AAPL", "tick": "1"}
NO_EXIT = "for oco use price and stop_price (stop_limit_price), not take_profit and stop_loss"
KNOWN = frozenset[str]().union(*map(known_fields, order_requests.NEW_ORDERS))


def told(fields: dict[str, Any], door: Door = Door.SESSION) -> tuple[str, str]:
    with pytest.raises(Unreadable) as refused:
        read_sent(Sender(KEY), door, read_order_command, dict(fields), "")
    return refused.value.field, refused.value.text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (BUY | {"side": "BUY"}, "side is one of buy, sell, not BUY: write it in small letters"),
        (BUY | {"side": None}, "side is missing: it is one of buy, sell"),
        (BUY | {"side": 7}, "side is one of buy, sell, not 7"),
        (BUY | {"side": "b\ny"}, "side is one of buy, sell"),
        (BUY | {"side": "b" * 33}, "side is one of buy, sell"),
        (BUY | {"side": ["buy"]}, "side is one of buy, sell"),
        (
            BUY | {"type": "STOP_LOSS"},
            "type is one of limit, market, stop, stop_limit, trailing_stop, not STOP_LOSS",
        ),
        (
            BUY | {"time_in_force": "GTC"},
            "time_in_force is one of gtc, ioc, fok, day, gtd, not GTC: write it in small letters",
        ),
        (
            BUY | {"op": "modify"},
            "op is one of new, replace, cancel, cancel_all, cancel_all_after, not modify",
        ),
        (LISTING | {"state": "shut"}, "state is one of open, cancel_only, halted, not shut"),
    ],
)
def test_the_words_of_a_field_are_listed(fields: dict[str, Any], text: str) -> None:
    """All of them, with what came where it can be shown."""
    assert told(fields)[1] == text


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("qty", "quantity"),
        ("limit_price", "price"),
        ("stopPrice", "stop_price"),
        ("timeInForce", "time_in_force"),
        ("trail_price", "trail"),
        ("icebergQty", "display_quantity"),
        ("quoteOrderQty", "notional"),
        ("newClientOrderId", "client_order_id"),
        ("clOrdID", "client_order_id"),
        ("post-only", "post_only"),
        ("Price", "price"),
        ("pirce", "price"),
    ],
)
def test_a_field_by_another_name_is_found(name: str, meant: str) -> None:
    """As other venues call it, as other languages write it, and misspelt."""
    text = f"unknown field {name}: use {meant}; docs/protocol.md and /docs name those there are"
    assert told(BUY | {name: "1"}) == (name, text)


def test_a_field_that_is_like_none_is_unknown() -> None:
    """Nothing is guessed from far away; of a name that cannot be shown nothing is."""
    assert ": docs/protocol.md and /docs name" in told(BUY | {"extended_hours": True})[1]
    assert told(BUY | {"key\n": "1"})[0] == "a name that is none"
    for name in ("kez", "Key"):
        assert "use " not in told(BUY | {name: "1"})[1], "nobody is led to the field of gateways"


def test_what_others_call_a_field_leads_to_one_of_ours() -> None:
    """The names are written as they are compared, and are none of ours but where that depends."""
    assert set(ELSEWHERE.values()) <= KNOWN | {"order_id"}
    assert all(name == name.lower() for name in ELSEWHERE)
    assert not set(ELSEWHERE) & KNOWN


def test_a_replace_says_how_else_a_term_is_changed() -> None:
    """Prices of an exit by the exit, all else by another order."""
    for field in ("take_profit", "stop_loss", "stop_loss_limit"):
        assert "replace the exit by its exit_order_id" in told(REPLACE | {field: "1"})[1]
    for field in ("display_quantity", "time_in_force", "side", "type", "symbol", "post_only"):
        assert "cancel the order and send a new one" in told(REPLACE | {field: "x"})[1]
    assert "use quantity" in told(REPLACE | {"qty": "2"})[1]


def test_a_cancel_of_nothing_in_particular_is_told_of_the_one_of_all() -> None:
    """Whoever names no order may mean every one."""
    for named in ({}, {"order_id": None}):
        assert "op cancel_all" in told({"op": "cancel"} | named)[1]
    assert "cancel_all" not in told({"op": "cancel", "order_id": "x"})[1]
    assert "cancel_all" not in told({"op": "replace"})[1]


def test_an_exit_is_a_price_and_no_object() -> None:
    """As others write one, with the price that stands in it."""
    bracket = BUY | {"order_class": "bracket", "take_profit": {"limit_price": "200"}}
    text = (
        'take_profit is a decimal, not an object: "take_profit": "200"; the limit price of a stop '
        "loss goes to stop_loss_limit"
    )
    assert told(bracket | {"stop_loss": "180"}) == ("take_profit", text)
    stop = {"take_profit": "200", "stop_loss": {"stop_price": "181", "limit_price": "179"}}
    assert '"stop_loss": "181"' in told(bracket | stop)[1]
    assert '"stop_loss": "180"' in told(bracket | {"take_profit": "200", "stop_loss": {}})[1]
    assert told(BUY | {"quantity": {}})[1] == "quantity is one value, not an object"


def test_an_oco_order_has_no_exit() -> None:
    """Who names its two ways as an exit is told what they are called, whatever is missed first."""
    exits = {"order_class": "oco", "take_profit": "200", "stop_loss": "180"}
    assert told(BUY | exits | {"price": None}) == ("price", f"price is missing: {NO_EXIT}")
    field, text = told(BUY | exits)
    assert (field, text.partition(":")[0]) == ("take_profit", "an oco order brings no exit")
