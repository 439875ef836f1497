"""The simulator finds what it is there to find."""

from functools import cache

import pytest

from sim.bugs import BUGS, planted
from sim.plan import plan
from sim.planting import Bug
from sim.world import World

SEEDS = range(1, 101)
COMMANDS, FAULTS = 600, 12


def broken(seed: int) -> str:
    return World(plan(seed, COMMANDS, FAULTS)).run().broken


broken_without = cache(broken)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug: Bug) -> None:
    """Within a hundred seeds, and the seed that finds it passes without the bug."""
    with planted(bug):
        found = next((seed for seed in SEEDS if broken(seed)), None)
    assert found is not None
    assert broken_without(found) == ""
