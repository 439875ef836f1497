"""The history that EXECUTIONS tells, followed message by message along its digests (invariant 4).

Whoever reads EXECUTIONS follows it, and so acts on nothing that does not go on from what was read.
"""

from functools import partial

from outcry.domain.digest import START, extend
from outcry.log.log import Entry, Foreign, Log, LogError, advice, once_answered
from outcry.wire.executions import split_digest
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
        raise Diverged(
            f"message {entry.seq} of EXECUTIONS cannot be read: {error}. It is damaged, or not "
            "ours; `outcry verify` says where, and `outcry executions rebuild` makes it "
            "anew from ORDERS"
        ) from error
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


async def digest_before(log: Log, seq: int) -> bytes | None:
    """The digest of the history before message `seq`; None: the log does not hold it any more.

    Waits for a log that cannot be asked yet, visibly.
    """
    if seq <= 1:
        return START
    entry = await once_answered(partial(log.get, seq - 1), LogError)
    return follow(entry, None) if entry else None
