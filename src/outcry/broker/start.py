"""Where a broker begins: behind what is booked, if that is of this log."""

import asyncio

import structlog

from outcry.broker.position import Position
from outcry.log.log import Entry, Log, LogError
from outcry.runtime.lifecycle import Refused
from outcry.wire.executions import split_digest

RETRY_S = 0.2
_ADVICE = (
    "give the broker the books of this log, or an empty place with --database-url: "
    "books are made again from the log"
)


async def check_log(log: Log, at: Position) -> int:
    """The last entry of `log`, which holds what is booked up to `at`.

    Waits for a log that cannot be asked yet, visibly. Raises Refused: it is another log, or lost
    what is booked already.
    """
    told = False
    while True:
        try:
            last, booked = await log.last_seq(), await _get(log, at.entry)
        except LogError as error:
            if not told:
                structlog.get_logger().warning("waiting for the log", why=str(error))
            told = True
            await asyncio.sleep(RETRY_S)
            continue
        _compare(last, booked, at)
        return last


async def _get(log: Log, entry: int) -> Entry | None:
    return await log.get(entry) if entry else None


def _compare(last: int, booked: Entry | None, at: Position) -> None:
    if at.entry > last:
        raise Refused(
            f"{at.entry} entries of log {at.log} are booked, but EXECUTIONS holds {last}: it is "
            f"another log, or one that lost its end; {_ADVICE}"
        )
    if at.entry and (booked is None or _digest(booked) != at.digest):
        raise Refused(
            f"the books are of log {at.log}, and EXECUTIONS holds another history at entry "
            f"{at.entry}; {_ADVICE}"
        )


def _digest(entry: Entry) -> bytes:
    try:
        return split_digest(entry.body)[1]
    except ValueError:
        return b""
