"""What the books are shown as."""

import json

import pytest

from outcry.cli.gateway_client import Gateway
from outcry.cli.reads import POSITIONS, TRADES, instruments, orders
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


def test_an_instrument_tells_its_fees_its_band_and_its_switch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kill switch is on or off; that of the market is told below, and only where it is on."""
    acme: dict[str, object] = {
        "symbol": "ACME",
        "name": "Acme",
        "state": "open",
        "tick": "0.01",
        "lot": "1",
    }
    acme |= {"min_quantity": "1", "price_band": "0.05", "taker_fee": "0.001", "killed": True}
    answer = {"seq": 7, "instruments": [acme, acme | {"symbol": "ZINC", "killed": False}]}
    monkeypatch.setattr(Gateway, "get", lambda *_: answer)
    instruments()
    head, first, second = capsys.readouterr().out.splitlines()
    assert "kill switch" in head
    assert first.split() == ["ACME", "Acme", "open", "on", "0.01", "1", "1", "5", "%", "0.1", "%"]
    assert second.split()[3] == "off"
    answer["killed"] = True
    instruments()
    assert capsys.readouterr().out.splitlines()[-1] == "the kill switch of the market is on"
    instruments(gateway=Gateway(json=True))
    assert json.loads(capsys.readouterr().out) == answer


def test_an_exit_and_its_parent_name_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a column that is there only where an order has an exit, or is one."""
    order = {"order_id": "o1", "account": "demo", "side": "buy", "symbol": "AAPL", "price": "9"}
    order |= {"status": "new", "quantity": "1", "filled_quantity": "0", "leaves_quantity": "1"}
    order |= {"type": "limit", "time_in_force": "gtc"}
    answer = {"seq": 7, "orders": [order]}
    monkeypatch.setattr(Gateway, "get", lambda *_, **__: answer)
    monkeypatch.setenv("COLUMNS", "200")
    orders()
    assert "together with" not in capsys.readouterr().out
    leg = order | {"order_id": "o2", "side": "sell", "parent_order_id": "o1"}
    answer["orders"] = [leg, order | {"exit_order_id": "o2"}]
    orders()
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.rstrip().endswith("together with")
    assert first.rstrip().endswith("exit of o1")
    assert second.rstrip().endswith("exit o2")
