"""Where an order service begins: at the newest snapshot that EXECUTIONS bears out, or at the start.

Rule 1: a snapshot counts when its own bytes are whole and the answer to its entry is stored with
the same digest. What does not count is passed over with a warning, and the next older one is tried.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog

from outcry.domain.limits import BOUNDS, Bounds
from outcry.log.history import Diverged, last_of
from outcry.log.log import Log, once_answered
from outcry.orders import snapshots
from outcry.orders.answer import Desk
from outcry.orders.snapshots import Header, OtherVersion, Unusable
from outcry.orders.version import check_successor, other_version
from outcry.runtime.lifecycle import Refused


class Beginning(NamedTuple):
    """A desk, and the snapshot from which it goes on; None: it begins before the first entry."""

    desk: Desk
    snapshot: Header | None = None


class _PassedOver(Exception):
    """This snapshot is not the one to begin with; the text says why."""


class _Differs(_PassedOver):
    """It is of this log, whole, and tells another history than EXECUTIONS."""


async def beginning(
    folder: Path | None, orders: Log, answers: Log, bounds: Bounds = BOUNDS
) -> Beginning:
    """The best one there is for these logs.

    Raises Diverged: snapshots of this log are there, and all of them tell another history; and
    Refused: what comes next was removed from ORDERS, or is for another version of the engine.
    """
    begun = await _newest(folder, answers, bounds) if folder else None
    begun = begun or Beginning(Desk(bounds))
    check_successor(begun.desk.engine)
    first = (await once_answered(orders.info)).first_seq
    position = begun.desk.position
    if first > position + 1:
        raise Refused(
            f"ORDERS begins at entry {first}, and "
            + (f"no snapshot of it in {folder} counts" if folder else "there are no snapshots")
            + ": name the folder of its snapshots with --snapshot-dir, or of its archive with "
            "--archive-dir, or take both from a backup with `outcry restore`"
            if not position
            else f"ORDERS begins at entry {first}, and the newest snapshot that counts is of entry "
            f"{position}: what is between them is gone; take both from one backup with "
            "`outcry restore`"
        )
    return begun


async def _newest(folder: Path, answers: Log, bounds: Bounds) -> Beginning | None:
    log = structlog.get_logger()
    try:
        snapshots.clear(folder)
    except OSError as error:  # orders do not need it
        log.warning("snapshot.folder_unusable", why=str(error))
    tail = await once_answered(answers.last_seq)
    differing: list[Path] = []
    version = ""
    for path in snapshots.found(folder):
        try:
            begun = await _try(path, answers, tail, bounds)
        except (Unusable, OSError, _PassedOver) as trouble:
            log.warning("snapshot.passed_over", why=str(trouble))
            if isinstance(trouble, _Differs):
                differing.append(path)
            elif isinstance(trouble, OtherVersion):
                version = version or trouble.version
        else:
            log.info("snapshot.loaded", path=str(path), entry=begun.desk.position)
            return begun
    if differing:
        raise Diverged(
            f"{differing[0]} and {len(differing) - 1} more snapshots of this log are whole, but "
            "EXECUTIONS tells another history: it is damaged, or it was written by another "
            "engine. `outcry verify` names the first difference; to go by the log alone, move "
            "the snapshots away"
        )
    if version:
        raise other_version(version, bounds.version)
    return None


async def _try(path: Path, answers: Log, tail: int, bounds: Bounds) -> Beginning:
    header = snapshots.read_header(path)
    if not 0 < header.entry <= tail:
        raise _PassedOver(f"{path} is of entry {header.entry}, and EXECUTIONS ends at {tail}")
    stored = await once_answered(partial(answers.get, header.entry))
    if stored is None:
        raise _PassedOver(f"EXECUTIONS holds no answer to entry {header.entry}, that of {path}")
    answer = last_of(stored)
    if (answer.log, answer.shard) != (header.log, header.shard):
        raise _PassedOver(f"{path} is of log {header.log}, and this is {answer.log}")
    header, engine = snapshots.read(path, bounds)
    if header.digest != answer.digest:
        raise _Differs(
            f"{path} has digest {header.digest}, and the answer to its entry {header.entry} "
            f"in EXECUTIONS {answer.digest}"
        )
    return Beginning(Desk.of(engine), header)
