"""Any number of WebSocket clients in one process that do no more than they must: count bytes.

Frames have one known size, so bytes give deliveries, and nothing is parsed. Only a few clients
look at the time that is written into each message.
"""

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

READ_BYTES = 1 << 18
_HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Stamp(NamedTuple):
    """Where a frame holds the time it was due, in ns of the monotonic clock, as digits."""

    offset: int
    digits: int


class Audience:
    """Clients of one server; `heard` is how many bytes all of them have received."""

    def __init__(self, port: int, clients: int, frame_bytes: int) -> None:
        self.clients = clients
        self.frame_bytes = frame_bytes
        self.heard = 0
        self.waited_s = 0.0
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._selector = selectors.DefaultSelector()
        self._sockets = [_connect(port) for _ in range(clients)]
        for number, each in enumerate(self._sockets):
            self._selector.register(each, selectors.EVENT_READ, number)

    @property
    def complete(self) -> int:
        """Messages that the clients have received on average."""
        return self.heard // (self.frame_bytes * self.clients)

    def listen(self, timeout_s: float) -> None:
        """Take what has arrived; wait so long if nothing has."""
        begin = time.perf_counter()
        ready = self._selector.select(timeout_s)
        self.waited_s += time.perf_counter() - begin
        buffer = self._buffer
        heard = 0
        for key, _ in ready:
            heard += key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
        self.heard += heard

    def listen_for_delays(
        self, owed: int, deadline: float, stamp: Stamp, every: int
    ) -> Iterator[int]:
        """Take what arrives until `heard` is `owed`, or the deadline on the performance counter.

        Gives the age in ns of each frame that reaches each n-th client.
        """
        parts = dict.fromkeys(range(0, self.clients, every), b"")
        while self.heard < owed and time.perf_counter() < deadline:
            for key, _ in self._selector.select(0.05):
                size = key.fileobj.recv_into(self._buffer)  # type: ignore[union-attr]
                self.heard += size
                if key.data in parts:
                    now = time.monotonic_ns()
                    data = parts[key.data] + self._buffer[:size]
                    whole = len(data) - len(data) % self.frame_bytes
                    parts[key.data] = data[whole:]
                    for at in range(stamp.offset, whole, self.frame_bytes):
                        yield now - int(data[at : at + stamp.digits])

    def close(self) -> None:
        """Leave without a word."""
        self._selector.close()
        for each in self._sockets:
            each.close()


@contextmanager
def audience(port: int, clients: int, frame_bytes: int) -> Iterator[Audience]:
    """So many clients, connected while the block runs."""
    opened = Audience(port, clients, frame_bytes)
    try:
        yield opened
    finally:
        opened.close()


def _connect(port: int) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=10)
    opened.sendall(_HANDSHAKE)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += opened.recv(1)
    if not answer.startswith(b"HTTP/1.1 101 "):
        raise RuntimeError(f"no WebSocket: {answer!r}")
    opened.setblocking(False)
    return opened
