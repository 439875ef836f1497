"""What every log does, whichever it is. The services rely on nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Conflict, Entry, Log, LogError
from outcry.log.memory import MemoryLog
from outcry.log.whole import WholeLog
from outcry.wire.subjects import ORDER_CREATED, ORDERS
from tests.running_nats import running_nats
from tests.waiting import PATIENCE_S


@pytest.fixture(params=["memory", "jetstream", "whole memory", "whole jetstream"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    def whole(live: Log) -> Log:
        wanted = str(request.param).startswith("whole")
        return WholeLog(live, Archive(tmp_path / "archive", ORDERS)) if wanted else live

    if str(request.param).endswith("memory"):
        yield whole(MemoryLog(time.time_ns))
        return
    async with running_nats(tmp_path) as nats:
        yield whole(JetStreamLog(await nats.connect(), ORDERS))


class Seen:
    """Collects entries and waits for them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._more = asyncio.Condition()

    async def __call__(self, entry: Entry) -> None:
        async with self._more:
            self.entries.append(entry)
            self._more.notify_all()

    async def until(self, number: int) -> list[int]:
        """The sequences seen, once there are `number`."""
        async with asyncio.timeout(PATIENCE_S), self._more:
            await self._more.wait_for(lambda: len(self.entries) >= number)
        return [entry.seq for entry in self.entries]


async def append(log: Log, number: int, first: int = 1) -> list[int]:
    sent = [await log.send(ORDER_CREATED, b"%d" % n) for n in range(first, first + number)]
    return await asyncio.gather(*sent)


async def test_messages_are_stored_in_the_order_they_were_sent(log: Log) -> None:
    """Sequences count from 1 in sending order, and each names its own message."""
    assert await log.last_seq() == 0
    assert await append(log, 5) == [1, 2, 3, 4, 5]
    assert await log.last_seq() == 5
    stored = [await log.get(seq) for seq in range(1, 6)]
    assert [entry.body for entry in stored if entry] == [b"1", b"2", b"3", b"4", b"5"]
    assert [entry.subject for entry in stored if entry] == [ORDER_CREATED] * 5


async def test_there_is_nothing_beyond_the_end(log: Log) -> None:
    """A sequence that was not stored yet has no entry."""
    assert await log.get(1) is None
    await append(log, 1)
    assert await log.get(2) is None


async def test_a_log_knows_what_it_holds(log: Log) -> None:
    """The state counts first, last and bytes."""
    assert (await log.info()).last_seq == 0
    await append(log, 3)
    state = await log.info()
    assert (state.first_seq, state.last_seq) == (1, 3)
    assert state.bytes >= 3 * (len(ORDER_CREATED) + 1)


async def test_of_two_writers_one_wins(log: Log) -> None:
    """A message that expects another last sequence is not stored and tells of the conflict."""
    first = await log.send(ORDER_CREATED, b"1", expected_last=0)
    second = await log.send(ORDER_CREATED, b"zombie", expected_last=0)
    third = await log.send(ORDER_CREATED, b"2", expected_last=1)
    assert await first == 1
    with pytest.raises(Conflict):
        await second
    assert await third == 2


async def test_a_repeat_with_the_same_id_is_not_stored(log: Log) -> None:
    """It is acknowledged with the sequence of the first."""
    assert await (await log.send(ORDER_CREATED, b"1", msg_id="run.1")) == 1
    assert await (await log.send(ORDER_CREATED, b"2", msg_id="run.2")) == 2
    assert await (await log.send(ORDER_CREATED, b"1", msg_id="run.1")) == 1
    assert await log.last_seq() == 2


async def test_a_reader_sees_all_from_the_first_on(log: Log) -> None:
    """What is stored and what comes is handed over alike."""
    seen = Seen()
    await append(log, 3)
    reader = log.reader(1, seen)
    await reader.start()
    await seen.until(3)
    await append(log, 2, first=4)
    assert await seen.until(5) == [1, 2, 3, 4, 5]
    assert [entry.body for entry in seen.entries] == [b"1", b"2", b"3", b"4", b"5"]
    await reader.stop()


async def test_a_reader_begins_where_it_is_told(log: Log) -> None:
    """A reader from 3 sees nothing before 3."""
    seen = Seen()
    await append(log, 4)
    reader = log.reader(3, seen, name="books", acknowledge=True)
    await reader.start()
    assert await seen.until(2) == [3, 4]
    reader.acknowledge(4)
    await reader.stop()


async def test_a_reader_that_begins_after_the_end_sees_what_comes(log: Log) -> None:
    """It waits for the next entry, and an older one is not handed over."""
    seen = Seen()
    await append(log, 2)
    reader = log.reader(3, seen)
    await reader.start()
    await append(log, 2, first=3)
    assert await seen.until(2) == [3, 4]
    await reader.stop()


