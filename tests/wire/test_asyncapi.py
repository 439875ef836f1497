"""The document of subjects and sockets."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from outcry.domain.commands import Malformed
from outcry.wire import asyncapi
from outcry.wire.entries import read_entry
from outcry.wire.subjects import ENTRY_SUBJECTS

CHECKED_IN = Path(__file__).parents[2] / "api" / "asyncapi.json"
DOCUMENT = asyncapi.document()
BUY = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
ERROR = {"code": "malformed", "message": "why"}
FRAMES = [
    ("request", {"id": 7, "order": BUY}, True),
    ("request", {"order": BUY}, True),
    ("request", {"id": "a", "orders": [BUY, {"op": "cancel", "client_order_id": "b"}]}, True),
    ("request", {"id": 7, "order": BUY, "orders": [BUY]}, False),
    ("request", {"id": 7}, False),
    ("request", {"id": 1.5, "order": BUY}, False),
    ("answer", {"id": 7, "error": ERROR}, True),
    ("answer", {"id": None, "error": ERROR}, True),
    ("answer", {"id": 7, "results": [{"error": ERROR}]}, True),
    ("answer", {"id": 7, "unknown": {"status": "unknown", "message": "why"}}, True),
    ("answer", {"id": 7}, False),
    ("answer", {"error": ERROR}, False),
]


def is_valid(channel: str, message: str, value: Any) -> bool:
    payload = DOCUMENT["channels"][channel]["messages"][message]["payload"]
    whole = payload | {"components": DOCUMENT["components"]}
    return jsonschema_rs.is_valid(whole, value)


def test_the_document_that_is_checked_in_is_of_this_version() -> None:
    """api/asyncapi.json is what `python -m outcry.wire.asyncapi` writes."""
    fresh = msgspec.json.decode(CHECKED_IN.read_bytes()) == DOCUMENT
    assert fresh, "renew it with: .venv/bin/python -m outcry.wire.asyncapi > api/asyncapi.json"


def test_everything_that_the_log_takes_is_described() -> None:
    """For each kind of entry there is a channel."""
    told = {channel["address"].partition(".")[0] for channel in DOCUMENT["channels"].values()}
    assert {subject.partition(".")[0] for subject in ENTRY_SUBJECTS} <= told


def test_references_lead_somewhere() -> None:
    """Every operation is on a channel that is there, and on a message of it."""
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"].removeprefix("#/channels/")
        (message,) = operation["messages"]
        name = message["$ref"].removeprefix(f"#/channels/{channel}/messages/")
        assert name in DOCUMENT["channels"][channel]["messages"]


@pytest.mark.parametrize(("message", "frame", "valid"), FRAMES)
def test_frames_of_a_session(message: str, frame: Any, valid: bool) -> None:
    """A frame holds one thing under an id, either way."""
    assert is_valid("session", message, frame) is valid


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("instrument.list", {"symbol": "AAPL", "tick": "0.01"}),
        ("instrument.set", {"symbol": "AAPL", "price_band": 0.05}),
        ("instrument.state", {"symbol": "AAPL", "state": "halted"}),
        ("account.open", {"account": "alice", "type": "margin", "shorting": True}),
        ("account.set", {"account": "alice", "self_trade_prevention": "none"}),
        ("account.state", {"account": "alice", "state": "closed"}),
        ("account.deposit", {"account": "alice", "amount": "1000"}),
        ("account.withdraw", {"account": "alice", "symbol": "AAPL", "quantity": "1"}),
        ("market.set", {"max_order_rate": 10}),
        ("market.kill", {}),
        ("market.release", {"symbol": "AAPL"}),
        ("key.create", {"key_id": "0" * 16, "hash": "0" * 64, "role": "admin"}),
        ("key.revoke", {"key_id": "0" * 16}),
        ("clock.advance", {"by": "1"}),
        ("venue.upgrade", {"engine": "3"}),
        ("venue.open", {"log": "0123456789abc", "engine": "2", "schema": 1}),
    ],
)
def test_entries_of_the_operator(subject: str, body: Any) -> None:
    """What the document calls an entry is one, with `op` and without."""
    assert is_valid(subject, "message", body | {"op": subject})
    for written in (body, body | {"op": subject}):
        (command,) = read_entry(subject, msgspec.json.encode(written), "")
        assert type(command) is not Malformed
