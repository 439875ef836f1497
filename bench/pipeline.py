"""The whole exchange under load: commands a second and latency, beside what HTTP alone costs."""

import contextlib
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

import msgspec

from bench.load import Result
from bench.venue import Venue, running_venue

SYMBOLS = ["AAPL", "MSFT", "NVDA", "TSLA"]
CONNECTIONS = (1, 64, 256)
BATCHES = ((1, 100), (64, 10), (64, 100))
"""Connections, and commands in one request."""
ROUNDS = 3
SECONDS = 4.0
SETTLE_S = 0.3
"""For the broker to book what is under way before CPU is read."""

INTRO = f"""\
Everything on this machine, --durability disk; median of {ROUNDS} interleaved rounds of \
{SECONDS:.0f} s. Half new orders,
45 % cancels, 5 % replaces; every new order has a client id of 36 characters of its own.
Load generator: python -m bench.load (uvloop, one process, closed loop, requests made before); `gen`
is its share of a core: well below 1, so it waits for the exchange. Yardstick: the same HTTP server
with a plain ASGI endpoint and a fixed answer, under the same load.
"""


class Round(NamedTuple):
    """What one run gave, with CPU microseconds a command by process."""

    result: Result
    cost_us: dict[str, float]

    @property
    def rate(self) -> float:
        return self.result.commands / self.result.seconds


def main() -> None:
    print(INTRO)
    with running_venue(SYMBOLS) as venue, yardstick() as plain:
        for connections in CONNECTIONS:
            compare(venue, plain, connections)
        for connections, batch in BATCHES:
            compare_batches(venue, connections, batch)


def compare(venue: Venue, plain: int, connections: int) -> None:
    """Yardstick, POST /order and WebSocket in turn."""
    fixed, http, ws = zip(
        *(
            (
                Round(run(plain, "http", connections), {}),
                measure(venue, "http", connections),
                measure(venue, "ws", connections),
            )
            for _ in range(ROUNDS)
        ),
        strict=True,
    )
    rate = median(one.rate for one in fixed)
    print(f"{connections} connections")
    show("yardstick", fixed)
    show("POST /order", http, f"{median(one.rate for one in http) / rate:.2f} of the yardstick")
    show("WebSocket", ws, f"{median(one.rate for one in ws) / rate:.2f} of the yardstick")
    print(flush=True)


def compare_batches(venue: Venue, connections: int, batch: int) -> None:
    """Arrays beside single commands over as many connections."""
    for kind, name in (("http", "POST /order"), ("ws", "WebSocket")):
        pairs = [
            (measure(venue, kind, connections), measure(venue, kind, connections, batch))
            for _ in range(ROUNDS)
        ]
        single = median(one.rate for one, _ in pairs)
        many = [two for _, two in pairs]
        ratio = median(one.rate for one in many) / single
        print(f"arrays of {batch}, {connections} connections")
        show(name, many, f"{ratio:.1f} x single ones ({single:,.0f}/s)")
    print(flush=True)


def measure(venue: Venue, kind: str, connections: int, batch: int = 1) -> Round:
    before = venue.cpu()
    result = run(venue.http_port, kind, connections, batch, venue.key)
    time.sleep(SETTLE_S)
    after = venue.cpu()
    return Round(result, {n: (after[n] - before[n]) / result.commands * 1e6 for n in after})


def run(port: int, kind: str, connections: int, batch: int = 1, key: str = "") -> Result:
    job = {
        "kind": kind,
        "port": port,
        "connections": connections,
        "seconds": SECONDS,
        "batch": batch,
        "run": secrets.token_hex(4),
        "symbols": SYMBOLS,
        "key": key,
    }
    command = [sys.executable, "-m", "bench.load", json.dumps(job)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(printed.stdout, type=Result)


def show(name: str, rounds: tuple[Round, ...] | list[Round], remark: str = "") -> None:
    results = [one.result for one in rounds]
    p50, p99, p999 = (
        median(getattr(one, field) for one in results) for field in ("p50_ms", "p99_ms", "p999_ms")
    )
    failed = sum(one.failed for one in results)
    print(
        f"  {name:12}{median(one.rate for one in rounds):9,.0f}/s   p50 {p50:.2f}  p99 {p99:.2f}  "
        f"p99.9 {p999:.2f} ms   gen {median(one.busy for one in results):.2f}   {remark}"
        + (f"   FAILED: {failed}" if failed else "")
    )
    if rounds[0].cost_us:
        costs = {n: median(one.cost_us[n] for one in rounds) for n in rounds[0].cost_us}
        print("    CPU us a command: " + ", ".join(f"{n} {c:.1f}" for n, c in costs.items()))


@contextlib.contextmanager
def yardstick() -> Iterator[int]:
    """The port of a server that gives a fixed answer."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "bench.yardstick", str(port)])
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()
