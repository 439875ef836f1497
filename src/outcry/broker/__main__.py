"""Wires the broker: `outcry broker-service`."""

import asyncio
import contextlib

import cyclopts
from prometheus_client import CollectorRegistry

from outcry.broker.answering import Answering
from outcry.broker.clerk import Clerk
from outcry.broker.database import Database, open_database
from outcry.broker.inbox import Inbox
from outcry.broker.journal import open_journal
from outcry.broker.metrics import Metrics
from outcry.broker.position import read_position
from outcry.broker.progress import Progress
from outcry.broker.readiness import Readiness
from outcry.broker.service import books_service
from outcry.broker.start import check_log
from outcry.log.archive import Archive
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Log
from outcry.log.whole import WholeLog
from outcry.runtime.lifecycle import run, unless, until, working
from outcry.runtime.nats import connect_service
from outcry.runtime.nats_config import BROKER
from outcry.runtime.observe import configure_logging
from outcry.runtime.ops import ops_server
from outcry.runtime.settings import BrokerServiceSettings
from outcry.wire.subjects import EXECUTIONS

NAME = "broker-service"
DRAIN_S = 10.0
"""Seconds to book what was read when the service stops; the rest stays in the log."""


def main(settings: BrokerServiceSettings) -> int:
    configure_logging(NAME, settings.log_format, settings.log_level)
    return run(lambda stop: serve(settings, stop))


async def serve(settings: BrokerServiceSettings, stop: asyncio.Event) -> None:
    """Run until `stop` is set; then book what was read, and end."""
    metrics = Metrics(CollectorRegistry())
    readiness = Readiness(settings.durability)
    readiness.measure(metrics)
    with contextlib.closing(open_database(settings.database_url)) as database:
        async with ops_server(settings.host, settings.ops_port, metrics.registry, readiness.show):
            nc = await unless(stop, connect_service(settings, BROKER))
            try:
                archive = Archive(settings.archive_dir, EXECUTIONS)
                log = WholeLog(JetStreamLog(nc, EXECUTIONS), archive)
                await keep_books(log, nc, database, metrics, readiness, stop)
            finally:
                await nc.close()


async def keep_books(
    log: Log,
    nc: Connection,
    database: Database,
    metrics: Metrics,
    readiness: Readiness,
    stop: asyncio.Event,
) -> None:
    with database.reader.connect() as connection:
        at = read_position(connection)
    goal = await unless(stop, check_log(log, at))
    inbox = Inbox()
    progress = Progress(at, inbox.hurry)
    reader = log.reader(at.entry + 1, inbox.put, name=BROKER, acknowledge=True)

    def booked(entry: int) -> None:
        reader.acknowledge(entry)
        readiness.look()

    clerk = Clerk(database, inbox, progress, open_journal(), metrics, booked)
    metrics.show("queued_entries", "Entries that wait to be booked.", lambda: len(inbox))
    metrics.show("queued_bytes", "Bytes of these.", lambda: inbox.bytes)
    async with books_service(nc, Answering(database.reader, progress, metrics)):
        readiness.begin(progress, clerk, goal, lambda: nc.is_connected)
        await reader.start()
        async with working(clerk.work(), readiness.follow(log)) as (booking, following):
            await until(stop, nc.unfit, reader.failed, booking, following)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await reader.stop()
                    inbox.close()
                    await booking


if __name__ == "__main__":
    cyclopts.run(main)
