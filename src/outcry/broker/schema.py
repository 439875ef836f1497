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
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData()

# SQLite keeps a table in the order of a key only if that is declared INTEGER (of 64 bits there).
BigKey = BigInteger().with_variant(Integer, "sqlite")
# Keys sort by their bytes everywhere, as pages of them do.
Name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


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
    Column("time_in_force", Text, nullable=False),
    Column("created_seq", BigInteger, nullable=False),
    Column("created_ts", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("instructions", Text, nullable=False),
    Column("client_order_id", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("leaves", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False),
    Column("average_price", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    Column("updated_ts", BigInteger, nullable=False),
)
"""Every new order that was answered, also the rejected ones; 0 and "" where there is nothing.

`reason` says why the rest of it went, or why it was rejected. `instructions` are the fields of the
order that few have, as JSON. `shown` is what the book shows of its leaves.
"""

_NONE: ColumnElement[int] = literal_column("0")
# Written out, since it is by its text that an index on a part of a table is found.
OPEN = orders.c.leaves > _NONE
"""An order that rests."""
SHOWN = orders.c.shown > _NONE
"""One of which the book shows something."""
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
    orders.c.shown,
    where=SHOWN,
)

client_order_ids = Table(
    "client_order_ids",
    metadata,
    Column("client_order_id", Name, primary_key=True),
    Column("account", Name, primary_key=True),
    Column("order_id", BigInteger, nullable=False),
    Column("rejected", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The order that a client order id means: the newest one accepted under it, also if a replace
gave the order another since; else the newest rejected one."""

blocked_client_order_ids = Table(
    "blocked_client_order_ids",
    metadata,
    Column("client_order_id", Name, primary_key=True),
    Column("account", Name, primary_key=True),
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
    Column("taker_fee", Total, nullable=False),
    Column("maker_fee", Total, nullable=False),
    sqlite_with_rowid=False,
)
"""Every fill: place `number` in execution `seq`; `side` is the taker's. Fees are in 10⁻¹⁸."""

for _column in ("taker_order", "maker_order", "taker_account", "maker_account"):
    _index(f"trades_by_{_column}", trades.c[_column], trades.c.seq, trades.c.number)
# With the price, so that the highest and the lowest since an execution need no look at the trades.
_index("trades_by_symbol", trades.c.symbol, trades.c.seq, trades.c.number, trades.c.price)

postings = Table(
    "postings",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("cash", Total, nullable=False),
    Column("fee", Total, nullable=False),
    Column("balance", Total, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("order_id", BigInteger, nullable=False),
    Column("trade", Integer, nullable=False),
    Column("transfer_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The ledger: what came into an account, or went out where it is negative.

A transaction is one trade or one transfer: the postings of one `seq` and `trade`. Their `cash` adds
up to 0, and so does their `quantity`; each has its other side in another account, that of a
customer or one of the house (`#external`, `#fees`), whose names no customer can have. `cash` is
what moved, with the fee; `fee` says how much of it that was, `balance` the cash after it.
"""

_index("postings_by_account", postings.c.account, postings.c.seq, postings.c.number)

house = Table(
    "house",
    metadata,
    Column("account", Name, primary_key=True),
    Column("symbol", Name, primary_key=True),
    Column("quantity", Total, nullable=False),
    Column("cash", Total, nullable=False),
    sqlite_with_rowid=False,
)
"""Sums over the postings of the accounts of the house. `#external` is the world around, so what it
has is the negative of what all have."""

accounts = Table(
    "accounts",
    metadata,
    Column("account", Name, primary_key=True),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("self_trade_prevention", Text, nullable=False),
    Column("multiplier", Integer, nullable=False),
    Column("shorting", Integer, nullable=False),
    Column("killed", Integer, nullable=False),
    Column("max_open_orders", BigInteger, nullable=False),
    Column("max_order_rate", BigInteger, nullable=False),
    Column("max_exposure", BigInteger, nullable=False),
    Column("max_notional", BigInteger, nullable=False),
    Column("max_position", BigInteger, nullable=False),
    Column("maker_fee", BigInteger),
    Column("taker_fee", BigInteger),
    Column("cash", Total, nullable=False),
    Column("told_cash", Total, nullable=False),
    Column("held", Total, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Accounts of customers. A limit of 0 is none of its own, and so is a fee that is null.

`cash` is the sum over its postings; `told_cash` and `held` are what the engine said last, in or
before execution `updated_seq`. Of one that an engine without money knew, `self_trade_prevention`
is empty until its settings are told.
"""

account_terms = Table(
    "account_terms",
    metadata,
    Column("account", Name, primary_key=True),
    Column("symbol", Name, primary_key=True),
    Column("max_notional", BigInteger, nullable=False),
    Column("max_position", BigInteger, nullable=False),
    Column("maker_fee", BigInteger),
    Column("taker_fee", BigInteger),
    sqlite_with_rowid=False,
)
"""Limits and fees of an account in one instrument."""

positions = Table(
    "positions",
    metadata,
    Column("account", Name, primary_key=True),
    Column("symbol", Name, primary_key=True),
    Column("bought_quantity", Total, nullable=False),
    Column("bought_value", Total, nullable=False),
    Column("sold_quantity", Total, nullable=False),
    Column("sold_value", Total, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    Column("quantity", Total, nullable=False),
    Column("cost", Total, nullable=False),
    Column("realised", Total, nullable=False),
    Column("fees", Total, nullable=False),
    Column("told_quantity", Total, nullable=False),
    Column("held", Total, nullable=False),
    sqlite_with_rowid=False,
)
"""What an account has of an instrument: `quantity` is the sum over its postings, `cost` what that
has cost on average (both negative where it is owed), `realised` the profit of what was closed,
without `fees`. Trades of an engine that had no money are in the sums of what was bought and sold,
and nowhere else. A value is price times quantity, in 10⁻¹⁸.

`told_quantity` and `held` are what the engine said last; `updated_seq` is its newest trade or
transfer.
"""

instruments = Table(
    "instruments",
    metadata,
    Column("symbol", Name, primary_key=True),
    Column("tick", BigInteger, nullable=False),
    Column("lot", BigInteger, nullable=False),
    Column("min_quantity", BigInteger, nullable=False),
    Column("max_quantity", BigInteger, nullable=False),
    Column("max_price", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    Column("price_band", BigInteger, nullable=False),
    Column("maker_fee", BigInteger, nullable=False),
    Column("taker_fee", BigInteger, nullable=False),
    Column("max_notional", BigInteger, nullable=False),
    Column("max_position", BigInteger, nullable=False),
    Column("reference_price", BigInteger, nullable=False),
)
"""Listings. `reference_price` is that of the last trade, or what the operator said since; 0: there
is none. Bands and fees are shares in 10⁻⁹."""

kill_switches = Table(
    "kill_switches",
    metadata,
    Column("symbol", Name, primary_key=True),
    Column("killed", Integer, nullable=False),
    Column("updated_seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Kill switches that were ever touched: of instruments, and of the market, whose symbol is empty.
Those of accounts are in `accounts`."""

keys = Table(
    "keys",
    metadata,
    Column("key_id", Name, primary_key=True),
    Column("role", Text, nullable=False),
    Column("accounts", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("revoked", Integer, nullable=False),
    Column("created_seq", BigInteger, nullable=False),
    Column("revoked_seq", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Keys, without their hashes. `accounts` are separated by blanks."""

audit = Table(
    "audit",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=False),
    Column("ts", BigInteger, nullable=False),
    Column("op", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("command", Text, nullable=False),
)
"""Every command of administration, as JSON, also those that were refused; `key` is the id of the
sender's, empty: it was the operator."""
