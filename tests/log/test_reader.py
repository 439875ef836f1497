"""What the reader of a stream withstands; what every reader does is in tests/contract."""

import asyncio
from typing import Any

import msgspec
import pytest
from nats.aio.msg import Msg

from outcry.log.api import ask
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, Foreign, LogError, StreamState, Unanswered
from outcry.log.reader import JetStreamReader
from outcry.log.streams import Limits, ensure_streams
from outcry.wire.subjects import ORDER_CREATED, ORDERS
from tests.running_nats import RunningNats
from tests.waiting import PATIENCE_S, settled, until


class Gate:
    """A callback that takes entries only while it is open."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.bodies: list[bytes] = []
        self.open = asyncio.Event()
        self._more = asyncio.Condition()

    async def __call__(self, entry: Entry) -> None:
        await self.open.wait()
        async with self._more:
            self.seen.append(entry.seq)
            self.bodies.append(entry.body)
            self._more.notify_all()

    async def until(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE_S), self._more:
            await self._more.wait_for(lambda: len(self.seen) >= number)


async def append(log: JetStreamLog, number: int) -> None:
    await asyncio.gather(*[await log.send(ORDER_CREATED, b"%d" % n) for n in range(number)])


async def append_through_anything(log: JetStreamLog, number: int) -> None:
    """As a gateway does: the same bytes with the same id, until they are acknowledged."""
    for n in range(number):
        while True:
            try:
                await (await log.send(ORDER_CREATED, b"%d" % n, msg_id=f"run.{n}"))
                break
            except Unanswered:
                await asyncio.sleep(0.01)


async def until_queued(reader: JetStreamReader, number: int) -> "asyncio.Queue[Msg]":
    """The messages that wait for the callback, once there are `number`."""
    await until(lambda: queue(reader).qsize() >= number)
    return queue(reader)


def queue(reader: JetStreamReader) -> "asyncio.Queue[Msg]":
    subscription = reader._subscription
    return subscription._pending_queue if subscription else asyncio.Queue()


@pytest.fixture
async def nc(nats: RunningNats) -> Connection:
    return await nats.connect()


@pytest.fixture
async def log(nc: Connection) -> JetStreamLog:
    return JetStreamLog(nc, ORDERS)


async def test_a_reader_survives_kills_of_the_server(nats: RunningNats, log: JetStreamLog) -> None:
    """Every acknowledged entry is seen exactly once and in order, over three kills."""
    gate = Gate()
    gate.open.set()
    reader = log.reader(1, gate)
    await reader.start()
    writing = asyncio.create_task(append_through_anything(log, 2_000))
    for number in (200, 600, 1_000):
        await gate.until(number)
        await nats.kill()
        await nats.start()
    await asyncio.wait_for(writing, PATIENCE_S)
    last = await log.last_seq()
    await gate.until(last)
    await reader.stop()
    assert gate.seen == list(range(1, last + 1))
    assert gate.bodies == [b"%d" % n for n in range(2_000)]


async def test_a_reader_survives_a_stopped_server(nats: RunningNats, log: JetStreamLog) -> None:
    """Silence makes it ask for a new consumer; nothing is seen twice when the server goes on."""
    gate = Gate()
    gate.open.set()
    await append(log, 10)
    reader = log.reader(1, gate)
    await reader.start()
    await gate.until(10)
    generation = reader._generation
    with nats.standing():
        await until(lambda: reader._generation > generation)
    await append(log, 10)
    await gate.until(20)
    await reader.stop()
    assert gate.seen == list(range(1, 21))


@pytest.mark.parametrize("lost", ["in the middle", "at the end"])
async def test_a_lost_message_is_read_again(log: JetStreamLog, lost: str) -> None:
    """A gap shows in the consumer's count, or in its next heartbeat when nothing follows."""
    gate = Gate()
    await append(log, 5)
    reader = log.reader(1, gate)
    await reader.start()
    waiting = await until_queued(reader, 4)
    kept = [waiting.get_nowait() for _ in range(waiting.qsize())]
    del kept[1 if lost == "in the middle" else 3]
    for message in kept:
        waiting.put_nowait(message)
    gate.open.set()
    await gate.until(5)
    await reader.stop()
    assert gate.seen == [1, 2, 3, 4, 5]


async def test_a_slow_callback_is_not_silence(log: JetStreamLog) -> None:
    """While an entry is being booked, heartbeats wait too; that is no reason for a new consumer."""
    gate = Gate()
    await append(log, 3)
    reader = log.reader(1, gate)
    await reader.start()
    waiting = await until_queued(reader, 6)  # two entries and four heartbeats: two seconds
    generation = reader._generation
    assert waiting.qsize() >= 6
    gate.open.set()
    await gate.until(3)
    assert reader._generation == generation
    await reader.stop()


