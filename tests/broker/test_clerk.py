"""The clerk books what comes, alone; a second one on the same books waits for its turn."""

import asyncio
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from outcry.broker.clerk import Clerk
from outcry.broker.database import Database, open_database
from outcry.broker.inbox import Inbox
from outcry.broker.metrics import Metrics
from outcry.broker.position import Position, read_position
from outcry.broker.progress import Goal, Progress
from outcry.log.history import Diverged
from outcry.runtime.lifecycle import Refused
from outcry.wire.messages import ExecutionMessage
from tests.broker.keeping import Recorded
from tests.postgres import Postgres
from tests.waiting import until


class Desk:
    """A clerk at work on books of its own or of others."""

    def __init__(self, database: Database) -> None:
        with database.reader.connect() as connection:
            at = read_position(connection)
        self.told: list[int] = []
        self.booked: list[int] = []
        self.inbox = Inbox(pause_s=0)
        self.progress = Progress(at, self.inbox.hurry)
        self.metrics = Metrics(CollectorRegistry())
        self.clerk = Clerk(
            database, self.inbox, self.progress, self.journal, self.metrics, self.booked.append
        )
        self.work = asyncio.ensure_future(self.clerk.work())

    def journal(self, executions: list[ExecutionMessage]) -> None:
        self.told += [execution.seq for execution in executions]

    async def read(self, *entries: Any) -> None:
        for entry in entries:
            await self.inbox.put(entry)

    async def come_to(self, entry: int) -> None:
        await until(lambda: self.progress.position.entry >= entry)

    async def leave(self) -> None:
        self.inbox.close()
        await self.work


@pytest.fixture
def database(address: str) -> Any:
    database = open_database(address)
    yield database
    database.close()


@pytest.fixture
def second(address: str, database: Database) -> Any:
    """Another broker's connections to the same books."""
    second = open_database(address)
    yield second
    second.close()


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Books in a file of SQLite."""
    file = open_database(f"sqlite:///{tmp_path}/books.db")
    yield file
    file.close()


def position(database: Database) -> Position:
    with database.reader.connect() as connection:
        return read_position(connection)


async def test_what_is_booked_is_told_and_acknowledged(database: Database) -> None:
    """After the commit the journal has a line for each execution and the reader its sequence."""
    venue = Recorded("ACME", "ZINC", bare=True)
    desk = Desk(database)
    await desk.read(*venue.entries)
    await desk.leave()
    assert position(database).entry == 3
    assert desk.told == [1, 2, 3]
    assert desk.booked[-1] == 3


async def test_a_clerk_goes_on_where_the_books_are(database: Database) -> None:
    """A restarted broker passes over what is booked, whatever comes again."""
    venue = Recorded("ACME", "ZINC", bare=True)
    first = Desk(database)
    await first.read(*venue.entries[:2])
    await first.leave()
    again = Desk(database)
    await again.read(*venue.entries)
    await again.leave()
    assert again.told == [3]


async def test_who_waits_for_an_execution_is_told_when_it_is_booked(database: Database) -> None:
    """A read that asks for a seq goes on as soon as it is booked, and not before."""
    venue = Recorded("ACME")
    desk = Desk(database)
    waiting = asyncio.ensure_future(desk.progress.reach(Goal(seq=2), 20))
    await desk.read(venue.entries[0])
    await desk.come_to(1)
    assert not waiting.done()
    await desk.read(venue.entries[1])
    assert await waiting
    assert not await desk.progress.reach(Goal(seq=3), 0.001)
    await desk.leave()


async def test_another_history_stops_the_clerk(database: Database) -> None:
    """A digest that differs ends the work; what was booked before stays."""
    venue = Recorded("ACME")
    desk = Desk(database)
    await desk.read(venue.entries[0])
    await desk.come_to(1)
    bad = venue.entries[1]._replace(body=venue.entries[1].body.replace(b"ACME", b"ACNE"))
    await desk.read(bad)
    with pytest.raises(Diverged):
        await desk.work
    assert position(database).entry == 1


async def test_a_second_broker_waits_and_takes_over(
    database: Database, second: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two brokers each execution is booked by one; when that is gone the other goes on."""
    monkeypatch.setattr("outcry.broker.clerk.POLL_S", 0.01)
    monkeypatch.setattr("outcry.broker.clerk.PATIENCE_S", 0.2)
    venue = Recorded("ACME", "ZINC")
    one, two = Desk(database), Desk(second)
    await one.read(*venue.entries)
    await one.come_to(3)
    await two.read(*venue.entries)
    await until(lambda: two.clerk.standing_by)
    await two.come_to(3)
    assert two.told == []
    for price in range(1, 6):
        venue.order(symbol="ACME", side="buy", quantity="1", price=str(price))
        await two.read(venue.entries[-1])
        await one.read(venue.entries[-1])
        await one.come_to(venue.engine.entry)
    await one.leave()
    for price in range(1, 6):
        venue.order(symbol="ZINC", side="buy", quantity="1", price=str(price))
        await two.read(venue.entries[-1])
    await two.come_to(venue.engine.entry)
    await two.leave()
    assert not two.clerk.standing_by
    assert sorted(one.told + two.told) == list(range(1, venue.engine.seq + 1))
    assert position(database).digest == venue.engine.digest


async def test_a_clerk_that_stands_by_leaves_at_once(database: Database, second: Database) -> None:
    """A broker that is stopped while another books does not wait for its turn."""
    venue = Recorded("ACME", "ZINC")
    one, two = Desk(database), Desk(second)
    await one.read(venue.entries[0])
    await one.come_to(1)
    await two.read(*venue.entries)
    await until(lambda: two.clerk.standing_by)
    await two.leave()
    await one.leave()
    assert position(database).entry == 1


async def test_a_lock_of_another_program_is_waited_for(file: Database, tmp_path: Path) -> None:
    """Somebody who holds the books with a tool delays the broker and does not end it."""
    with file.writer.connect() as connection:
        connection.exec_driver_sql("pragma busy_timeout = 10")
    venue = Recorded("ACME")
    desk = Desk(file)
    second = open_database(f"sqlite:///{tmp_path}/books.db")
    with closing(second), capture_logs() as lines, second.writer.begin():
        await desk.read(*venue.entries)
        await until(lambda: any("another program" in line["event"] for line in lines))
    await desk.come_to(2)
    await desk.leave()


async def test_a_disk_that_does_not_take_the_books_ends_the_work(file: Database) -> None:
    """The broker says so in one line; what is booked stays, and it goes on from there."""
    with file.writer.connect() as connection:
        connection.exec_driver_sql("pragma query_only = 1")
    venue = Recorded("ACME")
    desk = Desk(file)
    await desk.read(*venue.entries)
    with pytest.raises(Refused, match="the books cannot be written: attempt to write a readonly"):
        await desk.work
    assert position(file).entry == 0


async def test_a_server_that_is_away_is_waited_for(server: Postgres) -> None:
    """PostgreSQL falls and comes back: what was committed is there once, and the rest follows."""
    venue = Recorded("ACME")
    with closing(open_database(server.address(server.make()))) as books:
        desk = Desk(books)
        await desk.read(*venue.entries[:30])
        await desk.come_to(30)
        server.stop()
        try:
            with capture_logs() as lines:
                await desk.read(*venue.entries[30:])
                await until(lambda: any("is away" in line["event"] for line in lines))
        finally:
            server.start()
        await desk.come_to(len(venue.entries))
        await desk.leave()
        assert desk.told == list(range(1, venue.engine.seq + 1))
        assert position(books).digest == venue.engine.digest
