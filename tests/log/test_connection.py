"""What the connection adds to nats-py's."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from nats.errors import StaleConnectionError

from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, Unanswered
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import ORDER_CREATED, ORDERS
from tests.running_nats import RunningNats
from tests.waiting import PATIENCE_S

HOSTILE_HEADERS = [
    b"NATS/1.0",
    b"X",
    b"NATS/1.0\r\n",
    b"NATS/1.0 \r\n\r\n",
    b"NATS/1.0 100 FlowControl Request\r\n\r\n",
    b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 99\r\n\r\n",
    b"NATS/1.0\r\nStatus: 100\r\nDescription: Idle Heartbeat\r\nNats-Last-Consumer: 9\r\n\r\n",
    b"NATS/1.0\r\nStatus: 409\r\n\r\n",
    b"NATS/1.0 \xff\xff\xff\r\n\r\n",
    b"NATS/1.0 503 \xff\r\n\r\n",
    b"NATS/1.0 \xe2\x91\xa0\r\n\r\n",
    b"NATS/1.0\r\n\xff: \xff\r\n\r\n",
    b"NATS/1.0\r\nno colon\r\n\r\n",
    b"NATS/1.0\r\n" + b"a:b\r\n" * 100_000 + b"\r\n",
]


async def publish_raw(url: str, *headers: bytes) -> None:
    """Publish an entry without a body for each block of headers, as no client library would."""
    place = urlsplit(url)
    login = {"headers": True, "user": place.username, "pass": place.password}
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"CONNECT {json.dumps(login)}\r\n".encode())
    for block in headers:
        size = len(block)
        writer.write(f"HPUB {ORDER_CREATED} {size} {size}\r\n".encode() + block + b"\r\n")
    writer.write(b"PING\r\n")
    async with asyncio.timeout(PATIENCE_S):
        while await reader.readline() not in (b"PONG\r\n", b""):
            pass
    writer.close()
    await writer.wait_closed()


async def fill_the_wire(nc: Connection, log: JetStreamLog) -> None:
    """Send to a stopped server until what is sent stays in our own buffers."""
    async with asyncio.timeout(PATIENCE_S):
        while nc.pending_data_size == 0:
            (await log.send(ORDER_CREATED, bytes(1_000_000))).add_done_callback(
                asyncio.Future.exception
            )
            for _ in range(10):
                await asyncio.sleep(0)


async def test_no_headers_stop_a_reader(nats: RunningNats) -> None:
    """Whatever a publisher puts there, the entry is read once, and so are those after it."""
    nc = await nats.connect()
    log = JetStreamLog(nc, ORDERS)
    for headers in HOSTILE_HEADERS:  # of guests the server mends some, of others none
        await publish_raw(nats.server.guest_url, headers)
        await publish_raw(nats.server.url(OPERATOR), headers)
    await (await log.send(ORDER_CREATED, b"last"))
    last = await log.last_seq()
    assert last > len(HOSTILE_HEADERS)
    seen: list[int] = []
    done = asyncio.Event()

    async def on_entry(entry: Entry) -> None:
        seen.append(entry.seq)
        if entry.body == b"last":
            done.set()

    reader = log.reader(1, on_entry)
    await reader.start()
    await asyncio.wait_for(done.wait(), PATIENCE_S)
    await reader.stop()
    assert seen == list(range(1, last + 1))
    assert nc.stats["reconnects"] == 0


async def test_nothing_is_sent_after_its_sender_was_told_unanswered(nats: RunningNats) -> None:
    """What was still in a buffer of ours when the connection broke is forgotten."""
    nc = await nats.connect()
    log = JetStreamLog(nc, ORDERS)
    regained = asyncio.Event()
    nc.on_regained.append(regained.set)
    with nats.standing():
        await fill_the_wire(nc, log)
        unsent = await log.send(ORDER_CREATED, b"late")
        await nc._process_op_err(StaleConnectionError())
        with pytest.raises(Unanswered):
            await asyncio.wait_for(unsent, PATIENCE_S)
    await asyncio.wait_for(regained.wait(), PATIENCE_S)
    last = await (await log.send(ORDER_CREATED, b"after"))
    before = await log.get(last - 1)
    assert before is None or before.body != b"late"


async def test_a_stopped_server_does_not_keep_a_service_from_ending(nats: RunningNats) -> None:
    """Closing does not wait for a server to read what it was sent."""
    nc = await nats.connect()
    log = JetStreamLog(nc, ORDERS)
    with nats.standing():
        await fill_the_wire(nc, log)
        unsent = await log.send(ORDER_CREATED, b"late")
        await asyncio.wait_for(nc.close(), PATIENCE_S)
    with pytest.raises(Unanswered):
        await unsent


async def test_without_a_connection_a_send_fails_at_once(nats: RunningNats) -> None:
    """Nothing is kept for later: the sender decides what to do."""
    nc = await nats.connect()
    log = JetStreamLog(nc, ORDERS)
    lost = asyncio.Event()
    nc.on_lost.append(lost.set)
    await nats.kill()
    await asyncio.wait_for(lost.wait(), PATIENCE_S)
    with pytest.raises(Unanswered):
        await log.send(ORDER_CREATED, b"1")
    with pytest.raises(Unanswered):
        await log.last_seq()
    await nats.start()
