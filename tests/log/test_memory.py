"""The faults that a log in memory can have; what every log does is in tests/contract."""

import asyncio
from itertools import count

import pytest

from outcry.log.log import Entry, Full, Unanswered
from outcry.log.memory import MemoryLog
from outcry.wire.subjects import ORDER_CREATED


def new_log() -> MemoryLog:
    ticks = count(1_000, 1_000)
    return MemoryLog(lambda: next(ticks))


async def test_time_is_what_the_clock_says() -> None:
    """Nothing else makes a time, so a run can be repeated exactly."""
    log = new_log()
    for _ in range(2):
        await (await log.send(ORDER_CREATED, b"1"))
    assert [entry and entry.ts_ns for entry in (await log.get(1), await log.get(2))] == [
        1_000,
        2_000,
    ]


async def test_a_lost_acknowledgement_leaves_the_message_stored() -> None:
    """The sender is told Unanswered; a repeat with the same id finds the first."""
    log = new_log()
    log.acknowledges = False
    with pytest.raises(Unanswered):
        await (await log.send(ORDER_CREATED, b"1", msg_id="run.1"))
    log.acknowledges = True
    assert await (await log.send(ORDER_CREATED, b"1", msg_id="run.1")) == 1
    assert await log.last_seq() == 1


async def test_without_a_connection_nothing_is_sent_asked_or_read() -> None:
    """A reader goes on where it was once the connection is back."""
    log = new_log()
    seen: list[Entry] = []

    async def on_entry(entry: Entry) -> None:
        seen.append(entry)

    await (await log.send(ORDER_CREATED, b"1"))
    log.connected = False
    reader = log.reader(1, on_entry)
    await reader.start()
    for ask in (log.send(ORDER_CREATED, b"2"), log.last_seq(), log.get(1), log.info()):
        with pytest.raises(Unanswered):
            await ask
    for _ in range(10):
        await asyncio.sleep(0)
    assert seen == []
    log.reconnect()
    for _ in range(10):
        await asyncio.sleep(0)
    assert [entry.seq for entry in seen] == [1]
    await reader.stop()


async def test_a_full_log_refuses() -> None:
    """Room is counted in bytes of subjects and bodies."""
    log = MemoryLog(lambda: 0, max_bytes=len(ORDER_CREATED) + 1)
    assert await (await log.send(ORDER_CREATED, b"1")) == 1
    with pytest.raises(Full):
        await (await log.send(ORDER_CREATED, b"2"))
    assert await log.last_seq() == 1
