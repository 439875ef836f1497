"""What outlives a process: the books in SQL and the folders of snapshots and archive."""

import functools
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from outcry.broker.database import Database, migrate
from sim.dice import Dice


class Lock:
    """Whether another program writes to the books now."""

    def __init__(self) -> None:
        self.held = False


class MemoryBooks(Database):
    """Books that outlive the broker that is done with them."""

    def close(self) -> None:
        """They stay."""


@functools.cache
def _empty_books() -> bytes:
    """A database with the tables of the broker, made once: migrations take long."""
    connection = sqlite3.connect(":memory:")
    migrate(_engine(connection, Lock()))
    return connection.serialize()


def new_books(lock: Lock) -> Database:
    """Empty books in memory, for all brokers of a world."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(_empty_books())
    return MemoryBooks(_engine(connection, lock), _engine(connection, Lock()))


def _engine(connection: sqlite3.Connection, lock: Lock) -> Engine:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says

    def begin(opened: Connection) -> None:
        if lock.held:
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise OperationalError("BEGIN", {}, busy)
        opened.exec_driver_sql("BEGIN")

    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    event.listen(engine, "begin", begin)
    return engine


def damage_snapshot(disk: Path, dice: Dice) -> str:
    """Cut a snapshot short, or change a bit of it; gives its name, empty: there is none."""
    files = sorted(disk.glob("snapshots*/*.snapshot"))
    if not files:
        return ""
    path = dice.one_of(files)
    whole = bytearray(path.read_bytes())
    at = dice.below(len(whole))
    if dice.chance(0.5):
        del whole[at:]
    else:
        whole[at] ^= 1 << dice.below(8)
    path.write_bytes(whole)
    return path.name
