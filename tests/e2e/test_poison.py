"""What nobody should send, sent to a running venue: answered, or refused by the server.

What stands in EXECUTIONS and is not of this log stops the services, loudly.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from nats.errors import NoRespondersError

from chaos.audit import check_history, read_history
from chaos.venue import SERVICES, Venue, running_venue
from outcry.log.connection import Connection
from outcry.log.streams import ENTRY_BYTES_MAX
from outcry.runtime.nats_config import BROKER, GATEWAY, OPERATOR, ORDER_SERVICE, STREAM
from outcry.wire.subjects import ORDER_CREATED, ORDER_GUEST
from tests.e2e.test_endings import refusal
from tests.e2e.test_guests import JUNK, ORDER, Guest
from tests.waiting import settled

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEADERS = [
    {"Nats-Expected-Last-Sequence": "0"},
    {"Nats-Expected-Last-Subject-Sequence": "0"},
    {"Nats-Expected-Last-Subject-Sequence-Subject": "venue.open"},
    {"Nats-Expected-Last-Msg-Id": "nobody"},
    {"Nats-Expected-Stream": "EXECUTIONS"},
    {"Nats-Msg-Id": "twice"},
    {"Nats-Msg-Id": "twice"},
    {"Nats-Msg-Id": "x" * 10_000},
    {"Nats-Rollup": "all"},
    {"Nats-Rollup": "sub"},
    {"Nats-TTL": "1s"},
    {"Nats-TTL": "never"},
    {"Nats-Marker-Reason": "Purge"},
    {"Nats-Incr": "1"},
    {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": "executions.0"},
    {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": "venue.open"},
    {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1"},
    {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "2", "Nats-Batch-Commit": "1"},
    {"Nats-Required-Api-Level": "99"},
    {"Nats-Trace-Dest": "executions.0"},
    {"Nats-Trace-Dest": "order.created", "Nats-Trace-Only": "true"},
    {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"},
    {"Status": "100", "Description": "FlowControl Request"},
    {"Nats-Last-Consumer": "7", "Nats-Consumer-Stalled": "executions.0"},
    {"Nats-Sequence": "1", "Nats-Stream": "ORDERS", "Nats-Time-Stamp": "0"},
    {"Content-Encoding": "snappy"},
]
"""What the server or a client of NATS takes for instructions, or could."""

BODIES = [
    *JUNK[:10],
    b'{"op":"venue.close"}',
    b'{"op":"new","schema":99}',
    b'{"log":"0000000000000","engine":"99","schema":99}',
    b'{"symbol":"AAPL","tick":"0.01","schema":99,"unknown":true}',
    json.dumps(ORDER).encode(),
    b'{"by":"-1"}',
    b'{"by":"9999999999999999999999"}',
    b'{"account":"demo","self_trade_prevention":"maybe"}',
    b'{"account":"demo","amount":"-1"}',
    b'{"key_id":"' + b"0" * 16 + b'","hash":"0","role":"admin"}',
    b'{"max_order_rate":-1}',
]
SUBJECTS = [
    "order.created",
    "venue.open",
    "venue.close",
    "instrument.list",
    "instrument.state",
    "instrument.split",
    "account.set",
    "account.deposit",
    "account.state",
    "account.steal",
    "market.set",
    "market.crash",
    "key.create",
    "key.steal",
    "order.guest",
    "clock.advance",
    "clock.tick",
    "clock.stop",
]


@pytest_asyncio.fixture(loop_scope="module")
async def guest(venue: Venue) -> AsyncIterator[Guest]:
    guest = Guest(venue)
    await guest.connect(venue.nats_url())
    yield guest
    await guest.nc.close()


async def is_untouched(venue: Venue, pids: dict[str, int]) -> None:
    """Nobody has ended, and history is what it has to be."""
    assert {name: venue[name].pid for name in SERVICES} == pids
    await venue.ready()
    check_history(await read_history(venue))


def pids_of(venue: Venue) -> dict[str, int]:
    return {name: venue[name].pid for name in SERVICES}


async def test_forged_headers_instruct_nobody(venue: Venue, guest: Guest) -> None:
    """Whatever stands in the headers of a guest: the entry is taken or refused, and that is all."""
    pids = pids_of(venue)
    before = await read_history(venue)
    for headers in HEADERS:
        await guest.publish(json.dumps(ORDER).encode(), headers=headers)
    await settled(guest.nc)
    await guest.is_served_at_last()
    after = await read_history(venue)
    assert after.entries[: len(before.entries)] == before.entries
    new = after.entries[len(before.entries) :]
    assert {entry.subject for entry in new} == {ORDER_GUEST}
    assert len(new) <= len(HEADERS) + 1
    await is_untouched(venue, pids)


async def test_the_operator_may_send_nonsense(venue: Venue) -> None:
    """Bodies of an unknown schema, operation or form, under every subject of the log: each entry is
    answered by a rejection, or does what it says."""
    pids = pids_of(venue)
    nc = await venue.connect(OPERATOR)
    answers = [
        json.loads((await nc.request(subject, body, timeout=5)).data)
        for subject in SUBJECTS
        for body in BODIES
    ]
    stored = [answer["seq"] for answer in answers if "seq" in answer]
    history = await read_history(venue)
    assert len(stored) == len(answers) and history.entries[-1].seq >= stored[-1]
    assert {len(answer.body) > 2 for answer in history.answers} == {True}
    await is_untouched(venue, pids)


async def test_an_entry_beyond_the_bound_is_refused_by_the_server(venue: Venue) -> None:
    """Also for those who may send long messages: ORDERS takes none that is longer than an entry."""
    pids = pids_of(venue)
    nc = await venue.connect(OPERATOR)
    answer = await nc.request(ORDER_CREATED, b" " * (ENTRY_BYTES_MAX + 1), timeout=5)
    assert "size" in json.loads(answer.data)["error"]["description"]
    await is_untouched(venue, pids)


@pytest.mark.parametrize("what", ["orders", "order", "trades", "positions", "book", "nothing"])
async def test_questions_that_are_none_are_answered(venue: Venue, what: str) -> None:
    """The books tell whoever asks nonsense that it is; nobody waits, and the broker lives on."""
    pids = pids_of(venue)
    nc = await venue.connect(OPERATOR)
    for body in (
        *JUNK[:12],
        b'{"min_seq":-1}',
        b'{"limit":"many"}',
        b'{"before":"%"}',
        b"\x00" * 999,
    ):
        if what == "nothing":
            with pytest.raises(NoRespondersError):
                await nc.request(f"books.{what}", body, timeout=5)
        else:
            assert json.loads((await nc.request(f"books.{what}", body, timeout=5)).data)
    await is_untouched(venue, pids)


@pytest.mark.parametrize("user", [GATEWAY, BROKER, STREAM, ORDER_SERVICE])
async def test_no_service_writes_what_is_not_its_own(venue: Venue, user: str) -> None:
    """The server refuses a service the subjects of the others, though it has a password."""
    own = {GATEWAY: {"order.created"}, ORDER_SERVICE: {"executions.0", "venue.open", "clock.tick"}}
    nc = await venue.connect(user)
    before = await read_history(venue)
    for subject in ("executions.0", "order.completed", *SUBJECTS, "books.orders"):
        if subject not in own.get(user, set()) | {"clock.advance", "clock.stop", "books.orders"}:
            await nc.publish(subject, b"{}")
    await settled(nc)
    assert len((await read_history(venue)).entries) == len(before.entries)
    await is_untouched(venue, pids_of(venue))


async def test_an_answer_of_somebody_else_stops_everything(tmp_path: Path) -> None:
    """A message in EXECUTIONS that this engine did not write: each service ends with one line, and
    says so again when it is started."""
    async with running_venue(tmp_path) as venue:
        nc: Connection = await venue.connect(OPERATOR)
        foreign = b'[{"seq":99,"entry":4,"log":"0000000000000","result":"accepted","digest":"00"}]'
        await nc.request("executions.0", foreign, timeout=5)
        await nc.request("order.created", json.dumps(ORDER).encode(), timeout=5)
        for name in SERVICES:
            assert await refusal(venue[name])
        order_service = venue[SERVICES[0]]
        order_service.log.unlink()
        await order_service.start()
        assert "outcry executions rebuild" in await refusal(order_service)
