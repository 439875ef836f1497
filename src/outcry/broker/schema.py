"""The books as tables.

Prices and quantities are whole numbers of 10⁻⁹, times nanoseconds since 1970, `seq` an execution.
An order's id is the engine's: entry and index of the command that made it, in log order; with the
log in `position` it gives the UUID of the wire (`wire.order_id`).

Rule 1: nothing here is of one SQL dialect, but for hints that others pass over.
Rule 2: the tables are made by the migrations; this is what they have to look like in the end.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    literal_column,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData()

# SQLite keeps a table in the order of a key only if that is declared INTEGER (of 64 bits there).
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Total(TypeDecorator[int]):
    """A whole number without bound, for sums. SQLite, which has none, keeps its digits as text."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text() if dialect.name == "sqlite" else Numeric(scale=0)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> object:
        return str(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: object, dialect: Dialect) -> int:
        return int(str(value))


position = Table(
    "position",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log", Text, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("ts", BigInteger, nullable=False),
)
"""How far the books go: entry of EXECUTIONS, last execution, running digest, log time. One row,
1."""

orders = Table(
    "orders",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("time_in_force", Text, nullable=False),
    Column("created_seq", BigInteger, nullable=False),
    Column("created_ts", BigInteger, nullable=False),
    Column("client_order_id", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("leaves", BigInteger, nullable=False),
    Column("average_price", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    Column("updated_ts", BigInteger, nullable=False),
)
"""Every new order that was answered, also the rejected ones; 0 and "" where there is nothing.

`reason` says why the rest of it went, or why it was rejected.
"""

_NONE: ColumnElement[int] = literal_column("0")
# Written out, since it is by its text that an index on a part of a table is found.
OPEN = orders.c.leaves > _NONE
"""An order that rests."""
CLOSED = orders.c.leaves == _NONE
"""An order that has come to its end, or never began."""


def _index(name: str, *columns: Column[Any], where: ColumnElement[bool] | None = None) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


# An index costs about a microsecond an order, so there are few. An order is in one of the first
# two. Those of open orders hold what is asked of them, so that the table is not gone through.
_index("closed_orders", orders.c.account, orders.c.id, where=CLOSED)
_index(
    "open_orders",
    orders.c.account,
    orders.c.id,
    orders.c.symbol,
    orders.c.side,
    where=OPEN,
)
_index(
    "book",
    orders.c.symbol,
    orders.c.side,
    orders.c.price,
    orders.c.leaves,
    where=OPEN,
)

client_order_ids = Table(
    "client_order_ids",
    metadata,
    Column("client_order_id", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("order_id", BigInteger, nullable=False),
    Column("rejected", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The order that a client order id means: the newest one accepted under it, also if a replace
gave the order another since; else the newest rejected one."""

blocked_client_order_ids = Table(
    "blocked_client_order_ids",
    metadata,
    Column("client_order_id", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Client order ids that a cancel gave up before any order had them: none will. `seq` is of the
newest such cancel."""

trades = Table(
    "trades",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("ts", BigInteger, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("taker_order", BigInteger, nullable=False),
    Column("taker_account", Text, nullable=False),
    Column("maker_order", BigInteger, nullable=False),
    Column("maker_account", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Every fill: place `number` in execution `seq`; `side` is the taker's."""

for _column in ("taker_order", "maker_order", "taker_account", "maker_account", "symbol"):
    _index(f"trades_by_{_column}", trades.c[_column], trades.c.seq, trades.c.number)

positions = Table(
    "positions",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("bought_quantity", Total, nullable=False),
    Column("bought_value", Total, nullable=False),
    Column("sold_quantity", Total, nullable=False),
    Column("sold_value", Total, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Sums over the trades of an account; a value is price times quantity, in 10⁻¹⁸."""

instruments = Table(
    "instruments",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("tick", BigInteger, nullable=False),
    Column("lot", BigInteger, nullable=False),
    Column("min_quantity", BigInteger, nullable=False),
    Column("max_quantity", BigInteger, nullable=False),
    Column("max_price", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
)
