"""Exits in the books: there with their parents, and what they have become since."""

from typing import Any

import msgspec
import pytest

from outcry.broker.exits import exit_of
from outcry.domain.limits import BOUNDS
from tests.broker.keeping import Keeper, Recorded

BUY = {"symbol": "ACME", "side": "buy", "quantity": "10", "price": "100"}
BRACKET = BUY | {"order_class": "bracket", "take_profit": "110", "stop_loss": "95"}
GAIN = {"order_class": "oto", "take_profit": "110"}
LOSS = {"order_class": "oto", "stop_loss": "95"}


def book_of(keeper: Keeper, venue: Recorded) -> dict[str, dict[str, Any]]:
    """All orders, by id."""
    assert keeper.book(venue.entries)
    return {order["order_id"]: order for order in keeper.ask("orders", limit=1000)["orders"]}


def test_an_exit_is_there_before_it_is_told(keeper: Keeper) -> None:
    """The books have it with its parent, also where an entry could tell no more; so a cancel of all
    orders finds it."""
    venue = Recorded("ACME", bounds=BOUNDS._replace(due=1))
    told = venue.send("order.created", [BRACKET, BRACKET, BUY])
    assert [one.op for one in told] == ["new", "exit.moved", "new", "new"]
    orders = book_of(keeper, venue)
    exits = [order for order in orders.values() if "parent_order_id" in order]
    assert len(exits) == 2
    for order in exits:
        parent = orders[order["parent_order_id"]]
        assert parent["exit_order_id"] == order["order_id"]
        assert (order["status"], order["quantity"], order["filled_quantity"]) == ("held", "10", "0")
    assert keeper.ask("book", symbol="ACME") == {
        "seq": venue.engine.seq,
        "symbol": "ACME",
        "bids": [["100", "30", 3]],
        "asks": [],
    }
    venue.order(op="cancel_all")
    orders = book_of(keeper, venue)
    assert all(order["leaves_quantity"] == "0" for order in orders.values())


@pytest.mark.parametrize(
    "terms",
    [
        BRACKET,
        BRACKET | {"stop_loss_limit": "94"},
        BUY | GAIN,
        BUY | LOSS,
        BUY | LOSS | {"stop_loss_limit": "94"},
        BUY | GAIN | {"time_in_force": "day"},
        BUY | LOSS | {"time_in_force": "gtd", "good_until": "99"},
        BRACKET | {"post_only": True, "display_quantity": "4"},
        BRACKET | {"type": "stop_limit", "stop_price": "98", "trigger": "quote"},
        BRACKET | {"price": None, "type": "stop", "stop_price": "98"},
        BRACKET | {"quantity": None, "notional": "1050"},
    ],
)
def test_an_exit_is_booked_as_it_is_told(terms: dict[str, str]) -> None:
    """Before it is told it has the terms that it will be told with."""
    venue = Recorded("ACME")
    venue.send("instrument.set", {"symbol": "ACME", "reference_price": "97"})
    new, moved = venue.send("order.created", terms)
    assert new.order is not None
    assert exit_of(new.order) == moved.order


def test_an_exit_of_an_order_that_trades_at_once_lasts(keeper: Keeper) -> None:
    """It is good until it is cancelled; its row tells the state that it was told with."""
    venue = Recorded("ACME")
    venue.order(**BUY | {"side": "sell", "account": "bob"})
    new, moved = venue.send("order.created", BRACKET | {"time_in_force": "ioc"})
    orders = book_of(keeper, venue)
    assert new.order is not None and moved.order is not None
    leg = orders[new.order.exit_order_id]
    marks = {name: leg.pop(name) for name in tuple(leg) if name.startswith(("created", "updated"))}
    assert leg == msgspec.to_builtins(moved.order)
    assert (leg["time_in_force"], leg["status"], leg["price"]) == ("gtc", "new", "110")
    assert marks["created_seq"] == new.seq and marks["updated_seq"] == moved.seq
    assert keeper.ask("book", symbol="ACME")["asks"] == [["110", "10", 1]]


def test_an_order_with_two_ways_to_trade_shows_one(keeper: Keeper) -> None:
    """It stands in the book at its price; once its stop is reached it is a stop order there."""
    venue = Recorded("ACME")
    venue.order(**BUY | {"side": "sell", "order_class": "oco", "stop_price": "95", "price": "110"})
    book_of(keeper, venue)
    assert keeper.ask("book", symbol="ACME")["asks"] == [["110", "10", 1]]
    venue.order(**BUY | {"price": "94.50", "quantity": "12", "account": "bob"})
    venue.order(**BUY | {"price": "94.50", "quantity": "1", "side": "sell", "account": "alice"})
    (oco, *_) = [o for o in book_of(keeper, venue).values() if o.get("stop_price") == "95"]
    assert (oco["type"], oco["status"], oco["filled_quantity"]) == ("stop", "filled", "10")
    assert "price" not in oco and "order_class" not in oco
    assert keeper.ask("book", symbol="ACME")["asks"] == []


def test_a_rejected_order_has_no_exit(keeper: Keeper) -> None:
    """Nothing came of it."""
    venue = Recorded("ACME")
    told = venue.order(**BRACKET | {"stop_loss": "120"})
    assert told.order is not None and not told.order.exit_order_id
    assert told.reason == "leg_prices"
    (order,) = book_of(keeper, venue).values()
    assert "exit_order_id" not in order and order["order_class"] == "bracket"
