"""Asking the order service which keys there are, before the first client is let in."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from nats.errors import Error as NatsError

from outcry.log.connection import Connection
from outcry.log.log import Log, LogError, Unanswered, once_answered
from outcry.wire.access import Access, AccessPage, AccessRequest
from outcry.wire.subjects import ACCESS

TIMEOUT_S = 5.0
REPLAYING_S = 0.5
"""Until an order service that is far behind is asked again."""

FetchAccess = Callable[[], Awaitable[tuple[Access, int]]]
"""`fetch_access` of a connection."""

_read = msgspec.json.Decoder(AccessPage).decode


async def fetch_access(nc: Connection) -> tuple[Access, int]:
    """All keys and rates, and the entry after which EXECUTIONS must be folded into them.

    Reading may begin earlier: `Access` passes over what it knows. Waits for an order service,
    visibly.
    """
    while True:
        pages = await once_answered(partial(fetch_pages, nc))
        if len({page.log for page in pages}) == 1:  # else the log was replaced in between
            access = Access()
            for page in pages:
                access.load(page)
            return access, access.entry or 0


async def access_before(executions: Log, fetch: FetchAccess) -> tuple[Access, int]:
    """All keys and rates, and the entry at which to begin to read EXECUTIONS: its newest where
    that is older than what they are of.

    An order service that still replays the archive knows of no later entry than is there alone:
    it is asked again.
    """
    while True:
        access, known = await fetch()
        state = await once_answered(executions.info, LogError)
        first = max(min(state.last_seq, known + 1), 1)
        if first >= state.first_seq:
            return access, first
        await asyncio.sleep(REPLAYING_S)


async def fetch_pages(nc: Connection) -> list[AccessPage]:
    """What an order service tells of keys and rates, once. Raises Unanswered."""
    pages = [await _page(nc, "")]
    while pages[-1].next:
        pages.append(await _page(nc, pages[-1].next))
    return pages


async def _page(nc: Connection, after: str) -> AccessPage:
    """Raises Unanswered."""
    try:
        answer = await nc.request(
            ACCESS, msgspec.json.encode(AccessRequest(after)), timeout=TIMEOUT_S
        )
        return _read(answer.data)
    except (NatsError, OSError) as error:
        raise Unanswered("no order service says which keys there are") from error
