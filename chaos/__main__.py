"""`python -m chaos`: real processes, a real NATS on a real disk, real load, and no mercy.

Exit code 0: nothing was lost, done twice or stuck; 1: something was, and the report says what.
"""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import cyclopts

from chaos.fsync import Skipped, trace
from chaos.full import fill_up
from chaos.ordeal import Outcome, Plan, ordeal, running_target
from chaos.venue import Kind
from chaos.wiped import wipe_and_restore
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import Durability, LogFormat, LogLevel

SEEDED = "outcry"
TRACED = 400
"""Messages of which the way to the disk is traced."""
ARCHIVING = {"OUTCRY_ARCHIVE_ABOVE_BYTES": str(8 << 20), "OUTCRY_ARCHIVE_MIN_AGE": "130"}
"""So that a long run archives as well, but no younger than a gateway may send again."""


def chaos(
    *, kills: int = 200, seed: str = SEEDED, minutes: float = 20.0, report: Path | None = None
) -> int:
    """Kill an exchange under load, and show that nothing was lost and nothing done twice.

    Parameters
    ----------
    kills
        How often to kill -9 something, among other strikes.
    seed
        Decides what strikes when, and what clients ask for.
    minutes
        No longer than that, with fewer kills if it must be; the audit comes after it.
    report
        File for the report, beside what is printed.
    """
    configure_logging("chaos", LogFormat.AUTO, LogLevel.ERROR)  # what NATS does is our doing
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that all is ended and removed
    plan = Plan(seed, kills, minutes * 60)
    with tempfile.TemporaryDirectory(prefix="outcry-chaos-") as folder:
        outcome = asyncio.run(_run(Path(folder), plan))
    shown = [f"VIOLATED: {one}" for one in outcome.violations] or ["nothing was violated"]
    text = "\n".join([f"chaos run, seed {seed}, {kills} kills", "", *outcome.lines, *shown])
    if report is not None:
        report.write_text(text + "\n")
    print(text)
    return 1 if outcome.violations else 0


async def _run(folder: Path, plan: Plan) -> Outcome:
    outcome = Outcome([], [])
    kind = Kind(durability=Durability.DISK, wired=True, settings=ARCHIVING)
    async with running_target(folder / "ordeal", kind) as venue:
        struck = await ordeal(venue, plan, _say)
        outcome.lines.extend([*struck.lines, ""])
        outcome.violations.extend(struck.violations)
        if not struck.violations:
            await _phase(outcome, wipe_and_restore(venue, _say))
    await _phase(outcome, fill_up(folder / "full", _say))
    await _phase(outcome, _trace(folder / "traced"))
    return outcome


async def _phase(outcome: Outcome, phase: Coroutine[Any, Any, list[str]]) -> None:
    try:
        outcome.lines.extend(await phase)
    except (AssertionError, TimeoutError) as violation:
        notes = getattr(violation, "__notes__", [])
        outcome.violations.append("\n".join([repr(violation), *notes]))


async def _trace(folder: Path) -> list[str]:
    _say("fsync traced")
    folder.mkdir()  # noqa: ASYNC240 - nobody waits for us here
    try:
        traced = await trace(folder, TRACED)
    except Skipped as why:
        return [f"fsync: skipped, as {why}"]
    assert not traced.early, f"acknowledged before they were on the disk: {traced.early}"
    return [f"fsync: {traced}"]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(cyclopts.run(chaos))
