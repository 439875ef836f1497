"""Opening the database: its folder, its connections, its migrations."""

import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from outcry.runtime.lifecycle import Refused

READERS = 4
"""Connections that read at a time."""
WRITER_CACHE_KIB = 16 << 10
READER_CACHE_KIB = 2 << 10
CHECKPOINT_PAGES = 1 << 15
"""Pages of 4 KiB that the WAL may hold before they are moved into the database. Client order ids
change pages all over it, so the more are moved at once the fewer are moved twice: with 1,000, the
default, booking takes four times as long."""
LOCK_TIMEOUT_S = 10.0
MIGRATION_LOCK = 0x0C4
"""A number of ours among the advisory locks of a database of PostgreSQL."""


class Database(NamedTuple):
    """One for the writer, which is alone; one for the readers, which never wait for it."""

    writer: Engine
    reader: Engine

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def open_database(address: str) -> Database:
    """Open the books at the SQLAlchemy address `address`, with their tables as they have to be.

    Raises Refused: what is wrong with the address, the folder or the file.
    """
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            _make_folder(url)
            database = _open_sqlite(url)
        else:
            database = Database(
                create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True),
                create_engine(
                    url,
                    pool_size=READERS + 1,
                    max_overflow=0,
                    pool_pre_ping=True,
                    isolation_level="REPEATABLE READ",
                ),
            )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Refused(
            f"--database-url cannot be used: {error}; expected an address such as "
            "sqlite:///data/books.db"
        ) from error
    try:
        migrate(database.writer)
    except CommandError as error:
        database.close()
        raise Refused(
            f"the books at {url.render_as_string()} were made by a newer version; run that one, "
            "or give another place with --database-url"
        ) from error
    except DBAPIError as error:
        database.close()
        raise Refused(
            f"the books at {url.render_as_string()} cannot be used: {error.orig}; check the "
            "file, or give another with --database-url"
        ) from error
    return database


def migrate(engine: Engine) -> None:
    """Bring the tables to what `schema` says."""
    config = Config()
    config.set_main_option("script_location", "outcry.broker:migrations")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # two brokers may start at once
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == "sqlite":  # it tells of a file that it may not write only here
            connection.exec_driver_sql("PRAGMA user_version = 0")


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise Refused(
            "--database-url names no file: books in memory would be gone with the broker; "
            "give one such as sqlite:///data/books.db"
        )
    if url.database.startswith("file:"):  # a URI, of which only SQLite knows the folder
        return
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"the folder {folder} for the books cannot be made: {error.strerror}; give another "
            "with --database-url"
        ) from error


def _open_sqlite(url: URL) -> Database:
    writer = create_engine(url, pool_size=1, max_overflow=0)
    reader = create_engine(url, pool_size=READERS + 1, max_overflow=0)  # and one for the clerk
    # A writer that first read and then wrote could find, too late, that another one was faster.
    _prepare_sqlite(writer, "BEGIN IMMEDIATE", WRITER_CACHE_KIB)
    _prepare_sqlite(reader, "BEGIN", READER_CACHE_KIB)
    return Database(writer, reader)


def _prepare_sqlite(engine: Engine, begin: str, cache_kib: int) -> None:
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin where we say
        connection.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT_S * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        # A loss of power may take the newest transactions with it, but leaves the database as it
        # was after an earlier one, and that says where in the log to go on: the log is the truth
        # and was on the disk first. So nothing waits for a fsync here.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")

    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)


def is_locked(error: DBAPIError) -> bool:
    """Whether the database could not be had because another program was at it."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_away(error: DBAPIError) -> bool:
    """Whether there is no server of the database now: it is being started, or cannot be reached."""
    state = getattr(error.orig, "sqlstate", "")
    return state is None or state[:2] in _AWAY or state[:3] == _SHUTDOWN


def is_denied(error: DBAPIError) -> bool:
    """Whether the disk does not take it: full, broken, gone, or not to be written."""
    return _code(error) in (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    )


_AWAY = ("08",)
_SHUTDOWN = "57P"
"""Classes of SQLSTATE: connections that broke, servers that stop or start."""


def _code(error: DBAPIError) -> int:
    return int(getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK)) & 0xFF
