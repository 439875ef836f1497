"""The history that EXECUTIONS tells, followed message by message along its digests (invariant 4).

Whoever reads EXECUTIONS follows it, and so acts on nothing that does not go on from what was read.
"""

from functools import partial

import msgspec

from outcry.domain.digest import START, extend
from outcry.log.log import Entry, Foreign, Log, LogError, advice, once_answered
from outcry.wire.executions import read_answer, split_digest
from outcry.wire.messages import ExecutionMessage
from outcry.wire.subjects import EXECUTIONS


class Diverged(Foreign):
    """What is in EXECUTIONS does not go on from what was read. Nobody may act on it."""


def follow(entry: Entry, before: bytes | None, what_to_do: str = "") -> bytes:
    """The digest of the history after `entry`, the message that comes right after `before`.

    With None for `before` it is taken as it stands. Raises Diverged, with `what_to_do`: it is of
    another history, or damaged.
    """
    try:
        bare, written = split_digest(entry.body)
    except ValueError as error:
        raise _unreadable(entry, error) from error
    if before is None:
        return written
    digest = extend(before, bare)
    if digest != written:
        raise Diverged(
            f"the history that was read and the one in EXECUTIONS differ at entry {entry.seq}: "
            f"its digest is {written.hex()}, expected {digest.hex()}. "
            f"{what_to_do or advice(EXECUTIONS)}"
        )
    return digest


def last_of(answer: Entry) -> ExecutionMessage:
    """The last execution of an answer, which says of which log it is, where, and with which digest.

    Raises Diverged: it cannot be read.
    """
    try:
        last, digest = read_answer(answer.body)[-1], split_digest(answer.body)[1]
        if last.digest != digest.hex():
            raise ValueError("its digest does not stand where it ends")
    except (msgspec.MsgspecError, ValueError, IndexError) as error:
        raise _unreadable(answer, error) from error
    return last


def _unreadable(entry: Entry, error: Exception) -> Diverged:
    return Diverged(
        f"message {entry.seq} of EXECUTIONS cannot be read: {error}. It is damaged, or not ours; "
        "`outcry verify` says where, and `outcry executions rebuild` makes it anew from ORDERS"
    )


async def digest_before(log: Log, seq: int) -> bytes | None:
    """The digest of the history before message `seq`; None: the log does not hold it any more.

    Waits for a log that cannot be asked yet, visibly.
    """
    if seq <= 1:
        return START
    entry = await once_answered(partial(log.get, seq - 1), LogError)
    return follow(entry, None) if entry else None
