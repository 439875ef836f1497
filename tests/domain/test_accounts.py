"""Accounts: opened, set, restricted and closed."""

from typing import Any

import pytest

from outcry.domain.limits import Bounds
from outcry.wire.messages import ExecutionMessage
from tests.venue import Venue

BUY = {"account": "ann", "symbol": "ACME", "side": "buy", "quantity": "1", "price": "1"}


def venue_with_ann(bounds: Bounds | None = None, **terms: Any) -> Venue:
    venue = Venue("ACME", "ZINC", bounds=bounds or Bounds())
    ask(venue, "account.open", access="open", **terms)
    return venue


def ask(venue: Venue, subject: str, **fields: Any) -> ExecutionMessage:
    (told,) = venue.send(subject, {"account": "ann"} | fields)
    return told


def test_an_account_is_opened_once() -> None:
    """Also one that was closed keeps its name."""
    venue = venue_with_ann()
    assert ask(venue, "account.open").reason == "duplicate_account"
    assert ask(venue, "account.state", state="closed").result == "accepted"
    assert ask(venue, "account.open").reason == "duplicate_account"


def test_what_is_left_out_stays() -> None:
    """A limit of 0 is none, a fee of 0 is one, and only a margin account borrows."""
    venue = venue_with_ann(type="margin")
    ask(venue, "account.set", max_open_orders=3, maker_fee="0.01")
    told = ask(venue, "account.set", max_order_rate=4, maker_fee="0", shorting=True).settings
    assert told is not None
    assert (told.max_open_orders, told.max_order_rate, told.maker_fee) == (3, 4, "0")
    assert (told.shorting, told.multiplier, told.taker_fee) == (True, 2, "")
    told = ask(venue, "account.set", max_open_orders=0).settings
    assert told is not None and told.max_open_orders == 0
    venue.send("account.open", {"account": "cash"})
    for field, value in (("multiplier", 1), ("shorting", False)):
        (refused,) = venue.send("account.set", {"account": "cash", field: value})
        assert (refused.reason, refused.field) == ("not_allowed", field)


def test_terms_are_told_of_the_instrument_that_was_named() -> None:
    """Those in others stay, and are not told again: an answer does not grow with them."""
    venue = venue_with_ann()
    ask(venue, "account.set", symbol="ZINC", max_position="7")
    told = ask(venue, "account.set", symbol="ACME", max_notional="5").settings
    assert told is not None and [terms.symbol for terms in told.terms] == ["ACME"]
    told = ask(venue, "account.set", symbol="ZINC", max_notional="6").settings
    assert told is not None
    assert [(terms.max_position, terms.max_notional) for terms in told.terms] == [("7", "6")]
    told = ask(venue, "account.set", max_open_orders=1).settings
    assert told is not None and told.terms == ()
    assert ask(venue, "account.set", symbol="IRON").reason == "unknown_symbol"


def test_terms_and_holdings_are_bounded() -> None:
    """One more of either is refused, to the operator as to a trader; who has one keeps it."""
    venue = Venue("ACME", "ZINC", bounds=Bounds(holdings=20))  # those of TRADERS in both
    ask(venue, "account.open", access="open")
    ask(venue, "account.deposit", amount="100")
    assert venue.order(**BUY).reason == "holdings_limit"
    assert ask(venue, "account.deposit", symbol="ACME", quantity="1").reason == "holdings_limit"
    assert venue.order(**BUY | {"account": "bob"}).result == "accepted"
    venue = venue_with_ann(Bounds(holdings=1))
    assert ask(venue, "account.set", symbol="ACME", max_position="1").result == "accepted"
    assert ask(venue, "account.set", symbol="ZINC").reason == "holdings_limit"
    assert ask(venue, "account.set", symbol="ACME").result == "accepted"


@pytest.mark.parametrize("state", ["restricted", "killed"])
def test_who_is_restricted_or_killed_may_cancel_and_transfer(state: str) -> None:
    """No new order and no replace."""
    venue = venue_with_ann()
    ask(venue, "account.deposit", amount="100")
    venue.order(**BUY, client_order_id="a")
    if state == "killed":
        ask(venue, "market.kill")
    else:
        ask(venue, "account.state", state="restricted")
    named = {"account": "ann", "client_order_id": "a"}
    assert venue.order(**BUY).reason == f"account_{state}"
    assert venue.order(op="replace", price="2", **named).reason == f"account_{state}"
    assert ask(venue, "account.withdraw", amount="1").result == "accepted"
    assert venue.order(op="cancel", **named).result == "accepted"


def test_what_is_closed_is_empty_and_stays_closed() -> None:
    """Cash, a position or an open order keeps it open."""
    venue = venue_with_ann()
    ask(venue, "account.deposit", amount="1")
    assert ask(venue, "account.state", state="closed").reason == "account_not_empty"
    ask(venue, "account.withdraw", amount="1")
    ask(venue, "account.deposit", symbol="ACME", quantity="1")
    assert ask(venue, "account.state", state="closed").reason == "account_not_empty"
    ask(venue, "account.withdraw", symbol="ACME", quantity="1")
    assert ask(venue, "account.state", state="closed").result == "accepted"
    assert ask(venue, "account.state", state="active").reason == "account_closed"
    assert ask(venue, "account.deposit", amount="1").reason == "account_closed"
    assert venue.order(**BUY).reason == "account_closed"


def test_the_most_special_fee_holds() -> None:
    """Of the account there, of the account, of the instrument; 0 is one."""
    venue = venue_with_ann()
    ask(venue, "account.deposit", amount="1000")
    sell = {"account": "bob", "symbol": "ACME", "side": "sell", "quantity": "9", "price": "1"}
    venue.order(**sell)
    fees = []
    for subject, fields in (
        ("instrument.set", {"symbol": "ACME", "taker_fee": "0.03"}),
        ("account.set", {"account": "ann", "taker_fee": "0.02"}),
        ("account.set", {"account": "ann", "symbol": "ACME", "taker_fee": "0"}),
    ):
        venue.send(subject, fields)
        (trade,) = venue.order(**BUY).trades
        fees.append(trade.taker_fee)
    assert fees == ["0.03", "0.02", ""]
