"""Where the engine of this program can begin to execute a log: at its opening, or at a mark."""

from typing import NamedTuple

import msgspec

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.logs import Logs
from outcry.cli.verify.snapshots import Taken, read_snapshot
from outcry.domain.limits import Bounds
from outcry.log.log import Log
from outcry.orders.answer import Desk
from outcry.wire.command_messages import VenueMessage
from outcry.wire.executions import read_answer

OPENING_MAX = 1_000
"""Entries among which the opening is looked for: others can only be refused before it."""


class Start(NamedTuple):
    """A desk at the entry before the first that it can answer; `why` it is not the first of all."""

    desk: Desk
    why: str = ""


def start_of(first: int, opened: str, taken: list[Taken], bounds: Bounds) -> Start:
    """Where to begin with a log that begins at entry `first` and was opened by version `opened`;
    empty: it is not open, or its opening is gone.

    Raises Failed: this engine can execute nothing of it.
    """
    if first == 1 and opened in ("", bounds.version):
        return Start(Desk(bounds))
    for path, header in taken:
        if header.entry < first - 1 or bounds.version not in (header.engine, header.mark):
            continue
        engine = read_snapshot(path, bounds)
        if engine is not None:
            mark = header.mark == bounds.version
            why = f"the mark of engine {header.mark}" if mark else f"the snapshot {path.name}"
            return Start(Desk.of(engine), why)
    what = f"was opened by engine {opened}" if opened else f"begins at entry {first}"
    raise Failed(
        f"this log {what}, and there is no snapshot from which engine {bounds.version} could go "
        "on: name the archive with --archive-dir, the snapshots with --snapshot-dir, or verify "
        "with the Open Outcry that wrote the log",
        ExitCode.REFUSED,
    )


async def opened_by(logs: Logs) -> str:
    """The version of the engine for which the log was opened, as EXECUTIONS tells it; empty: it is
    not open, or its opening is gone."""
    if logs.first > 1:
        return ""
    for seq in range(1, min(logs.end, OPENING_MAX) + 1):
        version = await _opening(logs.answers, seq)
        if version:
            return version
    return ""


async def _opening(answers: Log, seq: int) -> str:
    stored = await answers.get(seq)
    try:
        executions = read_answer(stored.body) if stored else ()
    except (msgspec.MsgspecError, UnicodeDecodeError):  # who executes it will tell of it
        return ""
    for execution in executions:
        if execution.result == "accepted" and isinstance(execution.command, VenueMessage):
            return execution.command.engine
    return ""
