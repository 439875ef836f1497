"""Archive and stream as one log; what every log does is in tests/contract."""

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.log.archive import Archive
from outcry.log.archiver import extend
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Damaged, Entry, Foreign, Log, LogError, once_answered
from outcry.log.memory import MemoryLog
from outcry.log.whole import WholeLog
from outcry.wire.subjects import ORDER_CREATED, ORDERS
from tests.log.stored import LOG, archived, entries, filled, sealed
from tests.running_nats import RunningNats
from tests.waiting import PATIENCE_S, until


async def read_all(log: Log, next_seq: int, last: int) -> list[Entry]:
    """What a reader hands over from `next_seq` to `last`; raises what it fails with."""
    seen: list[Entry] = []

    async def on_entry(entry: Entry) -> None:
        seen.append(entry)

    reader = log.reader(next_seq, on_entry)
    await reader.start()
    await until(lambda: reader.failed.done() or (seen and seen[-1].seq == last))
    await reader.stop()
    if reader.failed.done():
        reader.failed.result()
    return seen


@pytest.mark.parametrize("first", [1, 8, 20, 21])
async def test_what_was_purged_is_read_from_the_archive(tmp_path: Path, first: int) -> None:
    """Archive and stream may overlap, or meet; each entry comes once."""
    live = await filled(entries(first, 30), first_seq=first)
    log = WholeLog(live, archived(tmp_path, (1, 9), (10, 20)))
    state = await log.info()
    assert (state.first_seq, state.last_seq) == (1, 30)
    assert state.bytes == (await live.info()).bytes
    for next_seq in (1, 5, 10, 20, 21, 30):
        assert await read_all(log, next_seq, 30) == entries(next_seq, 30)
    assert [await log.get(seq) for seq in (1, 20, 21, 31)] == [
        *entries(1, 1),
        *entries(20, 21),
        None,
    ]


async def test_a_stream_with_all_in_the_archive_goes_on(tmp_path: Path) -> None:
    """As after a restore: the stream is empty, and its numbers go on from the archive's."""
    live = MemoryLog(time.time_ns, first_seq=21)
    log = WholeLog(live, archived(tmp_path, (1, 20)))
    assert await log.last_seq() == 20
    assert await (await log.send(ORDER_CREATED, b"x", expected_last=20)) == 21
    assert [entry.seq for entry in await read_all(log, 18, 21)] == [18, 19, 20, 21]


async def test_what_is_nowhere_is_told(tmp_path: Path) -> None:
    """A reader that finds its next entry in neither refuses, and says what to do."""
    live = await filled(entries(30, 40), first_seq=30)
    log = WholeLog(live, archived(tmp_path, (1, 20)))
    with pytest.raises(LogError, match=r"entry 21 of ORDERS .* --archive-dir"):
        await read_all(log, 5, 40)


async def test_a_stream_that_is_shorter_than_its_archive_is_refused(tmp_path: Path) -> None:
    """It was wiped, or the archive is of another log: nobody goes on with it."""
    log = WholeLog(await filled(entries(1, 3)), archived(tmp_path, (1, 20)))
    for ask in (log.info, log.last_seq):
        with pytest.raises(Foreign, match="up to 20, but the stream ends at 3"):
            await ask()


async def test_an_archive_that_is_lost_stops_only_who_reads_it(tmp_path: Path) -> None:
    """Its disk may be gone: what the stream holds is read and written as ever."""
    live = await filled(entries(21, 30), first_seq=21)
    log = WholeLog(live, archived(tmp_path, (1, 20)))
    (tmp_path / ORDERS).rename(tmp_path / "lost")
    (tmp_path / ORDERS).write_text("a file in its place")
    assert await log.info() == await live.info()
    assert await log.last_seq() == 30
    assert await read_all(log, 21, 30) == entries(21, 30)
    with pytest.raises(LogError, match="cannot be read"):
        await read_all(log, 20, 30)
    (tmp_path / ORDERS).unlink()
    (tmp_path / "lost").rename(tmp_path / ORDERS)
    assert (await log.info()).first_seq == 1
    assert await read_all(log, 1, 30) == entries(1, 30)


async def test_what_waiting_does_not_mend_is_not_waited_for(tmp_path: Path) -> None:
    """A service that begins on a log that is not its own, or damaged, ends with what to do."""
    archive = archived(tmp_path, (1, 20))
    with pytest.raises(Foreign):
        await once_answered(WholeLog(await filled(entries(1, 3)), archive).last_seq, LogError)
    archive.segments()[0].path.write_bytes(b"")
    log = WholeLog(await filled(entries(21, 30), first_seq=21), archive)
    assert await log.last_seq() == 30
    with pytest.raises(Damaged):
        await once_answered(partial(log.get, 3), LogError)


