"""The server side of `bench.fanout`, a process of its own: `python -m bench.fanout_server NAME`.

It prints its WebSocket port and its control port. On the control connection it is told how many
messages it may publish, or at what rate, and asked for the CPU time it has used.
"""

import asyncio
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from outcry.runtime.descriptors import room_for
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import LogFormat, LogLevel
from outcry.stream.hub import Hub
from outcry.stream.listener import listen
from outcry.stream.ring import Ring
from outcry.stream.server import Limits, StreamServer
from outcry.stream.view import show
from outcry.wire.messages import BalanceMessage, ExecutionMessage, OrderMessage
from outcry.wire.views import public

PAYLOAD_BYTES = 400
FRAME_BYTES = PAYLOAD_BYTES + 4
FIRST_SEQ = 10**12  # so that every message has the same length
STAMP_DIGITS = 19
STAMP_OFFSET = 4 + len(b'{"seq":1000000000000,"ts":"')
COMMAND = struct.Struct("<cqq")  # w: publish up to n; r: n messages, so many a second; c: CPU
Publish = Callable[[bytes], None]
LOG = "0123456789abc"
SYMBOL_CHARACTERS = 68  # so that it is as long


def _template() -> bytes:
    """An execution with a place for its seq and its time; what is public has PAYLOAD_BYTES."""
    head = FIRST_SEQ, "0" * STAMP_DIGITS, 1, "00000000-0001-8000-8000-0123456789ab", LOG
    terms = "buy", "limit", "gtc", "100", "new", "0", "100", "trader-17", "1"
    order = OrderMessage("7", "alice", "A" * SYMBOL_CHARACTERS, *terms)
    balances = (BalanceMessage("alice", "1000000.25", "18950", "AAPL", "100"),)
    told = ExecutionMessage(*head, "accepted", "new", order=order, balances=balances)
    _, rest = msgspec.json.encode(told).split(b'","entry"')
    return b'{"seq":%d,"ts":"%019d","entry"' + rest


_TEMPLATE = _template()


def message(number: int, due_ns: int) -> bytes:
    """One execution, as long as the others."""
    return _TEMPLATE % (FIRST_SEQ + number, due_ns)


class Feeder(asyncio.Protocol):
    """Publishes as the control connection says."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._published = 0
        self._rest = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) - len(data) % COMMAND.size
        self._rest = data[whole:]
        for kind, first, second in COMMAND.iter_unpack(data[:whole]):
            if kind == b"w":
                self._publish_up_to(first, time.monotonic_ns())
            elif kind == b"r":
                self._at_rate(first, second)
            else:
                self._transport.write(struct.pack("<d", time.process_time()))

    def connection_lost(self, exc: Exception | None) -> None:
        asyncio.get_running_loop().stop()

    def _publish_up_to(self, end: int, due_ns: int) -> None:
        while self._published < end:
            self._publish(message(self._published, due_ns))
            self._published += 1

    def _at_rate(self, count: int, per_s: int) -> None:
        """A message is stamped with the time it was due, however late it goes."""
        loop = asyncio.get_running_loop()
        end, gap_ns = self._published + count, 1_000_000_000 // per_s
        due_ns = time.monotonic_ns()

        def publish_due() -> None:
            nonlocal due_ns
            while self._published < end and due_ns <= time.monotonic_ns():
                self._publish_up_to(self._published + 1, due_ns)
                due_ns += gap_ns
            if self._published < end:
                loop.call_later(max(due_ns - time.monotonic_ns(), 0) / 1e9, publish_due)

        publish_due()


async def outcry() -> tuple[int, Publish]:
    """The trade stream, its hub fed directly."""
    hub = Hub(Ring(1 << 16, 32 << 20))
    server = StreamServer(hub, Limits(clients_max=room_for(Limits().clients_max)))
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    await server.start(listener)
    server.open_at(0)

    def publish(execution: bytes) -> None:
        hub.append(show(b"[%b]" % execution))
        server.schedule_turn()

    return port, publish


async def websockets() -> tuple[int, Publish]:
    """The library `websockets` and its broadcast()."""
    room_for(10_000)
    connections: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        connections.add(connection)
        await connection.wait_closed()
        connections.discard(connection)

    server = await serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None)
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port, lambda execution: broadcast(connections, public(execution).decode())


SERVERS = {"outcry": outcry, "websockets": websockets}


async def start(name: str) -> None:
    port, publish = await SERVERS[name]()
    loop = asyncio.get_running_loop()
    control = await loop.create_server(lambda: Feeder(publish), "127.0.0.1", 0)
    print(port, control.sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    # Standard output is for the ports alone.
    configure_logging("bench", LogFormat.AUTO, LogLevel.WARNING)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(start(sys.argv[1]))
    loop.run_forever()
