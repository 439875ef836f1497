"""The version of the engine that a log is of, and the mark at which the next one goes on."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from outcry.domain.limits import BOUNDS, VERSION, Bounds
from outcry.log.memory import MemoryLog
from outcry.orders import keeper as law
from outcry.orders import snapshots
from outcry.orders.metrics import Metrics
from outcry.orders.service import OrderService, open_order_service
from outcry.orders.version import other_version
from outcry.runtime.lifecycle import Refused, Superseded
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from tests.waiting import PATIENCE_S, until

NEXT = Bounds(version=str(int(VERSION) + 1), instruments=1)
LISTING = b'{"symbol":"%s","tick":"1"}'


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "POLL_S", 0.001)


class Venue:
    """Two logs, and a service of some version between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders, self.answers = (MemoryLog(itertools.count(1).__next__) for _ in range(2))

    @contextlib.asynccontextmanager
    async def served(self, bounds: Bounds = BOUNDS) -> AsyncIterator[OrderService]:
        service = await open_order_service(
            self.orders,
            self.answers,
            Metrics(CollectorRegistry()),
            lockstep=False,
            snapshot_dir=self.folder,
            bounds=bounds,
        )
        await service.reader.start()
        try:
            yield service
        finally:
            await service.reader.stop()
            assert service.keeper is not None
            await service.keeper.close()

    async def ended(self, bounds: Bounds) -> str:
        """Why a service ends by itself."""
        async with self.served(bounds) as service, asyncio.timeout(PATIENCE_S):
            with pytest.raises(Refused) as refusal:
                await service.reader.failed
        return str(refusal.value)

    async def enter(self, subject: str, body: bytes) -> None:
        await self.orders.send(subject, body)

    async def list(self, symbol: bytes) -> None:
        await self.enter("instrument.list", LISTING % symbol)

    async def mark(self) -> None:
        await self.enter("venue.upgrade", b'{"engine":"%s"}' % NEXT.version.encode())

    async def told(self, seq: int) -> ExecutionMessage:
        async def stored() -> bool:
            return await self.answers.last_seq() >= seq

        while not await stored():  # noqa: ASYNC110 - a log sets no event
            await asyncio.sleep(0)
        answer = await self.answers.get(seq)
        assert answer is not None
        return read_answer(answer.body)[0]


@pytest.fixture
async def venue(tmp_path: Path) -> Venue:
    """Open, with one instrument, under this version."""
    venue = Venue(tmp_path)
    async with venue.served() as service:
        await service.open_venue()
        await venue.list(b"A")
        await until(lambda: service.publisher.tail == 2)
    return venue


async def test_nothing_after_the_mark_is_answered(venue: Venue) -> None:
    """The version that meets a mark answers it, leaves its snapshot, and ends; so it does again."""
    await venue.mark()
    await venue.list(b"B")
    assert "entry 3 hands this log over to engine" in await venue.ended(BOUNDS)
    assert await venue.answers.last_seq() == 3
    header = snapshots.read_header(snapshots.found(venue.folder)[0])
    assert (header.entry, header.engine, header.mark) == (3, VERSION, NEXT.version)
    with pytest.raises(Superseded):
        async with venue.served():
            pass


async def test_the_next_version_goes_on_at_the_mark(venue: Venue) -> None:
    """Its rules hold for what waited, and never for what was answered before."""
    await venue.list(b"B")
    await venue.mark()
    await venue.list(b"C")
    await venue.ended(BOUNDS)
    async with venue.served(NEXT) as service:
        assert (await venue.told(5)).reason == "instrument_limit"
        assert len(service.desk.engine.rulebook.instruments) == 2
        assert service.desk.engine.venue is not None
        assert service.desk.engine.venue.engine == NEXT.version
        await service.finish()
    async with venue.served(NEXT) as service:  # from a snapshot of its own
        assert service.desk.position == 5
        await venue.mark()
        assert (await venue.told(6)).reason == "not_newer"


async def test_without_a_mark_another_version_is_refused(venue: Venue) -> None:
    """The log of another version is not for this one, with snapshots of it or without."""
    assert f"this log is of engine {VERSION}" in await venue.ended(NEXT)
    async with venue.served() as service:
        await until(service.caught_up.is_set)
        await service.finish()
    with pytest.raises(Refused, match=f"`outcry upgrade --to {NEXT.version}`"):
        async with venue.served(NEXT):
            pass


async def test_marks_are_kept(venue: Venue) -> None:
    """However many snapshots follow, the one at which another version went on stays."""
    await venue.mark()
    await venue.ended(BOUNDS)
    async with venue.served(NEXT) as service:
        assert service.keeper is not None
        for number in range(snapshots.KEPT + 2):
            await venue.list(b"S%d" % number)
            await venue.told(4 + number)
            await service.keeper.take()
    headers = [snapshots.read_header(path) for path in snapshots.found(venue.folder)]
    assert [header.mark for header in headers] == [""] * snapshots.KEPT + [NEXT.version]


def test_an_older_version_is_told_to_leave_the_log() -> None:
    """A program that is too old is not told to upgrade to itself."""
    assert "upgrade" not in str(other_version("9", "2"))
    assert "upgrade --to 9" in str(other_version("2", "9"))
