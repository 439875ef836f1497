"""`expires_in` of a command: milliseconds from now, which become `expire_at`, a log time.

Now is the clock of this gateway, or the newest log time it has seen where that is later: a gateway
whose clock is behind gives nobody less time than asked for. One whose clock is ahead of NATS' gives
more, by the difference. Where entries alone move log time, it is the newest log time.
"""

import time
from typing import Any

from outcry.domain.commands import OrderCommand
from outcry.wire.commands import read_order_command
from outcry.wire.fields import Unreadable

EXPIRES_IN_MAX_MS = 24 * 60 * 60 * 1000
_FIELD = "expires_in"
_NS_PER_MS = 1_000_000


class LogClock:
    """What log time is now, as far as a gateway knows."""

    def __init__(self, *, by_entries: bool) -> None:
        self.newest_ns = 0
        """Log time of the newest execution."""
        self.by_entries = by_entries

    def now_ns(self) -> int:
        return self.newest_ns if self.by_entries else max(self.newest_ns, time.time_ns())

    def read(self, fields: object, suffix: str) -> OrderCommand:
        """An order command that may say `expires_in`. Raises Unreadable."""
        if type(fields) is dict and fields.get(_FIELD) is not None:
            fields = self._settled(fields)
        return read_order_command(fields, suffix)

    def _settled(self, fields: dict[str, Any]) -> dict[str, Any]:
        if fields.get("expire_at") is not None:
            raise Unreadable(_FIELD, "give expire_at or expires_in, not both")
        wait_ms = _milliseconds(fields[_FIELD])
        expire_at = self.now_ns() + wait_ms * _NS_PER_MS
        return {**fields, "expire_at": expire_at, _FIELD: None}


def _milliseconds(value: object) -> int:
    if type(value) is str and len(value) <= 8 and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is int and 1 <= value <= EXPIRES_IN_MAX_MS:
        return value
    text = f"expires_in is a whole number of milliseconds from 1 to {EXPIRES_IN_MAX_MS}"
    raise Unreadable(_FIELD, text)
