"""A log line for each execution, the same whoever writes it, and none that nobody wants."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from outcry.broker.journal import open_journal
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import LogFormat, LogLevel
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from tests.broker.keeping import Recorded


@pytest.fixture(autouse=True)
def _unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers.clear()


def executions() -> list[ExecutionMessage]:
    """Without those that opened the accounts."""
    venue = Recorded("ACME")
    venue.order(symbol="ACME", side="buy", quantity="2", price="1", client_order_id="a")
    venue.order(symbol="ACME", side="sell", quantity="1", price="1", account="bob")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1.001")
    venue.order(op="cancel", client_order_id="a")
    venue.order(op="replace", client_order_id="none", account="erin", quantity="1")
    venue.order(symbol="ACME", side="up", client_order_id="x")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1", account="bob")
    venue.order(op="cancel_all", account="bob")
    told = [execution for entry in venue.entries for execution in read_answer(entry.body)]
    return [execution for execution in told if not execution.op.startswith("account.")]


EXPECTED: list[dict[str, Any]] = [
    {"seq": 1, "op": "venue.open", "result": "accepted"},
    {"seq": 2, "op": "instrument.list", "result": "accepted"},
    {
        "seq": 53,
        "op": "new",
        "result": "accepted",
        "account": "demo",
        "order_id": "00000000-0035-8000-8050-123456789abc",
        "client_order_id": "a",
        "status": "new",
        "filled": "0",
    },
    {
        "seq": 54,
        "op": "new",
        "result": "accepted",
        "account": "bob",
        "order_id": "00000000-0036-8000-8050-123456789abc",
        "status": "filled",
        "filled": "1",
        "trades": 1,
    },
    {
        "seq": 55,
        "op": "new",
        "result": "rejected",
        "reason": "tick_size",
        "account": "demo",
        "order_id": "00000000-0037-8000-8050-123456789abc",
        "status": "rejected",
        "filled": "0",
    },
    {
        "seq": 56,
        "op": "cancel",
        "result": "accepted",
        "reason": "requested",
        "account": "demo",
        "order_id": "00000000-0035-8000-8050-123456789abc",
        "client_order_id": "a",
        "status": "canceled",
        "filled": "1",
    },
    {
        "seq": 57,
        "op": "replace",
        "result": "rejected",
        "reason": "unknown_order",
        "account": "erin",
        "client_order_id": "none",
    },
    {
        "seq": 58,
        "op": "malformed",
        "result": "rejected",
        "reason": "malformed",
        "account": "demo",
        "client_order_id": "x",
    },
    {
        "seq": 59,
        "op": "new",
        "result": "accepted",
        "account": "bob",
        "order_id": "00000000-003b-8000-8050-123456789abc",
        "status": "new",
        "filled": "0",
    },
    {"seq": 60, "op": "cancel_all", "result": "accepted", "account": "bob", "changed": 1},
]


def test_a_line_says_what_became_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON: one line for each execution, with what is on every line of the service."""
    configure_logging("broker-service", LogFormat.JSON, LogLevel.INFO)
    open_journal()(executions())
    structlog.get_logger().info("ready")
    *lines, ready = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    for line, expected in zip(lines, EXPECTED, strict=True):
        assert line.keys() - expected.keys() == ready.keys()
        marks = {"event": "execution", "level": "info", "service": "broker-service"}
        assert {name: line[name] for name in expected | marks} == expected | marks
        assert len(line["timestamp"]) == len(ready["timestamp"])


def test_lines_for_people_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal structlog writes the lines."""
    configure_logging("broker-service", LogFormat.CONSOLE, LogLevel.INFO)
    open_journal()(executions())
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(EXPECTED)
    assert "execution" in lines[3] and "filled" in lines[3] and "bob" in lines[3]
    assert "broker-service" in lines[3]


def test_nothing_is_written_that_is_not_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    """Above the level info there are no lines, and they cost nothing."""
    configure_logging("broker-service", LogFormat.JSON, LogLevel.WARNING)
    open_journal()(executions())
    assert capsys.readouterr().err == ""
