"""An order service between two logs in memory: its snapshots, and how it starts from them."""

import asyncio
import contextlib
import gc
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from outcry.domain import snapshot
from outcry.log.memory import MemoryLog
from outcry.orders import keeper as law
from outcry.orders import snapshots
from outcry.orders.forked import Forked, forked
from outcry.orders.keeper import Keeper, SnapshotFailed
from outcry.orders.metrics import Metrics
from outcry.orders.service import OrderService, open_order_service
from outcry.wire.executions import split_digest
from tests.waiting import PATIENCE_S, until

ORDER = b'{"symbol":"ACME","side":"buy","quantity":"1","price":"1"}'


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "POLL_S", 0.001)


class Exchange:
    """Two logs that outlive the services between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders, self.answers = (MemoryLog(itertools.count(1).__next__) for _ in range(2))

    @contextlib.asynccontextmanager
    async def service(self) -> AsyncIterator[OrderService]:
        """A service that runs until the block ends, which is a kill."""
        metrics = Metrics(CollectorRegistry())
        service = await open_order_service(
            self.orders, self.answers, metrics, lockstep=False, snapshot_dir=self.folder
        )
        await service.reader.start()
        await service.open_venue()
        try:
            yield service
        finally:
            await service.reader.stop()
            await kept(service).close()

    async def enter(self, service: OrderService, *bodies: bytes) -> None:
        for body in bodies:
            await self.orders.send("order.created", body)
        await self.answered(service)

    async def answered(self, service: OrderService) -> None:
        end = await self.orders.last_seq()
        await until(lambda: service.publisher.tail == end)

    def entries(self) -> list[int]:
        return [snapshots.read(path)[0].entry for path in snapshots.found(self.folder)]


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path)


def kept(service: OrderService) -> Keeper:
    assert service.keeper is not None
    return service.keeper


async def newer(service: OrderService, entry: int) -> None:
    """Wait for a snapshot of a later entry."""
    await until(lambda: kept(service).entry > entry)


async def test_it_goes_on_from_its_last_stop(exchange: Exchange) -> None:
    """A clean stop leaves a snapshot, and the next start replays nothing."""
    async with exchange.service() as service:
        await exchange.enter(service, ORDER, ORDER)
        await service.drain()
        await service.finish()
        assert (exchange.entries(), kept(service).entry) == ([3], 3)
    async with exchange.service() as again:
        assert kept(again).entry == again.desk.position == 3
        assert again.desk.engine.digest == service.desk.engine.digest
        await exchange.enter(again, ORDER)
        stored = await exchange.answers.get(4)
        assert stored is not None
        assert split_digest(stored.body)[1] == again.desk.engine.digest


async def test_a_stop_without_news_takes_none(exchange: Exchange) -> None:
    """Where nothing has come since the last snapshot, it is the one to start from."""
    async with exchange.service() as service:
        await service.finish()
        (path,) = snapshots.found(exchange.folder)
        written = path.stat().st_mtime_ns
        await service.finish()
    assert [path.stat().st_mtime_ns for path in snapshots.found(exchange.folder)] == [written]


async def test_snapshots_are_taken_on_the_way(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every so many entries, while the service goes on; a start replays what came after."""
    monkeypatch.setattr(law, "ENTRIES_DUE", 10)
    monkeypatch.setattr(law, "IDLE_TIMES", 0)
    async with exchange.service() as service:
        for _ in range(5):
            await exchange.enter(service, *[ORDER] * 10)
            await newer(service, kept(service).entry)
        digest, position = service.desk.engine.digest, service.desk.position
    assert len(exchange.entries()) == snapshots.KEPT
    async with exchange.service() as again:
        assert again.desk.position == position > kept(again).entry - 1
        assert again.desk.engine.digest == digest


async def test_none_is_ahead_of_the_log(exchange: Exchange) -> None:
    """A snapshot has no name before the answer to its entry is stored."""
    async with exchange.service() as service:
        exchange.answers.connected = False
        await exchange.orders.send("order.created", ORDER)
        await until(lambda: service.desk.position == 2)
        taking = asyncio.ensure_future(kept(service).take())
        await until(lambda: list(exchange.folder.glob(f".*{snapshots.UNFINISHED}")))
        await asyncio.sleep(0.1)
        assert exchange.entries() == []
        exchange.answers.reconnect()
        assert (await taking).entry == 2
        assert exchange.entries() == [2]


