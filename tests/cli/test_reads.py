"""What the books are shown as."""

import pytest

from outcry.cli.reads import POSITIONS, TRADES
from outcry.cli.tables import show


def test_a_position_tells_what_it_has_cost_and_brought(capsys: pytest.CaptureFixture[str]) -> None:
    """Average cost, worth, profit; bought and sold with the average price of each."""
    held = {
        "account": "demo",
        "symbol": "AAPL",
        "quantity": "30",
        "bought_quantity": "40",
        "bought_value": "7580.8",
        "sold_quantity": "10",
        "sold_value": "1900",
        "cost": "5685.6",
        "average_price": "189.52",
        "reference_price": "190",
        "market_value": "5700",
        "unrealised_profit": "14.4",
        "realised_profit": "4.8",
        "fees": "0",
    }
    show({"positions": [held]}, "positions", POSITIONS, as_json=False, nothing="")
    _, line = capsys.readouterr().out.splitlines()
    told = "demo AAPL 30 189.52 190 5,700.00 14.40 4.80 0.00 40 at 189.52 10 at 190"
    assert " ".join(line.split()) == told


def test_a_trade_shows_the_fees_that_the_reader_may_see(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of both sides together where both are his; none where none is told."""
    trade = {"trade_id": "7-0", "symbol": "AAPL", "side": "buy", "quantity": "1", "price": "9"}
    both = trade | {"taker_fee": "0.05", "maker_fee": "0.02"}
    show({"trades": [trade, both]}, "trades", TRADES, as_json=False, nothing="")
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.split()[-1] == "9"
    assert second.split()[-1] == "0.07"
