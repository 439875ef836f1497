"""Positions: sums over the trades of an account in a symbol, kept as they grow."""

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, Dialect, select, tuple_

from outcry.broker import schema
from outcry.broker.rows import Batch, PositionKey, Sums
from outcry.broker.statement import Statement, upsert

KEYS_MAX = 500
"""Positions that are read at once; databases bound the parameters of a statement."""
KEPT_MAX = 20_000
"""Positions that are kept in memory; all are forgotten beyond."""


class Totals:
    """Adds to positions. Sums exceed 64 bits, so they are made here and not in SQL.

    What was read is kept: nobody else writes, or the position of the books would have moved.
    """

    def __init__(self, dialect: Dialect) -> None:
        table = schema.positions
        self._upsert = Statement(dialect, upsert(dialect, table), table.c.keys())
        self._kept: dict[PositionKey, Sums] = {}

    def grow(self, connection: Connection, batch: Batch) -> None:
        """Add the sums of `batch` to the positions of their keys."""
        sums = batch.sums
        if len(self._kept) > KEPT_MAX:
            self.forget()
        self._read(connection, [key for key in sums if key not in self._kept])
        rows = []
        for key, more in sums.items():
            kept = self._kept.get(key)
            total = list(map(int.__add__, kept, more)) if kept else list(more)
            self._kept[key] = total
            rows.append(
                (*key, *map(str, total), batch.traded[key])
            )  # as text any database takes them
        self._upsert.run(connection, rows)

    def forget(self) -> None:
        self._kept.clear()

    def _read(self, connection: Connection, keys: Sequence[PositionKey]) -> None:
        table = schema.positions
        for some in _chunks(keys):
            found = select(table).where(tuple_(table.c.account, table.c.symbol).in_(some))
            for row in connection.execute(found):
                account, symbol, *sums, _ = row
                self._kept[account, symbol] = sums


def _chunks(keys: Sequence[PositionKey]) -> Iterator[Sequence[PositionKey]]:
    rest = iter(keys)
    while some := list(islice(rest, KEYS_MAX)):
        yield some
