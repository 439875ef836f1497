"""Where trailing stops stand, as the books tell it."""

from typing import Any

import pytest

from outcry.broker import trailing
from tests.broker.keeping import Keeper, Recorded

STOP = {"symbol": "ACME", "side": "sell", "quantity": "5", "type": "trailing_stop"}


@pytest.fixture
def venue() -> Recorded:
    venue = Recorded("ACME", "ZINC")
    for symbol in ("ACME", "ZINC"):
        venue.send("instrument.set", {"symbol": symbol, "reference_price": "100"})
    return venue


def trade(venue: Recorded, *prices: str, symbol: str = "ACME") -> None:
    for price in prices:
        for side, account in (("buy", "alice"), ("sell", "bob")):
            terms = {"symbol": symbol, "quantity": "1", "price": price}
            venue.order(side=side, account=account, **terms)


def stands(keeper: Keeper, name: str) -> tuple[Any, Any]:
    order = keeper.ask("order", client_order_id=name, account="demo")["order"]
    listed = keeper.ask("orders", client_order_id=name, account="demo")["orders"]
    assert listed == [order]
    return order["high_water_mark"], order["stop_price"]


def test_a_trailing_stop_stands_where_the_trades_have_led_it(
    keeper: Keeper, venue: Recorded
) -> None:
    """A sell follows the highest price and a buy the lowest, each since it came; by an amount, or a
    part of the price that is rounded down to 10⁻⁹."""
    venue.order(client_order_id="early", trail="10", **STOP)
    venue.order(client_order_id="buy", trail="10", **STOP | {"side": "buy"})
    trade(venue, "103", "99", symbol="ACME")
    trade(venue, "150", symbol="ZINC")
    venue.order(client_order_id="late", trail_percent="33.3", **STOP)
    trade(venue, "101.01", "98")
    assert keeper.book(venue.entries)
    assert stands(keeper, "early") == ("103", "93")
    assert stands(keeper, "buy") == ("98", "108")
    assert stands(keeper, "late") == ("101.01", "67.37367")
    venue.order(op="replace", client_order_id="early", trail="20")
    trade(venue, "104")
    assert keeper.book(venue.entries)
    assert stands(keeper, "early") == ("104", "84")


def test_who_waits_no_more_stands_where_he_was_told(keeper: Keeper, venue: Recorded) -> None:
    """One that was set off, and one that was cancelled."""
    venue.order(client_order_id="reached", trail="1", **STOP)
    venue.order(client_order_id="gone", trail="5", **STOP)
    trade(venue, "102")
    venue.order(op="cancel", client_order_id="gone")
    trade(venue, "101", "110")
    assert keeper.book(venue.entries)
    assert stands(keeper, "reached") == ("102", "101")
    assert stands(keeper, "gone") == ("102", "97")


def test_only_so_many_trades_are_looked_at(
    keeper: Keeper, venue: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more, the newest count, beside what was told."""
    venue.order(client_order_id="old", trail="10", **STOP)
    trade(venue, "108")
    venue.order(client_order_id="new", trail="10", **STOP)
    trade(venue, "104", "105")
    assert keeper.book(venue.entries)
    for most, high in ((3, "108"), (2, "105"), (1, "105")):
        monkeypatch.setattr(trailing, "TRADES_MAX", most)
        assert stands(keeper, "old")[0] == high
        assert stands(keeper, "new")[0] == "108"
