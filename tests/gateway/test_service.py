"""The whole gateway on a real NATS server, with the real order service where one is needed."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from outcry.gateway.__main__ import serve
from outcry.gateway.admission import Admission
from outcry.gateway.gate import Gate
from outcry.gateway.senders import Senders
from outcry.gateway.service import GatewayService
from outcry.log.api import ask
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, Foreign
from outcry.orders.access import access_requests
from outcry.orders.answer import Desk
from outcry.orders.venue import venue_opening
from outcry.runtime import access as access_module
from outcry.runtime.nats_config import GATEWAY, OPERATOR, ORDER_SERVICE
from outcry.runtime.settings import Durability, GatewaySettings
from outcry.wire.access import Access
from outcry.wire.keys import hash_secret, new_key, parse_key
from outcry.wire.subjects import EXECUTIONS, ORDER_CREATED, ORDERS, VENUE_OPEN, executions
from tests.certificate import CERT, client_tls
from tests.certificate import KEY as TLS_KEY
from tests.gateway.conftest import WAIT_S
from tests.gateway.exchange import an_exchange
from tests.running_nats import RunningNats
from tests.waiting import until, until_true

KEY = new_key()
OPENING = 5
"""Entries with which the log begins."""
BUY = {"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "1"}


class Market:
    """Both streams, and an engine that answers when the test says so."""

    def __init__(self, orders: JetStreamLog, answers: JetStreamLog) -> None:
        self.orders = orders
        self.answers = answers
        self.desk = Desk()

    async def open(self) -> None:
        await (await self.orders.send(VENUE_OPEN, venue_opening(lockstep=False)))
        parts = parse_key(KEY)
        assert parts is not None
        key = {"key_id": parts.key_id, "hash": hash_secret(parts.secret), "role": "trade"}
        for subject, body in (
            ("instrument.list", {"symbol": "AAPL", "tick": "0.01"}),
            ("account.open", {"account": "demo"}),
            ("account.deposit", {"account": "demo", "amount": "1000000"}),
            ("key.create", key | {"accounts": ["demo"]}),
        ):
            await (await self.orders.send(subject, msgspec.json.encode(body)))
        await self.answer(OPENING)

    async def revoke(self) -> None:
        """The key is revoked."""
        parts = parse_key(KEY)
        assert parts is not None
        body = msgspec.json.encode({"key_id": parts.key_id})
        await (await self.orders.send("key.revoke", body))
        await self.answer(1)

    async def answer(self, entries: int) -> None:
        """Answer the next entries as they come."""
        for _ in range(entries):
            await until_true(self.is_due)
            entry = await self.orders.get(self.desk.position + 1)
            assert entry is not None
            await (await self.answers.send(executions(), self.desk.answer(entry)))

    async def is_due(self) -> bool:
        """Whether there is an entry without an answer."""
        return await self.orders.last_seq() > self.desk.position


@pytest.fixture
async def market(nats: RunningNats) -> AsyncIterator[Market]:
    operator = await nats.connect(OPERATOR)
    order_service = await nats.connect(ORDER_SERVICE)
    market = Market(JetStreamLog(operator, ORDERS), JetStreamLog(order_service, EXECUTIONS))
    async with access_requests(order_service, market.desk):
        yield market


class Running:
    """A gateway, and a client of it."""

    def __init__(
        self, http: httpx.AsyncClient, task: "asyncio.Task[None]", stop: asyncio.Event
    ) -> None:
        self.http = http
        self.task = task
        self.stop = stop

    async def state(self) -> Any:
        return (await self.http.get("/readyz")).json()

    async def is_up(self) -> bool:
        assert not self.task.done(), self.task.exception()
        with contextlib.suppress(httpx.TransportError):
            return bool(await self.state())
        return False

    async def ready(self) -> None:
        await until_true(self.is_ready)

    async def is_ready(self) -> bool:
        return bool((await self.state())["ready"])


@asynccontextmanager
async def a_gateway(nats: RunningNats, **settings: Any) -> AsyncIterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    chosen = GatewaySettings(
        nats_url=nats.server.url(GATEWAY),
        nats_monitor_url=nats.server.monitor_url,
        durability=Durability.PROCESS,
        http_port=port,
        **settings,
    )
    stop = asyncio.Event()
    task = asyncio.create_task(serve(chosen, stop))
    tls = client_tls() if "tls_cert" in settings else None
    url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    headers = {"authorization": f"Bearer {KEY}"}
    client = httpx.AsyncClient(
        base_url=url, headers=headers, trust_env=False, timeout=WAIT_S, verify=tls or True
    )
    async with client as http:
        running = Running(http, task, stop)
        await until_true(running.is_up)
        yield running
        stop.set()
        await asyncio.wait((task,), timeout=WAIT_S)


async def test_it_is_ready_when_the_venue_is_open(nats: RunningNats, market: Market) -> None:
    """Before the venue opens orders are refused; then /readyz says which log this is, and where."""
    async with a_gateway(nats) as gateway:
        refused = await gateway.http.post("/order", json=BUY)
        assert refused.status_code == 503
        await market.open()
        await gateway.ready()
        state = await gateway.state()
        assert state["log"] == market.desk.writer.log
        assert "digest" not in state
        assert (state["position"], state["seq"]) == (OPENING, OPENING)
        assert state["durability"] == "process"


async def test_in_lockstep_it_tells_the_digest(nats: RunningNats, market: Market) -> None:
    """That is what a session is compared by. Elsewhere anybody could try guesses of what is
    private in the newest entry by it."""
    async with a_gateway(nats, lockstep=True) as gateway:
        await market.open()
        await gateway.ready()
        assert (await gateway.state())["digest"] == market.desk.engine.digest.hex()


async def test_a_gateway_that_comes_later_begins_at_the_end(
    nats: RunningNats, market: Market
) -> None:
    """A gateway needs the newest answer alone to know the log, and serves at once."""
    await market.open()
    async with a_gateway(nats) as gateway:
        await gateway.ready()
        ordering = asyncio.create_task(gateway.http.post("/order", json=BUY))
        await market.answer(1)
        assert (await ordering).status_code == 201


async def test_what_was_taken_is_answered_before_it_ends(nats: RunningNats, market: Market) -> None:
    """A gateway that is asked to stop answers the orders it has taken."""
    await market.open()
    async with a_gateway(nats) as gateway:
        await gateway.ready()
        ordering = asyncio.create_task(gateway.http.post("/order", json=BUY))
        await until_true(market.is_due)
        gateway.stop.set()
        await market.answer(1)
        assert (await ordering).status_code == 201
        await asyncio.wait_for(gateway.task, WAIT_S)


async def test_who_is_not_answered_is_told_so_before_it_ends(
    nats: RunningNats, market: Market
) -> None:
    """A gateway that stops while the engine is silent tells every client `unknown`."""
    await market.open()
    async with a_gateway(nats, answer_timeout=0.5) as gateway:
        await gateway.ready()
        ordering = asyncio.create_task(gateway.http.post("/order", json=BUY))
        await until_true(market.is_due)
        gateway.stop.set()
        assert (await ordering).status_code == 202
        await asyncio.wait_for(gateway.task, WAIT_S)


async def test_message_ids_are_nobodys_business(nats: RunningNats, market: Market) -> None:
    """What a client can learn says nothing of the ids under which entries are stored."""
    await market.open()
    async with a_gateway(nats) as gateway:
        await gateway.ready()
        ordering = asyncio.create_task(gateway.http.post("/order", json=BUY))
        await market.answer(1)
        named = (await ordering).json()["order"]["client_order_id"]
        operator = await nats.connect(OPERATOR)
        stored = msgspec.json.decode(
            await ask(operator, f"STREAM.MSG.GET.{ORDERS}", {"seq": OPENING + 1})
        )
        headers = msgspec.json.decode(f'"{stored["message"]["hdrs"]}"', type=bytes).decode()
        assert "Nats-Msg-Id" in headers
        assert named.partition("-")[0] not in headers


async def test_another_history_ends_it(nats: RunningNats, market: Market) -> None:
    """An answer that does not go on from those before is nobody's: the gateway says so and ends."""
    await market.open()
    async with a_gateway(nats) as gateway:
        await gateway.ready()
        other = Desk()
        other.answer(Entry(1, 0, VENUE_OPEN, venue_opening(lockstep=False)))
        for number in range(2, OPENING + 1):
            other.answer(Entry(number, 0, "clock.tick", b"{}"))
        answer = other.answer(Entry(OPENING + 1, 0, ORDER_CREATED, msgspec.json.encode(BUY)))
        await (await market.answers.send(executions(), answer))
        await asyncio.wait((gateway.task,), timeout=WAIT_S)
        error = gateway.task.exception()
        assert isinstance(error, Foreign)
        assert f"differ at entry {OPENING + 1}" in str(error) and "another venue's" in str(error)


