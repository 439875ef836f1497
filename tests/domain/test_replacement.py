"""What a replace makes of an order, and with which new terms it keeps its place."""

from typing import Any

import pytest

from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.instructions import Instructions
from outcry.domain.level import Level
from outcry.domain.order import new_order
from outcry.domain.replacement import Place, Terms, new_terms
from outcry.domain.types import BUY, GTC, GTD, LIMIT, OrderId, Side

SELL = Side.SELL
SAID = Instructions(good_until_ns=9, display_quantity=2)
LATER = Instructions(good_until_ns=12, display_quantity=2)


@pytest.mark.parametrize(
    ("new", "terms"),
    [
        ({"quantity": 7}, Terms(7, 100, SAID, Place.BOTH)),
        ({"quantity": 8}, Terms(8, 100, SAID, Place.NONE)),
        ({"quantity": 7, "price": 99}, Terms(7, 99, SAID, Place.NONE)),
        ({"good_until_ns": 12}, Terms(8, 100, LATER, Place.BOTH)),
        ({"good_until_ns": 9}, Terms(8, 100, SAID, Place.BOTH)),
        ({"good_until_ns": 12, "quantity": 7}, Terms(7, 100, LATER, Place.BOTH)),
        ({"good_until_ns": 12, "quantity": 9}, Terms(9, 100, LATER, Place.NONE)),
        ({"good_until_ns": 12, "price": 101}, Terms(8, 101, LATER, Place.NONE)),
    ],
)
def test_an_order_keeps_its_place_where_nothing_of_it_is_in_anybodys_way(
    new: dict[str, Any], terms: Terms
) -> None:
    """It becomes smaller, or is good for longer or shorter; all else loses the place."""
    order = new_order(
        OrderId(1), NewOrder("alice", "a1", "ACME", BUY, LIMIT, GTD, 8, 100, instructions=SAID)
    )
    nothing: dict[str, Any] = {"quantity": None, "price": None}
    command = ReplaceOrder("alice", OrderId(1), "", new_client_order_id="", **nothing | new)
    assert new_terms(order, command) == terms


@pytest.mark.parametrize(
    ("new", "place"),
    [
        ({"stop_price": 91}, Place.BOOK),
        ({"stop_limit_price": 80}, Place.BOOK),
        ({"stop_price": 91, "price": 100}, Place.BOOK),
        ({"stop_price": 91, "price": 101}, Place.NONE),
        ({"stop_price": 91, "quantity": 7}, Place.NONE),
        ({"stop_price": 90}, Place.NONE),
        ({"quantity": 7}, Place.BOTH),
    ],
)
def test_an_order_with_two_ways_keeps_its_place_in_the_book_with_another_stop_price(
    new: dict[str, Any], place: Place
) -> None:
    """Alone: it waits anew then, and that is all. One that rests not has no place to keep."""
    said = Instructions(stop_price=90, stop_limit_price=85)
    terms = NewOrder("alice", "a1", "ACME", SELL, LIMIT, GTC, 8, 100, instructions=said)
    nothing: dict[str, Any] = {"quantity": None, "price": None}
    command = ReplaceOrder("alice", OrderId(1), "", new_client_order_id="", **nothing | new)
    order = new_order(OrderId(1), terms)
    unplaced = Place.NONE if place is Place.BOOK else place
    assert new_terms(order, command).place is unplaced
    order.level = Level(100)
    assert new_terms(order, command).place is place


def test_an_exit_that_is_not_armed_has_no_place_to_lose() -> None:
    """It takes whatever it is given."""
    said = Instructions(stop_price=90, unarmed=True)
    terms = NewOrder("alice", "", "ACME", SELL, LIMIT, GTC, 8, 100, instructions=said)
    command = ReplaceOrder("alice", OrderId(1), "", None, 105, "", stop_price=95)
    changed = new_terms(new_order(OrderId(1), terms), command)
    assert changed == Terms(8, 105, Instructions(stop_price=95, unarmed=True), Place.BOTH)
