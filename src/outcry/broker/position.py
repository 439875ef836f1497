"""How far the books go, as it stands in the database."""

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from outcry.broker.schema import position
from outcry.domain.digest import START
from outcry.runtime.lifecycle import Refused
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
    """Raises Refused: somebody has changed what stands there, so nobody knows what is booked."""
    row = connection.execute(select(position)).first()
    try:
        if row is None:
            raise ValueError("it is gone")
        counts = (int(row.entry), int(row.seq), bytes.fromhex(row.digest), int(row.ts))
    except (ValueError, TypeError) as error:
        raise Refused(
            f"the books do not say how far they go ({error}): they are damaged; move them away "
            "(--database-url says where they are; under `outcry up` it is books.db in the data "
            "folder), and they are made again from the log"
        ) from error
    return Position(row.log, row.shard, *counts)


def move_position(connection: Connection, before: Position, after: Position) -> bool:
    """Move it; False: it is not at `before` any more, somebody else has booked."""
    moved = connection.execute(
        update(position)
        .where(position.c.entry == before.entry, position.c.digest == before.digest.hex())
        .values(after._asdict() | {"digest": after.digest.hex()})
    )
    return moved.rowcount == 1
