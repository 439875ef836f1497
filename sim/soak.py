"""Many seeds, on all cores, until one of them breaks a rule."""

import multiprocessing
import os
import time
from functools import partial

from sim.plan import Outcome, plan
from sim.world import World

TOLD_EVERY_S = 10.0


def run_seed(seed: int, commands: int, faults: int) -> Outcome:
    return World(plan(seed, commands, faults)).run()


def soak(first: int, seeds: int, workers: int, commands: int, faults: int) -> int:
    """Run `seeds` of them from `first` on; the exit code is 1 when a rule was broken."""
    began = told = time.monotonic()
    done = total = 0
    run = partial(run_seed, commands=commands, faults=faults)
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers or os.cpu_count()) as pool:
        for outcome in pool.imap_unordered(run, range(first, first + seeds)):
            done += 1
            total += outcome.commands
            if outcome.broken:
                pool.terminate()
                _say(f"seed {outcome.seed} breaks a rule: {outcome.broken}")
                _say(f"replay it with: make sim SEED={outcome.seed}" + _sizes(commands, faults))
                return 1
            if time.monotonic() - told > TOLD_EVERY_S or done == seeds:
                told = time.monotonic()
                _say(
                    f"{done} of {seeds} seeds, {total} commands, {told - began:.0f} s: "
                    "no rule broken"
                )
    return 0


def _sizes(commands: int, faults: int) -> str:
    usual = commands == 2_000 and faults == 20
    return "" if usual else f' ARGS="--commands {commands} --faults {faults}"'


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the report of a command
