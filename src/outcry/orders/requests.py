"""What the operator may ask the order service for: a snapshot, now."""

import contextlib
from collections.abc import AsyncIterator

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from outcry.log.connection import Connection
from outcry.orders.keeper import Keeper, SnapshotFailed
from outcry.orders.snapshots import Header
from outcry.wire.subjects import SNAPSHOT_TAKE


class Taken(msgspec.Struct, frozen=True):
    """The answer: the snapshot there is now, or why there is none."""

    snapshot: Header | None = None
    error: str = ""


@contextlib.asynccontextmanager
async def snapshot_requests(nc: Connection, keeper: Keeper | None) -> AsyncIterator[None]:
    """Take a snapshot for whoever asks while the block runs; every service of a log takes one."""

    async def take(msg: Msg) -> None:
        with contextlib.suppress(NatsError):  # they ask again
            await nc.publish(msg.reply, msgspec.json.encode(await _take(keeper)))

    subscription = await nc.subscribe(SNAPSHOT_TAKE, cb=take)
    try:
        yield
    finally:
        with contextlib.suppress(NatsError):
            await subscription.unsubscribe()


async def _take(keeper: Keeper | None) -> Taken:
    if keeper is None:
        return Taken(error="this order service keeps no snapshots")
    try:
        return Taken(await keeper.take())
    except SnapshotFailed as failed:
        return Taken(error=str(failed))
