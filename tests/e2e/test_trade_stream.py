"""The whole service on a real NATS server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import msgspec
import nats as nats_py
import pytest
from nats.aio.msg import Msg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from outcry.domain.digest import START, extend
from outcry.domain.types import Role
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import ORDER_SERVICE, STREAM
from outcry.runtime.settings import Durability, TradeStreamServiceSettings
from outcry.stream.__main__ import serve
from outcry.wire.access import AccessPage, KeyRow
from outcry.wire.command_messages import RevokeKeyMessage
from outcry.wire.keys import hash_secret, new_key, parse_key
from outcry.wire.messages import ExecutionMessage
from outcry.wire.subjects import ACCESS, EXECUTIONS, ORDER_COMPLETED, executions
from tests.certificate import CERT, KEY, client_tls
from tests.running_nats import RunningNats
from tests.stream.executions import LOG, answer, execution
from tests.waiting import free_port, settled

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
    """An order service that answers one entry after the other with two executions, and says which
    keys there are."""

    def __init__(self, nc: Connection) -> None:
        self.nc = nc
        self.log = JetStreamLog(nc, EXECUTIONS)
        self._rows: tuple[KeyRow, ...] = ()
        self._entries = 0
        self._digest = START

    async def open(self) -> None:
        await self.nc.subscribe(ACCESS, cb=self._tell_keys)
        await settled(self.nc)

    async def moves_to(self, nc: Connection) -> None:
        """Go on with another connection."""
        self.nc, self.log = nc, JetStreamLog(nc, EXECUTIONS)
        await self.open()

    def key(self, role: Role, *accounts: str) -> str:
        """A key that is there when the stream asks."""
        text = new_key()
        parts = parse_key(text)
        assert parts is not None
        self._rows += (KeyRow(parts.key_id, hash_secret(parts.secret), role, accounts),)
        return text

    async def answer(self, entries: int) -> None:
        for _ in range(entries):
            first = 2 * self._entries + 1
            await self.tell(execution(first, "alice"), execution(first + 1, "bob"))

    async def revoke(self, key: str) -> None:
        command = RevokeKeyMessage(key.split("_")[1])
        first = 2 * self._entries + 1
        entry = self._entries + 1
        revoked = execution(first, op="key.revoke", entry=entry, command=command)
        await self.tell(revoked, execution(first + 1, "bob"))

    async def tell(self, *told: ExecutionMessage) -> None:
        self._entries += 1
        self._digest = extend(self._digest, answer(*told))
        last = msgspec.structs.replace(told[-1], digest=self._digest.hex())
        await (await self.log.send(executions(), answer(*told[:-1], last)))

    async def _tell_keys(self, msg: Msg) -> None:
        page = AccessPage(self._entries, 2 * self._entries, LOG, self._rows)
        await self.nc.publish(msg.reply, msgspec.json.encode(page))


async def seqs(client: ClientConnection, count: int) -> list[int]:
    async with asyncio.timeout(PATIENCE_S):
        return [msgspec.json.decode(await client.recv())["seq"] for _ in range(count)]


async def a_market(nats: RunningNats) -> Market:
    market = Market(await nats.connect(ORDER_SERVICE))
    await market.open()
    return market


async def test_completions_as_they_happen(nats: RunningNats) -> None:
    """What the order service answers reaches a client, also what came before it asked."""
    market = await a_market(nats)
    await market.answer(3)
    async with running(settings_for(nats)) as url, connect(f"{url}?after=4", proxy=None) as client:
        await market.answer(2)
        assert await seqs(client, 6) == [5, 6, 7, 8, 9, 10]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def test_a_key_shows_more_until_it_is_revoked(nats: RunningNats) -> None:
    """One that was created before the service started, and one revoked while it runs."""
    market = await a_market(nats)
    admin, trader = market.key(Role.ADMIN), market.key(Role.TRADE, "alice")
    async with (
        running(settings_for(nats)) as url,
        connect(url, additional_headers=bearer(admin), proxy=None) as operator,
        connect(url, additional_headers=bearer(trader), proxy=None) as alice,
        asyncio.timeout(PATIENCE_S),
    ):
        await market.answer(1)
        whole = [msgspec.json.decode(await operator.recv()) for _ in range(2)]
        own = [msgspec.json.decode(await alice.recv()) for _ in range(2)]
        assert [one["order"]["account"] for one in whole] == ["alice", "bob"]
        assert "digest" in whole[1]
        assert [one["order"].get("account") for one in own] == ["alice", None]
        await market.revoke(trader)
        with pytest.raises(ConnectionClosed) as closed:
            await alice.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        assert await seqs(operator, 2) == [3, 4]


async def test_guests_hear_what_is_public_of_what_is_new(nats: RunningNats) -> None:
    """Each entry once, from where the log ended when the service started."""
    market = await a_market(nats)
    await market.answer(2)
    guest = await nats_py.connect(nats.server.guest_url)
    results = await guest.subscribe(ORDER_COMPLETED)
    await settled(guest)
    quiet = replace(settings_for(nats), guests=False)
    async with running(settings_for(nats)), running(quiet):
        await market.answer(2)
        for first in (5, 7):
            told = (await results.next_msg(timeout=PATIENCE_S)).data
            heard = msgspec.json.decode(told)
            assert [one["seq"] for one in heard] == [first, first + 1]
            assert b"alice" not in told
    assert results.pending_msgs == 0
    await guest.close()


async def test_the_service_speaks_tls(nats: RunningNats) -> None:
    """With a certificate of its own."""
    await (await a_market(nats)).answer(1)
    settings = replace(settings_for(nats), tls_cert=CERT, tls_key=KEY)
    async with (
        running(settings) as url,
        connect(
            f"wss{url.removeprefix('ws')}?after=0",
            ssl=client_tls(),
            server_hostname="localhost",
            proxy=None,
        ) as client,
    ):
        assert await seqs(client, 2) == [1, 2]
    with pytest.raises(Refused, match="--tls-key"):
        await serve(replace(settings, tls_key=None), asyncio.Event())


async def test_clients_survive_a_restart_of_nats(nats: RunningNats) -> None:
    """A client stays connected while NATS is killed and misses nothing that comes after."""
    market = await a_market(nats)
    async with running(settings_for(nats)) as url, connect(url, proxy=None) as client:
        await market.answer(1)
        assert await seqs(client, 2) == [1, 2]
        await nats.kill()
        await nats.start()
        await market.moves_to(await nats.connect(ORDER_SERVICE))
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