async def test_a_key_that_is_revoked_is_good_for_nothing_more(
    nats: RunningNats, market: Market
) -> None:
    """As soon as the gateway has read of it: no order, no question, and the session ends."""
    await market.open()
    async with a_gateway(nats) as gateway:
        await gateway.ready()
        url = str(gateway.http.base_url).replace("http", "ws") + "/ws"
        key = {"authorization": f"Bearer {KEY}"}
        async with connect(url, additional_headers=key, proxy=None) as session:
            await market.revoke()
            begin = time.monotonic()
            told = msgspec.json.decode(await session.recv())
            assert (told["id"], told["error"]["code"]) == (None, "unauthorized")
            with pytest.raises(ConnectionClosed):
                await session.recv()
            assert session.close_code == 4401
            assert time.monotonic() - begin < 1.0
        for method, address in (("POST", "/order"), ("GET", "/orders")):
            response = await gateway.http.request(method, address, json=BUY)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"


async def test_without_an_order_service_nobody_is_let_in(nats: RunningNats) -> None:
    """The keys are not known then: whoever has one is told to come back, and /readyz says why."""
    async with a_gateway(nats) as gateway:
        response = await gateway.http.post("/order", json=BUY)
        assert response.status_code == 503
        assert "which keys there are" in response.json()["error"]["message"]
        assert "which keys there are" in (await gateway.state())["why"]


