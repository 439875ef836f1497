"""Books for tests: a database of their own, booked without a broker around it."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import delete, select, update

from outcry.broker import schema
from outcry.broker.booking import Books
from outcry.broker.check import read_entries
from outcry.broker.database import Database, open_database
from outcry.broker.position import BEGINNING, Position, read_position
from outcry.broker.questions import read_request
from outcry.broker.reads import READS
from outcry.broker.rows import make_batch
from outcry.log.log import Entry
from tests.venue import Venue


class Keeper:
    """Books entries of EXECUTIONS, and answers questions, one at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.books = Books(database.writer.dialect)

    @property
    def position(self) -> Position:
        with self.database.reader.connect() as connection:
            return read_position(connection)

    def book(self, entries: list[Entry], before: Position | None = None) -> bool:
        """Book the entries after `before`, where the books are."""
        at = before or self.position
        executions, after = read_entries([e for e in entries if e.seq > at.entry], at)
        with self.database.writer.begin() as connection:
            return self.books.book(connection, make_batch(executions), at, after)

    def ask(self, question: str, **fields: Any) -> Any:
        """The answer as JSON would show it."""
        read = read_request(question, json.dumps(fields).encode())
        with self.database.reader.connect() as connection:
            answer = READS[question](connection, read_position(connection), read)
        return json.loads(msgspec.json.encode(answer))

    def empty(self) -> None:
        """Begin again; faster than new books."""
        self.books.forget()
        with self.database.writer.begin() as connection:
            for table in schema.metadata.tables.values():
                if table is not schema.position:
                    connection.execute(delete(table))
            start = BEGINNING._asdict() | {"digest": BEGINNING.digest.hex()}
            connection.execute(update(schema.position).values(start))

    def rows(self, name: str) -> list[Any]:
        """All rows of a table, in the order of its key."""
        table = schema.metadata.tables[name]
        with self.database.reader.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


class Recorded(Venue):
    """A venue that keeps the entries of EXECUTIONS it makes."""

    def __init__(self, *symbols: str, **options: Any) -> None:
        self.entries: list[Entry] = []
        super().__init__(*symbols, **options)

    def send_bytes(self, subject: str, body: bytes, ts_ns: int = 0) -> bytes:
        answer = super().send_bytes(subject, body, ts_ns)
        self.entries.append(Entry(self.desk.position, ts_ns, "executions.0", answer))
        return answer


@contextmanager
def keeping(folder: Path) -> Iterator[Keeper]:
    """A keeper of the books in `folder`."""
    with closing(open_database(f"sqlite:///{folder}/books.db")) as database:
        yield Keeper(database)
