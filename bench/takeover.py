"""How long nobody matches when the order service is killed and another one stands by.

From kill -9 under load to the acknowledgement of an order that is sent right then, over HTTP, with
every message synced. It is the patience of a standby (0.5 to 0.75 s) and what the order takes.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from chaos.ordeal import running_target
from chaos.service import Service, until
from chaos.trader import Pace, trading
from chaos.venue import ORDER_SERVICE, Kind, Venue
from outcry.runtime.settings import Durability

TAKEOVERS = 12
TRADERS = 16
THINK_S = 0.02
PAUSE_S = 0.01


def main() -> None:
    print(f"takeover by a standby after kill -9, under load, {TAKEOVERS} times")
    asyncio.run(_run())


async def _run() -> None:
    waits: list[float] = []
    refused = 0
    with tempfile.TemporaryDirectory(prefix="outcry-bench-") as folder:
        async with (
            running_target(Path(folder), Kind(durability=Durability.DISK)) as venue,
            trading(venue, "takeover", TRADERS, Pace(THINK_S)) as floor,
        ):
            for _ in range(TAKEOVERS):
                await floor.progress(200)
                active = await _active(venue)
                await active.kill()
                wait_s, refusals = await _next_order(venue)
                waits.append(wait_s)
                refused += refusals
                await active.start()
                await until(active.ready, f"a ready {active.label}")
    worst, usual = max(waits), statistics.median(waits)
    print(f"from the kill to the next acknowledged order: median {usual:.2f} s, most {worst:.2f} s")
    print(f"refused meanwhile and sent again (503): {refused} of {TAKEOVERS} orders")


async def _active(venue: Venue) -> Service:
    """The order service that publishes, while the other one stands by."""
    pair = [one for one in venue.everyone if one.name == ORDER_SERVICE]
    working: list[Service] = []

    async def settled() -> bool:
        working[:] = [one for one in pair if (await one.state()).get("standing_by") is False]
        return len(working) == 1

    await until(settled, "one order service at work and one that stands by")
    return working[0]


async def _next_order(venue: Venue) -> tuple[float, int]:
    """Seconds until an order is acknowledged, and how often it was refused before."""
    began = time.perf_counter()
    order = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
    order["client_order_id"] = f"takeover-{began}"
    refusals = 0
    async with venue.client(timeout=30) as http:
        while (await http.post("/order", json=order)).status_code not in {200, 201}:
            refusals += 1
            await asyncio.sleep(PAUSE_S)
    return time.perf_counter() - began, refusals
