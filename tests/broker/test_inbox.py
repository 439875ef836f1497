"""The inbox takes what fits and gives what is there."""

import asyncio

from outcry.broker.inbox import Inbox
from outcry.log.log import Entry


def entry(seq: int, size: int = 10) -> Entry:
    return Entry(seq, 0, "executions.0", bytes(size))


async def test_entries_are_taken_together_in_order() -> None:
    """What came while the clerk was busy is taken at once."""
    inbox = Inbox(pause_s=0)
    for seq in (1, 2, 3):
        await inbox.put(entry(seq))
    assert [e.seq for e in await inbox.take()] == [1, 2, 3]
    await inbox.put(entry(4))
    assert [e.seq for e in await inbox.take()] == [4]
    assert (len(inbox), inbox.bytes) == (0, 0)


async def test_a_full_inbox_lets_the_reader_wait() -> None:
    """Beyond its bytes the next entry waits until the clerk has taken what is there."""
    inbox = Inbox(bytes_max=20, pause_s=3600)
    await inbox.put(entry(1))
    await inbox.put(entry(2, 5000))
    waiting = asyncio.ensure_future(inbox.put(entry(3)))
    await asyncio.sleep(0)
    assert not waiting.done() and len(inbox) == 2
    assert [e.seq for e in await inbox.take()] == [1, 2], "a full one is not waited with"
    await waiting
    inbox.hurry()
    assert [e.seq for e in await inbox.take()] == [3]


async def test_who_hurries_does_not_wait_for_more() -> None:
    """Entries wait for more to come, unless somebody waits for them."""
    inbox = Inbox(pause_s=3600)
    taking = asyncio.ensure_future(inbox.take())
    await inbox.put(entry(1))
    await asyncio.sleep(0)
    assert not taking.done()
    inbox.hurry()
    assert [e.seq for e in await taking] == [1]


async def test_a_closed_inbox_is_emptied_first() -> None:
    """What was read is booked before the broker ends."""
    inbox = Inbox(pause_s=3600)
    await inbox.put(entry(1))
    inbox.close()
    assert [e.seq for e in await inbox.take()] == [1]
    assert await inbox.take() == []
