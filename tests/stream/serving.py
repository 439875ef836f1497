"""A trade stream on a real socket, and what its clients see."""

import asyncio
import contextlib
import ssl
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from outcry.log.log import Entry
from outcry.stream.hub import Hub
from outcry.stream.listener import listen
from outcry.stream.ring import Ring
from outcry.stream.server import Limits, StreamServer
from outcry.wire.command_messages import CreateKeyMessage, RevokeKeyMessage
from outcry.wire.keys import hash_secret, new_key, parse_key
from tests.stream.executions import answer, execution, message

PATIENCE_S = 10.0


class Venue:
    """A trade stream with a feed that the test drives, instead of a log."""

    def __init__(self, server: StreamServer, port: int, scheme: str = "ws") -> None:
        self.server = server
        self.port = port
        self.scheme = scheme
        self.entries = 0

    async def executions(self, count: int = 1, size: int = 0) -> None:
        """One entry of EXECUTIONS with the next `count` executions."""
        first = self.server.hub.position + 1
        await self.entry(message(*range(first, first + count), size=size))

    async def entry(self, body: bytes) -> None:
        """The next entry of EXECUTIONS."""
        self.entries += 1
        await self.server.on_entry(Entry(self.entries, 0, "x", body))

    async def key(self, role: str = "trade", *accounts: str) -> str:
        """The text of a new key, which an entry has created."""
        text = new_key()
        parts = parse_key(text)
        assert parts is not None
        made = CreateKeyMessage(parts.key_id, hash_secret(parts.secret), role, accounts)
        seq = self.server.hub.position + 1
        await self.entry(answer(execution(seq, op="key.create", command=made)))
        return text

    async def revoke(self, key: str) -> None:
        """An entry that revokes a key."""
        parts = parse_key(key)
        assert parts is not None
        seq, command = self.server.hub.position + 1, RevokeKeyMessage(parts.key_id)
        await self.entry(answer(execution(seq, op="key.revoke", command=command)))

    def client(self, query: str = "", key: str = "", **more: Any) -> connect:
        """A client of the `websockets` library."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"{self.scheme}://localhost:{self.port}/ws{query}"
        return connect(url, compression=None, proxy=None, additional_headers=headers, **more)


async def a_venue(
    venues: list[Venue],
    ring: Ring | None = None,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
) -> Venue:
    """A venue that is ready for clients."""
    server = StreamServer(Hub(ring or Ring(1000, 1 << 25)), limits or Limits(), tls)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    await server.start(listener)
    server.open_at(0)
    venue = Venue(server, port, "wss" if tls else "ws")
    venues.append(venue)
    return venue


async def seqs(client: ClientConnection, count: int) -> list[int]:
    """The sequence numbers of the next `count` messages; each is one JSON text."""
    found = []
    for _ in range(count):
        text = await asyncio.wait_for(client.recv(), PATIENCE_S)
        assert isinstance(text, str)
        found.append(msgspec.json.decode(text)["seq"])
    return found


async def closing_of(client: ClientConnection) -> tuple[int, str]:
    """The code and reason with which the service closes a client."""
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionClosed):
            async for _ in client:
                pass
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""
