"""What guests of the bus hear: each new entry as anybody may see it."""

import contextlib
from collections.abc import Sequence

from nats.errors import Error as NatsError

from outcry.log.connection import Connection
from outcry.stream.view import Shown, payload_of
from outcry.wire.subjects import ORDER_PUBLIC


async def tell_guests(nc: Connection, executions: Sequence[Shown]) -> None:
    """Publish the executions of an entry, at most once: what the connection loses is not told."""
    told = b",".join([payload_of(shown.frame) for shown in executions])
    with contextlib.suppress(NatsError):
        await nc.publish(ORDER_PUBLIC, b"[%b]" % told)
