"""Stories with the answers of well-known engines; where those differ, docs/rules.md decides."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from outcry.wire.decimals import format_decimal
from outcry.wire.messages import ExecutionMessage
from tests.venue import PLENTY, Venue

Fields = dict[str, Any]

SHARED = Path(os.environ.get("OUTCRY_SHARED", Path(__file__).parents[3] / "shared"))
FILE = SHARED / "data" / "scenarios" / "scenarios.json"
NOT_OURS = {
    "EC-10": "there is no reduce: a client says the new total, so it cannot be reduced by 0 or -1",
}
POLICIES: dict[str, bool] = {}
"""Whether a policy that a scenario stands on is ours; docs/rules.md says why."""
LOT = 1_000_000
"""A share of the scenarios in 10⁻⁹: a thousandth, as their quantities go beyond 9,000,000,000."""
STATES = {"waiting": "held"}
REFUSALS = {"reject_unknown": "unknown_order", "reject_would_take": "would_take"}

SCENARIOS = json.loads(FILE.read_text())["scenarios"] if FILE.exists() else []


@pytest.mark.skipif(not SCENARIOS, reason=f"no scenarios here: set OUTCRY_SHARED ({FILE.name})")
def test_scenarios_are_there() -> None:
    """Every policy that scenarios stand on is decided."""
    assert {s["policy"] for s in SCENARIOS if "policy" in s} <= set(POLICIES)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_an_engine_of_others_would_say_the_same(scenario: Fields) -> None:
    """Fills, remainders, refusals and the book after all steps are those of the source."""
    if scenario["id"] in NOT_OURS:
        pytest.skip(NOT_OURS[scenario["id"]])
    if not POLICIES.get(scenario.get("policy", ""), True):
        pytest.skip("this policy is not ours")
    floor = Floor()
    for step in scenario["steps"]:
        floor.perform(step)
    assert floor.levels() == scenario["book"]


class Floor:
    """A venue whose orders are named by the ids of a scenario."""

    def __init__(self) -> None:
        self.venue = Venue()
        terms = {"symbol": "ACME", "tick": "1", "lot": "0.001"}
        self.venue.send("instrument.list", terms | {"max_quantity": "9000000000"})
        self.venue.open_accounts("all", "other", self_trade_prevention="none")
        for _ in range(10):  # some scenarios trade in quantities beyond 32 bits
            self.venue.send("account.deposit", {"account": "all", "amount": PLENTY})
        self.total: dict[str, int] = {}
        self.names: dict[str, Any] = {}

    def perform(self, step: Fields) -> None:
        execution, *triggered = self.venue.send("order.created", self.command(step))
        if expected := step.get("expect"):
            self.check_refusal(execution, expected)
            return
        order = execution.order
        assert execution.result == "accepted" and order is not None, execution
        self.names[order.order_id] = step["id"]
        assert self.fills(execution) == step.get("fills", [])
        told = [{"id": self.name(one), "fills": self.fills(one)} for one in triggered]
        assert told == step.get("triggers", [])
        assert order.status == STATES.get(step.get("state", ""), order.status)
        if "left" in step:
            state, _, number = step["left"].partition(":")
            rest = shares(order.quantity) - shares(order.filled_quantity)
            assert (order.status, rest) == (state, int(number))

    def name(self, triggered: ExecutionMessage) -> Any:
        assert triggered.op == "stop.triggered" and triggered.order is not None, triggered
        return self.names[triggered.order.order_id]

    def fills(self, execution: ExecutionMessage) -> list[list[Any]]:
        return [
            [self.names[trade.maker_order_id], int(trade.price), shares(trade.quantity)]
            for trade in execution.trades
        ]

    def command(self, step: Fields) -> Fields:
        name, account = str(step["id"]), step.get("account", "all")
        named = {"account": account, "client_order_id": name}
        match step["op"]:
            case "new":
                self.total.setdefault(name, step["qty"])
                terms = {"symbol": "ACME", "side": step["side"], "type": step["type"]}
                quantity = {"quantity": format_decimal(step["qty"] * LOT)}
                return named | terms | quantity | self.limit(step)
            case "cancel":
                return {"op": "cancel"} | named
            case "reduce":
                return self.reduce(named, name, step["by"])
            case "replace":
                total = self.total[name] = step.get("qty", self.total[name])
                terms = {"op": "replace", "quantity": format_decimal(total * LOT)}
                price = {"price": step["price"]} if "price" in step else {}
                return terms | named | price
        raise ValueError(step["op"])

    def limit(self, step: Fields) -> Fields:
        if step["type"] == "market":
            return {}
        more = {"post_only": True} if step.get("post_only") else {}
        if "stop" in step:
            more = {"stop_price": step["stop"]}
        return {"price": step["price"], "time_in_force": step["tif"]} | more

    def reduce(self, named: Fields, name: str, by: int) -> Fields:
        """A reduce is a replace by the new total; one by all that is open, a cancel."""
        self.total[name] -= by
        if self.total[name] <= 0:
            return {"op": "cancel"} | named
        return {"op": "replace", "quantity": format_decimal(self.total[name] * LOT)} | named

    def check_refusal(self, execution: ExecutionMessage, expected: str) -> None:
        if expected == "reject_duplicate_id":
            assert execution.result == "duplicate"
        elif execution.blocked:  # a cancel that finds nothing gives the id up: docs/rules.md
            assert expected == "reject_unknown"
        else:
            assert (execution.result, execution.reason) == ("rejected", REFUSALS[expected])

    def levels(self) -> Fields:
        book = self.venue.engine.books["ACME"]
        return {
            name: [[level.price // 10**9, level.quantity // LOT, level.count] for level in ladder]
            for name, ladder in (("bids", book.bids), ("asks", book.asks))
        }


def shares(decimal: str) -> int:
    return round(float(decimal) * 1000)
