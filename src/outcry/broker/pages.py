"""Pages of a list that grows: by key, so that rows which are added move nothing.

Rule 1: a page costs a bounded amount of work whatever is asked. Where the rows that match are few
among many, a page may be short, or empty, and still have a next one.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    literal,
    select,
    tuple_,
)

SCAN_MAX = 20_000
"""Rows that are looked at for a page, where an index alone does not find the right ones."""

Key: TypeAlias = tuple[Any, ...]
"""Values of a primary key."""
Conditions: TypeAlias = Sequence[ColumnElement[bool]]


class Cursor(NamedTuple):
    """Rows beyond `key`, or from the first one (None), the newest first or the oldest."""

    key: Key | None
    newest_first: bool


class Page(NamedTuple):
    """Rows, and the key beyond which the next page begins (None: there is none)."""

    rows: list[Row[Any]]
    next: Key | None


def read_page(
    connection: Connection,
    table: Table,
    branches: Iterable[Conditions],
    rest: Conditions,
    cursor: Cursor,
    limit: int,
) -> Page:
    """Rows of `table` for which all conditions of one branch at least hold, and those of `rest`.

    For each branch there should be an index that finds its rows in the order of the primary key.
    """
    key = tuple(table.primary_key.columns)
    found: dict[Key, Row[Any]] = {}
    seen_to: list[Key] = []
    for branch in branches:
        conditions = [*branch]
        if cursor.key is not None:
            conditions.append(_beyond(key, cursor.key, cursor.newest_first))
        if rest:
            last = _ordered(select(*key), key, conditions, cursor).offset(SCAN_MAX - 1).limit(1)
            edge = connection.execute(last).first()
            if edge is not None:
                seen_to.append(tuple(edge))
                conditions.append(~_beyond(key, seen_to[-1], cursor.newest_first))
        rows = _ordered(select(table), key, [*conditions, *rest], cursor).limit(limit + 1)
        for row in connection.execute(rows):
            found[tuple(row._mapping[column] for column in key)] = row
    return _cut(found, seen_to, cursor.newest_first, limit)


def _cut(found: dict[Key, Row[Any]], seen_to: list[Key], newest_first: bool, limit: int) -> Page:
    """What every branch has been searched for, and no more than `limit`."""
    keys = sorted(found, reverse=newest_first)
    edge = None
    if seen_to:
        edge = max(seen_to) if newest_first else min(seen_to)
        keys = [key for key in keys if (key >= edge if newest_first else key <= edge)]
    if len(keys) > limit:
        keys = keys[:limit]
        edge = keys[-1]
    return Page([found[key] for key in keys], edge)


def _ordered(
    rows: Select[Any], key: Sequence[Column[Any]], conditions: Conditions, cursor: Cursor
) -> Select[Any]:
    order = [column.desc() if cursor.newest_first else column.asc() for column in key]
    return rows.where(*conditions).order_by(*order)


def _beyond(key: Sequence[Column[Any]], edge: Key, older: bool) -> ColumnElement[bool]:
    place: ColumnElement[Any] = tuple_(*key) if len(key) > 1 else key[0]
    other = tuple_(*map(literal, edge)) if len(key) > 1 else literal(edge[0])
    return place < other if older else place > other
