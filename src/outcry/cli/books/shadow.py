"""Books that are made anew from executions, in a database of their own."""

from collections.abc import Sequence

from outcry.broker.booking import Books
from outcry.broker.check import read_entries
from outcry.broker.database import Database
from outcry.broker.position import Position, read_position
from outcry.broker.rows import make_batch
from outcry.log.log import Entry
from outcry.wire.messages import ExecutionMessage


class Shadow:
    """Books in `database`, which nobody else keeps; they go on where they are."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._books = Books(database.writer.dialect)
        with database.reader.connect() as connection:
            self.position: Position = read_position(connection)

    def book(self, entries: Sequence[Entry]) -> list[ExecutionMessage]:
        """Book the next entries of EXECUTIONS in one transaction; gives their executions.

        Raises broker.check.Diverged: they do not go on from what is booked, or break the chain.
        """
        executions, after = read_entries(entries, self.position)
        with self.database.writer.begin() as connection:
            booked = self._books.book(connection, make_batch(executions), self.position, after)
        assert booked, "nobody else keeps these books"
        self.position = after
        return executions
