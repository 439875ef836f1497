"""Answers into EXECUTIONS, beside another writer and over every kind of fault."""

import asyncio
import itertools
from typing import Any

import pytest

from outcry.log.history import Diverged
from outcry.log.log import Unanswered
from outcry.log.memory import MemoryLog
from outcry.orders import publisher as law
from outcry.orders.publisher import Publisher
from tests.waiting import until

SUBJECT = "executions.0"


def body(seq: int) -> bytes:
    """What every right engine answers to entry `seq`."""
    return f'[{{"seq":{seq}}}]'.encode()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test for as long as services do."""
    monkeypatch.setattr("outcry.log.log.RETRY_S", 0.001)
    for name in ("STANDBY_S", "REFUSED_S"):
        monkeypatch.setattr(law, name, 0.001)


@pytest.fixture
def log() -> MemoryLog:
    ticks = itertools.count(1)
    return MemoryLog(lambda: next(ticks))


@pytest.fixture
async def publisher(log: MemoryLog) -> Publisher:
    return Publisher(log, SUBJECT, 0)


async def somebody_writes(log: MemoryLog, *bodies: bytes) -> None:
    """Another order service puts answers at the end of the stream."""
    for one in bodies:
        await (await log.send(SUBJECT, one))


async def stored(log: MemoryLog) -> list[bytes]:
    entries = [await log.get(seq) for seq in range(1, await log.last_seq() + 1)]
    return [entry.body for entry in entries if entry is not None]


async def test_answers_stand_in_their_places(log: MemoryLog, publisher: Publisher) -> None:
    """Message n of EXECUTIONS is answer n."""
    for seq in range(1, 200):
        await publisher.publish(seq, body(seq))
    await publisher.drained()
    assert await stored(log) == [body(seq) for seq in range(1, 200)]
    assert (publisher.tail, publisher.waiting) == (199, 0)


async def test_what_is_stored_is_not_published_again(log: MemoryLog) -> None:
    """A service that comes back replays up to the end of EXECUTIONS in silence, then goes on."""
    await somebody_writes(log, body(1), body(2), body(3))
    publisher = Publisher(log, SUBJECT, 3)
    for seq in range(1, 6):
        await publisher.publish(seq, body(seq))
    await publisher.drained()
    assert await stored(log) == [body(seq) for seq in range(1, 6)]


async def test_a_different_answer_to_the_newest_entry_is_noticed(log: MemoryLog) -> None:
    """An engine that would have answered otherwise goes no further."""
    await somebody_writes(log, body(1), b"[other]")
    publisher = Publisher(log, SUBJECT, 2)
    await publisher.publish(1, body(1))
    with pytest.raises(Diverged, match="entry 2"):
        await publisher.publish(2, body(2))


async def test_a_lost_acknowledgement_repeats_nothing(log: MemoryLog, publisher: Publisher) -> None:
    """Who does not know whether an answer is stored asks, and then goes on after it."""
    log.acknowledges = False
    await publisher.publish(1, body(1))
    await publisher.publish(2, body(2))
    await publisher.drained()
    assert await stored(log) == [body(1), body(2)]


async def test_answers_wait_for_the_connection(log: MemoryLog, publisher: Publisher) -> None:
    """Without a connection answers are kept, and stored in order with it."""
    log.connected = False
    for seq in (1, 2, 3):
        await publisher.publish(seq, body(seq))
    assert publisher.waiting == 3
    log.reconnect()
    await publisher.drained()
    assert await stored(log) == [body(seq) for seq in (1, 2, 3)]


@pytest.mark.parametrize(("bound", "most"), [("WINDOW_MAX", 2), ("WINDOW_BYTES_MAX", 20)])
async def test_no_more_is_answered_than_can_wait(
    log: MemoryLog, publisher: Publisher, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    """Many answers, or long ones, that cannot be stored hold the next entry back."""
    monkeypatch.setattr(law, bound, most)
    log.connected = False
    await publisher.publish(1, body(1))
    held = asyncio.ensure_future(publisher.publish(2, body(2)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(held), 0.01)
    log.reconnect()
    await held
    await publisher.drained()
    assert await stored(log) == [body(1), body(2)]


async def test_of_two_writers_one_stands_by(log: MemoryLog, publisher: Publisher) -> None:
    """Who finds another writer's answer follows it, and writes nothing while that one does."""
    await publisher.publish(1, body(1))
    await somebody_writes(log, body(2))
    await publisher.publish(2, body(2))
    await until(lambda: publisher.standing_by and publisher.tail == 2)
    await somebody_writes(log, body(3))
    await publisher.publish(3, body(3))
    await until(lambda: publisher.tail == 3)
    assert await stored(log) == [body(1), body(2), body(3)]


