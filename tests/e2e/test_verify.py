"""Verify and rebuild on a running venue, and on one whose answers were damaged."""

import asyncio
from pathlib import Path

import pytest

from chaos.audit import check_books, check_clients, check_history, read_history
from chaos.service import until
from chaos.trader import trading
from chaos.venue import BROKER, ORDER_SERVICE, SERVICES, Venue, running_venue
from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from outcry.cli.logs import Folders
from outcry.cli.operator import Bus
from outcry.cli.verify.course import run_course
from outcry.domain.limits import BOUNDS
from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits, replace_executions
from outcry.runtime.lifecycle import FOREIGN
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import EXECUTIONS, executions


def where(venue: Venue) -> list[str]:
    return [f"--nats-url={venue.nats_url(OPERATOR)}", f"--data-dir={venue.folder}"]


@pytest.mark.timeout(120)
async def test_a_venue_is_verified_while_it_trades(tmp_path: Path) -> None:
    """What is booked at that moment is what follows from the log up to there; and the books can be
    made once more beside it."""
    async with running_venue(tmp_path) as venue:
        bus = Bus(data_dir=tmp_path, nats_url=venue.nats_url(OPERATOR))
        books = f"sqlite:///{venue.books}"
        async with trading(venue, "verify") as floor:
            await floor.progress(300)
            await venue.restart(ORDER_SERVICE)
            await venue.restart(BROKER)
            await floor.progress(300)
            for _ in range(3):
                report = await run_course(bus, Folders(), books, BOUNDS, quiet=True)
                assert "rows equal" in report.books
                await floor.progress(100)
            into = f"--into=sqlite:///{tmp_path}/again.db"
            command = ["books", "rebuild", into, f"--database-url={books}", *where(venue)]
            assert await asyncio.to_thread(main, command) == ExitCode.OK


async def damage(venue: Venue, entry: int) -> None:
    """Store EXECUTIONS again with one byte of one answer changed."""
    nc = await venue.connect(OPERATOR)
    log = JetStreamLog(nc, EXECUTIONS)
    bodies = []
    for seq in range(1, await log.last_seq() + 1):
        stored = await log.get(seq)
        assert stored is not None
        body = stored.body
        bodies.append(body.replace(b'"seq"', b'"sec"', 1) if seq == entry else body)
    await replace_executions(nc, Limits(), 1)
    for body in bodies:
        await (await log.send(executions(), body))


@pytest.mark.timeout(120)
async def test_damaged_answers_stop_a_venue_until_they_are_made_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order service ends loudly, verify names the place, the rebuild mends it, trading goes
    on, and nothing that was acknowledged is lost."""
    async with running_venue(tmp_path) as venue:
        async with trading(venue, "damaged") as floor:
            await floor.progress(300)
        for name in SERVICES:
            assert await venue[name].stop() == 0
        last = await JetStreamLog(await venue.connect(OPERATOR), EXECUTIONS).last_seq()
        await damage(venue, last)
        await venue[ORDER_SERVICE].start()
        assert await venue[ORDER_SERVICE].ended() == FOREIGN
        capsys.readouterr()
        command = ["verify", *where(venue)]
        assert await asyncio.to_thread(main, command) == ExitCode.REFUSED
        assert f"EXECUTIONS, entry {last}, execution 0" in capsys.readouterr().out
        command = ["executions", "rebuild", "--yes", *where(venue)]
        assert await asyncio.to_thread(main, command) == ExitCode.OK
        await venue.mend()
        async with trading(venue, "mended") as again:
            await again.progress(100)
        history = await read_history(venue)
        check_history(history)
        check_clients(history, floor.ledger)

        async def booked() -> bool:
            return bool((await venue[BROKER].state()).get("seq") == len(history.executions))

        await until(booked, "all executions in the books")
        check_books(history, venue.books)
