"""A log as the services see it: append and read, one stream. All else is a fold of it.

Rule 1: a message is stored when its future has a sequence, not before.
Rule 2: Unanswered means unknown: the message may be stored, now or not at all. Nobody may send
other bytes, or the same ones without an identity, on the strength of it.
Rule 3: a reader hands over sequence n+1 only after it was done with n: no gap, nothing twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import structlog

from outcry.wire.subjects import EXECUTIONS

Result = TypeVar("Result")

RETRY_S = 0.2
_ADVICE = (
    "NATS has other data than before: damaged, wiped, restored from an old copy, or another "
    "venue's. Give it its data back, or start all services again to go on with what it has."
)
_REBUILD = (
    "Where EXECUTIONS alone is damaged or gone, `outcry verify` says so, and `outcry executions "
    "rebuild` makes it anew from ORDERS."
)


def advice(stream: str) -> str:
    """What to do about a stream that is Foreign."""
    return f"{_ADVICE} {_REBUILD}" if stream == EXECUTIONS else _ADVICE


class Entry(NamedTuple):
    """One message of a log. `seq` counts from 1; `ts_ns` is when it was stored, ns since 1970."""

    seq: int
    ts_ns: int
    subject: str
    body: bytes


class StreamState(NamedTuple):
    """What a log holds. An empty one has `last_seq` 0; `max_bytes` -1 means no limit."""

    first_seq: int
    last_seq: int
    bytes: int
    max_bytes: int


class LogError(Exception):
    """A message was refused, or the log is not what it should be."""


class Foreign(LogError):
    """The log is not the one that was read: wiped, restored from an old copy, or another venue's.

    Nobody may go on with it as if it were; the text says what to do.
    """


class Damaged(LogError):
    """A file of the archive is not what was written, or one is missing; the text names it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} is damaged: {what}; put a good copy in its place, from a backup of this log"
        )


class Conflict(LogError):
    """Somebody else has written: `expected_last` is not the last sequence. Nothing was stored."""


class Full(LogError):
    """The log has no room. Nothing was stored."""


class Busy(LogError):
    """More is on its way into the log than may wait. Nothing was stored; it may pass at once."""


class Purged(LogError):
    """What is to be read next was taken out of the stream; an archive may have it."""


class Unanswered(LogError):
    """No answer: the connection broke, time ran out, or no server serves the log."""


OnEntry = Callable[[Entry], Awaitable[None]]


class Reader(Protocol):
    """Hands every entry from a sequence on to one callback: in order, one at a time, exactly once.

    It never gives up: it waits for the log and goes on where it was. `failed` carries what it
    cannot go on after: the callback's own exception, or Foreign when the log is not the one that
    was read. That is fatal for the service.
    """

    failed: asyncio.Future[None]

    @property
    def sure(self) -> bool:
        """Whether the log is there and still the one that was read. Between a loss of the
        connection and the answer to that nobody should send to it."""

    async def start(self) -> None:
        """Begin in the background; returns before the first entry, also without a connection."""

    async def stop(self) -> None:
        """Let the running callback finish and read no more. Not to be called from the callback."""

    def acknowledge(self, seq: int) -> None:
        """Show the server that everything up to `seq` is booked. Best effort: a display only."""


class Log(Protocol):
    """One stream."""

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> asyncio.Future[int]:
        """Hand a message to the connection; the future gives its sequence, or a LogError.

        With `msg_id` a repeat within the stream's window is not stored and gives the first
        sequence. Raises Unanswered at once when there is no connection: nothing was sent.
        """

    async def last_seq(self) -> int:
        """The last sequence, 0 of an empty log, as its leader knows it; may raise Unanswered."""

    async def get(self, seq: int) -> Entry | None:
        """The entry at `seq`, None when there is none; may raise Unanswered."""

    async def info(self) -> StreamState:
        """What the log holds; may raise Unanswered."""

    async def purge(self, before: int) -> None:
        """Remove every entry before the one at `before`, which stays; again does no harm.

        Sequences keep their numbers. Raises LogError when the log does not reach to `before`, or
        when entries before it remain; may raise Unanswered.
        """

    def reader(
        self, next_seq: int, on_entry: OnEntry, *, name: str = "", acknowledge: bool = False
    ) -> Reader:
        """A reader that begins at `next_seq`, at most one beyond the last.

        `name` is what the server's monitoring shows; with `acknowledge` it shows the lag too.
        """


async def once_answered(
    ask: Callable[[], Awaitable[Result]], waits_out: type[LogError] = Unanswered
) -> Result:
    """What `ask` gives when it can be asked; says once why it waits.

    With LogError for `waits_out` it also waits for a stream that nobody has made yet. What waiting
    does not mend, Foreign and Damaged, is raised.
    """
    told = False
    while True:
        try:
            return await ask()
        except (Foreign, Damaged):
            raise
        except waits_out as error:
            if not told:
                structlog.get_logger().warning("waiting for the log", why=str(error))
            told = True
            await asyncio.sleep(RETRY_S)
