"""What is due happens although nobody writes an entry, once, and at no great cost."""

import asyncio
import itertools
import json
import time

import pytest
from prometheus_client import CollectorRegistry

from outcry.log.memory import MemoryLog
from outcry.orders import ticker as law
from outcry.orders.metrics import Metrics
from outcry.orders.service import OrderService, open_order_service
from outcry.orders.ticker import Ticker
from outcry.runtime.lifecycle import working
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from tests.waiting import until


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_S", "AGAIN_S"):
        monkeypatch.setattr(law, name, 0.002)


ARMED = 6
"""The entry that arms the switch."""


class Venue:
    """A log by the clock of this machine, with services on it."""

    def __init__(self) -> None:
        self.skew_ns = 0
        self.orders = MemoryLog(lambda: time.time_ns() + self.skew_ns)
        self.answers = MemoryLog(itertools.count(1).__next__)

    async def service(self) -> OrderService:
        service = await open_order_service(
            self.orders, self.answers, Metrics(CollectorRegistry()), lockstep=False
        )
        await service.reader.start()
        await service.open_venue()
        return service

    async def enter(self, subject: str, **fields: object) -> None:
        await self.orders.send(subject, json.dumps(fields).encode())

    async def arm(self, timeout_ms: int) -> None:
        """One order, and a switch over it."""
        await self.enter("instrument.list", symbol="ACME", tick="1")
        await self.enter("account.open", account="demo", access="open")
        await self.enter("account.deposit", account="demo", amount="1")
        await self.enter("order.created", symbol="ACME", side="buy", quantity="1", price="1")
        await self.enter("order.created", op="cancel_all_after", timeout=timeout_ms)

    async def told(self) -> list[ExecutionMessage]:
        bodies = [
            entry.body
            for seq in range(1, await self.answers.last_seq() + 1)
            if (entry := await self.answers.get(seq))
        ]
        return [execution for body in bodies for execution in read_answer(body)]

    async def ops(self) -> list[str]:
        return [execution.op for execution in await self.told()]


async def test_a_switch_fires_in_silence() -> None:
    """The dead man writes nothing; his orders go all the same."""
    venue = Venue()
    service = await venue.service()
    async with working(Ticker(venue.orders, service).keep()):
        await venue.arm(30)
        await until(lambda: service.desk.position == ARMED)
        assert service.desk.engine.orders
        await until(lambda: not service.desk.engine.orders)
        await service.publisher.drained()
    assert (await venue.ops())[-2:] == ["switch.fired", "clock.tick"]
    await service.reader.stop()


async def test_orders_end_in_silence() -> None:
    """Their time is over although nobody writes."""
    venue = Venue()
    service = await venue.service()
    async with working(Ticker(venue.orders, service).keep()):
        await venue.arm(60_000)
        terms = {"symbol": "ACME", "side": "buy", "quantity": "1", "price": "1"}
        await venue.enter("account.deposit", account="demo", amount="1")
        ends = {"time_in_force": "gtd", "good_until": str(time.time_ns() + 30_000_000)}
        await venue.enter("order.created", **terms, **ends)
        await until(lambda: service.desk.position == ARMED + 2)
        assert len(service.desk.engine.orders) == 2
        await until(lambda: len(service.desk.engine.orders) == 1)
        await service.publisher.drained()
    assert (await venue.ops())[-2:] == ["orders.expired", "clock.tick"]
    await service.reader.stop()


async def test_several_services_write_one_tick() -> None:
    """Who stands at the same entry writes the same tick, and the log takes it once."""
    venue = Venue()
    services = [await venue.service() for _ in range(3)]
    async with working(*(Ticker(venue.orders, service).keep() for service in services)):
        await venue.arm(30)
        await until(lambda: all(service.desk.position > ARMED for service in services))
        await until(lambda: not any(service.desk.engine.orders for service in services))
        await asyncio.sleep(0.02)
    assert (await venue.ops()).count("clock.tick") == 1
    for service in services:
        await service.reader.stop()


async def test_nothing_due_nothing_written() -> None:
    """A venue in which nothing is due is left in peace."""
    venue = Venue()
    service = await venue.service()
    async with working(Ticker(venue.orders, service).keep()):
        await venue.arm(60_000)
        await until(lambda: service.desk.position == ARMED)
        await asyncio.sleep(0.05)
    assert service.desk.position == ARMED
    await service.reader.stop()


async def test_a_log_behind_our_clock_is_not_flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks that come too early by the log's clock are written now and then, until one counts."""
    monkeypatch.setattr(law, "AGAIN_S", 0.05)
    venue = Venue()
    venue.skew_ns = -150_000_000
    service = await venue.service()
    async with working(Ticker(venue.orders, service).keep()):
        await venue.arm(1)
        venue.skew_ns -= 100_000_000
        await until(lambda: service.desk.position > ARMED and not service.desk.engine.orders)
    assert 1 <= (await venue.ops()).count("clock.tick") < 20
    await service.reader.stop()


async def test_a_log_that_refuses_is_asked_again() -> None:
    """A tick that is lost on the way is followed by another."""
    venue = Venue()
    service = await venue.service()
    async with working(Ticker(venue.orders, service).keep()):
        await venue.arm(20)
        await until(lambda: service.desk.position == ARMED)
        venue.orders.connected = False
        await asyncio.sleep(0.05)
        venue.orders.reconnect()
        await until(lambda: not service.desk.engine.orders)
    await service.reader.stop()


async def test_one_that_stands_by_ticks_for_the_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the active service is gone and nobody orders, what is due shows it, and happens."""
    monkeypatch.setattr(law, "STANDBY_NS", 50_000_000)
    venue = Venue()
    active, standby = await venue.service(), await venue.service()
    await venue.arm(30)
    await until(lambda: standby.desk.position == active.desk.position == ARMED)
    standby.publisher.standing_by = True
    await active.reader.stop()
    async with working(Ticker(venue.orders, standby).keep()):
        await until(lambda: not standby.desk.engine.orders)
    await standby.reader.stop()
