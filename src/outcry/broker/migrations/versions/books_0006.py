"""What the book shows of an order. Of those that were booked before it showed all."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    shown = sa.Column("shown", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("orders", shown)
    op.execute("UPDATE orders SET shown = leaves WHERE leaves > 0")
    op.drop_index("book", "orders")
    where = sa.text("shown > 0")
    columns = ["symbol", "side", "price", "shown"]
    op.create_index("book", "orders", columns, sqlite_where=where, postgresql_where=where)
