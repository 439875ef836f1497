"""One verification from its first entry to its last, and the books at the end."""

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path

from outcry.broker.position import read_position
from outcry.cli.at_rest import connection_to
from outcry.cli.books.kept import Books, read_only, scratch_books
from outcry.cli.difference import Difference
from outcry.cli.logs import Folders, Logs, open_logs
from outcry.cli.operator import Bus
from outcry.cli.progress import Advance, progress
from outcry.cli.tape import pairs, stretch, work_off
from outcry.cli.verify.audit import Audit
from outcry.cli.verify.check import check_books
from outcry.cli.verify.report import Report
from outcry.cli.verify.snapshots import taken_of
from outcry.cli.verify.start import opened_by, start_of
from outcry.domain.digest import START
from outcry.domain.limits import Bounds


async def run_course(
    bus: Bus, folders: Folders, books: str, bounds: Bounds, *, quiet: bool
) -> Report:
    """Verify the logs of `bus`, and the books at the address `books` unless it is empty.

    Raises Difference for the first one; Failed and LogError where there is nothing to verify.
    """
    async with contextlib.AsyncExitStack() as stack:
        kept = stack.enter_context(read_only(books)) if books else None
        nc = await stack.enter_async_context(connection_to(bus))
        began = time.monotonic()
        logs = await open_logs(nc, bus, folders)
        taken, others = await taken_of(logs.answers, folders.snapshots(bus))
        start = start_of(logs.first, await opened_by(logs), taken, bounds)
        audit = Audit(start.desk, bounds, START if logs.first == 1 else None)
        audit.snapshots = {one.header.entry: one.path for one in taken}
        if kept is not None and logs.first == 1:
            audit.shadow = stack.enter_context(scratch_books(_room(bus)))
            audit.book_to = kept.position().entry
        begin = start.desk.position + 1
        with progress("verify", logs.end - logs.first + 1, quiet=quiet) as advance:
            await _follow(audit, logs, logs.first, begin - 1, advance)
            await _execute(audit, logs, begin, logs.end, advance)
        told = "not checked"
        if kept is not None:
            told = "not checked: the beginning of the log is gone"
            if audit.shadow is not None:
                told = await _check_books(audit, logs, kept, quiet=quiet)
        engine = audit.desk.engine
        return Report(
            log=audit.desk.writer.log,
            entries=logs.end - logs.first + 1,
            executed_from=begin,
            executed_to=engine.entry,
            why_from=start.why,
            why_to=engine.rulebook.successor,
            commands=audit.commands,
            trades=audit.trades,
            open_orders=len(engine.orders),
            unanswered=logs.unanswered,
            books=told,
            snapshots=audit.snapshots_checked,
            other_snapshots=others,
            digest=engine.digest.hex(),
            seconds=time.monotonic() - began,
        )


def _room(bus: Bus) -> Path:
    """Where there is room for another copy of the books."""
    return bus.data_dir if bus.data_dir.is_dir() else Path(tempfile.gettempdir())


async def _follow(audit: Audit, logs: Logs, first: int, last: int, advance: Advance) -> None:
    answers = stretch(logs.answers, first, last)
    await work_off(answers, audit.follow, lambda done: advance(done, 0))


async def _execute(audit: Audit, logs: Logs, first: int, last: int, advance: Advance) -> None:
    entries = pairs(logs.orders, logs.answers, first, last)
    await work_off(entries, audit.take, lambda done: advance(*done))


async def _check_books(audit: Audit, logs: Logs, books: Books, *, quiet: bool) -> str:
    """Hold the books, as they are now, against what follows from the log up to there."""
    with books.still() as found:
        at = read_position(found)
        last = await logs.answers.last_seq()
        if at.entry > last:
            where = "books, position: entry"
            note = "the log lost its tail, or the books are of another venue"
            raise Difference(where, f"at most {last}, the end of EXECUTIONS", at.entry, note)
        # what was traded meanwhile
        await _execute(audit, logs, logs.end + 1, at.entry, lambda *_: None)
        await audit.book_rest(logs.answers, at.entry)
        try:
            rows = await asyncio.to_thread(check_books, audit, found, quiet=quiet)
        except Difference as difference:
            difference.note = "with the exchange stopped, `outcry books rebuild` makes them anew"
            raise
    return f"{rows:,} rows equal, at entry {at.entry:,}"
