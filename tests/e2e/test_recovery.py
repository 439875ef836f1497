"""Exactly once, under load, whatever is killed at whatever moment.

E2E_KILLS=200 kills as often, E2E_SEED=… begins with another seed; both are in the test's name.
"""

import os
import random

import pytest

from tests.e2e.audit import check_books, check_clients, check_history, read_history
from tests.e2e.trader import Floor, trading
from tests.e2e.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, Venue, until

KILLS = int(os.environ.get("E2E_KILLS", "12"))
SEED = os.environ.get("E2E_SEED", "outcry")
NATS = "nats-server"
ZOMBIE = "zombie"


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


async def strike(venue: Venue, victim: str, floor: Floor) -> None:
    """Kill `victim` and start it again, without waiting for it to be ready."""
    if victim == NATS:
        await venue.kill_nats()
        await venue.start_nats()
    elif victim == ZOMBIE:
        await raise_zombie(venue, floor)
    else:
        await venue.restart(victim)


async def raise_zombie(venue: Venue, floor: Floor) -> None:
    """Stop an order service dead in its tracks until another one has taken over; wake it again."""
    other = await venue.another(ORDER_SERVICE)
    await until(other.ready, "a second order service that has caught up")
    venue[ORDER_SERVICE].pause()
    await floor.progress(20)
    venue[ORDER_SERVICE].resume()
    await floor.progress(20)
    await other.kill()


@pytest.mark.parametrize("seed", [f"{SEED}-{KILLS}"])
async def test_nothing_is_lost_or_done_twice(venue: Venue, seed: str) -> None:
    """What was acknowledged is in the log once, as it was told, and the books follow from it."""
    chance = random.Random(seed)
    victims = [*SERVICES, NATS, ZOMBIE]
    fate = [victims[number % len(victims)] for number in range(KILLS)]
    chance.shuffle(fate)
    second = await venue.another(GATEWAY)
    async with trading([venue.url, second.url], seed) as floor:
        for victim in fate:
            await floor.progress(chance.randrange(1, 100))
            await strike(venue, victim, floor)
        await floor.progress(50)
    await audit(venue, floor)
