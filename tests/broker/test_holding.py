"""Average cost: what a position has cost goes out with it in proportion, to the last unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.broker.holding import Holding

MOVES = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(1, 1000)), max_size=30)


@pytest.mark.parametrize(
    ("moves", "quantity", "cost", "realised"),
    [
        ([(10, 5)], 10, 50, 0),
        ([(10, 5), (10, 8)], 20, 130, 0),
        ([(10, 5), (-4, 8)], 6, 30, 12),
        ([(3, 1), (1, 2), (-1, 1)], 3, 4, 0),
        ([(-10, 5)], -10, -50, 0),
        ([(-10, 5), (4, 3)], -6, -30, 8),
        ([(-10, 5), (10, 6)], 0, 0, -10),
        ([(5, 4), (-10, 7)], -5, -35, 15),
        ([(-5, 7), (10, 4)], 5, 20, 15),
    ],
    ids=str,
)
def test_a_position_has_an_average_cost(
    moves: list[tuple[int, int]], quantity: int, cost: int, realised: int
) -> None:
    """More of it adds to the cost; less realises what was paid less the cost of that part."""
    holding = Holding()
    for moved, price in moves:
        holding.move(moved, price)
    assert (holding.quantity, holding.cost, holding.realised) == (quantity, cost, realised)


@given(MOVES)
def test_no_unit_is_lost(moves: list[tuple[int, int]]) -> None:
    """Realised profit and the cost of what is left are what was paid and received, exactly."""
    holding = Holding()
    paid = 0
    for moved, price in moves:
        holding.move(moved, price)
        paid += moved * price
        assert holding.cost - holding.realised == paid
        assert (holding.cost > 0) is (holding.quantity > 0) or not holding.cost
        assert holding.quantity or not holding.cost


def test_what_is_taken_out_makes_no_profit() -> None:
    """A withdrawal takes its part of the cost with it."""
    holding = Holding()
    holding.move(3, 5)
    holding.take_out(2)
    assert (holding.quantity, holding.cost, holding.realised) == (1, 5, 0)
