"""Real days of a market against the engine."""

import pytest

from outcry.cli.replay.check import Check
from outcry.cli.replay.drive import drive
from outcry.cli.replay.flow import Flow
from outcry.cli.replay.market_file import read_market, survey
from tests.cli.replay.days import DAYS, Day, file_of
from tests.cli.replay.venue import SYMBOL, Venue


@pytest.mark.slow
@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
async def test_a_real_day_comes_out_as_it_was(day: Day) -> None:
    """Every fill, every level and every quote of the day, without one difference."""
    path = file_of(day)
    held = survey(path)
    flow = Flow(SYMBOL)
    check = Check(flow, held.depth)
    await drive(read_market(path), flow, check, Venue().send, 0, lambda _: None)
    assert check.shown == []
    assert check.differences == 0
    assert (check.commands, check.tops, check.takes, check.fills) == day[1:] == held[:4]
