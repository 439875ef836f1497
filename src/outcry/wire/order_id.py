"""Ids on the wire: a UUIDv8 (RFC 9562 section 5.8) that says where in which log it was made.

    eeeeeeee-eeee-8iii-vssl-llllllllllll

48 bits entry, 12 bits index, 2 bits variant, 10 bits shard, 52 bits log id: reversible, in log
order, and disjoint between shards and logs.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from outcry.domain.limits import INDEX_BITS
from outcry.domain.types import OrderId

LOG_ID_BITS = 52
NO_LOG = "0" * (LOG_ID_BITS // 4)
"""What stands for the log in executions before `venue.open`, which names it and its shard."""
_SHARD_BITS = 10
_VARIANT = 0b10 << _SHARD_BITS
_UUID8 = re.compile(
    r"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})", re.ASCII
)


class LogPlace(NamedTuple):
    """What an id tells of its origin."""

    order_id: OrderId
    shard: int
    log_id: int

    @property
    def entry(self) -> int:
        return self.order_id >> INDEX_BITS


def log_id_text(log_id: int) -> str:
    """How a log is named in messages: 13 hexadecimal digits."""
    return f"{log_id:0{LOG_ID_BITS // 4}x}"


def id_suffix(shard: int, log_id: int) -> str:
    """The part that all ids of one log share; for `format_order_id`."""
    last = (_VARIANT | shard) << LOG_ID_BITS | log_id
    text = f"{last:016x}"
    return f"{text[:4]}-{text[4:]}"


@lru_cache(maxsize=1 << 8)
def format_order_id(order_id: int, suffix: str) -> str:
    """Remembered as long as a command needs it: what is further back takes longer to find in
    memory than to write anew."""
    place = f"{order_id:015x}"
    return f"{place[:8]}-{place[8:12]}-8{place[12:]}-{suffix}"


def parse_own_id(text: str, suffix: str) -> OrderId | None:
    """The order id that `format_order_id` writes as `text`; None: it writes none so."""
    try:
        order_id = int(text[:8] + text[9:13] + text[15:18], 16)
    except ValueError:
        return None
    own = order_id >= 0 and format_order_id(order_id, suffix) == text
    return OrderId(order_id) if own else None


def parse_order_id(text: str) -> LogPlace | None:
    """Where an id was made, in whatever log; None: not an id of this form."""
    match = _UUID8.fullmatch(text.lower())
    if match is None:
        return None
    high, low, index, variant, rest = match.groups()
    last = int(variant + rest, 16)
    return LogPlace(
        OrderId(int(high + low, 16) << INDEX_BITS | int(index, 16)),
        last >> LOG_ID_BITS & ((1 << _SHARD_BITS) - 1),
        last & ((1 << LOG_ID_BITS) - 1),
    )
