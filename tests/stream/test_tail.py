"""The service reads about as much of the log's end as its ring holds."""

import pytest

from outcry.log.memory import MemoryLog
from outcry.stream.tail import Tail, find_tail


async def a_log(entries: int) -> MemoryLog:
    """A log of entries of 100 bytes."""
    log = MemoryLog(lambda: 0)
    for _ in range(entries):
        await (await log.send("x", bytes(99)))
    return log


@pytest.mark.parametrize(
    ("entries", "entries_max", "bytes_max", "tail"),
    [
        (0, 10, 1000, Tail(1, 0)),
        (5, 10, 1000, Tail(1, 5)),
        (100, 10, 1_000_000, Tail(91, 100)),
        (100, 1000, 1000, Tail(90, 100)),
        (100, 1000, 1, Tail(100, 100)),
    ],
)
async def test_where_reading_begins(
    entries: int, entries_max: int, bytes_max: int, tail: Tail
) -> None:
    """Reading begins where the newest entries fill a bound, or at the start of a short log."""
    log = await a_log(entries)
    assert await find_tail(log, entries_max=entries_max, bytes_max=bytes_max) == tail


async def test_reading_begins_where_a_purged_log_does() -> None:
    """What is in the archive is not looked for; a client that wants it takes a snapshot."""
    log = await a_log(100)
    await log.purge(95)
    assert await find_tail(log, entries_max=50, bytes_max=1_000_000) == Tail(95, 100)
    assert await find_tail(log, entries_max=3, bytes_max=1_000_000) == Tail(98, 100)
    await log.purge(100)
    assert await find_tail(log, entries_max=50, bytes_max=1_000_000) == Tail(100, 100)
