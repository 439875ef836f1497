"""Where a broker begins: behind what is booked, if that is of this log."""

from functools import partial

from outcry.broker.position import Position
from outcry.log.log import Entry, Foreign, Log, LogError, once_answered
from outcry.wire.executions import split_digest

_ADVICE = (
    "give the broker the books of this log, or move them away (--database-url says where they "
    "are; under `outcry up` it is books.db in the data folder): they are made again from the log"
)


async def check_log(log: Log, at: Position) -> int:
    """The last entry of `log`, which holds what is booked up to `at`.

    Waits for a log that cannot be asked yet, visibly. Raises Foreign: it is another log, or lost
    what is booked already.
    """
    last = await once_answered(log.last_seq, LogError)
    booked = await once_answered(partial(log.get, at.entry), LogError) if at.entry else None
    _compare(last, booked, at)
    return last


def _compare(last: int, booked: Entry | None, at: Position) -> None:
    if at.entry > last:
        raise Foreign(
            f"{at.entry} entries of log {at.log} are booked, but EXECUTIONS holds {last}: it is "
            f"another log, or one that lost its end; {_ADVICE}"
        )
    if at.entry and (booked is None or _digest(booked) != at.digest):
        raise Foreign(
            f"the books are of log {at.log}, and EXECUTIONS holds another history at entry "
            f"{at.entry}; {_ADVICE}"
        )


def _digest(entry: Entry) -> bytes:
    try:
        return split_digest(entry.body)[1]
    except ValueError:
        return b""
