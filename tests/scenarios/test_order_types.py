"""The table of what goes together: what it allows is done, in a story."""

from pathlib import Path

import pytest

from outcry.domain.types import OrderType, TimeInForce
from outcry.wire.instructions import INSTRUCTIONS
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_types import TABLE
from tests.scenarios.story import play, read_stories

STORIES = list(read_stories(Path(__file__).with_name("order_types.txt")))


@pytest.fixture(scope="module")
def told() -> set[tuple[str, str, str]]:
    """Type, time in force and one instruction (empty: none) of the orders that were accepted."""
    return {cell for story in STORIES for answer in play(story).heard for cell in cells(answer)}


def cells(answer: ExecutionMessage) -> set[tuple[str, str, str]]:
    order = answer.order
    if order is None or answer.op != "new" or answer.result != "accepted":
        return set()
    row = TABLE[OrderType(order.type), TimeInForce(order.time_in_force)]
    said = [name for name in INSTRUCTIONS if getattr(order, name) and name in row.may]
    return {(order.type, order.time_in_force, name) for name in said or [""]}


@pytest.mark.parametrize(("kind", "time"), TABLE)
def test_what_may_stand_together_is_told(
    kind: OrderType, time: TimeInForce, told: set[tuple[str, str, str]]
) -> None:
    """Each type at each time, by itself and with each instruction, is in a story."""
    row = TABLE[kind, time]
    assert {(kind, time, name) for name in ("", *row.may)} <= told
