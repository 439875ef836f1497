"""Anybody with a NATS client: what a guest may do, and what nobody can do to the venue."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client

from chaos.audit import check_history, read_history
from chaos.customers import id_of
from chaos.guest import secrets_in
from chaos.service import PATIENCE_S
from chaos.venue import ORDER_SERVICE, Venue
from outcry.wire.subjects import ORDER_COMPLETED, ORDER_CREATED
from tests.waiting import settled, until, until_true

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}

JUNK = [
    b"",
    b"[]",
    b"null",
    b"true",
    b"7",
    b'"AAPL"',
    b"{",
    b"{}",
    b"[[]]",
    b"\xff\xfe",
    b"\x00" * 100,
    b"[" * 5_000,
    b"[" * 5_000 + b"]" * 5_000,
    b'{"a":' * 1_000,
    b'{"op":"venue.open"}',
    b'{"op":"cancel"}',
    b'{"op":"cancel","order_id":"00000000-0001-8000-8000-000000000000"}',
    b'{"op":"replace","client_order_id":"x","quantity":"-1"}',
    *[
        json.dumps(ORDER | change).encode()
        for change in (
            {"quantity": "inf"},
            {"quantity": "①"},
            {"quantity": "1e400"},
            {"quantity": None},
            {"quantity": ["1"]},
            {"quantity": "0x10"},
            {"quantity": True},
            {"price": "0"},
            {"price": -1},
            {"price": "10.0000000001"},
            {"price": 10**30},
            {"symbol": "aapl"},
            {"symbol": "A" * 10_000},
            {"account": "../etc"},
            {"client_order_id": '"'},
            {"client_order_id": "x" * 129},
            {"type": "stop"},
            {"type": "market"},
        )
    ],
    json.dumps(ORDER).replace('"1"', "1e400").encode(),
    json.dumps(ORDER).replace('"1"', "NaN").encode(),
    json.dumps(ORDER).replace('"1"', "-Infinity").encode(),
    json.dumps(ORDER).replace('"1"', "1" * 5_000).encode(),
    json.dumps([ORDER] * 1_001).encode(),
]


class Guest:
    """A plain NATS client without a password, which sees what is public of what is completed."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.errors: asyncio.Queue[str] = asyncio.Queue()
        self.completed: asyncio.Queue[list[dict[str, Any]]] = asyncio.Queue()
        self.passed_over = 0
        self.nc = Client()

    async def connect(self, url: str) -> None:
        await self.nc.connect(url, error_cb=self._on_error)
        await self.nc.subscribe(ORDER_COMPLETED, cb=self._on_completed)
        await settled(self.nc)
        await self.skip()

    async def publish(self, body: bytes, **more: Any) -> None:
        await self.nc.publish(ORDER_CREATED, body, **more)

    async def next(self) -> list[dict[str, Any]]:
        """The executions of the next entry."""
        while True:
            executions = await asyncio.wait_for(self.completed.get(), PATIENCE_S)
            if executions[-1]["seq"] > self.passed_over:
                return executions

    async def skip(self) -> None:
        """Pass over all that was completed so far."""
        self.passed_over = (await read_history(self.venue)).read()[-1]["seq"]

    async def refusal(self) -> str:
        """What the server says next."""
        return await asyncio.wait_for(self.errors.get(), PATIENCE_S)

    async def is_served(self) -> None:
        """The next entry is this guest's order, and it is accepted."""
        await self.publish(json.dumps(ORDER).encode())
        (execution,) = await self.next()
        assert execution["result"] == "accepted"

    async def is_served_at_last(self) -> None:
        """Whatever else is answered before: an order of this guest is accepted."""
        name = f"last-{time.monotonic_ns()}"
        await self.publish(json.dumps(ORDER | {"client_order_id": name}).encode())

        async def is_booked() -> bool:
            return bool((await self.order(name))["status"] == "new")

        await until_true(is_booked)

    async def order(self, name: str, account: str = "demo") -> dict[str, Any]:
        """What an administrator finds of an order, as a guest is not told."""
        asked = {"client_order_id": name, "account": account}
        async with self.venue.client() as http:
            found: dict[str, Any] = (await http.get("/order", params=asked)).json()
        return dict(found.get("order", {"status": ""}))

    async def _on_completed(self, message: Any) -> None:
        self.completed.put_nowait(json.loads(message.data))

    async def _on_error(self, error: Exception) -> None:
        self.errors.put_nowait(str(error))


@pytest_asyncio.fixture(loop_scope="module")
async def guest(venue: Venue) -> AsyncIterator[Guest]:
    guest = Guest(venue)
    await guest.connect(venue.nats_url())
    yield guest
    await guest.nc.close()


async def test_an_order_of_a_guest_is_served(venue: Venue, guest: Guest) -> None:
    """One JSON order to order.created is enough; what is public of it comes on order.completed."""
    await venue.customers.open("guest", access="open")
    await guest.skip()
    await guest.publish(json.dumps(ORDER | {"account": "guest", "client_order_id": "g1"}).encode())
    (execution,) = await guest.next()
    assert (execution["result"], execution["order"]["status"]) == ("accepted", "new")
    assert not secrets_in(json.dumps(execution, separators=(",", ":")).encode())
    await guest.publish(b'{"op":"cancel","account":"guest","client_order_id":"g1"}')
    (execution,) = await guest.next()
    assert (execution["op"], execution["order"]["status"]) == ("cancel", "canceled")


