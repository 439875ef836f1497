"""A broker begins where its books are, if the log is theirs."""

import asyncio

import pytest

from outcry.broker.check import read_entries
from outcry.broker.position import BEGINNING
from outcry.broker.start import check_log
from outcry.log.log import Foreign
from outcry.log.memory import MemoryLog
from tests.broker.keeping import Recorded


async def log_of(venue: Recorded, count: int | None = None) -> MemoryLog:
    log = MemoryLog(lambda: 0)
    for entry in venue.entries[:count]:
        await log.send(entry.subject, entry.body)
    return log


async def test_books_of_this_log_go_on() -> None:
    """New books, and books whose last entry has the digest of the log's."""
    venue = Recorded("ACME", "ZINC", bare=True)
    log = await log_of(venue)
    _, at = read_entries(venue.entries[:2], BEGINNING)
    assert await check_log(log, BEGINNING) == 3
    assert await check_log(log, at) == 3
    assert await check_log(await log_of(venue, 2), at) == 2


async def test_books_of_another_log_are_refused() -> None:
    """A position of another history: the broker does not start, and says what to do."""
    _, at = read_entries(Recorded("ACME", bare=True, log="fffffffffffff").entries, BEGINNING)
    with pytest.raises(Foreign, match=r"books are of log fffffffffffff.*--database-url"):
        await check_log(await log_of(Recorded("ACME", bare=True)), at)


async def test_books_beyond_the_end_of_the_log_are_refused() -> None:
    """A log that lost its end, or a new one: the broker does not start, and says what to do."""
    venue = Recorded("ACME", "ZINC", bare=True)
    _, at = read_entries(venue.entries, BEGINNING)
    with pytest.raises(Foreign, match=r"EXECUTIONS holds 2.*--database-url"):
        await check_log(await log_of(venue, 2), at)


async def test_a_log_that_is_away_is_waited_for() -> None:
    """Services start in any order."""
    log = await log_of(Recorded("ACME", bare=True))
    log.connected = False
    checking = asyncio.ensure_future(check_log(log, BEGINNING))
    await asyncio.sleep(0)
    assert not checking.done()
    log.reconnect()
    assert await checking == 2
