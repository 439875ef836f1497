"""Positions: sums over the trades of an account in a symbol, kept as they grow."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, Dialect, select

from outcry.broker import schema
from outcry.broker.rows import Batch, PositionKey, Sums
from outcry.broker.statement import Statement, upsert

ACCOUNTS_MAX = 500
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
            digits = map(str, total)  # any database takes a number so, however large
            rows.append((*key, *digits, batch.traded[key]))
        self._upsert.run(connection, rows)

    def forget(self) -> None:
        self._kept.clear()

    def _read(self, connection: Connection, keys: Iterable[PositionKey]) -> None:
        """Remember what the positions are now. By symbol: no database finds pairs by an index."""
        accounts = defaultdict[str, list[str]](list)
        for account, symbol in keys:
            accounts[symbol].append(account)
        table = schema.positions
        for symbol, some in accounts.items():
            for start in range(0, len(some), ACCOUNTS_MAX):
                among = table.c.account.in_(some[start : start + ACCOUNTS_MAX])
                found = select(table).where(table.c.symbol == symbol, among)
                for account, _, *sums, _ in connection.execute(found):
                    self._kept[account, symbol] = sums
