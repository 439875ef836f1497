"""Asking the order service which keys there are, before the first client is let in."""

from functools import partial

import msgspec
from nats.errors import Error as NatsError

from outcry.log.connection import Connection
from outcry.log.log import Unanswered, once_answered
from outcry.wire.access import Access, AccessPage, AccessRequest
from outcry.wire.subjects import ACCESS

TIMEOUT_S = 5.0
_read = msgspec.json.Decoder(AccessPage).decode


async def fetch_access(nc: Connection) -> tuple[Access, int]:
    """All keys and rates, and the entry after which EXECUTIONS must be folded into them.

    Reading may begin earlier: `Access` passes over what it knows. Waits for an order service,
    visibly.
    """
    while True:
        access, logs, after = Access(), set[str](), ""
        while True:
            page = await once_answered(partial(_page, nc, after))
            access.load(page)
            logs.add(page.log)
            after = page.next
            if not after:
                break
        if len(logs) == 1:  # else the log was replaced in between
            return access, access.entry or 0


async def _page(nc: Connection, after: str) -> AccessPage:
    """Raises Unanswered."""
    try:
        answer = await nc.request(
            ACCESS, msgspec.json.encode(AccessRequest(after)), timeout=TIMEOUT_S
        )
        return _read(answer.data)
    except (NatsError, OSError) as error:
        raise Unanswered("no order service says which keys there are") from error
