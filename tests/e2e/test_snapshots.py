"""The order service starts from its snapshots, whatever became of them or of itself meanwhile."""

import random
from pathlib import Path

import msgspec
import pytest

from chaos.audit import check_clients, check_history, read_history
from chaos.trader import trading
from chaos.venue import ORDER_SERVICE, Venue
from outcry.orders import snapshots
from outcry.orders.requests import Taken
from outcry.orders.snapshots import Header
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import SNAPSHOT_TAKE

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS = 8
TAKE_S = 30.0


def folder(venue: Venue) -> Path:
    return venue.folder / "snapshots"


async def take(venue: Venue) -> Header:
    nc = await venue.connect(OPERATOR)
    answer = await nc.request(SNAPSHOT_TAKE, b"", timeout=TAKE_S)
    taken = msgspec.json.decode(answer.data, type=Taken)
    assert taken.snapshot is not None, taken.error
    return taken.snapshot


async def begin_again(venue: Venue) -> int:
    """Start the order service; gives the entry from which it went on, the state being right."""
    await venue[ORDER_SERVICE].start()
    await venue.ready()
    history = await read_history(venue)
    check_history(history)
    state = await venue[ORDER_SERVICE].state()
    digest = msgspec.json.decode(history.executions[-1])["digest"]
    assert (state["position"], state["digest"]) == (len(history.entries), digest)
    return int(state["snapshot"])


async def test_a_clean_stop_leaves_one(venue: Venue) -> None:
    """What is started after a stop replays nothing, and knows everything."""
    async with trading(venue, "stopped") as floor:
        await floor.progress(100)
    before = await venue[ORDER_SERVICE].state()
    assert await venue[ORDER_SERVICE].stop() == 0
    assert await begin_again(venue) == before["position"]
    assert '"snapshot.loaded"' in venue[ORDER_SERVICE].last_words()


async def test_one_is_taken_when_the_operator_asks(venue: Venue) -> None:
    """It is of an entry that is answered, and named in /readyz; a kill then loses nothing."""
    async with trading(venue, "asked") as floor:
        await floor.progress(100)
        header = await take(venue)
        await floor.progress(20)
        state = await venue[ORDER_SERVICE].state()
        assert state["snapshot"] == header.entry
        await venue[ORDER_SERVICE].kill()
        assert await begin_again_under_load(venue) == header.entry
        await floor.progress(20)
    check_clients(await read_history(venue), floor.ledger)


async def begin_again_under_load(venue: Venue) -> int:
    await venue[ORDER_SERVICE].start()
    await venue.ready(ORDER_SERVICE)
    return int((await venue[ORDER_SERVICE].state())["snapshot"])


async def test_a_kill_while_one_is_written_leaves_the_others(venue: Venue) -> None:
    """At whatever moment service or child die, no half snapshot has a name."""
    chance = random.Random("kills")
    nc = await venue.connect(OPERATOR)
    async with trading(venue, "killed") as floor:
        for _ in range(KILLS):
            await floor.progress(chance.randrange(1, 40))
            await nc.publish(SNAPSHOT_TAKE)
            await nc.flush()
            await floor.progress(chance.randrange(1, 4))
            await venue[ORDER_SERVICE].kill()
            for path in snapshots.found(folder(venue)):
                snapshots.read(path)
            await begin_again_under_load(venue)
        await floor.progress(20)
    await venue.ready()
    history = await read_history(venue)
    check_history(history)
    check_clients(history, floor.ledger)


async def test_a_damaged_one_is_passed_over(venue: Venue) -> None:
    """With the newest damaged it starts from the one before; without any, from the first entry."""
    for seed in ("one", "other"):
        async with trading(venue, seed) as floor:
            await floor.progress(30)
        await take(venue)
    newest = snapshots.read_header(snapshots.found(folder(venue))[0])
    await venue[ORDER_SERVICE].kill()
    path = snapshots.found(folder(venue))[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    older = await begin_again(venue)
    assert 0 < older < newest.entry
    assert '"snapshot.passed_over"' in venue[ORDER_SERVICE].last_words()
    await venue[ORDER_SERVICE].kill()
    for path in snapshots.found(folder(venue)):
        path.unlink()
    assert await begin_again(venue) == 0