async def test_a_reader_of_another_log_fails(log: Log) -> None:
    """A log that ends before what was read was wiped or replaced: nobody may read on."""
    await append(log, 2)
    reader = log.reader(4, Seen())
    await reader.start()
    with pytest.raises(LogError, match="shorter than what was read"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()


async def test_a_reader_tells_the_time_that_get_tells(log: Log) -> None:
    """The time of an entry is exact to the nanosecond and the same on every way."""
    seen = Seen()
    await append(log, 20)
    reader = log.reader(1, seen)
    await reader.start()
    await seen.until(20)
    assert [await log.get(seq) for seq in range(1, 21)] == seen.entries
    assert seen.entries == sorted(seen.entries, key=lambda entry: entry.ts_ns)
    assert abs(time.time_ns() - seen.entries[-1].ts_ns) < 60 * 10**9
    await reader.stop()


async def test_an_exception_of_the_callback_is_fatal(log: Log) -> None:
    """The reader carries it and hands over nothing more: an entry is never skipped."""
    handed = []

    async def fail_at_2(entry: Entry) -> None:
        handed.append(entry.seq)
        if entry.seq == 2:
            raise ValueError("the books are closed")

    await append(log, 4)
    reader = log.reader(1, fail_at_2)
    await reader.start()
    with pytest.raises(ValueError, match="the books are closed"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()
    assert handed == [1, 2]


async def test_a_stopped_reader_finishes_its_entry_and_takes_no_other(log: Log) -> None:
    """Stop waits for the callback; a reader from the next sequence goes on without a gap."""
    begun, go_on, done = asyncio.Event(), asyncio.Event(), []

    async def slow(entry: Entry) -> None:
        begun.set()
        await go_on.wait()
        done.append(entry.seq)

    await append(log, 3)
    reader = log.reader(1, slow)
    await reader.start()
    await asyncio.wait_for(begun.wait(), PATIENCE_S)
    stopping = asyncio.create_task(reader.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    go_on.set()
    await asyncio.wait_for(stopping, PATIENCE_S)
    assert done == [1]
    seen = Seen()
    after = log.reader(2, seen)
    await after.start()
    assert await seen.until(2) == [2, 3]
    await after.stop()


async def test_a_purge_leaves_the_numbers_as_they_are(log: Log) -> None:
    """What is left begins at the entry that was named; again it does nothing."""
    await append(log, 6)
    before = (await log.info()).bytes
    for seq in (4, 4, 2):
        await log.purge(seq)
        state = await log.info()
        assert (state.first_seq, state.last_seq, state.bytes < before) == (4, 6, True)
    assert [await log.get(seq) for seq in (1, 3)] == [None, None]
    kept = await log.get(4)
    assert kept is not None and kept.body == b"4"
    assert await append(log, 1, first=7) == [7]
    await log.purge(7)
    assert await (await log.send(ORDER_CREATED, b"8", expected_last=7)) == 8


async def test_a_purge_keeps_an_entry(log: Log) -> None:
    """One that would leave nothing is refused: the numbers could not be told any more."""
    await append(log, 2)
    with pytest.raises(LogError, match="no entry 3"):
        await log.purge(3)
    assert (await log.info()).first_seq == 1


async def test_a_reader_of_what_was_purged_fails(log: Log) -> None:
    """It never goes on behind a gap."""
    seen = Seen()
    await append(log, 4)
    await log.purge(3)
    reader = log.reader(2, seen)
    await reader.start()
    with pytest.raises(LogError, match=r"begins at 3|does not hold it"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()
    assert seen.entries == []


async def test_a_reader_outlives_a_purge_behind_it(log: Log) -> None:
    """What was read may go while it reads on."""
    seen = Seen()
    await append(log, 4)
    reader = log.reader(1, seen)
    await reader.start()
    await seen.until(4)
    await log.purge(4)
    await append(log, 2, first=5)
    assert await seen.until(6) == [1, 2, 3, 4, 5, 6]
    await reader.stop()


async def test_ten_thousand_messages_flow_through(log: Log) -> None:
    """All are stored and read in order, while they are sent 500 at a time."""
    seen = Seen()
    reader = log.reader(1, seen)
    await reader.start()
    for first in range(1, 10_001, 500):
        await append(log, 500, first=first)
    assert await seen.until(10_000) == list(range(1, 10_001))
    assert [entry.body for entry in seen.entries] == [b"%d" % n for n in range(1, 10_001)]
    await reader.stop()
