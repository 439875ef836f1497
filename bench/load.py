"""The load generator of the pipeline bench: a process of its own, many connections, closed loop.

    python -m bench.load '{"kind": "http", "port": 8080, "connections": 64, "seconds": 5, …}'

Requests are made before the clock runs, answers are only measured for their length, so that a
request costs the generator about as much as wrk with a script: it prints its own share of a core,
and as long as that is well below one it waits for the server and not the other way round.
"""

import asyncio
import json
import resource
import sys
import time
from array import array
from collections.abc import Iterator
from functools import partial

import msgspec
import uvloop

DEPTH = 40


class Job(msgspec.Struct):
    """What to do: `batch` commands a request, `inflight` requests a connection at once."""

    kind: str
    port: int
    connections: int
    seconds: float
    run: str
    batch: int = 1
    inflight: int = 1
    resting: bool = False
    """New orders alone, none of which trade."""
    limit: int = 0
    """End after so many commands (0: by time alone)."""
    symbols: list[str] = msgspec.field(default_factory=lambda: ["AAPL"])
    key: str = ""


class Result(msgspec.Struct):
    commands: int
    seconds: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    busy: float
    """Share of one core that the generator used."""
    failed: int
    """Answers that were neither 2xx nor 422."""


def commands(job: Job, connection: int) -> Iterator[bytes]:
    """Half new orders, 45 % cancels, 5 % replaces; every new order has an id of its own.

    What is replaced moves to one price where it meets the other side, so there are trades and
    the book stays small.
    """
    symbol = job.symbols[connection % len(job.symbols)]
    number = 0
    while True:
        for step in range(10):
            number += 1
            name = f"{job.run}-{connection:06d}-{number:09d}".ljust(36, "0")
            side, price = (
                ("buy", 99 - number % DEPTH) if number % 2 else ("sell", 101 + number % DEPTH)
            )
            yield (
                f'{{"symbol":"{symbol}","side":"{side}","type":"limit","quantity":"10",'
                f'"price":"{price}.50","client_order_id":"{name}"}}'
            ).encode()
            if job.resting:
                continue
            if step < 9:
                yield f'{{"op":"cancel","client_order_id":"{name}"}}'.encode()
            else:
                yield f'{{"op":"replace","client_order_id":"{name}","price":"100.00"}}'.encode()


def requests(job: Job, connection: int) -> Iterator[bytes]:
    """What goes over the wire, one request at a time."""
    source = commands(job, connection)
    number = 0
    while True:
        number += 1
        batch = [next(source) for _ in range(job.batch)]
        body = batch[0] if job.batch == 1 else b"[" + b",".join(batch) + b"]"
        if job.kind == "http":
            yield b"POST /order HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n%b" % (
                authorization(job),
                len(body),
                body,
            )
        else:
            key = b"order" if job.batch == 1 else b"orders"
            yield frame(b'{"id":%d,"%b":%b}' % (number, key, body))


def authorization(job: Job) -> bytes:
    """The line of a request by which the venue knows its sender."""
    return f"authorization: Bearer {job.key}\r\n".encode() if job.key else b""


def frame(payload: bytes) -> bytes:
    """A client's text frame. Its mask is zero, which leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        head = bytes((0x81, 0x80 | size))
    elif size < 1 << 16:
        head = b"\x81\xfe" + size.to_bytes(2, "big")
    else:
        head = b"\x81\xff" + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class Client(asyncio.Protocol):
    """One connection: `inflight` requests under way, the next one for every answer."""

    def __init__(self, job: Job, number: int, latencies: "array[float]") -> None:
        self.job = job
        self.requests = requests(job, number)
        self.ready = [next(self.requests) for _ in range(64)][::-1]
        """Made before; the next one is last."""
        self.latencies = latencies
        self.buffer = b""
        self.sent: list[float] = []
        self.answers = 0
        self.failed = 0
        self.running = False
        self.share = job.limit // job.connections // job.batch or -1
        self.opened = asyncio.get_running_loop().create_future()
        self.length = http_answer if job.kind == "http" else ws_answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        if self.job.kind == "http":
            self.opened.set_result(None)
        else:
            transport.write(  # type: ignore[attr-defined]
                b"GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n"
                b"connection: upgrade\r\n"
                b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
                + authorization(self.job)
                + b"\r\n"
            )

    def start(self) -> None:
        self.running = True
        for _ in range(self.job.inflight):
            self.send()

    def send(self) -> None:
        self.transport.write(self.ready.pop() if self.ready else next(self.requests))
        self.sent.append(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(None)
            return
        data = self.buffer + data if self.buffer else data
        while (cut := self.length(self, data)) > 0:
            data = data[cut:]
            self.answers += 1
            self.latencies.append(time.perf_counter() - self.sent.pop(0))
            if self.running and self.answers != self.share:
                self.send()
        self.buffer = data


def http_answer(client: Client, data: bytes) -> int:
    """Length of the answer that `data` begins with; 0: it is not whole."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    at = data.find(b"content-length: ", 0, head) + 16
    length = head + 4 + int(data[at : data.find(b"\r", at)])
    if len(data) < length:
        return 0
    if data[9:10] != b"2" and data[9:12] != b"422":
        client.failed += 1
    return length


def ws_answer(_: Client, data: bytes) -> int:
    if len(data) < 2:
        return 0
    size, head = data[1], 2
    if size >= 126:
        head = 4 if size == 126 else 10
        if len(data) < head:
            return 0
        size = int.from_bytes(data[2:head], "big")
    return head + size if len(data) >= head + size else 0


def _this(client: Client) -> Client:
    return client


async def load(job: Job) -> Result:
    loop = asyncio.get_running_loop()
    latencies = array("d")
    clients = []
    for number in range(job.connections):
        client = Client(job, number, latencies)
        await loop.create_connection(partial(_this, client), "127.0.0.1", job.port)
        clients.append(client)
    await asyncio.gather(*(client.opened for client in clients))
    begin, cpu = time.perf_counter(), _cpu()
    for client in clients:
        client.start()
    while time.perf_counter() - begin < job.seconds:
        await asyncio.sleep(0.05)
        if all(client.answers == client.share for client in clients):
            break
    seconds, used = time.perf_counter() - begin, _cpu() - cpu
    answered = sum(client.answers for client in clients)
    for client in clients:
        client.running = False
        client.transport.close()
    values = sorted(latencies)

    def at(share: float) -> float:
        return round(values[min(len(values) - 1, int(share * len(values)))] * 1000, 2)

    return Result(
        answered * job.batch,
        seconds,
        at(0.5),
        at(0.99),
        at(0.999),
        used / seconds,
        sum(client.failed for client in clients),
    )


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    job = msgspec.convert(json.loads(sys.argv[1]), Job)
    print(msgspec.json.encode(uvloop.run(load(job))).decode())


if __name__ == "__main__":
    main()
