"""Accounts, activities and the audit trail as tables."""

import pytest

from outcry.cli.accounts import ACTIVITIES, AUDIT, show_account
from outcry.cli.tables import show
from tests.cli.test_gateway_client import gateway

ACCOUNT = {
    "account": "ann",
    "type": "margin",
    "state": "active",
    "access": "keys",
    "self_trade_prevention": "cancel_newest",
    "multiplier": 2,
    "shorting": True,
    "cash": "990000",
    "held": "189.5",
    "equity": "1000000.5",
    "market_value": "10000.5",
    "realised_profit": "0",
    "unrealised_profit": "0.5",
    "fees": "0",
    "positions": [
        {
            "symbol": "AAPL",
            "quantity": "50",
            "cost": "10000",
            "average_price": "200",
            "market_value": "10000.5",
            "unrealised_profit": "0.5",
            "realised_profit": "0",
            "bought_quantity": "50",
            "bought_value": "10000",
            "sold_quantity": "0",
            "sold_value": "0",
            "fees": "0",
        }
    ],
}


def test_an_account_shows_what_it_has_and_how_it_is_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Settings in a line, the sums, and its positions below."""
    with gateway(200, {"seq": 9, "account": ACCOUNT}) as at:
        show_account("ann", gateway=at)
    settings, _, sums, _, position = capsys.readouterr().out.splitlines()
    assert settings.startswith("ann  margin x2, shorting, active, access keys")
    assert sums.split()[:4] == ["990,000.00", "189.50", "10,000.50", "1,000,000.50"]
    assert position.split()[:3] == ["AAPL", "50", "200"]


def test_an_activity_tells_what_moved(capsys: pytest.CaptureFixture[str]) -> None:
    """A trade with its fee, a deposit with its name."""
    trade = {
        "ts": "0",
        "seq": 7,
        "account": "ann",
        "kind": "trade",
        "side": "buy",
        "symbol": "AAPL",
        "quantity": "1",
        "price": "9",
        "amount": "-9",
        "fee": "0.01",
        "cash": "90.99",
    }
    deposit = {"ts": "0", "seq": 3, "account": "ann", "kind": "deposit", "amount": "100"}
    rows = [trade, deposit | {"cash": "100", "transfer_id": "first"}]
    show({"activities": rows}, "activities", ACTIVITIES, as_json=False, nothing="")
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.split()[-5:] == ["1", "9", "-9.00", "0.01", "90.99"]
    assert second.split()[-3:] == ["100.00", "100.00", "first"]


def test_the_audit_trail_names_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Who it was, and what he asked for; the hash of a key is nothing to look at."""
    command = {"op": "key.create", "key_id": "1" * 16, "hash": "f" * 64, "role": "read"}
    row = {"ts": "0", "seq": 7, "op": "key.create", "result": "accepted", "key": "a" * 16}
    show({"audit": [row | {"command": command}]}, "audit", AUDIT, as_json=False, nothing="")
    told = capsys.readouterr().out
    assert "a" * 16 in told and "role=read" in told
    assert "f" * 64 not in told
