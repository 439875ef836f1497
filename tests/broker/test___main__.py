"""The whole broker, in this process, with a real NATS server."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.errors import NoRespondersError

from outcry.broker.__main__ import serve
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Foreign
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import BROKER, GATEWAY, ORDER_SERVICE
from outcry.runtime.settings import BrokerServiceSettings, Durability
from outcry.wire.subjects import EXECUTIONS
from tests.broker.keeping import Recorded
from tests.running_nats import RunningNats
from tests.waiting import free_port


class House:
    """A broker that can be started and stopped, and the order service that it reads from."""

    def __init__(self, nats: RunningNats, folder: Path, gateway: Connection, log: JetStreamLog):
        self.books = folder / "new" / "books.db"
        self.settings = BrokerServiceSettings(
            nats_url=nats.server.url(BROKER),
            nats_monitor_url=nats.server.monitor_url,
            durability=Durability.PROCESS,
            ops_port=free_port(),
            database_url=f"sqlite:///{self.books}",
        )
        self.gateway = gateway
        self.log = log
        self.stored = 0
        self.stop = asyncio.Event()
        self.serving: asyncio.Future[None] | None = None

    def start(self) -> None:
        self.stop = asyncio.Event()
        self.serving = asyncio.ensure_future(serve(self.settings, self.stop))

    async def end(self) -> None:
        assert self.serving is not None
        self.stop.set()
        await self.serving

    async def store(self, venue: Recorded) -> None:
        for entry in venue.entries[self.stored :]:
            await (await self.log.send(entry.subject, entry.body, expected_last=entry.seq - 1))
        self.stored = len(venue.entries)

    async def ask(self, question: str, **fields: Any) -> Any:
        body = json.dumps(fields).encode()
        answers = []

        async def asked() -> bool:
            try:
                answers.append(await self.gateway.request(f"books.{question}", body, timeout=5))
            except NoRespondersError:
                return False
            return True

        await self.until(asked)
        return json.loads(answers[0].data)

    async def state(self) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as http:
            try:
                url = f"http://127.0.0.1:{self.settings.ops_port}/readyz"
                return dict((await http.get(url)).json())
            except httpx.TransportError:
                return {}

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while not await condition():
                assert self.serving is None or not self.serving.done(), self.serving
                await asyncio.sleep(0.01)


@pytest.fixture
async def house(nats: RunningNats, tmp_path: Path) -> Any:
    log = JetStreamLog(await nats.connect(ORDER_SERVICE), EXECUTIONS)
    house = House(nats, tmp_path, await nats.connect(GATEWAY), log)
    yield house
    house.stop.set()
    if house.serving is not None:
        await asyncio.gather(house.serving, return_exceptions=True)


async def test_the_broker_books_what_is_stored_and_what_comes(house: House) -> None:
    """It books the log from its start, then live; a read of an order's seq sees the order."""
    venue = Recorded("ACME")
    await house.store(venue)
    house.start()
    assert len((await house.ask("instruments", min_seq=2))["instruments"]) == 1
    placed = venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    await house.store(venue)
    seen = await house.ask("order", order_id=placed.id, min_seq=placed.seq)
    assert (seen["seq"], seen["order"]["status"]) == (placed.seq, "new")
    booked = {"seq": placed.seq, "entry": placed.entry, "log": "0123456789abc", "ts": ""}
    assert seen["booked"] | {"ts": ""} == booked
    state = await house.state()
    assert state["ready"] and state["digest"] == venue.engine.digest.hex()


async def test_the_broker_goes_on_where_it_stopped(house: House) -> None:
    """What was read is booked before it ends; started again it books the rest, once."""
    venue = Recorded("ACME")
    await house.store(venue)
    house.start()
    await house.ask("instruments", min_seq=2)
    await house.end()
    for _ in range(5):
        venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    await house.store(venue)
    house.start()
    assert len((await house.ask("orders", min_seq=venue.engine.seq))["orders"]) == 5
    await house.end()
    with sqlite3.connect(house.books) as connection:
        assert connection.execute("select count(*) from orders").fetchone() == (5,)
    connection.close()


async def test_books_of_another_log_are_not_carried_on(house: House) -> None:
    """With the books of another log the broker refuses to start, and says what to do."""
    house.start()
    venue = Recorded("ACME")
    await house.store(venue)
    await house.ask("instruments", min_seq=2)
    await house.end()
    with sqlite3.connect(house.books) as connection:
        connection.execute("update position set digest = '00', log = 'fffffffffffff'")
    connection.close()
    with pytest.raises(Foreign, match="fffffffffffff"):
        await serve(house.settings, asyncio.Event())


async def test_a_broker_that_meets_another_history_fails(house: House) -> None:
    """An entry whose digest does not follow ends the service with an error."""
    venue = Recorded("ACME")
    await house.store(venue)
    house.start()
    await house.ask("instruments", min_seq=2)
    other = Recorded("ACME", "ZINC", log="fffffffffffff")
    await house.store(other)
    assert house.serving is not None
    with pytest.raises(Foreign):
        await asyncio.wait_for(house.serving, 20)


async def test_a_folder_that_cannot_be_written_is_refused(house: House) -> None:
    """One line that names the place, before anything else is tried."""
    house.books.parent.write_text("")
    with pytest.raises(Refused, match="--database-url"):
        await serve(house.settings, asyncio.Event())