async def test_damage_in_the_archive_is_fatal(tmp_path: Path) -> None:
    """The reader carries it, with the name of the file."""
    archive = archived(tmp_path, (1, 20))
    path = archive.segments()[0].path
    path.write_bytes(path.read_bytes()[:-1])
    log = WholeLog(await filled(entries(21, 30), first_seq=21), archive)
    with pytest.raises(LogError, match=f"{path.name} is damaged"):
        await read_all(log, 1, 30)


async def test_a_purge_under_a_reader_does_not_reach_it(nats: RunningNats, tmp_path: Path) -> None:
    """A slow reader sees every entry once, in order, while its stream is archived and purged."""
    live = JetStreamLog(await nats.connect(), ORDERS)
    log = WholeLog(live, Archive(tmp_path / "archive", ORDERS))
    go_on, seen = asyncio.Event(), list[Entry]()

    async def slow(entry: Entry) -> None:
        await go_on.wait()
        seen.append(entry)

    count, body = 3_000, bytes(2_000)  # more than a consumer sends ahead
    reader = log.reader(1, slow)
    await reader.start()
    for first in range(0, count, 500):
        await asyncio.gather(*[await log.send(ORDER_CREATED, body) for _ in range(500)])
        if first >= 1_000:
            await extend(Archive(tmp_path / "archive", ORDERS), live, LOG, first)
            await log.purge(first)
    go_on.set()
    await until(lambda: reader.failed.done() or len(seen) >= count)
    await reader.stop()
    assert not reader.failed.done()
    assert [entry.seq for entry in seen] == list(range(1, count + 1))
    assert [await log.get(seq) for seq in (1, 2_500, count)] == [seen[0], seen[2_499], seen[-1]]


async def test_a_reader_of_the_archive_stops_when_told(tmp_path: Path) -> None:
    """It hands over no entry after that, and another one goes on there."""
    log = WholeLog(await filled(entries(21, 22), first_seq=21), archived(tmp_path, (1, 20)))
    seen: list[int] = []
    second, go_on = asyncio.Event(), asyncio.Event()

    async def on_entry(entry: Entry) -> None:
        seen.append(entry.seq)
        if entry.seq == 2:
            second.set()
            await go_on.wait()

    reader = log.reader(1, on_entry)
    await reader.start()
    await asyncio.wait_for(second.wait(), PATIENCE_S)
    stopping = asyncio.create_task(reader.stop())
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait_for(stopping, PATIENCE_S)
    assert seen == [1, 2]


async def test_a_file_that_comes_meanwhile_is_read(tmp_path: Path) -> None:
    """What is purged while the archive is read is found in the files that are there by then."""
    live = await filled(entries(10, 30), first_seq=10)
    archive = archived(tmp_path, (1, 9))
    seen: list[int] = []

    async def on_entry(entry: Entry) -> None:
        seen.append(entry.seq)
        if entry.seq == 5:
            sealed(archive.folder, entries(10, 25))
            await live.purge(26)

    reader = WholeLog(live, archive).reader(1, on_entry)
    await reader.start()
    await until(lambda: reader.failed.done() or len(seen) == 30)
    await reader.stop()
    assert seen == list(range(1, 31))


STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "archive", "purge", "read"]), st.integers(1, 12)),
    max_size=40,
)


@given(steps=STEPS, raw_bytes_max=st.sampled_from([1, 200, 10_000]))
def test_whatever_is_moved_when_a_reader_sees_all_of_it(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, int]],
    raw_bytes_max: int,
) -> None:
    """Appends, runs of the archiver, purges and turns of the reader, in any order."""
    folder = tmp_path_factory.mktemp("archive")
    asyncio.run(move(folder, steps, raw_bytes_max))


async def move(folder: Path, steps: list[tuple[str, int]], raw_bytes_max: int) -> None:
    live, archive = MemoryLog(time.time_ns), Archive(folder, ORDERS)
    log, seen = WholeLog(live, archive), list[Entry]()

    async def on_entry(entry: Entry) -> None:
        seen.append(entry)

    reader = log.reader(1, on_entry)
    await reader.start()
    for step, count in steps:
        last = await live.last_seq()
        if step == "append":
            for _ in range(count):
                await log.send(ORDER_CREATED, b"x" * count)
        elif step == "archive" and last > count:
            end = max(last - count, archive.last_seq)
            await extend(archive, live, LOG, end, raw_bytes_max=raw_bytes_max)
        elif step == "purge" and archive.last_seq:
            await log.purge(max(archive.last_seq + 1 - count, 1))
        for _ in range(count):
            await asyncio.sleep(0)
    last = await log.last_seq()
    await until(lambda: reader.failed.done() or len(seen) >= last)
    await reader.stop()
    assert not reader.failed.done()
    assert [entry.seq for entry in seen] == list(range(1, last + 1))
    assert [await log.get(seq) for seq in range(1, last + 1)] == seen
