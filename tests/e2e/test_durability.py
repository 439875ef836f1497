"""What the services make of a NATS that promises less than they are asked to keep."""

from pathlib import Path

import pytest

from chaos.service import Service
from chaos.venue import SERVICES, Kind, Venue, running_venue
from outcry.runtime.settings import Durability
from tests.e2e.test_endings import refusal
from tests.waiting import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def others(venue: Venue, durability: str, **settings: str) -> list[Service]:
    """One more of each service, which asks for another durability."""
    settings["OUTCRY_DURABILITY"] = durability
    return [await venue.another(name, **settings) for name in SERVICES]


async def test_a_nats_that_promises_less_is_refused(nats_alone: Venue) -> None:
    """Who is to keep orders over a loss of power does not run on a NATS that does not."""
    for other in await others(nats_alone, "disk"):
        line = await refusal(other)
        assert "sync_interval" in line and "--durability process" in line


async def test_a_nats_that_does_not_say_what_it_promises_is_refused(nats_alone: Venue) -> None:
    """Nor on one whose monitoring does not answer."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    for other in await others(nats_alone, "disk", OUTCRY_NATS_MONITOR_URL=nowhere):
        line = await refusal(other)
        assert "does not answer" in line and "--durability unchecked" in line


@pytest.mark.parametrize("monitored", [True, False])
async def test_without_a_check_every_service_says_what_that_means(
    tmp_path: Path, monitored: bool
) -> None:
    """It runs on whatever NATS there is, warns at its start, and /readyz shows it."""
    settings = {"OUTCRY_DURABILITY": "unchecked"}
    if not monitored:
        settings["OUTCRY_NATS_MONITOR_URL"] = f"http://127.0.0.1:{free_port()}"
    async with running_venue(tmp_path, Kind(settings=settings)) as venue:
        for service in venue.everyone:
            assert (await service.state())["durability"] == "unchecked"
            assert "may not survive a loss of power" in service.log.read_text()


async def test_a_nats_that_comes_back_and_syncs_no_more_is_left(tmp_path: Path) -> None:
    """The promise holds for every NATS that a service ever talks to, or the service ends."""
    async with running_venue(tmp_path, Kind(durability=Durability.DISK)) as venue:
        await venue.stop_nats()
        await venue.start_nats()
        await venue.ready()
        await venue.stop_nats()
        venue.kind = Kind()
        await venue.start_nats()
        for service in venue.everyone:
            assert "sync_interval" in await refusal(service)
