"""The cascade: nothing overtakes what waits, and all of it is worked off, however much it is."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain import snapshot
from outcry.domain.commands import Command, TriggerStop
from outcry.domain.execution import Execution
from outcry.domain.limits import BOUNDS, DUE_INDEX, Bounds
from outcry.log.streams import ANSWER_BYTES_MAX
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from tests.venue import Venue

TRIGGERED = "stop.triggered"
MANY = 100_000
ACME = {"symbol": "ACME"}


def stop(account: str, name: str, price: str, **terms: Any) -> dict[str, Any]:
    named = {"account": account, "client_order_id": name, "type": "stop", "side": "buy"}
    return ACME | named | {"stop_price": price, "quantity": "1"} | terms


def limit(account: str, side: str, price: str, quantity: str = "1") -> dict[str, Any]:
    return ACME | {"account": account, "side": side, "price": price, "quantity": quantity}


def triggered(executions: tuple[ExecutionMessage, ...]) -> Iterator[ExecutionMessage]:
    return (execution for execution in executions if execution.op == TRIGGERED)


def test_the_venue_says_that_the_queue_is_due() -> None:
    """As long as it waits, so that an entry is written where nobody else writes one."""
    venue = Venue("ACME", bounds=Bounds(due=1))
    venue.order(**limit("alice", "sell", "16", "9"))
    for name in ("b1", "b2"):
        venue.order(**stop("bob", name, "16"))
    due = [venue.engine.next_due_ns]
    venue.send("order.created", limit("carol", "buy", "16"), 7)
    due.append(venue.engine.next_due_ns)
    executions = venue.send("clock.tick", {}, 8)
    assert [execution.op for execution in executions] == [TRIGGERED, "clock.tick"]
    assert [*due, venue.engine.next_due_ns] == [None, 7, None]


def test_executions_of_what_nobody_sent_are_numbered_together() -> None:
    """Those in front of the commands, and those behind each; the commands by their places."""
    venue = Venue("ACME")
    venue.order(**limit("alice", "sell", "16", "9"))
    venue.order(**stop("bob", "b1", "16"))
    venue.order(**stop("bob", "b2", "17"))
    venue.order(**limit("carol", "buy", "1"))
    venue.order(op="cancel_all_after", account="carol", timeout=1)
    buys = [limit("carol", "buy", "16"), limit("dave", "buy", "15")]
    executions = venue.send("order.created", buys, 2_000_000)
    told = [(execution.op, execution.index) for execution in executions]
    assert told == [
        ("switch.fired", DUE_INDEX),
        ("new", 0),
        (TRIGGERED, DUE_INDEX + 1),
        ("new", 1),
    ]
    assert len({execution.id for execution in executions}) == len(executions)


COMMANDS = st.sampled_from(
    [
        limit("carol", "buy", "16.1"),
        limit("carol", "buy", "16.2", "3"),
        limit("dave", "sell", "16.1"),
        limit("dave", "sell", "15.9", "2"),
        limit("erin", "buy", "16.1") | {"time_in_force": "ioc"},
        limit("erin", "buy", "16.1", "2") | {"time_in_force": "fok"},
        ACME | {"account": "erin", "side": "buy", "type": "market", "quantity": "2"},
        stop("zoe", "", "16"),
        stop("zoe", "", "15", side="sell"),
        {"op": "cancel_all", "account": "carol"},
        {"op": "cancel", "account": "bob", "client_order_id": "b3"},
    ]
)


@settings(max_examples=60)
@given(st.lists(st.lists(COMMANDS, min_size=1, max_size=4), max_size=6), st.integers(1, 3))
def test_no_later_command_overtakes_what_waits(
    entries: list[list[dict[str, Any]]], due: int
) -> None:
    """While somebody waits for his turn no command trades; who waits is served in his order, and a
    venue that goes on from a snapshot serves them alike."""
    bounds = Bounds(due=due, touches=4)
    venue, other = crowded(bounds), crowded(bounds)
    watch(venue)
    for commands in [[limit("carol", "buy", "16")], *entries, *[[]] * 40]:
        waiting = list(venue.engine.stops.queue)
        subject, body = ("order.created", commands) if commands else ("clock.tick", {})
        executions = venue.send(subject, body)
        other.desk = Desk.of(snapshot.load(b"".join(snapshot.dump(other.engine)), bounds))
        assert other.send(subject, body) == executions
        left = list(venue.engine.stops.queue)
        still = [order_id for order_id in waiting if order_id in left]
        assert left[: len(still)] == still
        assert len(list(triggered(executions))) <= due
    assert not venue.engine.stops.queue


def crowded(bounds: Bounds) -> Venue:
    """One trade sets off eight orders."""
    venue = Venue("ACME", bounds=bounds, client_id_horizon=50)
    for _ in range(20):
        venue.order(**limit("alice", "sell", "16.1"))
    venue.order(**limit("alice", "sell", "16"))
    for number in range(8):
        venue.order(**stop("bob", f"b{number}", "16"))
    return venue


def watch(venue: Venue) -> None:
    """See to it that no command trades while somebody waits."""
    trading, enter = venue.engine.trading, venue.engine.trading.enter

    def entering(command: Command, *rest: Any) -> Execution:
        waiting = list(trading.stops.queue)
        execution = enter(command, *rest)
        assert isinstance(command, TriggerStop) or not (waiting and execution.trades)
        return execution

    vars(trading)["enter"] = entering


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_thousand_are_worked_off_over_many_entries() -> None:
    """One trade sets them off: no answer outgrows a message, no entry takes long, nobody overtakes
    and the last of them is served."""
    venue = Venue("ACME")
    for number in range(MANY // 1_000):
        named = [stop("bob", f"{number:x>125}{n:03}", "16") for n in range(1_000)]
        venue.send_bytes("order.created", json.dumps(named).encode())
    makers = [limit("alice", "sell", "16.1", "10")] * 1_000
    for _ in range(MANY // 10_000):
        venue.send_bytes("order.created", json.dumps(makers).encode())
    venue.order(**limit("alice", "sell", "16"))
    assert len(venue.engine.orders) == MANY + MANY // 10 + 1
    entries, slowest, largest, seen = 0, 0.0, 0, list[str]()
    late = json.dumps(limit("carol", "buy", "16.1") | {"time_in_force": "ioc"}).encode()
    body = json.dumps(limit("dave", "buy", "16")).encode()
    while venue.engine.stops.queue or not entries:
        began = time.perf_counter()
        answer = venue.send_bytes("order.created", body)
        slowest = max(slowest, time.perf_counter() - began)
        largest, entries = max(largest, len(answer)), entries + 1
        executions = read_answer(answer)
        for execution in triggered(executions):
            assert execution.order is not None and execution.order.status == "filled"
            seen.append(execution.order.order_id)
        if entries > 1:
            mine = next(one for one in executions if one.op == "new")
            assert mine.order is not None
            expected = "work_limit" if venue.engine.stops.queue else "no_liquidity"
            assert mine.order.reason in (expected, "immediate_or_cancel")
        body = late
    assert entries == MANY // BOUNDS.due
    assert seen == sorted(seen) and len(seen) == MANY
    assert len(venue.engine.orders) == 0
    assert largest < ANSWER_BYTES_MAX
    assert slowest < 5, f"{slowest:.2f} s"
