"""The data folder of an exchange that was stopped: both logs, and the books, made without it."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from outcry.broker.database import open_database
from outcry.cli.books.shadow import Shadow
from outcry.domain.limits import BOUNDS, Bounds
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.subjects import EXECUTIONS, ORDERS
from outcry.wire.subjects import executions as answered
from tests.running_nats import RunningNats, running_nats
from tests.seeded import log as seeded_log

Spoil = Callable[[int, bytes], bytes]
"""The answer to an entry, as it is to be stored."""


async def lay_up(
    folder: Path,
    entries: Iterable[Entry] | None = None,
    *,
    spoil: Spoil = lambda _, answer: answer,
    booked: int | None = None,
    bounds: Bounds = BOUNDS,
) -> Desk:
    """Fill a folder with what an exchange leaves that was given `entries`; gives its engine.

    The books hold the first `booked` entries, or all.
    """
    async with running_nats(folder) as nats:
        desk, answers = await fill(nats, entries or seeded_log(1, 300), spoil, bounds)
    with closing(open_database(f"sqlite:///{folder}/books.db")) as database:
        Shadow(database).book(answers[:booked])
    return desk


async def fill(
    nats: RunningNats, entries: Iterable[Entry], spoil: Spoil, bounds: Bounds
) -> tuple[Desk, list[Entry]]:
    nc = await nats.connect()
    orders, executions = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
    desk, right = Desk(bounds), []
    for entry in entries:
        seq = await (await orders.send(entry.subject, entry.body))
        stored = await orders.get(seq)
        assert stored is not None
        body = desk.answer(stored)
        right.append(Entry(seq, stored.ts_ns, answered(), body))
        await (await executions.send(answered(), spoil(seq, body)))
    return desk, right
