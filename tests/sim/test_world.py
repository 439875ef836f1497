"""The simulator: seeds of it that have to pass with every change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.plan import plan
from sim.world import World

SEEDS = range(1, 21)
SMALL = (300, 8)
"""Commands and faults of a seed, where the story itself is not the matter."""
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_and_nothing_is_done_twice(seed: int) -> None:
    """Whatever goes wrong, every rule holds: replay a failure with `make sim SEED=<seed>`."""
    outcome = World(plan(seed)).run()
    assert outcome.broken == ""
    assert outcome.commands >= 2_000


def test_a_seed_tells_one_story() -> None:
    """The same seed gives the same story, also in a process with another hash seed."""
    stories = {World(plan(7, *SMALL)).run().fingerprint for _ in range(2)}
    command = [sys.executable, "-m", "sim", "tell", "7", "--commands", "300", "--faults", "8"]
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT}/src"}
        told = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        stories.add(told.stdout.rpartition("fingerprint ")[2].partition(":")[0])
    assert len(stories) == 1


def test_seeds_tell_different_stories() -> None:
    """Another seed is another workload with other faults."""
    stories = {World(plan(seed, *SMALL)).run().fingerprint for seed in range(1, 5)}
    assert len(stories) == 4
