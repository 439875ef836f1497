"""`outcry verify`: the log executed again from its beginning, and all that follows from it."""

import asyncio
import contextlib
import tempfile
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from outcry.broker.position import read_position
from outcry.cli.at_rest import connection_to
from outcry.cli.books.kept import Books, read_only, scratch_books
from outcry.cli.difference import Difference, show_difference
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.cli.logs import Folders, Logs, books_of, open_logs
from outcry.cli.operate import Json
from outcry.cli.operator import Bus
from outcry.cli.progress import progress
from outcry.cli.tape import Pair, pairs, work_off
from outcry.cli.verify.audit import Audit
from outcry.cli.verify.check import check_books
from outcry.cli.verify.report import Report, show_report
from outcry.log.log import LogError
from outcry.orders.answer import Desk
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import LogFormat, LogLevel


def verify(
    *,
    database_url: Annotated[str, Parameter(group=WHERE, env_var="OUTCRY_DATABASE_URL")] = "",
    books: bool = True,
    json: Json = False,
    bus: Bus | None = None,
    folders: Folders | None = None,
) -> int:
    """Execute the log again from its beginning and check everything that follows from it.

    Executions byte for byte and their chain of digests, the books row by row. The exchange may
    run meanwhile; where it does not, its data folder is read.

    Parameters
    ----------
    database_url
        The books to check; those of the data folder when left out.
    books
        Check the books too, which takes room on the disk for another copy of them.
    """
    configure_logging("outcry", LogFormat.CONSOLE, LogLevel.ERROR)
    at = bus or Bus()
    address = books_of(at, database_url) if books else ""
    try:
        report = asyncio.run(_verify(at, folders or Folders(), address, quiet=json))
    except Difference as difference:
        show_difference(difference, as_json=json)
        return ExitCode.REFUSED
    except LogError as error:
        raise Failed(str(error), ExitCode.REFUSED) from error
    show_report(report, as_json=json)
    return ExitCode.OK


async def _verify(bus: Bus, folders: Folders, address: str, *, quiet: bool) -> Report:
    async with contextlib.AsyncExitStack() as stack:
        kept = stack.enter_context(read_only(address)) if address else None
        nc = await stack.enter_async_context(connection_to(bus))
        began = time.monotonic()
        logs = await open_logs(nc, bus, folders)
        audit = Audit(Desk())
        if kept is not None:
            beside = bus.data_dir if bus.data_dir.is_dir() else Path(tempfile.gettempdir())
            shadow = stack.enter_context(scratch_books(beside))
            audit = Audit(Desk(), shadow, kept.position().entry)
        await _execute(audit, logs, logs.end, quiet=quiet)
        told = "not checked" if kept is None else await _check_books(audit, logs, kept)
        engine = audit.desk.engine
        return Report(
            log=audit.desk.writer.log,
            entries=engine.entry,
            commands=engine.seq,
            trades=audit.trades,
            open_orders=len(engine.orders),
            unanswered=logs.unanswered,
            books=told,
            digest=engine.digest.hex(),
            seconds=time.monotonic() - began,
        )


async def _execute(audit: Audit, logs: Logs, last: int, *, quiet: bool) -> None:
    """Go on to entry `last`."""
    first = audit.desk.position + 1
    with progress("verify", last - first + 1, quiet=quiet) as advance:

        def take(batch: list[Pair]) -> tuple[int, int]:
            return len(batch), audit.take(batch)

        await work_off(
            pairs(logs.orders, logs.answers, first, last), take, lambda done: advance(*done)
        )


async def _check_books(audit: Audit, logs: Logs, books: Books) -> str:
    """Hold the books, as they are now, against what follows from the log up to there."""
    with books.still() as found:
        at = read_position(found)
        last = await logs.answers.last_seq()
        if at.entry > last:
            where = "books, position: entry"
            note = "the log lost its tail, or the books are of another venue"
            raise Difference(where, f"at most {last}, the end of EXECUTIONS", at.entry, note)
        await _execute(audit, logs, at.entry, quiet=True)  # what was traded meanwhile
        await audit.book_rest(logs.answers, at.entry)
        rows = await asyncio.to_thread(check_books, audit, found)
    return f"{rows:,} rows equal, at entry {at.entry:,}"
