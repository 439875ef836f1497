"""When the order service has the beginning of the log archived, and how."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits, ensure_streams
from outcry.log.whole import WholeLog
from outcry.orders import archivist
from outcry.orders.archivist import Archivist
from outcry.orders.metrics import Metrics
from outcry.orders.service import OrderService, open_order_service
from outcry.runtime.lifecycle import working
from outcry.runtime.nats_config import OPERATOR, ORDER_SERVICE
from outcry.runtime.settings import Durability, LogFormat, OrderServiceSettings
from outcry.wire.subjects import EXECUTIONS, ORDER_CREATED, ORDERS
from tests.running_nats import RunningNats
from tests.waiting import until, until_true

ENTRY = b"[" + b",".join([b"{}"] * 20) + b"]"


class Kept:
    """An order service with an archivist, on a log of its own size."""

    def __init__(
        self, service: OrderService, whole: list[WholeLog], live: list[JetStreamLog]
    ) -> None:
        self.service = service
        self.whole = whole
        self.live = live

    async def fill(self, count: int) -> None:
        sent = [await self.live[0].send(ORDER_CREATED, ENTRY) for _ in range(count)]
        last = max(await asyncio.gather(*sent))
        await until(lambda: self.service.publisher.tail >= last)

    async def first(self) -> list[int]:
        return [(await log.info()).first_seq for log in self.live]


@contextlib.asynccontextmanager
async def kept(
    nats: RunningNats, folder: Path, above_bytes: int = 1 << 30, room: int = 4 << 30
) -> AsyncIterator[Kept]:
    settings = OrderServiceSettings(
        nats_url=nats.server.url(ORDER_SERVICE),
        durability=Durability.PROCESS,
        log_format=LogFormat.JSON,
        archive_dir=folder / "archive",
        snapshot_dir=folder / "snapshots",
        archive_above_bytes=above_bytes,
        archive_min_age=0.0,
        orders_max_bytes=room,
    )
    operator = await nats.connect(OPERATOR)
    for stream in (ORDERS, EXECUTIONS):
        await operator.jsm().delete_stream(stream)
    nc = await nats.connect(ORDER_SERVICE)
    await ensure_streams(nc, Limits(room))
    live = [JetStreamLog(operator, stream) for stream in (ORDERS, EXECUTIONS)]
    whole = [
        WholeLog(JetStreamLog(nc, stream), Archive(settings.archive_dir, stream))
        for stream in (ORDERS, EXECUTIONS)
    ]
    metrics = Metrics(CollectorRegistry())
    service = await open_order_service(
        whole[0], whole[1], metrics, lockstep=False, snapshot_dir=settings.snapshot_dir
    )
    await service.reader.start()
    keeping = Archivist(settings, whole, service, metrics).keep()
    try:
        async with working(service.open_venue(), keeping):
            await until(lambda: service.desk.engine.venue)
            yield Kept(service, whole, live)
    finally:
        await service.drain()
        await service.finish()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archivist, "LOOK_S", 0.05)


async def test_a_large_stream_is_archived(nats: RunningNats, tmp_path: Path) -> None:
    """Above the size that is set; the service goes on meanwhile, and nothing is missing."""
    async with kept(nats, tmp_path, above_bytes=20_000) as venue:
        await venue.fill(100)

        async def archived() -> bool:
            return min(await venue.first()) > 1

        await until_true(archived)
        await venue.fill(10)
        end = await venue.whole[0].last_seq()
        for log in venue.whole:
            assert (await log.info()).first_seq == 1
            found = [await log.get(seq) for seq in range(1, end + 1)]
            assert [entry and entry.seq for entry in found] == list(range(1, end + 1))


async def test_half_of_its_room_is_large(nats: RunningNats, tmp_path: Path) -> None:
    """Whatever size is set, a log makes room before it is full."""
    async with kept(nats, tmp_path, room=10_000) as venue:
        await venue.fill(60)

        async def archived() -> bool:
            return min(await venue.first()) > 1

        await until_true(archived)


async def test_a_standby_leaves_it_to_the_other(nats: RunningNats, tmp_path: Path) -> None:
    """One that does not publish archives nothing."""
    async with kept(nats, tmp_path, room=10_000) as venue:
        venue.service.publisher.standing_by = True
        await venue.fill(60)
        await asyncio.sleep(10 * archivist.LOOK_S)
        assert await venue.first() == [1, 1]
        venue.service.publisher.standing_by = False

        async def archived() -> bool:
            return min(await venue.first()) > 1

        await until_true(archived)
