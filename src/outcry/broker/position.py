"""How far the books go, as it stands in the database."""

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from outcry.broker.schema import position
from outcry.domain.digest import START
from outcry.wire.order_id import NO_LOG


class Position(NamedTuple):
    """Entry `entry` of EXECUTIONS is booked and execution `seq` the last; `digest` is after it.

    `ts` is its log time in ns.
    """

    log: str
    shard: int
    entry: int
    seq: int
    digest: bytes
    ts: int = 0


BEGINNING = Position(NO_LOG, 0, 0, 0, START)


def read_position(connection: Connection) -> Position:
    row = connection.execute(select(position)).one()
    return Position(row.log, row.shard, row.entry, row.seq, bytes.fromhex(row.digest), row.ts)


def move_position(connection: Connection, before: Position, after: Position) -> bool:
    """Move it; False: it is not at `before` any more, somebody else has booked."""
    moved = connection.execute(
        update(position)
        .where(position.c.entry == before.entry, position.c.digest == before.digest.hex())
        .values(after._asdict() | {"digest": after.digest.hex()})
    )
    return moved.rowcount == 1
