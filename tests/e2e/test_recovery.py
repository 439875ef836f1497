"""Exactly once, under load, whatever is killed at whatever moment.

E2E_KILLS=200 kills as often, E2E_SEED=… begins with another seed; both are in the test's name.
"""

import itertools
import json
import os
import random
from collections.abc import Awaitable, Callable

import pytest

from chaos.audit import check_books, check_clients, check_history, read_history
from chaos.follower import Follower, following
from chaos.service import until
from chaos.trader import Floor, trading
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, STREAM, Venue
from outcry.runtime.nats_config import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS = int(os.environ.get("E2E_KILLS", "15"))
SEED = os.environ.get("E2E_SEED", "outcry")

Strike = Callable[[Venue, Floor], Awaitable[None]]


async def audit(venue: Venue, floor: Floor, follower: Follower) -> None:
    """Everything is back, and all that must hold holds."""
    await venue.ready()
    history = await read_history(venue)
    check_history(history)
    check_clients(history, floor.ledger)
    await booked(venue, len(history.executions))
    check_books(history, venue.books)
    await follower.has_seen(len(history.executions))
    assert follower.seen == history.executions
    digest = json.loads(history.executions[-1])["digest"]
    for name in (ORDER_SERVICE, GATEWAY, BROKER):
        assert (await venue[name].state())["digest"] == digest


async def booked(venue: Venue, seq: int) -> None:
    """Wait until the books have execution `seq`."""

    async def all_booked() -> bool:
        return bool((await venue[BROKER].state()).get("seq") == seq)

    await until(all_booked, f"execution {seq} in the books")


def kill(*names: str) -> Strike:
    """Kill services at once and start them again, without waiting for them to be ready."""

    async def strike(venue: Venue, floor: Floor) -> None:
        for name in names:
            await venue[name].kill()
        for name in names:
            await venue[name].start()

    return strike


async def kill_nats(venue: Venue, floor: Floor) -> None:
    await venue.kill_nats()
    await venue.start_nats()


async def freeze_nats(venue: Venue, floor: Floor) -> None:
    """Stop NATS dead in its tracks, connections and all, until the gateway takes no more orders."""
    await venue.ready(GATEWAY)
    venue.pause_nats()
    await until(venue[GATEWAY].is_closed, "a gateway that refuses orders")
    venue.resume_nats()


def raise_zombie(name: str) -> Strike:
    """Stop a service dead until another one has taken over, wake it, end one of the two."""

    async def strike(venue: Venue, floor: Floor) -> None:
        other = await venue.another(name)
        await until(other.ready, f"a second {name} that has caught up")
        venue[name].pause()
        await floor.progress(20)
        venue[name].resume()
        await floor.progress(20)
        await other.kill()

    return strike


STRIKES: dict[str, Strike] = {
    "order-service": kill(ORDER_SERVICE),
    "gateway": kill(GATEWAY),
    "broker": kill(BROKER),
    "stream": kill(STREAM),
    "all": kill(*SERVICES),
    "nats": kill_nats,
    "frozen nats": freeze_nats,
    "zombie": raise_zombie(ORDER_SERVICE),
    "second broker": raise_zombie(BROKER),
}


async def ordeal(venue: Venue, seed: str, strikes: list[str]) -> None:
    """Trade, strike at random moments, and audit what is left."""
    chance = random.Random(seed)
    chance.shuffle(strikes)
    second = await venue.another(GATEWAY)
    async with following(venue.ws_url) as follower:
        async with trading([venue.url, second.url], seed) as floor:
            for strike in strikes:
                await floor.progress(chance.randrange(1, 100))
                await STRIKES[strike](venue, floor)
            await floor.progress(50)
        await audit(venue, floor, follower)


@pytest.mark.timeout(60 + 10 * KILLS)
@pytest.mark.parametrize("seed", [f"{SEED}-{KILLS}"])
async def test_nothing_is_lost_or_done_twice(venue: Venue, seed: str) -> None:
    """What was acknowledged is in the log once, as it was told, and all else follows from it."""
    await ordeal(venue, seed, list(itertools.islice(itertools.cycle(STRIKES), KILLS)))


async def test_executions_follow_from_orders(venue: Venue) -> None:
    """An order service that finds no EXECUTIONS writes the same ones again, byte for byte."""
    async with trading([venue.url], "again") as floor:
        await floor.progress(200)
    before = await read_history(venue)
    for name in SERVICES:
        assert await venue[name].stop() == 0
    nc = await venue.connect(OPERATOR)
    await nc.request("$JS.API.STREAM.DELETE.EXECUTIONS", b"")
    await venue[ORDER_SERVICE].start()
    await venue.ready(ORDER_SERVICE)
    after = await read_history(venue)
    assert after.executions == before.executions
    await venue.mend()
    check_books(after, venue.books)
