"""The archiver as a process: killed at any moment, it leaves nothing out and nothing twice."""

import asyncio
import random
import sys
from pathlib import Path

import msgspec

from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry
from outcry.log.whole import WholeLog
from outcry.orders.answer import Desk
from outcry.orders.archive_process import ORPHANED, Task
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.wire.subjects import EXECUTIONS, ORDERS
from tests.cli.laid_up import fill
from tests.running_nats import RunningNats
from tests.seeded import log as seeded_log
from tests.waiting import PATIENCE_S

COUNT = 600
KILLS = 6


def task(nats: RunningNats, folder: Path) -> bytes:
    told = Task(
        nats_url=nats.server.url(ORDER_SERVICE),
        archive_dir=str(folder / "archive"),
        snapshot_dir=str(folder / "snapshots"),
        min_age_s=0.0,
        log_format="json",
        log_level="info",
    )
    return msgspec.json.encode(told) + b"\n"


async def begun(told: bytes) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "outcry.orders.archive_process"),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(told)
    await process.stdin.drain()
    return process


async def ended(process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(PATIENCE_S):
        return await process.wait()


async def test_it_may_be_killed_at_any_moment(nats: RunningNats, tmp_path: Path) -> None:
    """Archive and stream together hold each entry once, after each kill and at the end."""
    chance = random.Random(7)
    nc = await nats.connect()
    live = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
    whole = [
        WholeLog(log, Archive(tmp_path / "archive", stream))
        for log, stream in zip(live, (ORDERS, EXECUTIONS), strict=True)
    ]
    (tmp_path / "snapshots").mkdir()
    taking = dict.fromkeys((COUNT // 2, COUNT - 10), tmp_path / "snapshots")
    await fill(live, seeded_log(1, COUNT), lambda _, answer: answer, Desk(), taking)
    before = [await content(log) for log in whole]
    for _ in range(KILLS):
        process = await begun(task(nats, tmp_path))
        await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=0.2 + chance.random())
        if process.returncode is None:
            process.kill()
        await ended(process)
        assert [await content(log) for log in whole] == before
    assert await ended(await begun(task(nats, tmp_path))) == 0
    assert [(await log.info()).first_seq for log in live] == [COUNT - 10] * 2
    assert [await content(log) for log in whole] == before


async def content(log: WholeLog) -> list[Entry]:
    """All entries, as a reader gets them."""
    seen: list[Entry] = []
    done = asyncio.Event()

    async def on_entry(entry: Entry) -> None:
        seen.append(entry)
        if len(seen) == COUNT:
            done.set()

    reader = log.reader(1, on_entry)
    await reader.start()
    try:
        await asyncio.wait_for(done.wait(), PATIENCE_S)
    finally:
        await reader.stop()
    assert [entry.seq for entry in seen] == list(range(1, COUNT + 1))
    return seen


async def test_it_does_not_outlive_the_order_service(nats: RunningNats, tmp_path: Path) -> None:
    """When its input ends, it ends, whatever it does."""
    await nats.kill()  # so it waits
    process = await begun(task(nats, tmp_path))
    assert process.stdin is not None
    process.stdin.close()
    assert await ended(process) == ORPHANED
    await nats.start()
