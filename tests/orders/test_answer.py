"""Bytes in, bytes out: every entry has its answer."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from outcry.log.streams import ANSWER_RATIO
from outcry.wire.executions import read_answer, split_digest
from outcry.wire.messages import ExecutionMessage
from tests.tickets import LIMITS
from tests.trading import CANCEL_ALLS, NAMED_BY_CLIENT, SWITCHES, cancels, replaces
from tests.venue import Venue, state

SUBJECTS = st.sampled_from(
    [
        "order.created",
        "venue.open",
        "venue.close",
        "venue.upgrade",
        "instrument.list",
        "instrument.state",
        "account.set",
        "clock.advance",
        "clock.tick",
        "order.created",
    ]
)
NASTY: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 1.5, 0.1 + 0.2, 1e308, float("nan"), float("inf"), 10**30, -(10**400)),
        *("", " ", "NaN", "1e3", "-1", "+1", "1_0", "0", "0.0000000001", "٣", "\ud800", "\x00"),
        *("9000000000", "9000000000.000000001", "9" * 5000, '"', "\\", "a" * 129, [], {}, [[]]),
    ]
)
JSON = st.recursive(NASTY | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
COMMANDS = st.one_of(
    *(LIMITS, replaces(NAMED_BY_CLIENT), cancels(NAMED_BY_CLIENT), CANCEL_ALLS, SWITCHES)
)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Commands with a value or a byte that should not be there."""
    commands = draw(st.lists(COMMANDS, max_size=3))
    for command in commands:
        fields = [*command, "op", "tick", "by", "expire_at", "timeout", draw(st.text(max_size=3))]
        for field in draw(st.lists(st.sampled_from(fields), max_size=2)):
            command[field] = draw(NASTY)
    body = json.dumps(commands if len(commands) != 1 else commands[0]).encode()
    for at in draw(st.lists(st.integers(0, len(body)), max_size=2)):
        body = body[:at] + draw(st.binary(max_size=3)) + body[at + draw(st.integers(0, 3)) :]
    return body


ANYTHING = st.one_of(st.binary(), JSON.map(json.dumps).map(str.encode), spoiled())

HEAD_BYTES = 43
"""What a message with a subject of 13 characters takes in a stream beside its body."""


def trading_venue() -> Venue:
    venue = Venue("ACME", client_id_horizon=8)
    for client_order_id, side, price in ("abc", "buy", 10), ("def", "sell", 11), ("ghi", "buy", 9):
        for name in client_order_id:
            venue.order(symbol="ACME", side=side, quantity=8, price=price, client_order_id=name)
    return venue


def check_shape(venue: Venue, answer: bytes, seq_before: int) -> tuple[ExecutionMessage, ...]:
    """At least one execution, in the order of the commands, numbered without a gap."""
    executions = read_answer(answer)
    assert executions
    for index, execution in enumerate(executions):
        assert execution.entry == venue.desk.position
        assert execution.index == index
        assert execution.seq == seq_before + 1 + index
        assert bool(execution.digest) == (index == len(executions) - 1)
        assert bool(execution.reason) == bool(execution.text) == (execution.result == "rejected")
        assert execution.text.isascii()
    assert split_digest(answer)[1].hex() == executions[-1].digest
    return executions


@settings(max_examples=400)
@given(SUBJECTS, ANYTHING, st.binary(max_size=3))
@example("order.created", b"", b"")
@example("order.created", b"[" * 100_000, b"")
@example("order.created", b"[" * 5_000 + b"]" * 5_000, b"")
@example("order.created", b"[" + b"1," * 2_000 + b"[" * 950 + b"]" * 951, b"")
@example("venue.open", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"")
@example("order.created", b'{"symbol":' + b"9" * 100_000 + b"}", b"")
@example("order.created", b'{"symbol":"A","symbol":[[[[[[[[[]]]]]]]]],"symbol":"ACME"}', b"")
def test_any_entry_is_answered(subject: str, body: bytes, spoil: bytes) -> None:
    """Whatever the bytes, an entry has an answer, and what it refuses has changed nothing."""
    venue = trading_venue()
    before, seq = state(venue.engine), venue.engine.seq
    executions = check_shape(venue, venue.send_bytes(subject, body + spoil), seq)
    if all(execution.result == "rejected" for execution in executions):
        assert state(venue.engine) == before


