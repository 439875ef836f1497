"""Books for tests: a database of their own, booked without a broker around it."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import msgspec
from sqlalchemy import Engine, delete, event, select, text, update

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

TABLES = schema.metadata.tables


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
            tables = [table for name, table in TABLES.items() if name != schema.position.name]
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"TRUNCATE {', '.join(table.name for table in tables)}"))
            else:
                for table in tables:
                    connection.execute(delete(table))
            start = BEGINNING._asdict() | {"digest": BEGINNING.digest.hex()}
            connection.execute(update(schema.position).values(start))

    def rows(self, name: str) -> list[Any]:
        """All rows of a table, in the order of its key."""
        table = TABLES[name]
        with self.database.reader.connect() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key.columns)))

    def plans(self, work: Callable[[], object], engine: Engine) -> list[str]:
        """The steps that the database would take for each SELECT of `work` on `engine`, if the
        tables were large."""
        steps: list[str] = []
        lite = engine.dialect.name == "sqlite"

        def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if not statement.startswith("SELECT"):
                return
            other = cursor.connection.cursor()
            if not lite:
                for way in ("seqscan", "bitmapscan", "sort", "hashagg"):
                    other.execute(f"SET LOCAL enable_{way} = off")
            explained = f"EXPLAIN {'QUERY PLAN ' if lite else ''}{statement}"
            other.execute(explained, parameters)
            steps.extend(str(row[3] if lite else row[0]) for row in other.fetchall())

        event.listen(engine, "before_cursor_execute", explain)
        try:
            work()
        finally:
            event.remove(engine, "before_cursor_execute", explain)
        return steps


class Recorded(Venue):
    """A venue that keeps the entries of EXECUTIONS it makes; `bare`: without accounts."""

    def __init__(self, *symbols: str, bare: bool = False, **options: Any) -> None:
        self.entries: list[Entry] = []
        self._bare = bare
        super().__init__(*symbols, **options)

    def open_accounts(self, *accounts: str, **terms: Any) -> None:
        if not self._bare:
            super().open_accounts(*accounts, **terms)

    def send_bytes(self, subject: str, body: bytes, ts_ns: int = 0) -> bytes:
        answer = super().send_bytes(subject, body, ts_ns)
        self.entries.append(Entry(self.desk.position, ts_ns, "executions.0", answer))
        return answer


@contextmanager
def keeping(address: str) -> Iterator[Keeper]:
    """A keeper of the books at `address`."""
    with closing(open_database(address)) as database:
        yield Keeper(database)
