"""Exactly once, under load, whatever is killed at whatever moment.

E2E_KILLS=200 kills as often, E2E_SEED=… begins with another seed; both are in the test's name.
"""

import itertools
import os
import random
from collections.abc import Awaitable, Callable

import pytest

from tests.e2e.audit import check_books, check_clients, check_history, read_history
from tests.e2e.trader import Floor, trading
from tests.e2e.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, STREAM, Venue, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS = int(os.environ.get("E2E_KILLS", "14"))
SEED = os.environ.get("E2E_SEED", "outcry")

Strike = Callable[[Venue, Floor], Awaitable[None]]


async def audit(venue: Venue, floor: Floor) -> None:
    """Everything is back, and all that must hold holds."""
    await venue.ready()
    history = await read_history(venue)
    check_history(history)
    check_clients(history, floor.traders)
    await booked(venue, len(history.executions))
    check_books(history, venue.books)


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


async def raise_zombie(venue: Venue, floor: Floor) -> None:
    """Stop an order service dead until another one has taken over, wake it, end one of the two."""
    other = await venue.another(ORDER_SERVICE)
    await until(other.ready, "a second order service that has caught up")
    venue[ORDER_SERVICE].pause()
    await floor.progress(20)
    venue[ORDER_SERVICE].resume()
    await floor.progress(20)
    await other.kill()


STRIKES: dict[str, Strike] = {
    "order-service": kill(ORDER_SERVICE),
    "gateway": kill(GATEWAY),
    "broker": kill(BROKER),
    "stream": kill(STREAM),
    "all": kill(*SERVICES),
    "nats": kill_nats,
    "frozen-nats": freeze_nats,
    "zombie": raise_zombie,
}


@pytest.mark.parametrize("seed", [f"{SEED}-{KILLS}"])
async def test_nothing_is_lost_or_done_twice(venue: Venue, seed: str) -> None:
    """What was acknowledged is in the log once, as it was told, and the books follow from it."""
    chance = random.Random(seed)
    fate = list(itertools.islice(itertools.cycle(STRIKES), KILLS))
    chance.shuffle(fate)
    second = await venue.another(GATEWAY)
    async with trading([venue.url, second.url], seed) as floor:
        for strike in fate:
            await floor.progress(chance.randrange(1, 100))
            await STRIKES[strike](venue, floor)
        await floor.progress(50)
    await audit(venue, floor)
