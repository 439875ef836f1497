"""From POST to frame: how long until the WebSocket clients of the stream see an order."""

import asyncio
import re
import time
from functools import partial

import uvloop

from bench.venue import Venue, running_venue

CLIENTS = (1, 100, 1000)
ORDERS = 200
PER_S = 50
SAMPLE = 20
"""One client of so many looks at what it gets, the others only take it."""
PATIENCE_S = 10.0

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n%b\r\n"
)
NAME = re.compile(rb'"client_order_id":"frame-(\d+)-(\d+)"')


def main() -> None:
    print(
        f"{ORDERS} orders over HTTP, {PER_S} a second, --durability disk: time from POST\n"
        f"to the frame at one of {SAMPLE} clients. Poster and clients are one uvloop process.\n"
    )
    with running_venue(["AAPL"]) as venue:
        for clients in CLIENTS:
            ages = sorted(uvloop.run(measure(venue, clients)))
            p50, p99 = ages[len(ages) // 2] * 1e3, ages[len(ages) * 99 // 100] * 1e3
            print(f"{clients:6,} clients   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")


class Viewer(asyncio.Protocol):
    """One client of the stream; `seen` gets the time at which each order came."""

    def __init__(self, run: int, key: str, seen: dict[int, float] | None) -> None:
        self.run = run
        self.key = key
        self.seen = seen
        self.complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.transport.write(HANDSHAKE % authorization(self.key))

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(None)
        if self.seen is not None:
            now = time.perf_counter()
            for run, number in NAME.findall(data):
                if int(run) == self.run:
                    self.seen.setdefault(int(number), now)
            if len(self.seen) == ORDERS and not self.complete.done():
                self.complete.set_result(None)


def authorization(key: str) -> bytes:
    """The line of a request by which the venue knows its sender: he is shown his order's name."""
    return f"authorization: Bearer {key}\r\n".encode()


def _this(viewer: Viewer) -> Viewer:
    return viewer


async def measure(venue: Venue, clients: int) -> list[float]:
    """Ages in seconds, one for each order and looking client."""
    loop = asyncio.get_running_loop()
    looking: list[dict[int, float]] = []
    viewers = []
    for number in range(clients):
        seen: dict[int, float] | None = {} if number % SAMPLE == 0 else None
        if seen is not None:
            looking.append(seen)
        viewer = Viewer(clients, venue.key, seen)
        await loop.create_connection(partial(_this, viewer), "127.0.0.1", venue.ws_port)
        viewers.append(viewer)
    await asyncio.gather(*(viewer.opened for viewer in viewers))
    sent = await post_orders(venue, clients)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(viewer.complete for viewer in viewers if viewer.seen is not None))
    for viewer in viewers:
        viewer.transport.close()
    return [at - sent[number] for seen in looking for number, at in seen.items()]


async def post_orders(venue: Venue, run: int) -> list[float]:
    """When each order was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.http_port)
    sent = []
    begin = time.perf_counter()
    for number in range(ORDERS):
        await asyncio.sleep(max(0.0, begin + number / PER_S - time.perf_counter()))
        body = (
            b'{"symbol":"AAPL","side":"buy","quantity":"1","price":"100","client_order_id":'
            b'"frame-%d-%d"}' % (run, number)
        )
        sent.append(time.perf_counter())
        head = b"POST /order HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n"
        writer.write(head % (authorization(venue.key), len(body)) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer)
        assert length is not None and answer.startswith(b"HTTP/1.1 201")
        await reader.readexactly(int(length[1]))
    writer.close()
    return sent


if __name__ == "__main__":
    main()
