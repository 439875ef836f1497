"""Money: the ledger, accounts, keys, the audit trail, and what positions have cost.

Books of before hold trades of an engine that had no money. They stay what they are: in the list of
trades and in the sums of what was bought and sold. The ledger begins empty, as the accounts of the
engine do; the audit trail begins here too, until the books are made anew from the log.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TOTAL = sa.Text().with_variant(sa.Numeric(scale=0), "postgresql")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    _sort_by_bytes()
    for table, columns in (
        ("trades", _columns(_TOTAL, "taker_fee", "maker_fee")),
        (
            "positions",
            _columns(_TOTAL, "quantity", "cost", "realised", "fees", "told_quantity", "held"),
        ),
        (
            "instruments",
            _columns(
                sa.BigInteger,
                "price_band",
                "maker_fee",
                "taker_fee",
                "max_notional",
                "max_position",
                "reference_price",
            ),
        ),
    ):
        for column in columns:
            column.server_default = sa.DefaultClause("0")
            op.add_column(table, column)
    _create_ledger()
    _create_accounts()
    _create_administration()


def _columns(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _sort_by_bytes() -> None:
    """Keys, in every database as in SQLite."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in (
        ("client_order_ids", ("client_order_id", "account")),
        ("blocked_client_order_ids", ("client_order_id", "account")),
        ("positions", ("account", "symbol")),
        ("instruments", ("symbol",)),
    ):
        for column in columns:
            op.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE text COLLATE "C"')


def _create_ledger() -> None:
    op.create_table(
        "postings",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *_columns(sa.Text, "account", "kind", "symbol"),
        *_columns(sa.BigInteger, "quantity", "price"),
        *_columns(_TOTAL, "cash", "fee", "balance"),
        *_columns(sa.BigInteger, "ts", "order_id"),
        *_columns(sa.Integer, "trade"),
        *_columns(sa.Text, "transfer_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("postings_by_account", "postings", ["account", "seq", "number"])
    op.create_table(
        "house",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("symbol", _NAME, primary_key=True),
        *_columns(_TOTAL, "quantity", "cash"),
        sqlite_with_rowid=False,
    )


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account", _NAME, primary_key=True),
        *_columns(sa.Text, "type", "state", "access", "self_trade_prevention"),
        *_columns(sa.Integer, "multiplier", "shorting", "killed"),
        *_columns(sa.BigInteger, "max_open_orders", "max_order_rate"),
        *_columns(sa.BigInteger, "max_exposure", "max_notional", "max_position"),
        sa.Column("maker_fee", sa.BigInteger),
        sa.Column("taker_fee", sa.BigInteger),
        *_columns(_TOTAL, "cash", "told_cash", "held"),
        *_columns(sa.BigInteger, "updated_seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account_terms",
        sa.Column("account", _NAME, primary_key=True),
        sa.Column("symbol", _NAME, primary_key=True),
        *_columns(sa.BigInteger, "max_notional", "max_position"),
        sa.Column("maker_fee", sa.BigInteger),
        sa.Column("taker_fee", sa.BigInteger),
        sqlite_with_rowid=False,
    )


def _create_administration() -> None:
    op.create_table(
        "keys",
        sa.Column("key_id", _NAME, primary_key=True),
        *_columns(sa.Text, "role", "accounts", "name"),
        *_columns(sa.Integer, "revoked"),
        *_columns(sa.BigInteger, "created_seq", "revoked_seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("seq", _KEY, primary_key=True, autoincrement=False),
        *_columns(sa.BigInteger, "ts"),
        *_columns(sa.Text, "op", "key", "result", "reason", "command"),
    )
