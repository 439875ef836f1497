"""Entries of EXECUTIONS, checked to be the next ones of the history that is booked."""

from collections.abc import Iterable

import msgspec

from outcry.broker.position import Position
from outcry.log.history import Diverged, follow
from outcry.log.log import Entry
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_id import NO_LOG


def read_entries(
    entries: Iterable[Entry], before: Position
) -> tuple[list[ExecutionMessage], Position]:
    """The executions of the entries after `before`, and the position that they lead to.

    Raises Diverged: an entry or execution is missing, of another log, or not what was hashed.
    """
    read: list[ExecutionMessage] = []
    at = before
    for entry in entries:
        digest = follow(entry, at.digest, _ADVICE)
        try:
            executions = read_answer(entry.body)
        except msgspec.MsgspecError as error:
            raise Diverged(
                f"message {entry.seq} of EXECUTIONS cannot be read: {error}. {_ADVICE}"
            ) from error
        seq = at.seq
        for execution in executions:
            seq += 1
            if execution.seq != seq or execution.entry != entry.seq:
                raise Diverged(
                    f"execution {execution.seq} of entry {execution.entry} came, expected {seq} "
                    f"of {entry.seq}. {_ADVICE}"
                )
        at = _follow(at, entry, executions[-1], digest)
        read.extend(executions)
    return read, at


_ADVICE = (
    "Move the database away, and the books are made again from the log; if that does not help, "
    "the log is damaged: `outcry verify` says where."
)


def _follow(at: Position, entry: Entry, last: ExecutionMessage, digest: bytes) -> Position:
    if entry.seq != at.entry + 1:
        raise Diverged(f"entry {entry.seq} of EXECUTIONS came, expected {at.entry + 1}. {_ADVICE}")
    known = at.log != NO_LOG
    if known and (last.log, last.shard) != (at.log, at.shard):
        raise Diverged(
            f"entry {entry.seq} is of log {last.log}, shard {last.shard}; the books are of log "
            f"{at.log}, shard {at.shard}. {_ADVICE}"
        )
    return Position(last.log, last.shard, entry.seq, last.seq, digest, int(last.ts))
