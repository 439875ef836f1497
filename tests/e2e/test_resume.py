"""Services go on where they were, in their own log alone (invariant 5).

A log may be wiped, restored from an old copy, or another venue's, while the services run or while
they are stopped, and it may hold less than what was read of it, or more.
"""

import asyncio
import contextlib
import json
import shutil
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from chaos.service import PATIENCE_S, Service
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, STREAM, Venue, running_venue
from outcry.log.jetstream import JetStreamLog
from outcry.runtime.lifecycle import FOREIGN, REFUSED
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import ORDERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME = "home"
OTHERS = ("wiped", "older", "forked", "other")
"""The data that NATS may have instead: none, a copy from before, the same with a future of its own
that is longer, and another venue's."""

ENTRIES = {"older": 3, "forked": 12, "other": 13, HOME: 9}
"""What they hold: venue.open, and instruments; at home also an account and a key."""

Stores = dict[str, Path]
"""Data folders of NATS by what they hold."""


class Builder:
    """Makes them, with nothing but NATS and an order service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stores: Stores = {"wiped": folder / "wiped"}
        self.stores["wiped"].mkdir()

    async def build(self, name: str, entries: int, of: str = "wiped") -> None:
        """The data `of`, and so many more entries."""
        place = self.folder / f"venue-{name}"
        async with running_venue(place, started=False) as venue:
            shutil.copytree(self.stores[of], place / "nats" / "jetstream")
            await venue.start_nats()
            await venue[ORDER_SERVICE].start()
            await venue.ready(ORDER_SERVICE)
            for number in range(entries):
                await venue.list_instrument(f"{name.upper()}{number}")
            if name == HOME:
                await venue.customers.begin()
        self.stores[name] = self.folder / name
        shutil.copytree(place / "nats" / "jetstream", self.stores[name])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stores(tmp_path_factory: pytest.TempPathFactory) -> Stores:
    builder = Builder(tmp_path_factory.mktemp("stores"))
    await builder.build("older", 2)
    await asyncio.gather(
        builder.build(HOME, 3, of="older"),
        builder.build("forked", 9, of="older"),
        builder.build("other", 12),
    )
    return builder.stores


async def start_nats(venue: Venue, store: Path) -> None:
    """NATS with other data than it had."""
    place = venue.folder / "nats" / "jetstream"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(store, place)
    await venue.start_nats()


async def line_of(service: Service) -> str:
    """The one line with which it ended."""
    (line,) = [one for one in service.last_words().splitlines() if not one.startswith("{")]
    return line.removeprefix("outcry: ")


async def order_without_end(venue: Venue) -> None:
    """Somebody who takes no refusal."""
    order = {"symbol": "HOME0", "side": "buy", "quantity": "1", "price": "1"}
    async with venue.client(timeout=PATIENCE_S) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                await http.post("/order", json=order)
            await asyncio.sleep(0)


@pytest.mark.parametrize("name", OTHERS)
async def test_a_log_that_is_replaced_under_services_ends_them(
    tmp_path: Path, stores: Stores, name: str
) -> None:
    """Each says what happened and what to do, and has acted on nothing that is not theirs."""
    async with running_venue(tmp_path, started=False) as venue:
        await start_nats(venue, stores[HOME])
        await asyncio.gather(*[service.start() for service in venue.services.values()])
        await venue.ready(*SERVICES)
        before = {name: await venue[name].state() for name in SERVICES}
        ordering = asyncio.create_task(order_without_end(venue))
        await venue.stop_nats()
        await start_nats(venue, stores[name])
        for service in SERVICES:
            assert await venue[service].ended() == FOREIGN
            assert "start all services again" in await line_of(venue[service])
        ordering.cancel()
        if name != "wiped":
            log = JetStreamLog(await venue.connect(OPERATOR), ORDERS)
            assert await log.last_seq() == ENTRIES[name], "somebody wrote to it"
        venue[BROKER].log.unlink()
        await venue[ORDER_SERVICE].start()
        await venue[BROKER].start()
        assert await venue[BROKER].ended() == FOREIGN
        assert before[BROKER]["log"] in await line_of(venue[BROKER])


@pytest.mark.parametrize("name", OTHERS)
async def test_books_are_not_carried_on_with_another_log(
    tmp_path: Path, stores: Stores, name: str
) -> None:
    """After a stop too: who keeps something refuses and says how to go on; the others serve, once
    an order service says which keys there are.

    A snapshot is passed over where the log does not go as far, and refuses one that does.
    """
    async with running_venue(tmp_path, started=False) as venue:
        await start_nats(venue, stores[HOME])
        await venue[ORDER_SERVICE].start()
        await venue[BROKER].start()
        await venue.ready(ORDER_SERVICE, BROKER)
        for service in (BROKER, ORDER_SERVICE):
            assert await venue[service].stop() == 0
        await venue.stop_nats()
        await start_nats(venue, stores[name])
        for service in SERVICES:
            await venue[service].start()
        assert await venue[BROKER].ended() == FOREIGN
        assert "--database-url" in await line_of(venue[BROKER])
        if name == "forked":
            assert await venue[ORDER_SERVICE].ended() == FOREIGN
            assert "move the snapshots away" in await line_of(venue[ORDER_SERVICE])
        else:
            await venue.ready(ORDER_SERVICE, GATEWAY, STREAM)


async def test_a_damaged_answer_ends_who_reads_it(tmp_path: Path, stores: Stores) -> None:
    """What does not go on from what was read is not shown, booked or handed to anybody."""
    async with running_venue(tmp_path, started=False) as venue:
        await start_nats(venue, stores[HOME])
        await asyncio.gather(*[service.start() for service in venue.services.values()])
        await venue.ready(*SERVICES)
        assert await venue[ORDER_SERVICE].stop() == 0
        nc = await venue.connect("order-service")
        entry = ENTRIES[HOME] + 1
        forged = {"seq": 12, "ts": "1", "entry": entry, "id": "x", "log": "0" * 13}
        forged["digest"] = "0" * 32
        await nc.publish("executions.0", json.dumps([forged], separators=(",", ":")).encode())
        for service in (GATEWAY, STREAM, BROKER):
            assert await venue[service].ended() == FOREIGN
            assert f"differ at entry {entry}" in await line_of(venue[service])
        await venue[ORDER_SERVICE].start()
        assert await venue[ORDER_SERVICE].ended() in (REFUSED, FOREIGN)
