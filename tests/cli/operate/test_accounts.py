"""Accounts from the command line."""

import pytest

from outcry.cli.failed import ExitCode
from tests.cli.admin_gateway import AdminGateway


def test_an_account_is_opened_funded_and_closed(
    at: AdminGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each step shows what the account has then; it closes when it is empty, and not before."""
    assert at.outcry("account", "open", "ann", "--type", "margin", "--shorting") == ExitCode.OK
    assert "ann  margin x2, shorting, active, access keys" in capsys.readouterr().out
    assert at.outcry("account", "deposit", "ann", "10000.5") == ExitCode.OK
    assert "ann  cash 10,000.50" in capsys.readouterr().out
    assert at.outcry("account", "deposit", "ann", "7", "--symbol", "aapl") == ExitCode.OK
    assert "AAPL 7" in capsys.readouterr().out
    assert at.outcry("account", "close", "ann") == ExitCode.REFUSED
    assert "account_not_empty" in capsys.readouterr().out
    assert at.outcry("account", "withdraw", "ann", "10000.5") == ExitCode.OK
    assert at.outcry("account", "withdraw", "ann", "7", "--symbol", "AAPL") == ExitCode.OK
    assert at.outcry("account", "restrict", "ann") == ExitCode.OK
    assert at.outcry("account", "activate", "ann") == ExitCode.OK
    assert at.outcry("account", "close", "ann") == ExitCode.OK


def test_a_transfer_is_named_so_that_it_is_done_once(at: AdminGateway) -> None:
    """Two transfers are two; the same one, said again with its name, is one."""
    at.outcry("account", "deposit", "demo", "5")
    at.outcry("account", "deposit", "demo", "5")
    first, second = (command["transfer_id"] for command in at.asked)
    assert first != second
    assert at.outcry("account", "deposit", "demo", "5", "--transfer-id", first) == ExitCode.OK
    assert at.exchange.enter("account.deposit", {"account": "demo", "amount": "1"})["balances"] == [
        {"account": "demo", "cash": "1000011"}
    ]


def test_a_transfer_without_an_answer_says_how_to_go_on(
    capsys: pytest.CaptureFixture[str], at: AdminGateway
) -> None:
    """The name by which it can be said again stands in the line that tells of the failure."""
    from outcry.cli.__main__ import main

    where = ["--url", "http://127.0.0.1:9", "--key", at.key]
    assert main(["account", "deposit", "demo", "5", *where]) == ExitCode.UNREACHABLE
    assert "say it again with --transfer-id " in capsys.readouterr().err


def test_what_is_not_given_stays(at: AdminGateway, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what the command line names is in the command; 0 takes a limit away, a word a fee."""
    at.outcry("account", "set", "demo", "--max-open-orders", "3", "--maker-fee", "0.001")
    assert "max_open_orders 3, maker_fee 0.1 %" in capsys.readouterr().out
    at.outcry("account", "set", "demo", "--no-shorting", "--max-open-orders", "0")
    assert "max_open_orders" not in capsys.readouterr().out
    at.outcry("account", "set", "demo", "--maker-fee", "inherit")
    assert "maker_fee" not in capsys.readouterr().out
    at.outcry("account", "set", "demo", "--symbol", "aapl", "--max-position", "50")
    assert "in AAPL: max_position 50" in capsys.readouterr().out
    assert at.asked[1] == {
        "op": "account.set",
        "account": "demo",
        "shorting": False,
        "max_open_orders": 0,
    }
