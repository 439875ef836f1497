"""An exchange in memory: both logs, the engine behind them, and a gateway's way in and out.

Its accounts have plenty of money and shares; there is a key of each kind.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
from prometheus_client import CollectorRegistry

from outcry.gateway.metrics import Metrics
from outcry.gateway.order_entry import Bounds, OrderEntry
from outcry.gateway.senders import Sender, Senders
from outcry.gateway.ticket import Fate
from outcry.log.log import Busy, Entry
from outcry.log.memory import MemoryLog
from outcry.orders.answer import Desk
from outcry.orders.venue import venue_opening
from outcry.wire.access import Access
from outcry.wire.executions import read_answer
from outcry.wire.keys import hash_secret, parse_key
from outcry.wire.messages import ExecutionMessage
from outcry.wire.subjects import ORDER_CREATED, VENUE_OPEN, executions
from tests.gateway.conftest import WAIT_S
from tests.waiting import until

ACCOUNTS = ("demo", "other", "bob", "eve", "mallory")


def _key(number: int) -> str:
    return f"ook_{number:016x}_{number:064x}"


TRADER, READER, ADMIN, STRANGER, REVOKED, CLERK = map(_key, range(1, 7))
"""Texts of keys: to trade for all accounts but `mallory`, to read `demo`, for an administrator; to
trade for `mallory`; one for `demo` that was revoked; for an administrator with account `demo`."""
KEYS = (
    (TRADER, "trade", ACCOUNTS[:-1]),
    (READER, "read", ("demo",)),
    (ADMIN, "admin", ()),
    (STRANGER, "trade", ("mallory",)),
    (REVOKED, "trade", ("demo",)),
    (CLERK, "admin", ("demo",)),
)


def opening() -> list[tuple[str, bytes]]:
    """The entries with which the log begins."""
    entries: list[tuple[str, object]] = [
        ("instrument.list", {"symbol": "AAPL", "tick": "0.01"}),
    ]
    for account in ACCOUNTS:
        named = {"account": account}
        entries.append(("account.open", named | {"self_trade_prevention": "none"}))
        entries.append(("account.deposit", named | {"amount": "9000000000"}))
        entries.append(("account.deposit", named | {"symbol": "AAPL", "quantity": "1000000"}))
    for text, role, accounts in KEYS:
        entries.append(("key.create", key_fields(text) | {"role": role, "accounts": accounts}))
    entries.append(("key.revoke", {"key_id": key_fields(REVOKED)["key_id"]}))
    first = VENUE_OPEN, venue_opening(lockstep=False)
    return [first, *((subject, msgspec.json.encode(body)) for subject, body in entries)]


def key_fields(text: str) -> dict[str, str]:
    parts = parse_key(text)
    assert parts is not None
    return {"key_id": parts.key_id, "hash": hash_secret(parts.secret)}


OPENING = len(opening())
"""Entries of it."""

BOUNDS = Bounds(commands_an_entry=1_000, answer_timeout_s=30.0)


class HeldLog(MemoryLog):
    """A log whose acks come when the test says so."""

    def __init__(self) -> None:
        self.now_ns = 1_700_000_000_000_000_000
        super().__init__(lambda: self.now_ns)
        self.holds = False
        self.busy = 0
        """How many of the next messages it has no place for."""
        self.msg_ids: list[str | None] = []
        self._held: deque[tuple[asyncio.Future[int], int]] = deque()

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> asyncio.Future[int]:
        self.msg_ids.append(msg_id)
        if self.busy:
            self.busy -= 1
            refused: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            refused.set_exception(Busy("too many requests"))
            return refused
        ack = await super().send(subject, body, expected_last=expected_last, msg_id=msg_id)
        if not self.holds:
            return ack
        held: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._held.append((held, ack.result()))
        return held

    def release(self) -> None:
        """Let the oldest ack through."""
        held, seq = self._held.popleft()
        held.set_result(seq)


class Told:
    """What somebody who waits was told."""

    def __init__(self) -> None:
        self.fate: Fate | None = None
        self.times = 0
        self.executions: list[ExecutionMessage] = []

    def __call__(self, fate: Fate, answer: Sequence[bytes]) -> None:
        self.fate = fate
        self.times += 1
        self.executions = [
            msgspec.json.decode(execution, type=ExecutionMessage) for execution in answer
        ]

    @property
    def client_order_ids(self) -> list[str]:
        return [e.order.client_order_id for e in self.executions if e.order is not None]


class Exchange:
    """The desk answers when the test says so."""

    def __init__(self, bounds: Bounds) -> None:
        self.orders = HeldLog()
        self.executions = MemoryLog(lambda: 0)
        self.desk = Desk()
        self.registry = CollectorRegistry()
        self.entry = OrderEntry(self.orders, self.executions, "run", bounds, Metrics(self.registry))
        self.senders = Senders()
        self.senders.begin(Access())
        self.senders.open()

    @property
    def suffix(self) -> str:
        return self.desk.writer.suffix

    async def open(self) -> None:
        for subject, body in opening():
            await self.orders.send(subject, body)
        await self.answer()
        assert all(told.result == "accepted" for told in await self.answers(1))

    def sender(self, key: str = "") -> Sender:
        """Who has a key; left out, one to trade with."""
        found = self.senders.find(key or TRADER)
        assert isinstance(found, Sender)
        return found

    async def answer(self, entries: int | None = None) -> None:
        """Answer the next entries, or all there are."""
        last = await self.orders.last_seq()
        if entries is not None:
            last = self.desk.position + entries
        while self.desk.position < last:
            entry = await self.orders.get(self.desk.position + 1)
            assert entry is not None
            await self.executions.send(executions(), self.desk.answer(entry))
        await until(lambda: self.entry.position == self.desk.position)

    async def guest(self) -> None:
        """An order of somebody else enters."""
        await self.orders.send(ORDER_CREATED, order("guest"))

    async def revoke(self, key: str) -> None:
        """A key is revoked, and the gateway has read of it."""
        body = msgspec.json.encode({"key_id": key_fields(key)["key_id"]})
        await self.orders.send("key.revoke", body)
        await self.answer()

    async def entered(self, entries: int) -> None:
        """Wait until the log holds so many entries after the opening."""
        async with asyncio.timeout(WAIT_S):
            while await self.orders.last_seq() < OPENING + entries:  # noqa: ASYNC110 - it sets none
                await asyncio.sleep(0)

    async def entry_at(self, number: int) -> Entry:
        """The `number`th entry after the opening, from 1."""
        entry = await self.orders.get(OPENING + number)
        assert entry is not None
        return entry

    def commands_entered(self) -> float:
        """How many the entries hold together."""
        return self.registry.get_sample_value("outcry_gateway_entry_commands_sum") or 0.0

    async def answers(self, first: int = OPENING + 1) -> list[ExecutionMessage]:
        """All executions after the opening."""
        found: list[ExecutionMessage] = []
        for seq in range(first, await self.executions.last_seq() + 1):
            entry = await self.executions.get(seq)
            assert entry is not None
            found += read_answer(entry.body)
        return found

    def submit(self, *client_order_ids: str) -> Told:
        told = Told()
        commands = [order(name) for name in client_order_ids]
        assert self.entry.submit(commands, client_order_ids, told)
        return told

    def commands(self, fate: str) -> float:
        """What the metrics say."""
        labels = {"fate": fate}
        return self.registry.get_sample_value("outcry_gateway_commands_total", labels) or 0.0


def order(client_order_id: str) -> bytes:
    return msgspec.json.encode(
        {
            "symbol": "AAPL",
            "side": "buy",
            "quantity": "1",
            "price": "1",
            "client_order_id": client_order_id,
            "key": key_fields(TRADER)["key_id"],
        }
    )


@asynccontextmanager
async def an_exchange(bounds: Bounds = BOUNDS) -> AsyncIterator[Exchange]:
    """Opened, with AAPL; its order entry runs."""
    exchange = Exchange(bounds)

    split = msgspec.json.Decoder(list[msgspec.Raw]).decode

    async def on_entry(entry: Entry) -> None:
        executions = [bytes(execution) for execution in split(entry.body)]
        exchange.senders.follow(executions)
        exchange.entry.on_answer(entry, executions)

    reader = exchange.entry.reader = exchange.executions.reader(1, on_entry)
    await reader.start()
    running = asyncio.create_task(exchange.entry.run())
    try:
        await exchange.open()
        yield exchange
        assert not running.done()
        assert not reader.failed.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await reader.stop()


@asynccontextmanager
async def answering(exchange: Exchange) -> AsyncIterator[None]:
    """The desk answers every entry as it comes."""

    async def on_entry(entry: Entry) -> None:
        await exchange.executions.send(executions(), exchange.desk.answer(entry))

    reader = exchange.orders.reader(exchange.desk.position + 1, on_entry)
    await reader.start()
    yield
    await reader.stop()
    assert not reader.failed.done()