async def test_a_guest_acts_for_nobody_who_is_not_open(venue: Venue, guest: Guest) -> None:
    """Accounts of others, whether there are any or not, keys and administration: all is refused,
    and nobody is told more than that."""
    await venue.customers.open("ann")
    await guest.skip()
    forged = {"key": id_of("ann")}
    commands: list[dict[str, Any]] = [
        ORDER | {"account": "ann"},
        ORDER | {"account": "nobody"},
        ORDER | {"account": "ann"} | forged,
        ORDER | forged,
        {"op": "cancel_all", "account": "ann"},
        {"op": "cancel_all_after", "account": "ann", "timeout": 0},
        {"op": "account.deposit", "account": "demo", "amount": "1"},
        {"op": "market.kill"},
        {"op": "key.create", "key_id": "0" * 16, "hash": "0" * 64, "role": "admin"},
    ]
    for command in commands:
        await guest.publish(json.dumps(command).encode())
        (execution,) = await guest.next()
        assert execution["result"] == "rejected", command
        assert not {"text", "reason", "field"} & set(execution)
    told = [json.loads(one) for one in (await read_history(venue)).executions[-len(commands) :]]
    assert {one["reason"] for one in told} == {"not_allowed", "malformed"}
    assert [one["reason"] for one in told[:2]] == ["not_allowed"] * 2


async def test_junk_is_answered_by_a_rejection_that_says_why(venue: Venue, guest: Guest) -> None:
    """Whatever the bytes: one rejection, which the log says why, and the order service lives."""
    process = venue[ORDER_SERVICE].pid
    for body in JUNK:
        await guest.publish(body)
        (execution,) = await guest.next()
        assert execution["result"] == "rejected", (body[:80], execution)
        told = json.loads((await read_history(venue)).executions[-1])
        assert len(told["text"]) > 10, (body[:80], told)
    await guest.is_served()
    assert venue[ORDER_SERVICE].runs and venue[ORDER_SERVICE].pid == process


async def test_bad_elements_take_no_good_ones_with_them(guest: Guest) -> None:
    """Elements of an array are answered one by one, in their order."""
    good = json.dumps(ORDER)
    for bad in ("null", "[]", "1e400", '{"symbol":1e999}', '"x"'):
        await guest.publish(f"[{good},{bad},{good}]".encode())
        results = [execution["result"] for execution in await guest.next()]
        assert results == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize(
    "subject",
    [
        "executions.0",
        "order.completed",
        "order.public",
        "order.guest",
        "order.other",
        "venue.open",
        "instrument.list",
        "account.set",
        "account.deposit",
        "market.kill",
        "key.create",
        "clock.advance",
        "access.list",
        "books.orders",
        "$JS.API.STREAM.PURGE.ORDERS",
        "$JS.API.STREAM.INFO.ORDERS",
        "$SYS.REQ.SERVER.PING",
    ],
)
async def test_a_guest_publishes_nothing_else(guest: Guest, subject: str) -> None:
    """Any subject but order.created is refused by the server."""
    await guest.nc.publish(subject, b"{}")
    assert "permissions violation for publish" in (await guest.refusal()).lower()


@pytest.mark.parametrize(
    "subject", [">", "order.created", "order.*", "order.guest", "executions.>", "_INBOX.>"]
)
async def test_a_guest_subscribes_to_nothing_else(guest: Guest, subject: str) -> None:
    """Any subject but order.completed is refused by the server."""
    await guest.nc.subscribe(subject)
    assert "permissions violation for subscription" in (await guest.refusal()).lower()


async def test_headers_and_reply_subjects_of_a_guest_change_nothing(
    venue: Venue, guest: Guest
) -> None:
    """No header erases or forges, no reply subject turns an acknowledgement into an answer."""
    order = json.dumps(ORDER).encode()
    for reply in ("executions.0", "order.completed", "venue.open"):
        await guest.publish(order, reply=reply)
        assert (await guest.next())[0]["result"] == "accepted"
    for headers in (
        {"Nats-Rollup": "all"},
        {"Nats-Rollup": "sub"},
        {"Nats-Expected-Last-Sequence": "1"},
        {"Nats-Expected-Stream": "EXECUTIONS"},
        {"Nats-TTL": "1s"},
    ):
        await guest.publish(order, headers=headers)
    await settled(guest.nc)
    history = await read_history(venue)
    check_history(history)


async def test_an_entry_that_is_too_large_is_not_taken(venue: Venue, guest: Guest) -> None:
    """Who sends more than an entry may have is cut off by the server; the others are served."""
    nc = await nats.connect(venue.nats_url(), allow_reconnect=False)
    await nc.publish(ORDER_CREATED, b" " * (1 << 20) + b"{}")
    await until(lambda: nc.is_closed)
    await guest.is_served()


async def test_a_crowd_of_guests_is_served(venue: Venue, guest: Guest) -> None:
    """Each guest's orders are answered in the order in which they were sent."""
    await venue.customers.open(*(f"guest{one}" for one in range(5)), access="open")
    await guest.skip()
    guests = [await nats.connect(venue.nats_url()) for _ in range(5)]
    for number in range(40):
        for one, nc in enumerate(guests):
            order = ORDER | {"account": f"guest{one}", "client_order_id": str(number)}
            await nc.publish(ORDER_CREATED, json.dumps(order).encode())
    for nc in guests:
        await nc.close()
    for _ in range(200):
        assert (await guest.next())[0]["result"] == "accepted"
    seen = [told["order"] for told in (await read_history(venue)).read() if told["op"] == "new"]
    for one in range(5):
        mine = [order for order in seen if order["account"] == f"guest{one}"]
        assert [order["client_order_id"] for order in mine] == [str(n) for n in range(40)]
