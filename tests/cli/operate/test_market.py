"""The whole market from the command line."""

import pytest

from outcry.cli.failed import ExitCode
from tests.cli.admin_gateway import AdminGateway


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ((), "market_killed"),
        (("--account", "demo"), "account_killed"),
        (("--symbol", "aapl"), "instrument_killed"),
    ],
)
def test_a_kill_switch_lets_only_cancels_through(
    at: AdminGateway, where: tuple[str, ...], reason: str
) -> None:
    """Until it is released, said with the same words."""
    assert at.outcry("market", "kill", *where) == ExitCode.OK
    assert at.exchange.order("buy", "1", "10")["reason"] == reason
    assert at.exchange.enter("order.created", {"op": "cancel_all"})["result"] == "accepted"
    assert at.outcry("market", "release", *where) == ExitCode.OK
    assert at.exchange.order("buy", "1", "10")["result"] == "accepted"


def test_a_switch_is_of_one_thing(at: AdminGateway) -> None:
    """An account and an instrument together are a mistake, and nothing is done."""
    both = ("--account", "demo", "--symbol", "AAPL")
    assert at.outcry("market", "kill", *both) == ExitCode.USAGE
    assert not at.asked


@pytest.mark.parametrize("where", [(), ("--account", "demo"), ("--symbol", "aapl")])
def test_a_switch_that_is_not_on_is_not_taken_back(
    at: AdminGateway, where: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said so: perhaps another one was meant."""
    at.outcry("market", "kill", *where)
    capsys.readouterr()
    assert at.outcry("market", "release", *where) == ExitCode.OK
    assert "it was not on" not in capsys.readouterr().out
    assert at.outcry("market", "release", *where) == ExitCode.OK
    assert capsys.readouterr().out.splitlines()[-1] == "it was not on: nothing has changed"


@pytest.mark.parametrize("option", ["--account", "--symbol"])
def test_a_switch_of_nothing_is_not_that_of_the_market(at: AdminGateway, option: str) -> None:
    """An empty name, as of a variable of the shell that is not set, stops nobody."""
    assert at.outcry("market", "kill", option, "") == ExitCode.USAGE
    assert not at.asked


def test_limits_hold_for_accounts_without_their_own(at: AdminGateway) -> None:
    """`outcry market set` bounds everybody, until it is taken away."""
    assert at.outcry("market", "set", "--max-notional", "100") == ExitCode.OK
    assert at.exchange.order("buy", "11", "10")["reason"] == "max_notional"
    assert at.outcry("market", "set", "--max-notional", "0") == ExitCode.OK
    assert at.exchange.order("buy", "11", "10")["result"] == "accepted"
