"""Exactly once, under load, whatever is struck at whatever moment: a short chaos run.

E2E_KILLS=200 kills as often, E2E_SEED=… begins with another seed; both are in the test's name.
`make chaos` does the same for longer, with sync on, and reports what became of each command.
"""

import os
from pathlib import Path

import pytest

from chaos.audit import check_books, read_history
from chaos.ordeal import Plan, ordeal, running_target
from chaos.trader import trading
from chaos.venue import ORDER_SERVICE, SERVICES, Kind, Venue
from outcry.runtime.nats_config import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS = int(os.environ.get("E2E_KILLS", "8"))
SEED = os.environ.get("E2E_SEED", "outcry")


@pytest.mark.timeout(60 + 10 * KILLS)
@pytest.mark.parametrize("seed", [f"{SEED}-{KILLS}"])
async def test_nothing_is_lost_or_done_twice(tmp_path: Path, seed: str) -> None:
    """What was acknowledged is in the log once, as it was told, and all else follows from it."""
    async with running_target(tmp_path, Kind(wired=True)) as venue:
        outcome = await ordeal(venue, Plan(seed, KILLS, 30 + 5 * KILLS), print)
    assert outcome.violations == [], "\n".join(outcome.lines)


async def test_executions_follow_from_orders(venue: Venue) -> None:
    """An order service that finds no EXECUTIONS writes the same ones again, byte for byte."""
    async with trading(venue, "again") as floor:
        await floor.progress(200)
    before = await read_history(venue)
    for name in SERVICES:
        assert await venue[name].stop() == 0
    nc = await venue.connect(OPERATOR)
    await nc.request("$JS.API.STREAM.DELETE.EXECUTIONS", b"")
    await venue[ORDER_SERVICE].start()
    await venue.ready(ORDER_SERVICE)
    after = await read_history(venue)
    assert after.executions == before.executions
    await venue.mend()
    check_books(after, venue.books)
