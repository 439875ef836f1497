"""Orders from the command line."""

from enum import StrEnum
from typing import Any, get_args, get_type_hints

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.instructions import Instructions
from outcry.cli.order_entry import cancel, named_order, order, replace
from outcry.domain.types import TimeInForce, Trigger
from outcry.wire.order_id import parse_order_id
from tests.cli.executions import Exchange

ORDER_ID = "00000000-000f-8000-800d-66c173684a94"


def test_an_order_is_named_by_its_id_or_by_the_name_it_was_given() -> None:
    """What does not look like an id of a venue is a client order id."""
    assert named_order(ORDER_ID, "") == {"order_id": ORDER_ID}
    assert named_order("my-order-1", "") == {"client_order_id": "my-order-1"}
    assert named_order("", ORDER_ID) == {"client_order_id": ORDER_ID}


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (get_type_hints(order)["tif"], TimeInForce),
        (get_type_hints(Instructions)["trigger"], Trigger),
    ],
)
def test_an_option_offers_all_the_words_that_there_are(hint: Any, kind: type[StrEnum]) -> None:
    """Those of the protocol, in their order."""
    (literal, _) = get_args(hint)
    assert get_args(literal) == tuple(kind)


@pytest.mark.parametrize(("order", "client_order_id"), [("", ""), (ORDER_ID, "my-order-1")])
def test_an_order_has_one_name(order: str, client_order_id: str) -> None:
    """No name, or two of them, name no order."""
    with pytest.raises(Failed) as failed:
        named_order(order, client_order_id)
    assert failed.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    "options",
    [
        ("a1", "--all"),
        ("--all", "--after", "5"),
        ("a1", "--after", "5"),
        ("a1", "--symbol", "AAPL"),
        ("--after", "-1"),
        ("--after", "nan"),
        ("--after", "86401"),
        (),
    ],
)
def test_a_cancel_means_one_thing(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One order, all orders, or all of them later."""
    assert main(["cancel", *options]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("outcry: ")


def test_all_orders_are_not_named_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Who forgets the dashes is told so, and gives no name up."""
    assert main(["cancel", "all"]) == ExitCode.USAGE
    assert "say --all" in capsys.readouterr().err


@pytest.mark.parametrize(
    "piece",
    [
        ORDER_ID[:-1],
        ORDER_ID + "4",
        ORDER_ID[:18],
        ORDER_ID[:13],
        ORDER_ID[4:],
        f"{ORDER_ID[:19]}\u2026",
        f"{ORDER_ID[:19].upper()}...",
    ],
)
def test_a_piece_of_an_order_id_names_no_order(piece: str) -> None:
    """It is taken for no client order id, unless it is said to be one."""
    with pytest.raises(Failed, match="a damaged order id"):
        named_order(piece, "")
    assert named_order("", piece) == {"client_order_id": piece}


@pytest.mark.parametrize(
    "name",
    [
        "a1b2c3d4e5f6-17",
        "20260131-1",
        "20260131-0930",
        "7",
        "dead-beef-cafe-1",
        "2026-11-27-1",
        "9b2f7c1e-3d4a-4f5b-9c6d-7e8f9a0b1c2d",
    ],
)
def test_a_name_that_is_no_piece_of_an_id_stays_one(name: str) -> None:
    """Such as those that a gateway gives, dates with a count, and UUIDs of one's own."""
    assert named_order(name, "") == {"client_order_id": name}


class Answering(Gateway):
    """A gateway in whose place an exchange answers; it remembers what it was asked."""

    exchange: Exchange
    asked: list[dict[str, Any]]

    def __init__(self) -> None:
        super().__init__(url="http://nowhere")
        object.__setattr__(self, "exchange", Exchange())
        object.__setattr__(self, "asked", [])

    def order(self, command: dict[str, Any], to: str = "/order") -> dict[str, Any]:
        self.asked.append(command)
        return dict(self.exchange.enter("order.created", command))


def test_an_order_and_its_exit_are_ordered_and_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said is asked for, and nothing else; the answer names the exit."""
    at = Answering()
    both = Instructions(take_profit="200", stop_loss="180")
    assert order("buy", "10", "aapl", limit="189.50", instructions=both, gateway=at) == 0
    assert at.asked[-1] == {
        "symbol": "AAPL",
        "side": "buy",
        "type": "limit",
        "quantity": "10",
        "price": "189.50",
        "order_class": "bracket",
        "take_profit": "200",
        "stop_loss": "180",
    }
    told = capsys.readouterr().out
    assert "accepted  buy 10 AAPL at 189.5 take profit 200 stop loss 180  seq" in told
    leg = told.partition("  exit ")[2].split()[0]
    assert replace(leg, stop="181", gateway=at) == 0
    assert at.asked[-1] == {"op": "replace", "order_id": leg, "stop_price": "181"}
    assert (
        "accepted  replace sell 10 AAPL at 200 or stop 181, then market (exit)  seq"
        in capsys.readouterr().out
    )
    refused = replace(leg, quantity="5", good_until="2026-01-31", gateway=at)
    assert refused == ExitCode.REFUSED
    assert at.asked[-1]["good_until"] == "1769904000000000000"


def test_a_cancel_that_cancels_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """And ends with the code of what was refused; of all orders there may be none."""
    at = Answering()
    assert cancel("nonsense", gateway=at) == ExitCode.REFUSED
    told = capsys.readouterr().out
    assert "nothing was cancelled: no open order has the client order id nonsense\n" in told
    assert cancel(everything=True, gateway=at) == ExitCode.OK
    assert "no order was open" in capsys.readouterr().out
    assert order("buy", "1", "AAPL", limit="1", client_order_id="a", gateway=at) == ExitCode.OK
    assert cancel("a", gateway=at) == ExitCode.OK
    assert "nothing" not in capsys.readouterr().out


def test_who_protects_a_position_by_an_exit_is_shown_the_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An exit is of what its order opens; a position that is there has one order on its own."""
    at = Answering()
    both = Instructions(take_profit="200", stop_loss="180")
    opening = Instructions(take_profit="200", stop_loss="195")
    at.exchange.order("sell", "1", "190", account="house")
    assert order("buy", "1", "AAPL", limit="190", instructions=opening, gateway=at) == 1
    assert "position that is there" not in capsys.readouterr().out
    at.exchange.order("buy", "1", "190")
    limited = Instructions(take_profit="200", stop_loss="180", stop_loss_limit="179")
    for exits, more in (both, ""), (limited, " --stop-limit 179"):
        assert order("sell", "1", "AAPL", instructions=exits, gateway=at) == ExitCode.REFUSED
        told = capsys.readouterr().out
        assert "order_class oco" in told
        way = f"outcry order sell 1 AAPL --oco --limit 200 --stop 180{more}"
        assert f"a position that is there: `{way}`\n" in told
    for exits in Instructions(stop_loss="200"), Instructions(take_profit="180"):
        assert order("sell", "1", "AAPL", instructions=exits, gateway=at) == ExitCode.REFUSED
        assert "outcry order" not in capsys.readouterr().out


def test_the_quantity_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Who writes the symbol before it is told, and how."""
    assert main(["order", "buy", "AAPL", "10"]) == ExitCode.USAGE
    assert "the quantity comes first: `outcry order buy 10 AAPL`" in capsys.readouterr().err


def test_an_order_is_for_so_many_or_for_so_much(capsys: pytest.CaptureFixture[str]) -> None:
    """By worth it says no quantity; of what it is for stands in its place."""
    at, worth = Answering(), Instructions(notional="1000")
    assert order("buy", "AAPL", limit="189.50", instructions=worth, gateway=at) == 0
    assert at.asked[-1]["notional"] == "1000" and "quantity" not in at.asked[-1]
    assert "buy 5 AAPL at 189.5 worth 1000  seq" in capsys.readouterr().out
    for options in (["10"], ["10", "AAPL", "--notional", "1000"]):
        assert main(["order", "buy", *options]) == ExitCode.USAGE
        assert "say how much of what" in capsys.readouterr().err


def test_what_became_of_a_held_order_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may have been triggered right behind the answer; nothing is said where it is held yet, or
    where the books do not tell."""
    at, now, paths = Answering(), {"status": "filled", "filled_quantity": "1"}, []

    def get(_: Gateway, path: str) -> Any:
        paths.append(path)
        if not now:
            raise Failed("the books are away", ExitCode.UNREACHABLE)
        return {"order": now}

    monkeypatch.setattr(Gateway, "get", get)
    now |= {"average_price": "190", "leaves_quantity": "0"}
    stop = Instructions(stop="180")
    assert order("sell", "1", "AAPL", instructions=stop, gateway=at) == ExitCode.OK
    assert capsys.readouterr().out.endswith("no longer held  filled 1 at 190\n")
    assert len(paths) == 1 and parse_order_id(paths[0].removeprefix("/order/"))
    now["status"] = "held"
    assert order("sell", "1", "AAPL", instructions=stop, gateway=at) == ExitCode.OK
    now.clear()
    assert order("sell", "1", "AAPL", instructions=stop, gateway=at) == ExitCode.OK
    assert len(paths) == 3 and "no longer held" not in capsys.readouterr().out
    assert order("buy", "1", "AAPL", limit="1", gateway=at) == ExitCode.OK
    assert len(paths) == 3


def test_options_that_do_not_go_together_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """As they are written here, before anything is sent, and with what to write instead."""
    for options, text in (
        (["--stop", "194", "--stop-limit", "195"], "order is --stop 194 --limit 195"),
        (["--trail", "1%"], "use --trail-percent 1"),
        (["--trail-percent", "1%"], "leave the sign out: --trail-percent 1"),
        (["--trail", "1", "--trail-percent", "1"], "and not both"),
        (["--trail", "1", "--stop", "5"], "leave --stop out"),
        (["--trail", "1", "--limit", "5"], "leave --limit out"),
        (["--oco", "--limit", "5"], "--oco goes with --limit and --stop"),
        (["--trigger", "quote"], "--trigger goes with --stop"),
        (["--stop-loss-limit", "5"], "--stop-loss-limit goes with --stop-loss"),
        (["--tif", "gtd"], "--good-until 2027-01-31"),
        (["--tif", "day", "--good-until", "2027-01-31"], "leave --tif day out"),
        (["--time-in-force", "gtd"], "--good-until 2027-01-31"),
    ):
        assert main(["order", "buy", "1", "AAPL", *options]) == ExitCode.USAGE
        assert text in capsys.readouterr().err


def test_a_replace_says_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing new is no replace."""
    assert main(["replace", "my-order-1", "--account", "demo"]) == ExitCode.USAGE
    assert "give what is new" in capsys.readouterr().err
