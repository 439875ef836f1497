"""Memory of each process after a million orders, and with 200,000 of them resting."""

import json
import secrets
import subprocess
import sys

from bench.venue import Venue, running_venue

ORDERS = 1_000_000
RESTING = 200_000
STEPS = 4
SYMBOLS = ["AAPL", "MSFT", "NVDA", "TSLA"]


def main() -> None:
    print("Resident memory in MB; every order has a client id of 36 characters.\n")
    with running_venue(SYMBOLS) as venue:
        print(f"{'':34}" + "".join(f"{name:>24}" for name in venue.processes))
        show(venue, "at the start")
        for step in range(1, STEPS + 1):
            send(venue, 2 * ORDERS // STEPS, resting=False)
            show(venue, f"after {step * ORDERS // STEPS:,} orders, all ended")
        send(venue, RESTING, resting=True)
        show(venue, f"and {RESTING:,} more that rest")


def send(venue: Venue, commands: int, *, resting: bool) -> None:
    """New orders and as many cancels and replaces, or new orders alone, in arrays of 100."""
    job = {
        "kind": "ws",
        "port": venue.http_port,
        "connections": 8,
        "seconds": 600,
        "batch": 100,
        "limit": commands,
        "resting": resting,
        "run": secrets.token_hex(4),
        "symbols": SYMBOLS,
        "key": venue.key,
    }
    command = [sys.executable, "-m", "bench.load", json.dumps(job)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def show(venue: Venue, when: str) -> None:
    memory = venue.memory_mb()
    print(f"{when:34}" + "".join(f"{memory[name]:24.0f}" for name in venue.processes), flush=True)