async def test_requests_that_come_together_share_nothing_half(exchange: Exchange) -> None:
    """One snapshot at a time: who asks meanwhile gets that of the state it asked for."""
    async with exchange.service() as service:
        await exchange.enter(service, ORDER)
        one, other = await asyncio.gather(kept(service).take(), kept(service).take())
        assert one.entry == other.entry == 2


async def test_a_killed_child_costs_a_snapshot_alone(exchange: Exchange) -> None:
    """A child that dies is named; orders go on, and so do snapshots."""
    async with exchange.service() as service:
        await exchange.enter(service, ORDER)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(law, "forked", stillborn)
            with pytest.raises(SnapshotFailed, match="killed by signal 9"):
                await kept(service).take()
        assert list(exchange.folder.iterdir()) == []
        await exchange.enter(service, ORDER)
        assert (await kept(service).take()).entry == 3


def stillborn(work: Callable[[], None]) -> Forked:
    child = forked(lambda: time.sleep(PATIENCE_S))
    os.kill(child.pid, signal.SIGKILL)
    return child


async def test_a_child_that_hangs_is_killed(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever, least of all the orders."""
    monkeypatch.setattr(law, "CHILD_S", 0.05)
    monkeypatch.setattr(snapshot, "dump", lambda _: time.sleep(PATIENCE_S))
    async with exchange.service() as service:
        with pytest.raises(SnapshotFailed, match="more than"):
            await kept(service).take()
        await exchange.enter(service, ORDER)


async def test_a_folder_that_takes_nothing_is_told(exchange: Exchange) -> None:
    """Without room for snapshots the exchange goes on without, and ends well."""
    async with exchange.service() as service:
        exchange.folder.rmdir()
        exchange.folder.write_text("a file in its place")
        with pytest.raises(SnapshotFailed, match="File exists"):
            await kept(service).take()
        await exchange.enter(service, ORDER)
        await service.finish()


async def test_a_folder_that_is_lost_while_it_writes_is_told(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot even be tidied up costs a snapshot, and nothing else."""

    def lose(_: object) -> list[bytes]:
        exchange.folder.rename(exchange.folder.with_name("lost"))
        exchange.folder.write_text("a file in its place")
        return [b""]

    monkeypatch.setattr(snapshot, "dump", lose)
    async with exchange.service() as service:
        with pytest.raises(SnapshotFailed, match="Not a directory"):
            await kept(service).take()
        await service.finish()


async def test_a_folder_that_was_removed_is_made_again(exchange: Exchange) -> None:
    """Somebody who clears snapshots away takes no later ones from the exchange."""
    async with exchange.service() as service:
        exchange.folder.rmdir()
        await exchange.enter(service, ORDER)
        assert (await kept(service).take()).entry == exchange.entries()[0] == 2


async def test_nothing_is_left_to_the_collector(exchange: Exchange) -> None:
    """The service runs with the collector of cycles off: trading must not make any."""
    crossing = (
        b'[{"symbol":"ACME","side":"buy","quantity":"2","price":"1","client_order_id":"%d"},'
        b'{"symbol":"ACME","side":"sell","quantity":"1","price":"1","account":"other"},'
        b'{"op":"replace","client_order_id":"%d","quantity":"3"},'
        b'{"op":"cancel_all_after","account":"other","timeout":1},{"op":"cancel_all"}]'
    )
    async with exchange.service() as service:
        listing = b'{"symbol":"ACME","tick":"1"}'
        await exchange.orders.send("instrument.list", listing)
        for number in range(50):
            if number == 10:
                gc.collect()
                gc.disable()
            await exchange.enter(service, crossing % (number, number))
            if number % 20 == 0:
                await kept(service).take()
        left = gc.collect()
        gc.enable()
        assert service.desk.engine.seq > 200
    assert left < 40, "that is one for each entry"


async def test_a_snapshot_that_another_leaves_meanwhile(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who starts while another one goes on may find a newer snapshot than the end it asked for."""
    async with exchange.service() as other:
        await exchange.enter(other, ORDER, ORDER)
        await kept(other).take()
        end = other.desk.position
    for log in (exchange.orders, exchange.answers):
        told = iter((end - 1,))

        async def last_seq(told: Iterator[int] = told, log: MemoryLog = log) -> int:
            return next(told, None) or (await log.info()).last_seq

        monkeypatch.setattr(log, "last_seq", last_seq)
    async with asyncio.timeout(PATIENCE_S), exchange.service() as service:
        assert service.desk.position == service.publisher.tail == end
        await exchange.enter(service, ORDER)
        assert (await exchange.answers.info()).last_seq == end + 1
