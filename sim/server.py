"""The server of the log: two streams in memory, and the stamps it puts on what it stores."""

import asyncio
from collections.abc import Callable

from outcry.log.log import Entry
from outcry.log.memory import MemoryLog
from outcry.wire.subjects import EXECUTIONS, ORDERS

START_NS = 1_761_930_000_000_000_000
NS = 1_000_000_000
DAY_S = 86_400.0

Stored = Callable[[Entry], None]


class Stamps:
    """The clock of the server, which may be set back, stand still and jump."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.ahead_s = 0.0
        self.stands_at: int | None = None

    def __call__(self) -> int:
        if self.stands_at is not None:
            return self.stands_at
        return START_NS + round((self._loop.time() + self.ahead_s) * NS)


class Stream(MemoryLog):
    """A stream that tells, at once, what it stores; `room` bounds its bytes, -1: it does not."""

    def __init__(self, name: str, stamps: Stamps, stored: Stored) -> None:
        super().__init__(stamps)
        self.name = name
        self._stored = stored
        self.listeners: list[Callable[[], None]] = []
        """Told after something was stored."""

    @property
    def room(self) -> int:
        return self._max_bytes

    @room.setter
    def room(self, bytes_max: int) -> None:
        self._max_bytes = bytes_max

    @property
    def used(self) -> int:
        """Bytes."""
        return self._bytes

    @property
    def first(self) -> int:
        return self._purged + 1

    @property
    def end(self) -> int:
        return self._last

    def _append(
        self, subject: str, body: bytes, expected_last: int | None, msg_id: str | None
    ) -> int:
        before = self.end
        seq = super()._append(subject, body, expected_last, msg_id)
        if self.end > before:
            self._stored(self._entries[-1])
            for tell in list(self.listeners):
                tell()
        return seq


class Server:
    def __init__(self, loop: asyncio.AbstractEventLoop, ordered: Stored, executed: Stored) -> None:
        self.stamps = Stamps(loop)
        self.streams = {
            ORDERS: Stream(ORDERS, self.stamps, ordered),
            EXECUTIONS: Stream(EXECUTIONS, self.stamps, executed),
        }

    @property
    def orders(self) -> Stream:
        return self.streams[ORDERS]

    @property
    def executions(self) -> Stream:
        return self.streams[EXECUTIONS]
