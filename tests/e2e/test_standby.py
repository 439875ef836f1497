"""Several order services on one log: one works, and whenever it falls silent another one does."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chaos.audit import check_clients, check_history, read_history
from chaos.service import Service, until
from chaos.trader import Floor, Pace, trading
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, STREAM, Kind, Venue, running_venue

pytestmark = pytest.mark.asyncio(loop_scope="module")

THINK_S = 0.05
AGAIN = {"not_accepting", "too_many_commands"}
"""What a client may be told while another order service takes over: to send it again."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Venue]:
    """A venue with three order services, each with a cable to NATS, and two gateways."""
    folder = tmp_path_factory.mktemp("trio")
    async with running_venue(folder, Kind(wired=True)) as venue:
        for name in (ORDER_SERVICE, ORDER_SERVICE, GATEWAY):
            await venue.another(name)
        await venue.ready()
        yield venue


def order_services(venue: Venue) -> list[Service]:
    return [one for one in venue.everyone if one.name == ORDER_SERVICE]


async def at_work(venue: Venue) -> Service:
    """The one that publishes, while all others stand by."""
    found: list[Service] = []

    async def one_works() -> bool:
        found[:] = [
            one for one in order_services(venue) if (await one.state()).get("standing_by") is False
        ]
        return len(found) == 1

    await until(one_works, "one order service at work, the others standing by")
    return found[0]


async def is_sound(venue: Venue, floor: Floor) -> None:
    await venue.ready()
    history = await read_history(venue)
    check_history(history)
    check_clients(history, floor.ledger)


async def test_another_one_takes_over(trio: Venue) -> None:
    """Killed, stopped, or cut off: the market goes on, and who comes back follows."""
    async with trading(trio, "standby", 8, Pace(THINK_S)) as floor:
        await floor.progress(50)
        one = await at_work(trio)
        await one.kill()
        await floor.progress(50)
        await one.start()
        await until(one.ready, f"a ready {one.label}")

        one = await at_work(trio)
        one.pause()
        await floor.progress(50)
        one.resume()

        one = await at_work(trio)
        assert one.cable is not None
        one.cable.stall()
        await floor.progress(50)
        one.cable.cut()
        await at_work(trio)
        await floor.progress(50)
    await is_sound(trio, floor)


async def test_all_but_one_may_be_gone(trio: Venue) -> None:
    """Two of three at once: the last one takes over."""
    async with trading(trio, "last", 8, Pace(THINK_S)) as floor:
        await floor.progress(50)
        one = await at_work(trio)
        other = next(service for service in order_services(trio) if service is not one)
        await asyncio.gather(one.kill(), other.kill())
        await floor.progress(50)
        for service in (one, other):
            await service.start()
    await is_sound(trio, floor)


async def test_a_rolling_restart_repeats_and_loses_nothing(trio: Venue) -> None:
    """One service after the other, under load: no client hears of more than that he may send again,
    and only those of a gateway that restarts lose their connection."""
    async with trading(trio, "rolling", 8, Pace(THINK_S)) as floor:
        await floor.progress(50)
        for name in (ORDER_SERVICE, BROKER, STREAM, GATEWAY):
            for service in [one for one in trio.everyone if one.name == name]:
                assert await service.stop() == 0, service.last_words()
                await service.start()
                await until(service.ready, f"a ready {service.label}")
                await floor.progress(20)
            expected = AGAIN | ({"no_connection"} if name == GATEWAY else set())
            assert set(floor.ledger.failures) <= expected, floor.ledger.failures
    await is_sound(trio, floor)


def gateways(venue: Venue) -> list[Service]:
    return [one for one in venue.everyone if one.name == GATEWAY]
