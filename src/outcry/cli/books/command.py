"""`outcry books rebuild`: the books made anew from the log, in an empty database."""

import asyncio
import contextlib
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from outcry.broker.database import Database, open_database
from outcry.broker.position import read_position
from outcry.cli.at_rest import connection_to
from outcry.cli.books.compare import compare_books
from outcry.cli.books.kept import Books, read_only
from outcry.cli.books.shadow import Shadow
from outcry.cli.data_folder import BOOKS
from outcry.cli.difference import Difference, show_difference
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.cli.logs import Folders, Logs, books_of, open_logs
from outcry.cli.operator import Bus
from outcry.cli.progress import progress
from outcry.cli.tape import stretch, work_off
from outcry.log.log import Entry

REBUILT = "books.rebuilt.db"
REPLACED = "books.replaced.db"
_BESIDE = ("", "-wal", "-shm")
"""A database of SQLite is up to three files."""


def rebuild(
    *,
    into: str = "",
    database_url: Annotated[str, Parameter(group=WHERE, env_var="OUTCRY_DATABASE_URL")] = "",
    bus: Bus | None = None,
    folders: Folders | None = None,
) -> int:
    """Make the books anew from the log, its archive included, and compare the present ones.

    Without --into the new books take the place of those in the data folder, on which no exchange
    may run meanwhile; the old ones stay beside them as books.replaced.db.

    Parameters
    ----------
    into
        Make them in this database instead, which must be empty; the exchange may run.
    database_url
        The present books to compare; those of the data folder when left out.
    """
    at = bus or Bus()
    if not into and at.nats_url:
        raise Failed("name a database for the new books with --into", ExitCode.USAGE)
    try:
        carry_out(_rebuild(at, folders or Folders(), into, books_of(at, database_url)))
    except Difference as difference:  # in the log itself: no books follow from it
        show_difference(difference, as_json=False)
        return ExitCode.REFUSED
    return ExitCode.OK


async def _rebuild(bus: Bus, folders: Folders, into: str, present: str) -> None:
    console = Console(highlight=False)
    new = bus.data_dir / REBUILT
    async with connection_to(bus, stopped=not into) as nc:
        logs = await open_logs(nc, bus, folders)
        if logs.first > 1:
            raise Failed(
                f"the log begins at entry {logs.first}, so no books follow from it: name the "
                "archive that has its beginning with --archive-dir",
                ExitCode.REFUSED,
            )
        if not into:
            _remove(new)
        with contextlib.closing(_empty(into or f"sqlite:///{new.resolve()}")) as database:
            shadow = Shadow(database)
            if present:
                await _compare(shadow, logs, present, console)
            await _book_to(logs.end, shadow, logs)
        if not into:
            _swap(new, bus.data_dir)
    at = shadow.position
    rebuilt = f"{at.entry:,} entries, {at.seq:,} executions, digest {at.digest.hex()}"
    console.print(f"rebuilt: {rebuilt}", soft_wrap=True)
    if into:
        console.print("to use them, start the broker with this --database-url")
    elif (bus.data_dir / REPLACED).exists():
        console.print(f"the books of before are in {bus.data_dir / REPLACED}", soft_wrap=True)


async def _book_to(last: int, shadow: Shadow, logs: Logs) -> None:
    first = shadow.position.entry + 1
    if first > last:
        return

    def book(entries: list[Entry]) -> tuple[int, int]:
        return len(entries), len(shadow.book(entries))

    with progress("rebuild", last - first + 1) as advance:
        entries = stretch(logs.answers, first, last)
        await work_off(entries, book, lambda done: advance(*done))


async def _compare(shadow: Shadow, logs: Logs, present: str, console: Console) -> None:
    """Book as far as the present books go, and say whether they hold the same."""
    try:
        with read_only(present) as books:
            await _book_to(min(books.position().entry, logs.end), shadow, logs)
            rows = await _hold_against(books, shadow, logs)
    except Difference as difference:
        console.print("the present books differ:", style="bold red")
        show_difference(difference, as_json=False)
    except Failed as failed:  # it is for such books that there is this command
        told = f"the present books are not compared: {failed}"
        console.print(told, style="yellow", soft_wrap=True)
    else:
        console.print(f"the present books hold the same {rows:,} rows", style="bold green")


async def _hold_against(books: Books, shadow: Shadow, logs: Logs) -> int:
    with books.still() as found:
        at = read_position(found)
        last = await logs.answers.last_seq()
        if at.entry > last:
            raise Difference("books, position: entry", f"at most {last}", at.entry)
        await _book_to(at.entry, shadow, logs)  # what was booked meanwhile
        with shadow.database.reader.connect() as expected:
            rows, _ = await asyncio.to_thread(compare_books, expected, found)
    return rows


def _empty(address: str) -> Database:
    """The books at `address`. Raises Failed: something is booked in them."""
    database = open_database(address)
    try:
        with database.reader.connect() as connection:
            at = read_position(connection)
    except SQLAlchemyError:
        database.close()
        raise
    if at.entry:
        database.close()
        raise Failed(
            f"the database of --into holds books up to entry {at.entry} of log {at.log}: name an "
            "empty one",
            ExitCode.REFUSED,
        )
    return database


def _swap(new: Path, folder: Path) -> None:
    """Put the new books where the broker looks for them. Whatever ends this in between, the broker
    finds the old ones, the new ones, or none and then makes them anew itself."""
    books, old = folder / BOOKS, folder / REPLACED
    _remove(old)
    for more in reversed(_BESIDE):  # the database last: its log alone is nothing
        with contextlib.suppress(FileNotFoundError):
            books.with_name(books.name + more).replace(old.with_name(old.name + more))
    new.replace(books)


def _remove(database: Path) -> None:
    for more in _BESIDE:
        database.with_name(database.name + more).unlink(missing_ok=True)
