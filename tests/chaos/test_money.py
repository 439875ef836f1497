"""Whether money adds up, by the audit that says so."""

import copy
from typing import Any

import pytest

from chaos.money import check_money
from tests.chaos.venue_in_memory import Session


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    session = Session()
    session.trade()
    assert [one["result"] for one in session.told].count("rejected") == 1
    return session.told


def test_what_the_engine_tells_adds_up(told: list[dict[str, Any]]) -> None:
    """Cash, positions, and what open orders hold, through orders of every kind, with fees."""
    check_money(told)


@pytest.mark.parametrize("seed", range(3))
def test_orders_of_every_type_and_class_add_up(seed: int) -> None:
    """Stop orders, trails, two ways and exits hold what they may cost, whatever sets them off."""
    session = Session()
    session.rush(seed, 400)
    check_money(session.told)
    met = {(one["op"], one["order"]["type"]) for one in session.told if "order" in one}
    assert {("stop.triggered", kind) for kind in ("stop", "stop_limit", "trailing_stop")} <= met
    assert ("exit.moved", "limit") in met


@pytest.mark.parametrize("field", ["cash", "held", "position", "position_held"])
def test_a_balance_that_is_wrong_is_found(told: list[dict[str, Any]], field: str) -> None:
    """By the smallest part of a unit."""
    place, part = next(
        (seq, part)
        for seq, one in enumerate(told)
        for part, balance in enumerate(one.get("balances", ()))
        if field in balance
    )
    forged = copy.deepcopy(told)
    balance = forged[place]["balances"][part]
    digits = balance[field] if "." in balance[field] else f"{balance[field]}.0"
    balance[field] = f"{digits}1"
    with pytest.raises(AssertionError):
        check_money(forged)


def test_a_fee_that_went_nowhere_is_found(told: list[dict[str, Any]]) -> None:
    """What a trade tells of fees is what the accounts have paid."""
    forged = copy.deepcopy(told)
    trade = next(one for one in forged if "trades" in one)["trades"][0]
    trade["maker_fee"] = "0.5"
    with pytest.raises(AssertionError):
        check_money(forged)


def test_a_refusal_that_moved_money_is_found(told: list[dict[str, Any]]) -> None:
    """What did nothing has no balances."""
    forged = copy.deepcopy(told)
    refused = next(one for one in forged if one["result"] == "rejected")
    refused["balances"] = [{"account": "bob", "cash": "1"}]
    with pytest.raises(AssertionError):
        check_money(forged)
