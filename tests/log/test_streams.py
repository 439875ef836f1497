"""How the two streams are set up."""

import asyncio

import pytest

from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, LogError
from outcry.log.streams import Limits, ensure_streams, restore_streams
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.wire.subjects import EXECUTIONS, ORDER_COMPLETED, ORDERS, executions
from tests.running_nats import RunningNats
from tests.waiting import PATIENCE_S, until


async def test_setting_up_twice_changes_nothing(nats: RunningNats) -> None:
    """The order service sets the streams up at every start, with its own rights."""
    nc = await nats.connect(ORDER_SERVICE)
    await (await JetStreamLog(nc, ORDERS).send("venue.open", b"{}"))
    await ensure_streams(nc, Limits())
    assert await JetStreamLog(nc, ORDERS).last_seq() == 1


async def test_a_stream_of_an_older_version_captures_what_is_new(nats: RunningNats) -> None:
    """What it holds stays; what it lacks is a kind of entry that was not known then."""
    nc, operator = await nats.connect(ORDER_SERVICE), await nats.connect()
    log = JetStreamLog(operator, ORDERS)
    await (await log.send("venue.open", b"{}"))
    older = ["order.created", "venue.*", "instrument.*", "account.*", "clock.*"]
    config = (await operator.jsm().stream_info(ORDERS)).config
    await operator.jsm().update_stream(config.evolve(subjects=older))
    await ensure_streams(nc, Limits())
    await (await log.send("key.create", b"{}"))
    assert await log.last_seq() == 2


async def test_a_stream_that_is_set_up_otherwise_is_refused(nats: RunningNats) -> None:
    """The error names the stream, the setting, what it is and what it should be."""
    nc = await nats.connect(ORDER_SERVICE)
    with pytest.raises(LogError, match="ORDERS exists with max_bytes 4294967296; expected 5000"):
        await ensure_streams(nc, Limits(orders_bytes=5_000))


async def test_a_stream_that_has_no_room_is_refused(nats: RunningNats) -> None:
    """The error says how much was asked for, and where to give more."""
    nc = await nats.connect()
    await nc.jsm().delete_stream(ORDERS)
    with pytest.raises(LogError, match=r"no room for the stream ORDERS .* max_file_store"):
        await ensure_streams(nc, Limits(orders_bytes=1 << 50))


async def test_setting_up_waits_for_jetstream(nats: RunningNats) -> None:
    """A server that still reads its store, or has just died, is waited for."""
    nc = await nats.connect(ORDER_SERVICE)
    await nats.kill()
    setting_up = asyncio.create_task(ensure_streams(nc, Limits()))
    await until(lambda: not nc.is_connected)
    await nats.start()
    await asyncio.wait_for(setting_up, PATIENCE_S)


async def test_orders_fills_first(nats: RunningNats) -> None:
    """However small the log, the answers have far more room than the entries."""
    nc = await nats.connect()
    orders, answers = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
    assert (await answers.info()).max_bytes == 50 * (await orders.info()).max_bytes


async def test_every_entry_has_its_place(nats: RunningNats) -> None:
    """All kinds of entries share one sequence."""
    log = JetStreamLog(await nats.connect(), ORDERS)
    subjects = ["venue.open", "instrument.set", "account.set", "order.created", "clock.tick"]
    sent = [await log.send(subject, b"{}") for subject in subjects]
    assert await asyncio.gather(*sent) == [1, 2, 3, 4, 5]


async def test_an_answer_is_shown_to_everybody_once_it_is_stored(nats: RunningNats) -> None:
    """What executions.0 stores comes on order.completed; what it refuses does not."""
    nc = await nats.connect()
    subscription = await nc.subscribe(ORDER_COMPLETED)
    log = JetStreamLog(nc, EXECUTIONS)
    refused = await log.send(executions(), b"[zombie]", expected_last=7)
    await (await log.send(executions(), b"[1]", expected_last=0))
    with pytest.raises(LogError):
        await refused
    shown = await subscription.next_msg(timeout=PATIENCE_S)
    assert shown.data == b"[1]"
    assert shown.headers is not None
    assert shown.headers["Nats-Sequence"] == "1"


async def test_restored_streams_go_on_after_the_newest_answer(nats: RunningNats) -> None:
    """ORDERS is empty, EXECUTIONS holds that answer, both number on; a kill changes nothing."""
    nc = await nats.connect()
    newest = Entry(100, 1, executions(), b"[1]")
    with pytest.raises(LogError, match="there is a stream ORDERS already"):
        await restore_streams(nc, Limits(), newest)
    await nc.jsm().delete_stream(ORDERS)
    await nc.jsm().delete_stream(EXECUTIONS)
    await restore_streams(await nats.connect(ORDER_SERVICE), Limits(), newest)
    await nats.kill()
    await nats.start()
    nc = await nats.connect(ORDER_SERVICE)
    await ensure_streams(nc, Limits())
    orders, answers = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
    assert (await orders.info())[:2] == (101, 100)
    assert (await answers.info())[:2] == (100, 100)
    stored = await answers.get(100)
    assert stored is not None and stored.body == b"[1]"
    assert await (await orders.send("venue.open", b"{}", expected_last=100)) == 101
    assert await (await answers.send(executions(), b"[2]", expected_last=100)) == 101
