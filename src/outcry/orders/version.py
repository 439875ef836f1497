"""The version of the engine: which one a log is of, and where the next one goes on.

Rule 1: what was answered stays answered. A version answers from the opening of a log, or from a
mark, to the next mark, and nothing else.
Rule 2: at a mark there is a snapshot, and the next version begins with that.
"""

import asyncio
from functools import partial

import structlog

from outcry.domain.engine import Engine
from outcry.log.log import Entry, Log, once_answered
from outcry.orders.keeper import Keeper, SnapshotFailed
from outcry.runtime.lifecycle import Refused, Superseded
from outcry.wire.command_messages import VenueMessage
from outcry.wire.executions import read_answer
from outcry.wire.subjects import VENUE_OPEN

AGAIN_S = 2.0
"""Between two tries to write the snapshot of a mark."""


def other_version(found: str, ours: str) -> Refused:
    """What an order service says that is not of the version of its log."""
    if found.isdigit() and int(found) < int(ours):
        return Refused(
            f"this log is of engine {found}, and this is engine {ours}: run the Open Outcry that "
            f"has engine {found}, enter `outcry upgrade --to {ours}`, and start this one when it "
            "has ended; or use another data folder"
        )
    return Refused(
        f"this log is of engine {found}, and this is engine {ours}: start the Open Outcry that has "
        f"engine {found}, or use another data folder"
    )


def check_successor(engine: Engine) -> None:
    """Raises Superseded where the engine is at a mark: what comes next is not for it."""
    successor = engine.rulebook.successor
    if successor:
        raise Superseded(
            f"entry {engine.entry} hands this log over to engine {successor}: everything up to it "
            f"is answered; start the Open Outcry that has engine {successor}, and it goes on there"
        )


async def check_opening(entry: Entry, body: bytes, answers: Log, ours: str) -> None:
    """Raises Refused: `entry` opened the venue for another version of the engine, and this one
    answers it by `body`."""
    if entry.subject != VENUE_OPEN:
        return
    stored = await once_answered(partial(answers.get, entry.seq))
    if stored is None or stored.body == body:
        return
    opening = read_answer(stored.body)[0]
    if opening.result == "accepted" and isinstance(opening.command, VenueMessage):
        raise other_version(opening.command.engine, ours)


async def hand_over(keeper: Keeper | None, engine: Engine) -> None:
    """Leave the snapshot of a mark, from which the next version goes on; raises Superseded.

    What is full or broken may be mended: it is tried until it is written.
    """
    while keeper is not None and keeper.entry != engine.entry:
        try:
            await keeper.take()
        except SnapshotFailed as failed:
            structlog.get_logger().error("the next version cannot begin yet", why=str(failed))
            await asyncio.sleep(AGAIN_S)
    check_successor(engine)
