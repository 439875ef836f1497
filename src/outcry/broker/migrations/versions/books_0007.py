"""Prices in the index of trades by symbol: what trailing stops have seen is looked up there."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("trades_by_symbol", "trades")
    op.create_index("trades_by_symbol", "trades", ["symbol", "seq", "number", "price"])
