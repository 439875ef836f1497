"""Two sets of books, row by row: what one should hold, and what the other one does."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from outcry.broker import schema
from outcry.cli.books.tally import Tally
from outcry.cli.difference import Difference
from outcry.cli.progress import ROWS, Advance, progress

ROWS_AT_ONCE = 2_000
TABLES = (  # the position first: where that differs, all else does
    schema.position,
    *(table for table in schema.metadata.sorted_tables if table is not schema.position),
)


def compare_books(
    expected: Connection, found: Connection, *, quiet: bool = False
) -> tuple[int, Tally]:
    """Hold all tables of `found` against those of `expected`; gives the rows, and their sums.

    The connections are in transactions, so that nobody changes what is compared. Raises
    Difference, for the first row in the order of its table's key.
    """
    tally = Tally()
    counts = (expected.execute(select(func.count()).select_from(table)) for table in TABLES)
    total = sum(count.scalar_one() for count in counts)
    with progress("books", total, ROWS, quiet=quiet) as advance:
        for table in TABLES:
            _compare(table, expected, found, tally, advance)
    return total, tally


def _compare(
    table: Table, expected: Connection, found: Connection, tally: Tally, advance: Advance
) -> None:
    count = 0
    theirs = _rows(table, found)
    for right in _rows(table, expected):
        there = next(theirs, None)
        if there is None or there != right:
            raise _difference(table, right, there)
        tally.take(table.name, there)
        count += 1
        if count == ROWS_AT_ONCE:
            advance(count, count)
            count = 0
    advance(count, count)
    extra = next(theirs, None)
    if extra is not None:
        raise _difference(table, None, extra)


def _rows(table: Table, connection: Connection) -> Iterator[Row[Any]]:
    """All rows in the order of the key; texts as bytes, as every database can sort them."""
    key: list[Any] = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql":
        key = [column.collate("C") if _is_text(column) else column for column in key]
    ordered = select(table).order_by(*key)
    streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
    return iter(streaming.execute(ordered))


def _is_text(column: Any) -> bool:
    return column.type.python_type is str


def _difference(table: Table, right: Row[Any] | None, there: Row[Any] | None) -> Difference:
    """Of two rows at the same place: of one key, or else the smaller key is the odd one."""
    names = [column.name for column in table.primary_key.columns]
    keys = [tuple(getattr(row, name) for name in names) if row else None for row in (right, there)]
    if there is None or (right is not None and _key(keys[0]) < _key(keys[1])):
        return Difference(_where(table, names, keys[0]), _shown(right), "no such row")
    if right is None or keys[0] != keys[1]:
        return Difference(_where(table, names, keys[1]), "no such row", _shown(there))
    column = next(name for name, a, b in zip(right._fields, right, there, strict=True) if a != b)
    where = f"{_where(table, names, keys[0])}: {column}"
    return Difference(where, getattr(right, column), getattr(there, column))


def _key(key: Any) -> tuple[Any, ...]:
    return tuple(part.encode() if isinstance(part, str) else part for part in key)


def _where(table: Table, names: list[str], key: Any) -> str:
    return f"books, {table.name}, " + ", ".join(
        f"{name} {part}" for name, part in zip(names, key, strict=True)
    )


def _shown(row: Row[Any] | None) -> str:
    return "" if row is None else ", ".join(f"{k} {v}" for k, v in row._mapping.items())
