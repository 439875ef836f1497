"""The books that an exchange keeps: only read here, as they are at one moment."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from outcry.broker.database import open_database
from outcry.broker.position import Position, read_position
from outcry.cli.books.shadow import Shadow
from outcry.cli.failed import ExitCode, Failed
from outcry.runtime.lifecycle import Refused


class Books:
    """The books at an address."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where

    def position(self) -> Position:
        """How far they go now. Raises Failed: these are no books."""
        with self.still() as connection:
            return read_position(connection)

    @contextlib.contextmanager
    def still(self) -> Iterator[Connection]:
        """The books as they are at one moment, while the block runs."""
        try:
            with self._engine.connect() as connection:
                read_position(connection)  # only the first statement fixes the moment
                yield connection
        except DBAPIError as error:
            raise Failed(
                f"the books at {self._where} cannot be read: {error.orig}; "
                "name them with --database-url",
                ExitCode.REFUSED,
            ) from error
        except Refused as refused:
            raise Failed(str(refused), ExitCode.REFUSED) from refused


@contextlib.contextmanager
def read_only(address: str) -> Iterator[Books]:
    """The books at the SQLAlchemy address `address`. Raises Failed."""
    try:
        url = make_url(address)
        sqlite = url.get_backend_name() == "sqlite"
        if sqlite and not Path(url.database or "").is_file():
            raise Failed(f"there are no books at {url.database}", ExitCode.REFUSED)
        engine = create_engine(url, **({} if sqlite else {"isolation_level": "REPEATABLE READ"}))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Failed(f"--database-url cannot be used: {error}", ExitCode.USAGE) from error
    if sqlite:
        event.listen(engine, "connect", _only_read)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    try:
        yield Books(engine, url.render_as_string())
    finally:
        engine.dispose()


def _only_read(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions begin where we say
    connection.execute("PRAGMA query_only = ON")


@contextlib.contextmanager
def scratch_books(folder: Path) -> Iterator[Shadow]:
    """Empty books in a folder of their own under `folder`, gone after the block."""
    with (
        tempfile.TemporaryDirectory(prefix="outcry-verify-", dir=folder) as scratch,
        contextlib.closing(open_database(f"sqlite:///{scratch}/books.db")) as database,
    ):
        yield Shadow(database)
