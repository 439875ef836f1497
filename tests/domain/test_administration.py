"""What the operator and administrators do."""

from typing import Any

import pytest

from outcry.wire.messages import ExecutionMessage
from tests.venue import Venue

ADMIN, TRADER = "a" * 16, "b" * 16
ORDER = {"symbol": "ACME", "side": "buy", "quantity": "1", "price": "10"}


@pytest.fixture
def venue() -> Venue:
    venue = Venue("ACME", "ZINC")
    for key_id, role in ((ADMIN, "admin"), (TRADER, "trade")):
        body = {"key_id": key_id, "hash": "0" * 64, "role": role, "accounts": ["demo"]}
        venue.send("key.create", body)
    return venue


def ask(venue: Venue, subject: str, **fields: Any) -> ExecutionMessage:
    (told,) = venue.send(subject, fields)
    return told


def test_an_administrator_does_what_the_operator_does(venue: Venue) -> None:
    """Among order commands, with his key, which is told; nobody else does."""
    body = {"op": "market.kill", "symbol": "ACME"}
    told = venue.order(**body, key=ADMIN)
    assert (told.op, told.result, told.key) == ("market.kill", "accepted", ADMIN)
    assert venue.order(**body, key=TRADER).reason == "not_allowed"
    assert venue.order(**body, key="c" * 16).reason == "unknown_key"
    told = venue.order(**body)
    assert (told.op, told.reason, told.field) == ("malformed", "not_allowed", "key")


@pytest.mark.parametrize(
    ("switch", "reason", "others"),
    [
        ({"account": "demo"}, "account_killed", {"account": "alice"}),
        ({"symbol": "ACME"}, "instrument_killed", {"symbol": "ZINC"}),
        ({}, "market_killed", None),
    ],
)
def test_a_kill_switch_lets_only_cancels_through(
    venue: Venue, switch: dict[str, str], reason: str, others: dict[str, str] | None
) -> None:
    """Of an account, of an instrument, of the market; twice is as once, and it is taken back."""
    venue.order(**ORDER, client_order_id="a")
    for _ in range(2):
        assert ask(venue, "market.kill", **switch).result == "accepted"
    assert venue.order(**ORDER).reason == reason
    move = {"op": "replace", "client_order_id": "a", "price": "11"}
    assert venue.order(**move).reason == reason
    if others is not None:
        assert venue.order(**ORDER | others).result == "accepted"
    assert ask(venue, "market.release", **switch).result == "accepted"
    assert venue.order(**move).result == "accepted"
    ask(venue, "market.kill", **switch)
    assert venue.order(op="cancel", client_order_id="a").result == "accepted"


def test_a_kill_switch_is_of_what_is_there(venue: Venue) -> None:
    """Of no account or instrument that is not, and never of both at once."""
    assert ask(venue, "market.kill", account="nobody").reason == "unknown_account"
    assert ask(venue, "market.kill", symbol="IRON").reason == "unknown_symbol"
    assert ask(venue, "market.kill", account="demo", symbol="ACME").reason == "malformed"


def test_a_band_stands_around_the_reference_price(venue: Venue) -> None:
    """That of the last trade, or what the operator has said since; without one there is none."""
    ask(venue, "instrument.set", symbol="ACME", price_band="0.1")
    assert venue.order(**ORDER).order.status == "new"  # type: ignore[union-attr]
    venue.order(**ORDER | {"account": "bob", "side": "sell"})
    assert venue.order(**ORDER | {"price": "11.01"}).reason == "price_band"
    assert venue.order(**ORDER | {"price": "11"}).result == "accepted"
    ask(venue, "instrument.set", symbol="ACME", reference_price="20")
    assert venue.order(**ORDER | {"price": "11"}).reason == "price_band"
    assert venue.order(**ORDER | {"price": "22"}).result == "accepted"
    ask(venue, "instrument.set", symbol="ACME", price_band="0")
    assert venue.order(**ORDER | {"price": "50"}).result == "accepted"


def test_fees_are_those_of_the_day_an_order_was_accepted(venue: Venue) -> None:
    """A change takes hold of what comes later, and of an order that is replaced."""
    ask(venue, "instrument.set", symbol="ACME", maker_fee="0.01")
    for name in ("a", "b"):
        venue.order(**ORDER, client_order_id=name)
    ask(venue, "instrument.set", symbol="ACME", maker_fee="0.02")
    venue.order(op="replace", client_order_id="b", price="9")
    sell = ORDER | {"account": "bob", "side": "sell", "quantity": "2", "price": "9"}
    fees = [trade.maker_fee for trade in venue.order(**sell).trades]
    assert fees == ["0.1", "0.18"]


def test_a_transfer_takes_effect_once(venue: Venue) -> None:
    """The same again is told what became of the first; other terms under its name are refused."""
    body = {"account": "demo", "amount": "5", "transfer_id": "t"}
    first = ask(venue, "account.deposit", **body)
    assert [balance.symbol for balance in first.balances] == [""] and first.settings is None
    again = venue.order(op="account.deposit", key=ADMIN, **body)
    assert (again.result, again.first_seq, again.balances) == ("duplicate", first.seq, ())
    for other in ({"amount": "6"}, {"account": "demo"}):
        subject = "account.deposit" if "amount" in other else "account.withdraw"
        refused = ask(venue, subject, **body | other)
        assert (refused.reason, refused.field) == ("client_order_id_reused", "transfer_id")
    assert ask(venue, "account.deposit", **body | {"account": "bob"}).result == "accepted"
    assert venue.order(**ORDER, client_order_id="t").result == "accepted"  # apart from orders
