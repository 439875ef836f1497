"""What a log on JetStream tells its senders; what every log does is in tests/contract."""

import asyncio
import os

import pytest

from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, Full, LogError, Unanswered
from outcry.log.streams import ANSWER_BYTES_MAX, Limits, ensure_streams
from outcry.wire.subjects import EXECUTIONS, ORDER_CREATED, ORDERS, executions
from tests.running_nats import RunningNats
from tests.waiting import PATIENCE_S, until


@pytest.fixture
async def nc(nats: RunningNats) -> Connection:
    return await nats.connect()


async def test_what_a_dying_server_did_not_acknowledge_is_unanswered(
    nats: RunningNats, nc: Connection
) -> None:
    """Each message is acknowledged, and then stored, or Unanswered: none stays open."""
    log = JetStreamLog(nc, ORDERS)
    sent = [await log.send(ORDER_CREATED, b"%d" % n) for n in range(3_000)]
    await until(sent[100].done)
    await nats.kill()
    results = await asyncio.wait_for(asyncio.gather(*sent, return_exceptions=True), PATIENCE_S)
    acknowledged = [result for result in results if isinstance(result, int)]
    assert acknowledged[:100] == list(range(1, 101))
    assert all(isinstance(result, int | Unanswered) for result in results)
    await nats.start()
    await until(lambda: nc.is_connected)
    last = 0
    async with asyncio.timeout(PATIENCE_S):
        while not last:
            try:
                last = await log.last_seq()
            except Unanswered:
                await asyncio.sleep(0.01)
    assert last >= len(acknowledged)


async def test_an_ack_that_does_not_come_in_time_is_unanswered(
    nats: RunningNats, nc: Connection
) -> None:
    """Each message has its own time; one that was answered meanwhile is none of it."""
    log = JetStreamLog(nc, ORDERS, ack_timeout_s=0.3)
    assert await (await log.send(ORDER_CREATED, b"1")) == 1
    with nats.standing():
        first = asyncio.ensure_future(waited_in_vain(log, b"2"))
        await asyncio.sleep(0.1)
        assert await waited_in_vain(log, b"3") >= 0.3
        assert await first >= 0.3
    assert await (await log.send(ORDER_CREATED, b"4")) == 4


async def waited_in_vain(log: JetStreamLog, body: bytes) -> float:
    """For how many seconds a message was not answered."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    acked = await log.send(ORDER_CREATED, body)
    with pytest.raises(Unanswered, match=r"within 0\.3 s"):
        await acked
    return loop.time() - begun


async def test_a_sender_may_stop_waiting(nc: Connection) -> None:
    """An ack nobody waits for any more does no harm."""
    log = JetStreamLog(nc, ORDERS)
    (await log.send(ORDER_CREATED, b"1")).cancel()
    assert await (await log.send(ORDER_CREATED, b"2")) == 2


async def test_a_full_log_refuses(nats: RunningNats, nc: Connection) -> None:
    """What does not fit is Full: it is not stored, and nothing old is removed."""
    await nc.jsm().delete_stream(ORDERS)
    await nc.jsm().delete_stream(EXECUTIONS)
    await ensure_streams(nc, Limits(orders_bytes=1_000))
    log = JetStreamLog(nc, ORDERS)
    stored = 0
    with pytest.raises(Full):  # noqa: PT012 -- any of them may be the first
        for _ in range(20):
            stored = await (await log.send(ORDER_CREATED, bytes(100)))
    state = await log.info()
    assert (state.first_seq, state.last_seq, state.max_bytes) == (1, stored, 1_000)


async def test_an_entry_that_is_too_large_is_refused(nc: Connection) -> None:
    """Neither by the stream nor by the connection is it taken for a lack of room."""
    log = JetStreamLog(nc, ORDERS)
    with pytest.raises(LogError, match="10054") as refused:
        await (await log.send(ORDER_CREATED, bytes(2 << 20)))
    assert type(refused.value) is LogError
    with pytest.raises(LogError, match="more than NATS takes"):
        await log.send(ORDER_CREATED, bytes(9 << 20))


async def test_the_largest_answer_fits(nc: Connection) -> None:
    """Eight megabytes, less the header for the fence, are stored, read and got again."""
    log = JetStreamLog(nc, EXECUTIONS)
    body = os.urandom(ANSWER_BYTES_MAX - 1_000)
    assert await (await log.send(executions(), body, expected_last=0)) == 1
    stored = await log.get(1)
    assert stored is not None
    assert stored.body == body
    seen: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()

    async def on_entry(entry: Entry) -> None:
        seen.set_result(entry)

    reader = log.reader(1, on_entry)
    await reader.start()
    assert await asyncio.wait_for(seen, PATIENCE_S) == stored
    await reader.stop()


async def test_a_message_for_no_stream_is_unanswered(nc: Connection) -> None:
    """As while the server still reads its store: nobody says that nothing is stored."""
    with pytest.raises(Unanswered, match="no stream"):
        await (await JetStreamLog(nc, ORDERS).send("nobody.listens", b"1"))
