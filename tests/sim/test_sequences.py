"""Random commands of every kind, with money: the engine, its slow twin and an auditor."""

import pytest

from outcry.domain.reject import RejectReason
from outcry.wire.order_types import CLASSES, LISTED, TABLE
from sim.exact import Fields
from sim.sequences import Sequence, run_sequence
from tests.venue import state

SEEDS = range(1, 25)
MOST_SEEDS = 200
NEVER_READ = {RejectReason.MALFORMED, RejectReason.TOO_MANY_COMMANDS}
"""Tested with every kind of junk in tests/orders/test_answer.py."""
REASONS = {reason.word for reason in RejectReason if reason not in NEVER_READ}
ROWS = {*TABLE, *((kind, name) for name, row in CLASSES.items() for kind, _ in row.rows)}
"""Each type with each time in force, and with each class."""


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


def test_every_form_of_an_order_is_accepted() -> None:
    """Each row of the table of order types, each class with each type, and each field."""
    met = set[object]()
    wanted = {*ROWS, *LISTED}
    for seed in range(1, MOST_SEEDS):
        if met >= wanted:
            break
        sequence = Sequence(seed)
        for subject, body in sequence.entries(most=1):
            accepted = {
                execution["op"]
                for execution in sequence.tell(subject, body)
                if execution["result"] == "accepted"
            }
            if "new" in accepted:
                met |= _form_of(body[0] if isinstance(body, list) else body)
    assert not wanted - met


def _form_of(order: Fields) -> set[object]:
    """What a new order is: its type with its time in force and with its class, and its fields."""
    kind = order.get("type", "limit")
    time = order.get("time_in_force", "ioc" if kind == "market" else "gtc")
    return {(kind, time), (kind, order.get("order_class")), *order}
