"""Orders that are more than a side, a price and a quantity, over real HTTP."""

from typing import Any

import pytest

from tests.gateway.conftest import Serve
from tests.gateway.front import a_front
from tests.gateway.test_orders_http import BUY, SELL, error_of

BRACKET = {"order_class": "bracket", "take_profit": "1.5", "stop_loss": "0.5"}


async def test_an_exit_is_named_by_its_parent_and_changed_by_its_own_id(serve: Serve) -> None:
    """The answer to a bracket names it; a replace and a cancel of it are those of any order."""
    async with a_front(serve) as front:
        parent = (await front.order(BUY | BRACKET)).json()["order"]
        assert (parent["order_class"], parent["status"]) == ("bracket", "new")
        address = f"/order/{parent['exit_order_id']}"
        for terms in ({"price": "1.6"}, {"stop_price": "0.6"}):
            response = await front.http.patch(address, json=terms)
            assert response.status_code == 200, response.text
            told = response.json()["order"]
            assert told["parent_order_id"] == parent["order_id"]
            assert terms.items() <= told.items()
        response = await front.http.patch(address, json={"quantity": "5"})
        assert (response.status_code, response.json()["reason"]) == (422, "no_such_term")
        gone = await front.http.delete(address)
        assert (gone.status_code, gone.json()["order"]["status"]) == (200, "canceled")
        assert (await front.http.delete(address)).status_code == 422
        assert (await front.http.delete(f"/order/{parent['order_id']}")).status_code == 200


async def test_what_an_exit_does_is_no_answer(serve: Serve) -> None:
    """It is told between the answers of an array, each of which is in its place."""
    async with a_front(serve) as front:
        sale = SELL | {"quantity": "4", "client_order_id": "s1"}
        commands = [BUY | BRACKET, sale, BUY | {"price": "0.9"}, SELL | {"price": "1.5"}]
        response = await front.order(commands)
        told = response.json()
        assert [one["op"] for one in told] == ["new"] * 4
        assert [one["index"] for one in told[1:]] == [1, 2, 3] and "index" not in told[0]
        assert [one["order"]["side"] for one in told] == ["buy", "sell", "buy", "sell"]
        seqs = [one["seq"] for one in told]
        assert seqs[1] - seqs[0] == seqs[2] - seqs[1] == 2  # behind each one about the exit


async def test_an_order_by_worth_is_answered_with_what_it_comes_to(serve: Serve) -> None:
    """Sent again it is the same order; its quantity by itself is another."""
    async with a_front(serve) as front:
        worth = {n: v for n, v in BUY.items() if n != "quantity"} | {"client_order_id": "w1"}
        first = (await front.order(worth | {"notional": "7.5"})).json()
        assert (first["order"]["quantity"], first["order"]["notional"]) == ("7", "7.5")
        again = await front.order(worth | {"notional": 7.50})
        assert (again.status_code, again.json()["first_seq"]) == (200, first["seq"])
        other = (await front.order(worth | {"quantity": "7"})).json()
        assert other["reason"] == "client_order_id_reused"
        small = (await front.order(BUY | {"quantity": None, "notional": "0.99"})).json()
        assert (small["reason"], small["field"]) == ("min_quantity", "notional")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"notional": "10"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"quantity": None, "notional": "0"}, "notional"),
        ({"order_class": "bracket", "take_profit": "2"}, "stop_loss"),
        ({"order_class": "pair"}, "order_class"),
        ({"take_profit": "2"}, "take_profit"),
        ({"order_class": "oco"}, "stop_price"),
        ({"type": "trailing_stop", "price": None}, "trail"),
        ({"type": "trailing_stop", "price": None, "trail_percent": "100"}, "trail_percent"),
    ],
)
async def test_what_makes_no_sense_together_is_400(
    serve: Serve, terms: dict[str, Any], field: str
) -> None:
    """It never reaches the log, and the field at fault is named."""
    async with a_front(serve) as front:
        assert error_of(await front.order(BUY | terms)) == (400, "malformed", field)
        assert not front.exchange.entry.appended


async def test_until_when_an_order_is_good_may_be_said_anew(serve: Serve) -> None:
    """Of one that is gtd, by a PATCH of nothing else."""
    async with a_front(serve) as front:
        end = str(1 << 62)
        terms = {"time_in_force": "gtd", "good_until": end, "client_order_id": "g1"}
        order = (await front.order(BUY | terms)).json()["order"]
        later = {"good_until": str((1 << 62) + 1)}
        told = (await front.http.patch(f"/order/{order['order_id']}", json=later)).json()
        assert told["order"]["good_until"] == later["good_until"]
        plain = (await front.order(BUY)).json()["order"]
        told = (await front.http.patch(f"/order/{plain['order_id']}", json=later)).json()
        assert (told["reason"], told["field"]) == ("no_such_term", "good_until")
