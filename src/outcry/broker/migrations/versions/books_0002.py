"""Client order ids that were given up, and the log time of the position."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "blocked_client_order_ids",
        sa.Column("client_order_id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("position") as position:
        position.add_column(sa.Column("ts", sa.BigInteger, nullable=False, server_default="0"))
    with op.batch_alter_table("position") as position:
        position.alter_column("ts", server_default=None)