async def test_a_silent_writer_is_succeeded(log: MemoryLog, publisher: Publisher) -> None:
    """When the other one has stopped and answers are due, the one that stands by takes over."""
    await somebody_writes(log, body(1))
    await publisher.publish(1, body(1))
    await until(lambda: publisher.standing_by and publisher.tail == 1)
    await publisher.publish(2, body(2))
    await publisher.drained()
    assert not publisher.standing_by
    assert await stored(log) == [body(1), body(2)]


async def test_of_several_that_stand_by_one_takes_over(log: MemoryLog) -> None:
    """They may try at once: each answer is stored once, whoever stores it."""
    standbys = [Publisher(log, SUBJECT, 0) for _ in range(5)]
    await somebody_writes(log, body(1))
    for one in standbys:
        await one.publish(1, body(1))
    await until(lambda: all(one.standing_by and one.tail == 1 for one in standbys))
    for seq in range(2, 50):
        for one in standbys:
            await one.publish(seq, body(seq))
    for one in standbys:
        await one.drained()
    assert await stored(log) == [body(seq) for seq in range(1, 50)]


async def test_a_writer_that_is_far_ahead_is_caught_up_with(
    log: MemoryLog, publisher: Publisher
) -> None:
    """Answers that the other one has stored long since are only compared, the newest for all."""
    await somebody_writes(log, *[body(seq) for seq in range(1, 101)])
    await publisher.publish(1, body(1))
    await until(lambda: publisher.tail == 100)
    for seq in range(2, 102):
        await publisher.publish(seq, body(seq))
    await publisher.drained()
    assert await stored(log) == [body(seq) for seq in range(1, 102)]


async def test_a_writer_that_answers_otherwise_is_not_followed(
    log: MemoryLog, publisher: Publisher
) -> None:
    """Two engines that differ are found out at the next answer."""
    await somebody_writes(log, b"[other]")
    await publisher.publish(1, body(1))
    with pytest.raises(Diverged, match="entry 1"):
        await asyncio.wait_for(publisher.failed, 10)


async def test_a_full_stream_is_offered_the_same_again(log: MemoryLog) -> None:
    """No room is no end: the answer is kept and stored when there is some."""
    full = MemoryLog(lambda: 1, max_bytes=0)
    publisher = Publisher(full, SUBJECT, 0)
    await publisher.publish(1, body(1))
    full._max_bytes = -1
    await publisher.drained()
    assert await stored(full) == [body(1)]


class SlowLog(MemoryLog):
    """The ack of the first message comes when the test says so, and the second one gets stuck."""

    def __init__(self) -> None:
        super().__init__(lambda: 1)
        self.first_ack: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.stuck = asyncio.Event()
        self.free = asyncio.Event()

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> asyncio.Future[int]:
        if expected_last == 1 and not self.free.is_set():
            self.stuck.set()
            await self.free.wait()
        sending = await super().send(subject, body, expected_last=expected_last, msg_id=msg_id)
        return self.first_ack if expected_last == 0 else sending


async def test_an_answer_that_was_stuck_holds_nothing_up() -> None:
    """What was on its way while the stream was asked is found where it came to be."""
    log = SlowLog()
    publisher = Publisher(log, SUBJECT, 0)
    await publisher.publish(1, body(1))
    publishing = asyncio.create_task(publisher.publish(2, body(2)))
    await log.stuck.wait()
    log.first_ack.set_exception(Unanswered("the connection broke"))
    await until(lambda: publisher.tail == 1)
    log.free.set()
    await publishing
    async with asyncio.timeout(10):
        await publisher.drained()
    assert await stored(log) == [body(1), body(2)]


class Slow(MemoryLog):
    """Takes answers at once and acknowledges when it is told to."""

    def __init__(self) -> None:
        super().__init__(itertools.count(1).__next__)
        self.unacked: list[tuple[asyncio.Future[int], int]] = []

    async def send(self, *args: Any, **options: Any) -> asyncio.Future[int]:
        stored = await (await super().send(*args, **options))
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.unacked.append((future, stored))
        return future

    def acknowledge(self) -> None:
        future, seq = self.unacked.pop(0)
        future.set_result(seq)


async def test_few_big_answers_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent before an acknowledgement is bounded in bytes too, whatever was acknowledged."""
    monkeypatch.setattr(law, "UNACKED_BYTES_MAX", 25)
    log = Slow()
    publisher = Publisher(log, SUBJECT, 0)
    for seq in range(1, 20):
        await publisher.publish(seq, body(seq)[:10].ljust(10))
    for seq in range(1, 20):
        await until(lambda: len(log.unacked) == min(3, 20 - seq))  # noqa: B023
        log.acknowledge()
        await until(lambda: publisher.tail == seq)  # noqa: B023
    await publisher.drained()
    assert await log.last_seq() == 19
