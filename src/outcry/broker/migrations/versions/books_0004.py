"""Kill switches of instruments and of the market, as far as the audit trail tells of them."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_SWITCHED = (
    "select seq, op, command from audit where op in ('market.kill', 'market.release') "
    "and result = 'accepted' order by seq"
)


def upgrade() -> None:
    table = op.create_table(
        "kill_switches",
        sa.Column("symbol", _NAME, primary_key=True),
        sa.Column("killed", sa.Integer, nullable=False),
        sa.Column("updated_seq", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    switches = {}
    for seq, done, text in op.get_bind().execute(sa.text(_SWITCHED)):
        command = json.loads(text)
        if not command.get("account"):
            symbol = command.get("symbol", "")
            killed = int(done == "market.kill")
            switches[symbol] = {"symbol": symbol, "killed": killed, "updated_seq": seq}
    if switches:
        op.bulk_insert(table, list(switches.values()))
