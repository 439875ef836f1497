"""Random commands of every kind, with money: the engine, its slow twin and an auditor."""

import pytest

from outcry.domain.reject import RejectReason
from sim.sequences import Sequence, run_sequence
from tests.venue import state

SEEDS = range(1, 25)
MOST_SEEDS = 200
NEVER_READ = {RejectReason.MALFORMED, RejectReason.TOO_MANY_COMMANDS}
"""Tested with every kind of junk in tests/orders/test_answer.py."""
REASONS = {reason.word for reason in RejectReason if reason not in NEVER_READ}


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_in_a_sequence(seed: int) -> None:
    """Cash and shares are conserved, holds are what open orders imply, and the twin agrees."""
    outcome = run_sequence(seed)
    assert not outcome.broken
    assert outcome.executions > 150


def test_a_refused_command_changes_nothing() -> None:
    """No book, account, holding, key or client order id: until every reason was met."""
    met = set[str]()
    for seed in range(1, MOST_SEEDS):
        if met == REASONS:
            break
        sequence = Sequence(seed)
        for subject, body in sequence.entries(most=1):
            sequence.tell("clock.tick", {})  # what is due is done
            before = state(sequence.desk.engine)
            executions = sequence.tell(subject, body)
            if all(execution["result"] == "rejected" for execution in executions):
                assert state(sequence.desk.engine) == before, executions
                met.update(execution["reason"] for execution in executions)
    assert met == REASONS
