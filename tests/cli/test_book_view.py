"""The book as a ladder."""

from decimal import Decimal

import pytest
from rich.console import Console

from outcry.cli.book_view import BAR, depth_bar, in_step, ladder


def test_offers_stand_above_bids_the_best_in_the_middle(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A ladder reads from the worst offer down to the worst bid."""
    Console(width=100).print(
        ladder(
            {
                "symbol": "AAPL",
                "bids": [["189.48", "100", 1], ["189.47", "50", 2]],
                "asks": [["189.5", "200", 1], ["189.51", "1", 1]],
                "seq": 9,
            }
        )
    )
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["AAPL", "seq", "9"]
    assert [line[2] for line in lines[2:] if len(line) > 2] == [
        "189.51",
        "189.50",
        "189.48",
        "189.47",
    ]
    assert ["spread", "0.02"] in lines


def test_numbers_below_each_other_have_the_same_decimals() -> None:
    """Prices and quantities of a ladder line up at the point, and stay exact."""
    assert in_step(["189.5", "189.48", "190"]) == ["189.50", "189.48", "190.00"]
    assert in_step(["9000000000.000000001", "1"]) == ["9000000000.000000001", "1.000000000"]
    assert in_step([]) == []


@pytest.mark.parametrize(("bids", "said"), [([], "no orders"), ([["1", "1", 1]], "one side only")])
def test_a_side_may_be_empty(
    bids: list[list[object]], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A book without a side, or without any order, says so."""
    Console(width=100).print(ladder({"symbol": "X", "bids": bids, "asks": [], "seq": 1}))
    assert said in capsys.readouterr().out


def test_bars_are_proportional() -> None:
    """The largest level fills the width; the smallest is still seen."""
    assert depth_bar(Decimal(1)) == "█" * BAR
    assert depth_bar(Decimal("0.5")) == "█" * (BAR // 2)
    assert depth_bar(Decimal("0.0001")) == "▏"
