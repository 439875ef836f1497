"""What a replay finds, and what it does not let pass."""

from collections.abc import Sequence

import pytest

from outcry.cli.replay.check import Check
from outcry.cli.replay.flow import Flow
from outcry.cli.replay.market_file import Cancel, Line, New, Reduce, Replace, Take, Top
from tests.cli.replay.venue import SYMBOL, Venue, replayed, steps_of

# seven at 100.01 behind five at 100, bids below
DAY: tuple[Line, ...] = (
    New(1, "S", 1000000, 5),
    New(2, "S", 1000100, 7),
    New(3, "B", 999900, 4),
    Top(((1000000, 5),), ((999900, 4),)),
    New(4, "S", 1000000, 6),
    Top(((1000000, 11),), ((999900, 4),)),
    Take("B", 1000000, 8, ((1, 5, 1000000), (4, 3, 1000000))),
    Top(((1000000, 3),), ((999900, 4),)),
    Reduce(4, 1),
    Top(((1000000, 2),), ((999900, 4),)),
    Replace(2, 1000000, 6),
    Top(((1000000, 8),), ((999900, 4),)),
    Take("B", 1000000, 3, ((4, 2, 1000000), (2, 1, 1000000))),
    Take("S", 999900, 9, ((3, 4, 999900),)),
    Top(((1000000, 5),), ()),
    Cancel(2),
    Top((), ()),
)


async def test_a_day_that_comes_out_right() -> None:
    """Every line of a true file agrees, and all of them are counted."""
    check = await replayed(*DAY)
    assert check.shown == []
    assert (check.commands, check.tops, check.takes, check.fills) == (10, 7, 3, 5)
    assert sorted(check.trades.values())[0][:2] == ("100", "1")


def altered(place: int, line: Line) -> Sequence[Line]:
    return [*DAY[:place], line, *DAY[place + 1 :]]


@pytest.mark.parametrize(
    ("place", "line", "expected"),
    [
        (3, Top(((1000000, 6),), ((999900, 4),)), "sell levels [5 @ 100]; expected [6 @ 100]"),
        (3, Top(((1000000, 5),), ()), "buy levels [4 @ 99.99]; expected []"),
        (6, Take("B", 1000000, 8, ((4, 3, 1000000), (1, 5, 1000000))), "fills"),
        (6, Take("B", 1000000, 8, ((1, 5, 1000000),)), "fills"),
        (6, Take("B", 1000000, 9, ((1, 5, 1000000), (4, 3, 1000000))), "fills"),
        (13, Take("S", 999900, 4, ()), "fills"),
    ],
)
async def test_a_difference_is_named_with_its_line(place: int, line: Line, expected: str) -> None:
    """A wrong level, a fill out of turn, a missing one: each is found where it stands."""
    check = await replayed(*altered(place, line))
    first = check.shown[0]
    assert first.line == place + 1
    assert expected in first.text


async def test_an_order_that_should_rest_may_not_trade() -> None:
    """A new order of the file trades with nobody."""
    check = await replayed(New(1, "S", 1000000, 5), New(2, "B", 1000000, 5))
    assert [difference.text for difference in check.shown] == ["1 trades where none should be"]


async def test_a_refused_command_is_a_difference() -> None:
    """What the venue rejects is told in its own words."""
    check = await replayed(New(1, "S", 1000000, 5), Cancel(1), Cancel(1))
    assert check.shown[0].line == 3
    assert "unknown_order" in check.shown[0].text


async def test_deeper_levels_are_compared_too() -> None:
    """A file of two levels finds what differs on the second."""
    lines = (New(1, "S", 1000000, 5), New(2, "S", 1000100, 7))
    right = Top(((1000000, 5), (1000100, 7)), ())
    wrong = Top(((1000000, 5), (1000200, 7)), ())
    assert not (await replayed(*lines, right, depth=2)).differences
    assert (await replayed(*lines, wrong, depth=2)).differences == 1
    assert (await replayed(*lines, Top(((1000000, 5),), ()), depth=2)).differences == 1


async def test_differences_are_counted_beyond_those_shown() -> None:
    """A file of another market shows ten differences and counts them all."""
    lines: list[Line] = [New(1, "S", 1000000, 5), *[Top((), ())] * 30]
    check = await replayed(*lines)
    assert check.differences == 30
    assert len(check.shown) == 10


async def test_executions_out_of_order_are_found() -> None:
    """Commands of one connection take effect in the order in which they were sent."""
    venue, flow = Venue(), Flow(SYMBOL)
    check = Check(flow, 1)
    steps = steps_of(New(1, "S", 1000000, 5), New(2, "S", 1000100, 5))
    executions = venue.enter("order.created", [flow.command(step) for step in steps])
    for step, execution in zip(steps, reversed(executions), strict=True):
        check.take(step, execution)
    assert any("the order was not kept" in difference.text for difference in check.shown)
