"""A new version of the engine goes on at a mark, under load; nothing is lost or done twice."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chaos.audit import History, check_books, check_clients, read_history
from chaos.service import until
from chaos.trader import trading
from chaos.venue import ORDER_SERVICE, Venue, running_venue
from outcry.cli.logs import Folders
from outcry.cli.operator import Bus
from outcry.cli.verify.course import run_course
from outcry.domain.limits import BOUNDS, VERSION, Bounds
from outcry.log.history import follow
from outcry.orders import snapshots
from outcry.runtime.lifecycle import REFUSED, SUPERSEDED
from tests.e2e import next_engine
from tests.e2e.next_engine import NEXT

OLD = ("-m", "outcry.cli", ORDER_SERVICE)
NEW = (next_engine.__file__,)


async def start(venue: Venue, program: tuple[str, ...]) -> None:
    venue[ORDER_SERVICE].program = program
    await venue[ORDER_SERVICE].start()


async def refusal(venue: Venue, program: tuple[str, ...], code: int) -> str:
    """What an order service says that ends at once with this code."""
    await start(venue, program)
    assert await venue[ORDER_SERVICE].ended() == code
    return venue[ORDER_SERVICE].last_words().rpartition("outcry: ")[2]


async def verified(venue: Venue, bounds: Bounds) -> Any:
    bus = Bus(data_dir=venue.folder, nats_url=venue.nats_url("operator"))
    books = f"sqlite:///{venue.books}"
    return await run_course(bus, Folders(), books, bounds, quiet=True)


def check_chain(history: History) -> None:
    """One chain of answers, one execution for each command, no gap."""
    digest = bytes(16)
    for answer in history.answers:
        digest = follow(answer, digest)
    told = history.read()
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
    assert all(after["entry"] - before["entry"] in (0, 1) for before, after in pairwise(told))


async def lists(venue: Venue, symbol: str) -> str:
    """What a venue says that is to list one more instrument."""
    listing = await venue.operate("instrument.list", symbol=symbol, tick="0.01")
    return listing.reason or listing.result


@pytest.mark.timeout(180)
async def test_an_upgrade_under_load(tmp_path: Path) -> None:
    """The old version answers up to the mark and ends; what enters meanwhile waits for the new one,
    whose rules hold from the mark on and not before."""
    async with running_venue(tmp_path) as venue:
        old = venue[ORDER_SERVICE]
        async with trading(venue, "upgrade") as floor:
            await floor.progress(300)
            standby = await venue.another(ORDER_SERVICE)
            await until(standby.ready, "a second order service")
            assert await lists(venue, "BEFORE") == "accepted"
            assert (await venue.operate("venue.upgrade", engine=VERSION)).reason == "not_newer"
            mark = await venue.operate("venue.upgrade", engine=NEXT.version)
            assert mark.result == "accepted"
            assert [await one.ended() for one in (old, standby)] == [SUPERSEDED] * 2
            assert f"entry {mark.entry} hands this log over to engine {NEXT.version}" in (
                old.last_words()
            )
            newest = snapshots.read_header(snapshots.found(tmp_path / "snapshots")[0])
            assert (newest.entry, newest.engine, newest.mark) == (mark.entry, VERSION, NEXT.version)
            assert f"engine {NEXT.version}" in await refusal(venue, OLD, SUPERSEDED)
            await start(venue, NEW)
            await venue.ready(ORDER_SERVICE)
            assert await lists(venue, "AFTER") == "instrument_limit"
            await floor.progress(300)
            await venue.restart(ORDER_SERVICE)
            await floor.progress(100)
        await venue.ready()
        history = await read_history(venue)
        check_chain(history)
        check_clients(history, floor.ledger)
        await until(lambda: booked(venue, history), "all executions in the books")
        check_books(history, venue.books)
        before = await verified(venue, BOUNDS)
        assert (before.executed_from, before.executed_to) == (1, mark.entry)
        assert before.why_to == NEXT.version
        after = await verified(venue, NEXT)
        assert (after.executed_from, after.executed_to) == (mark.entry + 1, len(history.entries))
        assert after.why_from == f"the mark of engine {NEXT.version}"
        assert before.commands + after.commands == len(history.executions)
        assert "rows equal" in after.books


async def booked(venue: Venue, history: History) -> bool:
    state = await venue["broker-service"].state()
    return bool(state.get("seq") == json.loads(history.executions[-1])["seq"])


@pytest.mark.timeout(120)
async def test_a_log_of_another_version_is_refused(tmp_path: Path) -> None:
    """Without a mark nobody goes on with the log of another version; one line says what to do."""
    async with running_venue(tmp_path) as venue:
        assert await venue[ORDER_SERVICE].stop() == 0
        told = await refusal(venue, NEW, REFUSED)
        assert f"this log is of engine {VERSION}, and this is engine {NEXT.version}" in told
        assert f"`outcry upgrade --to {NEXT.version}`" in told
        for path in snapshots.found(tmp_path / "snapshots"):
            path.unlink()
        assert f"this log is of engine {VERSION}" in await refusal(venue, NEW, REFUSED)
