"""The instructions of orders. Those that were booked before had none."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("orders", sa.Column("instructions", sa.Text, nullable=False, server_default=""))
