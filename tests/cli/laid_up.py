"""The data folder of an exchange that was stopped: both logs, and the books, made without it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from outcry.broker.database import open_database
from outcry.cli.books.shadow import Shadow
from outcry.domain.limits import BOUNDS, Bounds
from outcry.log.archive import Archive
from outcry.log.archiver import extend
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, Log
from outcry.orders import snapshots
from outcry.orders.answer import Desk
from outcry.wire.subjects import EXECUTIONS, ORDERS
from outcry.wire.subjects import executions as answered
from tests.orders.folder import save
from tests.running_nats import running_nats
from tests.seeded import log as seeded_log

Spoil = Callable[[int, bytes], bytes]
"""The answer to an entry, or the entry, as it is to be stored."""


async def lay_up(
    folder: Path,
    entries: Iterable[Entry] | None = None,
    *,
    spoil: Spoil = lambda _, answer: answer,
    forge: Spoil = lambda _, entry: entry,
    booked: int | None = None,
    bounds: Bounds = BOUNDS,
    snapshots_after: Sequence[int] = (),
    purged_before: int = 1,
    archived: bool = True,
) -> Desk:
    """Fill a folder with what an exchange leaves that was given `entries`; gives its engine.

    The books hold the first `booked` entries, or all. What is before `purged_before` is not in the
    streams any more, but in the archive, unless that is lost.
    """
    async with running_nats(folder) as nats:
        nc = await nats.connect()
        logs = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
        snapshots.clear(folder / "snapshots")
        taking = dict.fromkeys(snapshots_after, folder / "snapshots")
        desk, answers = await fill(
            logs, entries or seeded_log(2, 300), spoil, Desk(bounds), taking, forge
        )
        for log, stream in zip(logs, (ORDERS, EXECUTIONS), strict=True):
            if archived and purged_before > 1:
                archive = Archive(folder / "archive", stream)
                await extend(archive, log, desk.writer.log, purged_before - 1)
            await log.purge(purged_before)
    with closing(open_database(f"sqlite:///{folder}/books.db")) as database:
        Shadow(database).book(answers[:booked])
    return desk


async def fill(
    logs: tuple[Log, Log],
    entries: Iterable[Entry],
    spoil: Spoil,
    desk: Desk,
    taking: Mapping[int, Path],
    forge: Spoil = lambda _, entry: entry,
) -> tuple[Desk, list[Entry]]:
    """Put entries into ORDERS, and their answers into EXECUTIONS; gives the unspoilt ones."""
    orders, executions = logs
    right = []
    for number, entry in enumerate(entries, 1):
        seq = await (await orders.send(entry.subject, forge(number, entry.body)))
        stored = await orders.get(seq)
        assert stored is not None
        body = desk.answer(stored._replace(body=entry.body))
        right.append(Entry(seq, stored.ts_ns, answered(), body))
        await (await executions.send(answered(), spoil(seq, body)))
        if seq in taking:
            save(taking[seq], desk.engine)
    return desk, right
