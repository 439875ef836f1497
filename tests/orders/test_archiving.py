"""What moves to the archive, and what stays in the streams."""

import time
from pathlib import Path

import pytest

from outcry.log.archive import Archive
from outcry.log.archiver import extend
from outcry.log.log import Entry, Log, LogError
from outcry.log.memory import MemoryLog
from outcry.log.whole import WholeLog
from outcry.orders import archiving, snapshots
from outcry.orders.archiving import AnotherArchives, Archived, archive, sole_archiver
from outcry.wire.subjects import EXECUTIONS, ORDERS
from tests.orders.test_start import Past, spoil


@pytest.fixture
async def past(tmp_path: Path) -> Past:
    past = Past(tmp_path / "snapshots")
    past.folder.mkdir()
    await past.go(60, 20, 40)
    return past


async def run(past: Past, folder: Path, min_age_s: float = 0.0) -> Archived:
    return await archive(past.orders, past.answers, folder, past.folder, min_age_s=min_age_s)


async def content(log: Log) -> list[Entry | None]:
    return [await log.get(seq) for seq in range(1, await log.last_seq() + 1)]


async def test_all_before_the_newest_snapshot_goes(past: Past, tmp_path: Path) -> None:
    """Its entry and its answer stay, and archive and stream together are what there was."""
    folder = tmp_path / "archive"
    before = [await content(past.orders), await content(past.answers)]
    sizes = [(await log.info()).bytes for log in (past.orders, past.answers)]
    done = await run(past, folder)
    after = [(await log.info()) for log in (past.orders, past.answers)]
    assert (done.first, done.why) == (40, "")
    assert [(state.first_seq, state.last_seq) for state in after] == [(40, 60)] * 2
    assert done.freed_bytes == sum(sizes) - sum(state.bytes for state in after)
    wholes = [
        WholeLog(past.orders, Archive(folder, ORDERS)),
        WholeLog(past.answers, Archive(folder, EXECUTIONS)),
    ]
    assert [await content(log) for log in wholes] == before
    assert await past.begin() == 40


async def test_a_large_purge_goes_step_by_step(
    past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NATS takes no order while it purges; many short pauses hold up nobody."""
    steps = list[int]()
    purge = past.orders.purge

    async def noted(before: int) -> None:
        steps.append(before)
        await purge(before)

    monkeypatch.setattr(past.orders, "purge", noted)
    monkeypatch.setattr(archiving, "PURGE_BYTES", (await past.orders.info()).bytes // 5)
    monkeypatch.setattr(archiving, "PURGE_PAUSE_S", 0.0)
    assert (await run(past, tmp_path / "archive")).first == 40
    assert len(steps) == 4 and steps == sorted(steps) and steps[-1] == 40


async def test_a_second_run_goes_on(past: Past, tmp_path: Path) -> None:
    """With a newer snapshot more goes; with the same one nothing happens."""
    folder = tmp_path / "archive"
    await run(past, folder)
    assert await run(past, folder) == Archived(40, 0)
    await past.go(90, 80)
    assert (await run(past, folder)).first == 80
    segments = Archive(folder, ORDERS).segments()
    assert [(segment.first, segment.last) for segment in segments] == [(1, 39), (40, 79)]


async def test_a_snapshot_that_does_not_count_moves_nothing(past: Past, tmp_path: Path) -> None:
    """A damaged one is passed over: what it would have saved replaying stays in the streams."""
    spoil(snapshots.found(past.folder)[0])
    assert (await run(past, tmp_path / "archive")).first == 20
    spoil(snapshots.found(past.folder)[1])
    done = await run(past, tmp_path / "archive")
    assert (done.first, done.freed_bytes) == (20, 0)
    assert "no snapshot" in done.why


async def test_what_is_young_stays(tmp_path: Path) -> None:
    """A gateway may send it again; only a stream that holds it knows it."""
    old, young = 30, time.time_ns()
    past = Past(tmp_path / "snapshots")
    past.folder.mkdir()
    stamps = iter([*range(1, old + 1), *range(young, young + 30)])
    past.orders = MemoryLog(lambda: next(stamps))
    await past.go(60, 40)
    done = await run(past, tmp_path / "archive", min_age_s=60)
    assert done.first == old + 1
    assert "younger than 60 s" in done.why


@pytest.mark.parametrize("ended", ["between the streams", "before the purge", "between purges"])
async def test_a_run_that_was_ended_is_gone_on_with(past: Past, tmp_path: Path, ended: str) -> None:
    """Wherever it was ended, the next one leaves nothing out and nothing twice."""
    folder = tmp_path / "archive"
    before = [await content(past.orders), await content(past.answers)]
    header = snapshots.read_header(snapshots.found(past.folder)[0])
    await extend(Archive(folder, ORDERS), past.orders, header.log, 39)
    if ended != "between the streams":
        await extend(Archive(folder, EXECUTIONS), past.answers, header.log, 39)
    if ended == "between purges":
        await past.orders.purge(40)
    assert (await run(past, folder)).first == 40
    assert (await past.answers.info()).first_seq == 40
    wholes = [
        WholeLog(past.orders, Archive(folder, ORDERS)),
        WholeLog(past.answers, Archive(folder, EXECUTIONS)),
    ]
    assert [await content(log) for log in wholes] == before


async def test_nothing_is_purged_that_could_not_be_written(past: Past, tmp_path: Path) -> None:
    """An archive of another log, leaves the streams as they are."""
    folder = tmp_path / "archive"
    await extend(Archive(folder, EXECUTIONS), past.answers, "anotherlog000", 10)
    with pytest.raises(LogError, match="is the archive of log anotherlog000"):
        await run(past, folder)
    assert [(await log.info()).first_seq for log in (past.orders, past.answers)] == [1, 1]


async def test_one_at_a_time_archives(past: Past, tmp_path: Path) -> None:
    """A standby that begins too leaves it to the first."""
    folder = tmp_path / "archive"
    with sole_archiver(folder), pytest.raises(AnotherArchives, match="another process writes"):
        await run(past, folder)
    assert (await run(past, folder)).first == 40
