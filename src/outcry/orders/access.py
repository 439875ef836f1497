"""What gateways and trade streams ask an order service for: which keys there are, and rates.

Rule: a page is a slice of what the engine keeps in the order in which it came; nothing of that is
ever removed, so that the pages of several order services of one log fit together.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from itertools import islice

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from outcry.domain.account import Account
from outcry.domain.keys import Key
from outcry.log.connection import Connection
from outcry.orders.answer import Desk
from outcry.wire.access import AccessPage, AccessRequest, KeyRow
from outcry.wire.subjects import ACCESS

KEYS = 4096
ACCOUNTS = 1 << 16
"""Of each so many are looked at for a page: it fits into a message, and is made in milliseconds."""


@contextlib.asynccontextmanager
async def access_requests(nc: Connection, desk: Desk) -> AsyncIterator[None]:
    """Answer whoever asks while the block runs; every order service of a log does."""

    async def answer(msg: Msg) -> None:
        with contextlib.suppress(NatsError, msgspec.MsgspecError):  # they ask again
            await nc.publish(msg.reply, msgspec.json.encode(access_page(desk, msg.data)))

    subscription = await nc.subscribe(ACCESS, cb=answer)
    try:
        yield
    finally:
        with contextlib.suppress(NatsError):
            await subscription.unsubscribe()


def access_page(desk: Desk, request: bytes) -> AccessPage:
    """The page that `request`, an AccessRequest, asks for. Raises msgspec.MsgspecError."""
    after = msgspec.json.decode(request, type=AccessRequest).after
    number = int(after) if len(after) < 8 and after.isdecimal() else 0
    engine = desk.engine
    keys, accounts = engine.keyring.keys, engine.accounts.by_name
    more = (number + 1) * KEYS < len(keys) or (number + 1) * ACCOUNTS < len(accounts)
    return AccessPage(
        engine.entry,
        engine.seq,
        desk.writer.log if engine.venue is not None else "",
        _rows(keys, number * KEYS),
        _rates(accounts, number * ACCOUNTS),
        engine.rulebook.limits.max_order_rate,
        str(number + 1) if more else "",
    )


def _rows(keys: Mapping[str, Key], begin: int) -> tuple[KeyRow, ...]:
    return tuple(
        KeyRow(key.key_id, key.hash, key.role, key.accounts, key.revoked, key.name)
        for key in islice(keys.values(), begin, begin + KEYS)
    )


def _rates(accounts: Mapping[str, Account], begin: int) -> dict[str, int]:
    found = islice(accounts.values(), begin, begin + ACCOUNTS)
    return {one.name: one.limits.max_order_rate for one in found if one.limits.max_order_rate}