async def test_a_log_that_lost_its_beginning_cannot_be_read(
    nc: Connection, log: JetStreamLog
) -> None:
    """Entries that were purged are missing, and the reader says so."""
    await append(log, 5)
    await ask(nc, f"STREAM.PURGE.{ORDERS}", {"seq": 3})
    reader = log.reader(1, Gate())
    await reader.start()
    with pytest.raises(LogError, match="begins at 3"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()


async def test_a_log_that_lost_an_entry_cannot_be_read(nc: Connection, log: JetStreamLog) -> None:
    """A deleted entry is a hole that nobody may read over."""
    gate = Gate()
    gate.open.set()
    await append(log, 5)
    await ask(nc, f"STREAM.MSG.DELETE.{ORDERS}", {"seq": 3})
    reader = log.reader(1, gate)
    await reader.start()
    with pytest.raises(LogError, match="entry 3 is missing"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()
    assert gate.seen == [1, 2]


async def test_a_log_that_is_made_anew_is_not_read_on(nc: Connection, log: JetStreamLog) -> None:
    """The reader waits while there is no stream, and refuses one that is shorter."""
    gate = Gate()
    gate.open.set()
    await append(log, 5)
    reader = log.reader(1, gate)
    await reader.start()
    await gate.until(5)
    await ask(nc, f"STREAM.DELETE.{ORDERS}")
    await ensure_streams(nc, Limits())
    with pytest.raises(LogError, match="shorter than what was read"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()


async def test_a_log_that_was_replaced_is_not_read_on(nc: Connection, log: JetStreamLog) -> None:
    """A longer one that holds something else where the reader has been is refused unread."""
    gate = Gate()
    gate.open.set()
    await append(log, 5)
    reader = log.reader(1, gate)
    await reader.start()
    await gate.until(5)
    await ask(nc, f"STREAM.DELETE.{ORDERS}")
    await ensure_streams(nc, Limits())
    await (await log.send(ORDER_CREATED, b"other"))
    await append(log, 9)
    with pytest.raises(Foreign, match="something else at 5"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()
    assert len(gate.seen) == 5


async def test_a_reader_is_not_sure_of_a_log_it_has_lost(
    nats: RunningNats, log: JetStreamLog
) -> None:
    """From a loss of the connection on until it has seen that what was read is still there."""
    gate = Gate()
    gate.open.set()
    reader = log.reader(1, gate)
    assert not reader.sure
    await append(log, 1)
    await reader.start()
    await until(lambda: reader.sure)
    await nats.kill()
    await until(lambda: not reader.sure)
    await nats.start()
    await until(lambda: reader.sure)
    await reader.stop()


async def test_a_closed_connection_ends_a_reader(nc: Connection, log: JetStreamLog) -> None:
    """Without a connection that may come back, waiting would be for ever."""
    reader = log.reader(1, Gate())
    await reader.start()
    await nc.close()
    with pytest.raises(LogError, match="closed for good"):
        await asyncio.wait_for(reader.failed, PATIENCE_S)
    await reader.stop()


async def test_the_lag_of_a_reader_shows_at_the_server(nc: Connection, log: JetStreamLog) -> None:
    """Under a readable name: what it was given and has not acknowledged yet."""
    gate = Gate()
    gate.open.set()
    await append(log, 5)
    reader = log.reader(2, gate, name="broker", acknowledge=True)
    await reader.start()
    await gate.until(4)
    reader.acknowledge(3)
    async with asyncio.timeout(PATIENCE_S):
        while (state := await consumer(nc))["ack_floor"]["stream_seq"] != 3:
            pass
    assert state["name"].startswith("broker-")
    assert state["num_ack_pending"] == 2
    await reader.stop()
    async with asyncio.timeout(PATIENCE_S):
        while await consumer_names(nc):
            pass


async def consumer(nc: Connection) -> Any:
    (name,) = await consumer_names(nc)
    return msgspec.json.decode(await ask(nc, f"CONSUMER.INFO.{ORDERS}.{name}"))


async def consumer_names(nc: Connection) -> list[str]:
    answer = msgspec.json.decode(await ask(nc, f"CONSUMER.NAMES.{ORDERS}"))
    return list(answer["consumers"] or [])


class Slow(JetStreamLog):
    """Tells what the stream holds while more comes in."""

    asked = 0

    async def info(self) -> StreamState:
        """See Log.info."""
        state = await super().info()
        self.asked += 1
        if self.asked > 1:
            await append(self, 1)
            await settled(self._nc)
        return state


async def test_a_consumer_whose_making_was_not_answered_moves_nothing(
    nc: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It delivers all the same; what it delivers during the check is no sign of another log."""
    log, gate = Slow(nc, ORDERS), Gate()
    gate.open.set()
    await append(log, 3)
    unanswered = 1

    async def ask_unheard(nc: Connection, what: str, request: dict[str, Any]) -> bytes:
        nonlocal unanswered
        answer = await ask(nc, what, request)
        if unanswered:
            unanswered -= 1
            await gate.until(3)
            raise Unanswered("the answer was lost")
        return answer

    monkeypatch.setattr("outcry.log.reader.ask", ask_unheard)
    reader = log.reader(1, gate)
    await reader.start()
    await gate.until(4)
    await reader.stop()
    assert gate.seen[:4] == [1, 2, 3, 4]
    assert not reader.failed.done()
