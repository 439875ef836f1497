"""`python -m chaos`: real processes, a real NATS on a real disk, real load, and no mercy.

Exit code 0: nothing was lost, done twice or stuck; 1: something was, and the report says what.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import cyclopts

from chaos.ordeal import Outcome, Plan, ordeal, running_target
from chaos.venue import Kind
from outcry.runtime.settings import Durability

SEEDED = "outcry"


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
        File for the report; else it is printed.
    """
    plan = Plan(seed, kills, minutes * 60)
    with tempfile.TemporaryDirectory(prefix="outcry-chaos-") as folder:
        outcome = asyncio.run(_run(Path(folder), plan))
    text = "\n".join([f"chaos run, seed {seed}", "", *outcome.lines, *outcome.violations]) + "\n"
    if report is not None:
        report.write_text(text)
    print(text if report is None else "\n".join(outcome.lines[-5:] + outcome.violations))
    return 1 if outcome.violations else 0


async def _run(folder: Path, plan: Plan) -> Outcome:
    kind = Kind(durability=Durability.DISK, wired=True)
    async with running_target(folder, kind) as venue:
        return await ordeal(venue, plan, _say)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(cyclopts.run(chaos))
