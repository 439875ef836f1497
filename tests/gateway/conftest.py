"""A uvicorn server on a free loopback port, and a client that writes and reads raw HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import pytest
import uvicorn
import uvloop

from outcry.domain.types import Role
from outcry.gateway.answers import Answer
from outcry.gateway.senders import Sender
from outcry.wire.access import Key

Respond = Callable[[Answer], None]

SENDER = Sender(Key("0123456789abcdef", Role.TRADE, ("demo",)))


def anybody(_: bytes) -> Sender:
    """Lets everybody in, whatever he says of himself."""
    return SENDER


WAIT_S = 10.0
"""How long a test waits for what must happen. Nothing waits for this long to pass."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The gateway runs on uvloop, so its tests do."""
    return {"uvloop": uvloop.new_event_loop}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), WAIT_S)

    async def line(self) -> bytes:
        return await asyncio.wait_for(self.reader.readline(), WAIT_S)

    async def reply(self) -> Reply:
        """The next reply; one with a body names its length."""
        status = int((await self.line()).split()[1])
        headers = {}
        while (line := (await self.line()).decode().rstrip()) != "":
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        length = int(headers.get("content-length", 0))
        body = await asyncio.wait_for(self.reader.readexactly(length), WAIT_S)
        return Reply(status, headers, body)

    async def rest(self) -> bytes:
        """What comes until the server closes."""
        return await asyncio.wait_for(self.reader.read(), WAIT_S)

    async def close(self) -> None:
        self.writer.close()
        await asyncio.wait_for(self.writer.wait_closed(), WAIT_S)


class Desk:
    """An order handler that takes orders, and answers them when the test says so."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[tuple[bytes, Respond]] = asyncio.Queue()

    def __call__(self, _: Sender, body: bytes, respond: Respond) -> None:
        self.taken.put_nowait((body, respond))

    async def next(self) -> tuple[bytes, Respond]:
        return await asyncio.wait_for(self.taken.get(), WAIT_S)

    async def answer(self) -> None:
        """Answer the next order with what it said."""
        body, respond = await self.next()
        respond(Answer(201, body))


class Served:
    """A running server."""

    def __init__(self, server: uvicorn.Server, port: int, task: asyncio.Task[None]) -> None:
        self.server = server
        self.port = port
        self.task = task
        self.clients: list[Client] = []

    @property
    def connections(self) -> list[Any]:
        return list(self.server.server_state.connections)

    async def client(self, **options: int) -> Client:
        """Socket options by name, such as `SO_RCVBUF=4096`."""
        sock = socket.socket()
        for name, value in options.items():
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        client = Client(*await asyncio.open_connection(sock=sock, limit=2**14))
        self.clients.append(client)
        return client

    async def stop(self) -> None:
        self.server.should_exit = True
        await asyncio.wait_for(asyncio.shield(self.task), WAIT_S)

    async def end(self) -> None:
        """Stop without waiting for anybody."""
        for client in self.clients:
            client.writer.transport.abort()
        for connection in self.connections:
            connection.transport.abort()
        await self.stop()


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server: `await serve(app, http=..., ws=..., any=uvicorn_setting)`."""
    running: list[Served] = []

    async def start(app: Any, **settings: Any) -> Served:
        sock = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, **settings)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[sock]))
        served = Served(server, sock.getsockname()[1], task)
        running.append(served)
        return served

    yield start
    for served in running:
        await served.end()
