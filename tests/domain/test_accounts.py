"""Accounts: opened, set, restricted and closed."""

from typing import Any

import pytest

from outcry.domain.limits import Bounds
from outcry.wire.messages import AccountTermsMessage, ExecutionMessage
from tests.venue import Venue

BUY = {"account": "ann", "symbol": "ACME", "side": "buy", "quantity": "1", "price": "1"}
SELL = BUY | {"account": "bob", "side": "sell"}
ANN = {"account": "ann"}
ACME = {"symbol": "ACME"}


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
    assert ask(venue, "account.set", symbol="ZINC", max_position="1").reason == "holdings_limit"
    assert ask(venue, "account.set", symbol="ACME", max_position="2").result == "accepted"


@pytest.mark.parametrize(
    ("field", "value", "none"),
    [
        ("max_notional", "5", "0"),
        ("max_position", "5", "0"),
        ("maker_fee", "0", "inherit"),
        ("taker_fee", "0.1", "inherit"),
    ],
)
def test_terms_that_say_nothing_are_none(field: str, value: str, none: str) -> None:
    """They count for nothing, and are told as they are: without anything but the instrument."""
    venue = venue_with_ann(Bounds(holdings=1))
    assert ask(venue, "account.set", symbol="ZINC").result == "accepted"
    for symbol in ("ACME", "ZINC"):
        told = ask(venue, "account.set", symbol=symbol, **{field: value}).settings
        assert told is not None and getattr(told.terms[0], field) == value
        told = ask(venue, "account.set", symbol=symbol, **{field: none}).settings
        assert told is not None and told.terms == (AccountTermsMessage(symbol),)
        assert venue.engine.accounts.by_name["ann"].terms == {}


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


@pytest.mark.parametrize("of", ["maker", "taker"])
def test_the_most_special_fee_holds(of: str) -> None:
    """Of the account there, of it, of the instrument; 0 is one, and its own are taken back."""
    venue = venue_with_ann()
    ask(venue, "account.deposit", amount="1000")
    first, second = (BUY, SELL) if of == "maker" else (SELL, BUY)
    fees = []
    for subject, place, fee in (
        ("instrument.set", ACME, "0.03"),
        ("account.set", ANN, "0.02"),
        ("account.set", ANN | ACME, "0"),
        ("account.set", ANN | ACME, "inherit"),
        ("account.set", ANN, "inherit"),
        ("instrument.set", ACME, "0"),
    ):
        venue.send(subject, place | {f"{of}_fee": fee})
        venue.order(**first)
        (trade,) = venue.order(**second).trades
        fees.append(getattr(trade, f"{of}_fee"))
    assert fees == ["0.03", "0.02", "", "0.02", "0.03", ""]


OF_ALL = {
    "max_open_orders": (1, "open_orders_limit"),
    "max_order_rate": (1, "order_rate"),
    "max_exposure": ("1", "exposure_limit"),
    "max_notional": ("0.5", "max_notional"),
    "max_position": ("1", "position_limit"),
}
OF_AN_INSTRUMENT = ("max_notional", "max_position")


@pytest.mark.parametrize(
    ("subject", "place", "limit"),
    [
        *(("market.set", {}, limit) for limit in OF_ALL),
        *(("instrument.set", ACME, limit) for limit in OF_AN_INSTRUMENT),
        *(("account.set", ANN, limit) for limit in OF_ALL),
        *(("account.set", ANN | ACME, limit) for limit in OF_AN_INSTRUMENT),
    ],
)
def test_the_next_order_meets_a_limit_that_was_set(
    subject: str, place: dict[str, str], limit: str
) -> None:
    """Also of who has ordered there before; and the one after it was taken back is free of it."""
    venue = venue_with_ann()
    ask(venue, "account.deposit", amount="100")
    assert venue.order(**BUY).result == "accepted"
    most, reason = OF_ALL[limit]
    venue.send(subject, place | {limit: most})
    assert venue.order(**BUY).reason == reason
    venue.send(subject, place | {limit: 0})
    assert venue.order(**BUY).result == "accepted"
