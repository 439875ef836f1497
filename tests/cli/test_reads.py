"""What the books are shown as."""

import pytest

from outcry.cli.reads import POSITIONS
from outcry.cli.tables import show


def test_a_position_tells_at_which_prices_it_came_about(capsys: pytest.CaptureFixture[str]) -> None:
    """Bought and sold with the average price of each; nothing where there was nothing."""
    held = {
        "account": "demo",
        "symbol": "AAPL",
        "quantity": "30",
        "bought_quantity": "30",
        "bought_value": "5685.6",
        "sold_quantity": "0",
        "sold_value": "0",
    }
    show({"positions": [held]}, "positions", POSITIONS, as_json=False, nothing="")
    _, line = capsys.readouterr().out.splitlines()
    assert line.split() == ["demo", "AAPL", "30", "30", "at", "189.52"]
