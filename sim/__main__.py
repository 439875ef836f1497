"""`make sim SEED=n` tells the story of one seed; `make soak` tries many of them, and sequences of
commands without a system around the engine."""

import argparse
import sys

from sim.plan import plan
from sim.sequences import run_sequences
from sim.soak import soak
from sim.world import World


def tell(seed: int, commands: int, faults: int) -> int:
    """Replay one seed step by step; the exit code is 1 when a rule was broken."""
    world = World(plan(seed, commands, faults))
    world.story.aloud = True
    outcome = world.run()
    print(  # noqa: T201 - the last line of the story
        f"seed {seed}: {outcome.commands} commands, {outcome.entries} entries, "
        f"{outcome.executions} executions in {outcome.seconds:.1f} s of its own time, "
        f"fingerprint {outcome.fingerprint}: {outcome.broken or 'OK'}"
    )
    return 1 if outcome.broken else 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sim", description=__doc__)
    parser.add_argument("what", choices=("tell", "soak", "sequences"))
    parser.add_argument("seed", type=int, nargs="?", default=1, help="the seed, or the first one")
    parser.add_argument("--seeds", type=int, default=2_000, help="of a soak: how many")
    parser.add_argument("--count", type=int, default=10_000, help="of sequences: how many")
    parser.add_argument("--workers", type=int, default=0, help="processes; 0: a core each")
    parser.add_argument("--commands", type=int, default=2_000, help="of each seed, at least")
    parser.add_argument("--faults", type=int, default=20, help="of each seed")
    asked = parser.parse_args(arguments)
    if asked.what == "tell":
        return tell(asked.seed, asked.commands, asked.faults)
    if asked.what == "sequences":
        return run_sequences(asked.seed, asked.count, asked.workers)
    return soak(asked.seed, asked.seeds, asked.workers, asked.commands, asked.faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