def test_a_bad_element_is_refused_alone() -> None:
    """In an array each command is understood or refused by itself, and their order is kept."""
    venue = trading_venue()
    good = b'{"symbol":"ACME","side":"buy","quantity":1,"price":"1"}'
    body = b"[" + b",".join([good, b"1e999", good, b'{"op":"\xff"}', b"[]", good]) + b"]"
    seq = venue.engine.seq
    executions = check_shape(venue, venue.send_bytes("order.created", body), seq)
    assert [e.result == "accepted" for e in executions] == [True, False, True, False, False, True]


@pytest.mark.parametrize(
    ("body", "reason", "text"),
    [
        (b"", "malformed", "not JSON"),
        (b"{", "malformed", "not JSON"),
        (b"[]", "malformed", "no command"),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", "too_many_commands", "1001 commands"),
        (b"[" * 9 + b"]" * 9, "malformed", "brackets"),
        ('{"symbol":"ACME"}'.encode("utf-16"), "malformed", "not JSON"),
    ],
    ids=["nothing", "half", "empty array", "too many", "too deep", "not UTF-8"],
)
def test_what_is_no_entry_is_refused_once(body: bytes, reason: str, text: str) -> None:
    """Broken JSON, an empty array, too many elements or too deep: one rejection for the entry."""
    (execution,) = read_answer(Venue("ACME").send_bytes("order.created", body))
    assert (execution.result, execution.reason) == ("rejected", reason)
    assert text in execution.text


@pytest.mark.parametrize("count", [1, 4, 5, 1_000])
@pytest.mark.parametrize(
    "element",
    [b"0", b"{}", b'{"a":0}', b'{"op":"x"}', b'{"a":"123456"}', b'{"op":"cancel"}', b'{"side":0}'],
)
def test_junk_is_answered_in_proportion(element: bytes, count: int) -> None:
    """Room for answers is a multiple of the room for entries, whatever these are."""
    body = b"[" + b",".join([element] * count) + b"]"
    answer = Venue("ACME").send_bytes("order.created", body)
    assert len(answer) <= ANSWER_RATIO * (len(body) + HEAD_BYTES)


JUNK = {
    "escaped quotes without end": b'{"symbol":"' + b'\\"' * 500_000,
    "backslashes without end": b'{"symbol":"' + b"\\" * 1_000_001,
    "quotes": b'"' * 1_000_000,
    "brackets that open": b"[" * 1_000_000,
    "brackets that close": b"]" * 1_000_000,
    "pairs of brackets": b"[" + b"[]," * 300_000 + b"[]]",
    "digits": b'{"price":' + b"9" * 1_000_000 + b"}",
    "a number out of range": b'{"price":' + b"9" * 1_000_000 + b"e9}",
    "a long name": b'{"account":"' + b"a" * 1_000_000 + b'"}',
    "an unknown field": b'{"' + b"a" * 1_000_000 + b'":1}',
    "zeros": bytes(1_000_000),
    "no UTF-8": b'{"account":"' + b"\xff" * 1_000_000 + b'"}',
}


@pytest.mark.parametrize("subject", ["order.created", "instrument.list"])
@pytest.mark.parametrize("body", JUNK.values(), ids=JUNK)
def test_a_megabyte_of_junk_has_a_short_answer(body: bytes, subject: str) -> None:
    """Junk is read once, front to back, and never repeated in the answer."""
    answer = Venue("ACME").send_bytes(subject, body)
    assert len(answer) < 1_000
    assert [execution.result for execution in read_answer(answer)] == ["rejected"]


@pytest.mark.parametrize("count", [1, 1_000])
@pytest.mark.parametrize(
    "element",
    [b'{"op":"cancel_all"}', b'{"op":"cancel_all_after","timeout":1}'],
    ids=["cancel_all", "cancel_all_after"],
)
def test_what_falls_due_is_answered_in_proportion(element: bytes, count: int) -> None:
    """The room for answers has room for what a command brings about later."""
    venue = Venue("ACME")
    body = b"[" + b",".join([element] * count) + b"]"
    answers = venue.send_bytes("order.created", body), venue.send_bytes("clock.tick", b"{}", 10**9)
    assert sum(map(len, answers)) <= ANSWER_RATIO * (len(body) + 2 + 2 * HEAD_BYTES)
