"""The whole exchange under load: orders a second and latency, beside what HTTP alone costs."""

import contextlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import msgspec

from bench.load import Result
from bench.venue import Venue, running_venue

SYMBOLS = ["AAPL", "MSFT", "NVDA", "TSLA"]
ROUNDS = 3
SECONDS = 4.0


def main() -> None:
    print(
        f"Whole exchange on this machine, --durability disk, median of {ROUNDS} rounds of "
        f"{SECONDS:.0f} s.\nHalf new orders, 45 % cancels, 5 % replaces; 36-character client ids. "
        "Load generator: python -m bench.load\n(uvloop, one process, closed loop); `gen` is its "
        "share of one core: below 1 it waited for the exchange.\n"
    )
    with running_venue(SYMBOLS) as venue, yardstick() as plain:
        for connections in (1, 64, 256):
            compare(venue, plain, connections)
        print()
        for kind, connections, batch in (
            ("http", 64, 10),
            ("http", 64, 100),
            ("ws", 64, 10),
            ("ws", 64, 100),
        ):
            show(venue, kind, connections, batch, measure(venue, kind, connections, batch))


def compare(venue: Venue, plain: int, connections: int) -> None:
    """Plain ASGI, POST /order and WebSocket in turn, round by round."""
    rounds = []
    for _ in range(ROUNDS):
        rounds.append(
            (
                run(plain, "http", connections, 1),
                measure_once(venue, "http", connections, 1),
                measure_once(venue, "ws", connections, 1),
            )
        )
    fixed = [one[0] for one in rounds]
    rate = median(one.commands / one.seconds for one in fixed)
    print(f"{connections:4} connections")
    print(f"  yardstick    {rate:9,.0f}/s  p50 {median(o.p50_ms for o in fixed):6.2f} ms")
    show(venue, "http", connections, 1, [one[1] for one in rounds], rate)
    show(venue, "ws", connections, 1, [one[2] for one in rounds], rate)


Measured = tuple[Result, dict[str, float]]


def measure(venue: Venue, kind: str, connections: int, batch: int) -> list[Measured]:
    return [measure_once(venue, kind, connections, batch) for _ in range(ROUNDS)]


def measure_once(venue: Venue, kind: str, connections: int, batch: int) -> Measured:
    """A run, and CPU microseconds a command by process."""
    before = venue.cpu()
    result = run(venue.http_port, kind, connections, batch)
    time.sleep(0.3)  # let the broker book what is under way
    after = venue.cpu()
    return result, {n: (after[n] - before[n]) / result.commands * 1e6 for n in after}


def run(port: int, kind: str, connections: int, batch: int) -> Result:
    job = {
        "kind": kind,
        "port": port,
        "connections": connections,
        "seconds": SECONDS,
        "batch": batch,
        "run": secrets.token_hex(4),
        "symbols": SYMBOLS,
    }
    printed = subprocess.run(
        [sys.executable, "-m", "bench.load", json.dumps(job)], check=True, stdout=subprocess.PIPE
    )
    return msgspec.json.decode(printed.stdout, type=Result)


def show(
    venue: Venue, kind: str, connections: int, batch: int, rounds: list[Measured], plain: float = 0
) -> None:
    results = [one[0] for one in rounds]
    rate = median(one.commands / one.seconds for one in results)
    name = f"{kind} x {batch}" if batch > 1 else {"http": "POST /order", "ws": "WebSocket"}[kind]
    ratio = f"  {rate / plain:.2f} of the yardstick" if plain else f"  at {connections} connections"
    print(
        f"  {name:12} {rate:9,.0f}/s  p50 {median(o.p50_ms for o in results):6.2f} "
        f"p99 {median(o.p99_ms for o in results):6.2f} p99.9 {median(o.p999_ms for o in results):6.2f} ms"
        f"{ratio}  gen {median(o.busy for o in results):.2f}"
        + (f"  FAILED {sum(o.failed for o in results)}" if any(o.failed for o in results) else "")
    )
    costs = {n: median(one[1][n] for one in rounds) for n in venue.processes}
    print("               CPU us a command: " + "  ".join(f"{n} {c:.1f}" for n, c in costs.items()))


@contextlib.contextmanager
def yardstick() -> Iterator[int]:
    """The port of a server that gives a fixed answer."""
    import socket

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
