"""SQL that is compiled once and run for many rows of plain tuples.

SQLAlchemy's own `execute` costs several microseconds a row in dictionaries and type processing,
more than SQLite itself takes; the columns written so need no processing.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

_INSERTS: dict[str, Callable[[Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""Each dialect has its own insert that may say what happens on a conflict."""


class Statement:
    """An insert, update or delete whose parameters are `names`, in this order."""

    def __init__(self, dialect: Dialect, clause: UpdateBase, names: Sequence[str]) -> None:
        compiled: Any = clause.compile(dialect=dialect, column_keys=list(names))
        self._sql = str(compiled)
        self._names = tuple(names)
        self._by_place = bool(compiled.positional)
        if self._by_place:
            assert tuple(compiled.positiontup) == self._names, "rows go in by place"

    def run(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> int:
        """Run it for all `rows`, one at least; gives the number of rows that were changed."""
        parameters: Any = rows
        if not self._by_place:
            parameters = [dict(zip(self._names, row, strict=True)) for row in rows]
        return connection.exec_driver_sql(self._sql, parameters).rowcount


def upsert(
    dialect: Dialect,
    table: Table,
    where: Callable[[Any], ColumnElement[bool]] | None = None,
    *,
    columns: Sequence[str] = (),
) -> UpdateBase:
    """Insert rows; of a key that is there already, replace the rest of the row, or these columns.

    `where` is given the new values and tells whether to replace.
    """
    insert = _INSERTS[dialect.name](table)
    key = [column.name for column in table.primary_key.columns]
    names = columns or [column.name for column in table.c if column.name not in key]
    values = {name: insert.excluded[name] for name in names}
    condition = where(insert.excluded) if where is not None else None
    upserting: UpdateBase = insert.on_conflict_do_update(
        index_elements=key, set_=values, where=condition
    )
    return upserting