async def test_clients_are_served_over_tls(nats: RunningNats, market: Market) -> None:
    """With a certificate orders and sessions go over TLS alone."""
    await market.open()
    async with a_gateway(nats, tls_cert=CERT, tls_key=TLS_KEY) as gateway:
        await gateway.ready()
        ordering = asyncio.create_task(gateway.http.post("/order", json=BUY))
        await market.answer(1)
        assert (await ordering).status_code == 201
        url = str(gateway.http.base_url).replace("https", "wss") + "/ws"
        key = {"authorization": f"Bearer {KEY}"}
        tls = client_tls()
        async with connect(url, additional_headers=key, ssl=tls, proxy=None) as session:
            await session.send(msgspec.json.encode({"id": 1, "order": BUY}).decode())
            await market.answer(1)
            assert msgspec.json.decode(await session.recv())["execution"]["result"] == "accepted"
        with pytest.raises(httpx.TransportError):
            await httpx.AsyncClient(trust_env=False).get(
                str(gateway.http.base_url).replace("https", "http")
            )


async def test_an_order_service_that_is_far_behind_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What its keys lack may be in the archive alone; the gateway waits until it is nearer."""
    monkeypatch.setattr(access_module, "REPLAYING_S", 0.01)
    async with an_exchange() as exchange:
        last = await exchange.executions.last_seq()
        await exchange.executions.purge(last - 1)
        behind = iter([0, last - 4, last])

        async def fetch() -> tuple[Access, int]:
            return Access(), next(behind)

        admission = Admission(exchange.entry)
        gate = Gate(exchange.entry, admission, exchange.senders, "given", singly=False)
        service = GatewayService(
            exchange.orders,
            exchange.executions,
            exchange.entry,
            gate,
            admission,
            Senders(),
            Durability.PROCESS,
        )
        reader = await service.follow(fetch)
        await until(lambda: service.seq)
        assert next(behind, None) is None
        await reader.stop()
