"""The tables of what goes together: what they allow is done, in a story."""

from pathlib import Path

import pytest

from outcry.domain.types import OrderType, TimeInForce
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_types import CLASSES, SIMPLE, TABLE, OrderClass, row_of
from tests.scenarios.story import play, read_stories

STORIES = list(read_stories(Path(__file__).with_name("order_types.txt")))
Cell = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def told() -> set[Cell]:
    """Type, time in force, class and one instruction (empty: none) of the orders that were
    accepted."""
    return {cell for story in STORIES for answer in play(story).heard for cell in cells(answer)}


def cells(answer: ExecutionMessage) -> set[Cell]:
    order = answer.order
    if order is None or answer.op != "new" or answer.result != "accepted":
        return set()
    order_class = OrderClass(order.order_class or SIMPLE)
    row = row_of(OrderType(order.type), TimeInForce(order.time_in_force), order_class)
    said = [name for name in row.allowed if name not in row.needs and getattr(order, name)]
    head = order.type, order.time_in_force, order_class.value
    alone = [""] if order_class is not SIMPLE or not said else []
    return {(*head, name) for name in (*alone, *said)}


def expected(kind: OrderType, time: TimeInForce, order_class: OrderClass) -> set[Cell]:
    """With a class each of what that adds; what the row may say is told without."""
    row = row_of(kind, time, order_class)
    rules = CLASSES.get(order_class)
    names = row.may if rules is None else rules.may if is_shown(kind, time) else ()
    either = [name for some in (rules or row).one_of for name in some]
    alone = [] if either else [""]
    return {(kind.value, time.value, order_class.value, name) for name in (*alone, *names, *either)}


def is_shown(kind: OrderType, time: TimeInForce) -> bool:
    """Where what a class may say besides is told: it is the same in all rows."""
    return (kind, time) == (OrderType.LIMIT, TimeInForce.GTC)


@pytest.mark.parametrize(("kind", "time"), TABLE)
@pytest.mark.parametrize("order_class", OrderClass)
def test_what_may_stand_together_is_told(
    kind: OrderType, time: TimeInForce, order_class: OrderClass, told: set[Cell]
) -> None:
    """Each type at each time, by itself, with each class and with each instruction, is in a
    story."""
    if order_class is SIMPLE or (kind, time) in CLASSES[order_class].rows:
        assert expected(kind, time, order_class) <= told
