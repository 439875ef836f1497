"""The whole service on a real NATS server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect

from outcry.domain.digest import START, extend
from outcry.log.jetstream import JetStreamLog
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import ORDER_SERVICE, STREAM
from outcry.runtime.settings import Durability, TradeStreamServiceSettings
from outcry.stream.__main__ import serve
from outcry.wire.subjects import EXECUTIONS, executions
from tests.running_nats import RunningNats
from tests.waiting import free_port

PATIENCE_S = 30.0


def settings_for(nats: RunningNats) -> TradeStreamServiceSettings:
    return TradeStreamServiceSettings(
        nats_url=nats.server.url(STREAM),
        durability=Durability.PROCESS,
        ws_port=free_port(),
        ops_port=free_port(),
    )


@asynccontextmanager
async def running(settings: TradeStreamServiceSettings) -> AsyncIterator[str]:
    """The address of a service that is ready."""
    stop = asyncio.Event()
    service = asyncio.create_task(serve(settings, stop))
    ready = f"http://127.0.0.1:{settings.ops_port}/readyz"
    async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(trust_env=False) as http:
        while True:
            assert not service.done(), service.exception()
            try:
                if (await http.get(ready)).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
    yield f"ws://127.0.0.1:{settings.ws_port}/ws"
    stop.set()
    await asyncio.wait_for(service, PATIENCE_S)


class Market:
    """An order service that answers one entry after the other with two executions."""

    def __init__(self, log: JetStreamLog) -> None:
        self.log = log
        self._entries = 0
        self._digest = START

    async def answer(self, entries: int) -> None:
        for _ in range(entries):
            first = 2 * self._entries + 1
            self._entries += 1
            told = [{"seq": seq, "log": "0123456789abc"} for seq in (first, first + 1)]
            self._digest = extend(self._digest, msgspec.json.encode(told))
            told[1]["digest"] = self._digest.hex()
            await (await self.log.send(executions(), msgspec.json.encode(told)))


async def seqs(client: ClientConnection, count: int) -> list[int]:
    async with asyncio.timeout(PATIENCE_S):
        return [msgspec.json.decode(await client.recv())["seq"] for _ in range(count)]


async def a_market(nats: RunningNats) -> Market:
    return Market(JetStreamLog(await nats.connect(ORDER_SERVICE), EXECUTIONS))


async def test_completions_as_they_happen(nats: RunningNats) -> None:
    """What the order service answers reaches a client, also what came before it asked."""
    market = await a_market(nats)
    await market.answer(3)
    async with running(settings_for(nats)) as url, connect(f"{url}?after=4", proxy=None) as client:
        await market.answer(2)
        assert await seqs(client, 6) == [5, 6, 7, 8, 9, 10]


async def test_clients_survive_a_restart_of_nats(nats: RunningNats) -> None:
    """A client stays connected while NATS is killed and misses nothing that comes after."""
    market = await a_market(nats)
    async with running(settings_for(nats)) as url, connect(url, proxy=None) as client:
        await market.answer(1)
        assert await seqs(client, 2) == [1, 2]
        await nats.kill()
        await nats.start()
        market.log = (await a_market(nats)).log
        await market.answer(2)
        assert await seqs(client, 4) == [3, 4, 5, 6]


async def test_clients_survive_a_restart_of_the_service(nats: RunningNats) -> None:
    """A client that comes back to a new process misses nothing and sees nothing twice."""
    market = await a_market(nats)
    async with running(settings_for(nats)) as url, connect(url, proxy=None) as client:
        await market.answer(2)
        assert await seqs(client, 3) == [1, 2, 3]
    await market.answer(1)
    async with running(settings_for(nats)) as url, connect(f"{url}?after=3", proxy=None) as client:
        assert await seqs(client, 3) == [4, 5, 6]


async def test_a_taken_port_is_said(nats: RunningNats) -> None:
    """A port that somebody else has is refused in one line that names the option."""
    settings = settings_for(nats)
    with (
        socket.create_server(("127.0.0.1", settings.ws_port)),
        pytest.raises(Refused, match="--ws-port"),
    ):
        await serve(settings, asyncio.Event())


async def test_stops_while_it_waits_for_nats() -> None:
    """A service that still waits for NATS can be stopped."""
    settings = TradeStreamServiceSettings(
        nats_url=f"nats://127.0.0.1:{free_port()}",
        durability=Durability.PROCESS,
        ws_port=free_port(),
        ops_port=free_port(),
    )
    stop = asyncio.Event()
    service = asyncio.create_task(serve(settings, stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait([service], timeout=PATIENCE_S)
    assert type(service.exception()).__name__ == "Stopped"
