"""The books: position, orders, client order ids, trades, positions, instruments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TOTAL = sa.Text().with_variant(sa.Numeric(scale=0), "postgresql")


def upgrade() -> None:
    _create_position()
    _create_orders()
    _create_trades()
    op.create_table(
        "client_order_ids",
        sa.Column("client_order_id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("order_id", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "positions",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("bought_quantity", _TOTAL, nullable=False),
        sa.Column("bought_value", _TOTAL, nullable=False),
        sa.Column("sold_quantity", _TOTAL, nullable=False),
        sa.Column("sold_value", _TOTAL, nullable=False),
        sa.Column("updated_seq", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "instruments",
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("tick", sa.BigInteger, nullable=False),
        sa.Column("lot", sa.BigInteger, nullable=False),
        sa.Column("min_quantity", sa.BigInteger, nullable=False),
        sa.Column("max_quantity", sa.BigInteger, nullable=False),
        sa.Column("max_price", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("updated_seq", sa.BigInteger, nullable=False),
    )


def _create_position() -> None:
    table = op.create_table(
        "position",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("entry", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    start = {"id": 1, "log": "0" * 13, "shard": 0, "entry": 0, "seq": 0, "digest": "0" * 32}
    op.bulk_insert(table, [start])


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("time_in_force", sa.Text, nullable=False),
        sa.Column("created_seq", sa.BigInteger, nullable=False),
        sa.Column("created_ts", sa.BigInteger, nullable=False),
        sa.Column("client_order_id", sa.Text, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("filled", sa.BigInteger, nullable=False),
        sa.Column("leaves", sa.BigInteger, nullable=False),
        sa.Column("average_price", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_seq", sa.BigInteger, nullable=False),
        sa.Column("updated_ts", sa.BigInteger, nullable=False),
    )
    is_open, is_closed = sa.text("leaves > 0"), sa.text("leaves = 0")
    for name, columns, where in (
        ("closed_orders", ["account", "id"], is_closed),
        ("open_orders", ["account", "id", "symbol", "side"], is_open),
        ("book", ["symbol", "side", "price", "leaves"], is_open),
    ):
        op.create_index(name, "orders", columns, sqlite_where=where, postgresql_where=where)


def _create_trades() -> None:
    op.create_table(
        "trades",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("taker_order", sa.BigInteger, nullable=False),
        sa.Column("taker_account", sa.Text, nullable=False),
        sa.Column("maker_order", sa.BigInteger, nullable=False),
        sa.Column("maker_account", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    for column in ("taker_order", "maker_order", "taker_account", "maker_account", "symbol"):
        op.create_index(f"trades_by_{column}", "trades", [column, "seq", "number"])
