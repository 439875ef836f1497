"""Executions as a person reads them."""

import pytest

from outcry.cli.ticket import (
    filled_text,
    headline,
    order_line,
    order_text,
    reason_text,
    show_ticket,
    standing,
)
from tests.cli.executions import Exchange


def shown(execution: object, capsys: pytest.CaptureFixture[str]) -> str:
    show_ticket(execution)  # type: ignore[arg-type]
    return capsys.readouterr().out


def test_an_order_that_traded_shows_its_fills(capsys: pytest.CaptureFixture[str]) -> None:
    """What traded, at which prices, and what is left."""
    exchange = Exchange()
    exchange.order("sell", "4", "189.5", account="house")
    exchange.order("sell", "2", "189.53", account="house")
    text = shown(exchange.order("buy", "10", "189.53", client_order_id="mine"), capsys)
    assert "accepted  buy 10 AAPL at 189.53" in text
    assert "partially filled 6 at 189.51  open 4  client order id mine" in text
    assert [line.split()[:2] for line in text.splitlines()[3:5]] == [
        ["4", "189.5"],
        ["2", "189.53"],
    ]
    assert "demo  cash 998,862.94  held 758.12  AAPL 6" in text


def test_fees_show_where_there_are_any(capsys: pytest.CaptureFixture[str]) -> None:
    """What the taker paid for each fill; without fees there is no column for them."""
    exchange = Exchange()
    exchange.enter("instrument.set", {"symbol": "AAPL", "taker_fee": "0.001"})
    exchange.order("sell", "4", "100", account="house")
    text = shown(exchange.order("buy", "4", "100"), capsys)
    header, fill, balance, *_ = text.splitlines()[2:]
    assert header.split()[:3] == ["quantity", "price", "fee"]
    assert fill.split()[:3] == ["4", "100", "0.40"]
    assert "demo  cash 999,599.60" in balance


def test_a_rejected_order_shows_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """The reason for programs and the sentence for people."""
    text = shown(Exchange().order("buy", "10", "189.505"), capsys)
    assert text.startswith("rejected  buy 10 AAPL at 189.505  tick_size: price 189.505 is not")
    assert len(text.splitlines()) == 1


def test_a_repeat_says_that_nothing_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    """A duplicate names the first one and how that stands."""
    exchange = Exchange()
    first = exchange.order("buy", "10", "189.5", client_order_id="mine")
    text = shown(exchange.order("buy", "10", "189.5", client_order_id="mine"), capsys)
    assert f"duplicate  buy 10 AAPL at 189.5  first at seq {first['seq']}" in text


def test_a_market_order_without_a_market_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """A cancelled rest has a reason in words."""
    text = shown(Exchange().order("buy", "10"), capsys)
    assert "buy 10 AAPL at market  seq" in text
    assert "canceled  nothing more to trade with" in text


def test_what_few_orders_say_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the price; and why nothing of it traded."""
    exchange = Exchange()
    text = shown(exchange.order("buy", "10", "189.5", post_only=True, display_quantity="5"), capsys)
    assert "accepted  buy 10 AAPL at 189.5 post-only showing 5  seq" in text
    least = {"time_in_force": "ioc", "min_quantity": "4"}
    text = shown(exchange.order("sell", "10", "200", **least), capsys)
    assert "sell 10 AAPL at 200 at least 4 ioc  seq" in text
    assert "canceled  less could trade at once than it had to" in text
    text = shown(exchange.order("sell", "10", type="stop", stop_price="180"), capsys)
    assert "accepted  sell 10 AAPL stop 180, then market  seq" in text
    two = {"order_class": "oco", "stop_price": "180", "stop_limit_price": "179"}
    text = shown(exchange.order("sell", "10", "200", **two), capsys)
    assert "accepted  sell 10 AAPL at 200 or stop 180, then at 179  seq" in text
    text = shown(exchange.order("buy", "", "150", notional="1000"), capsys)
    assert "accepted  buy 6 AAPL at 150 worth 1000  seq" in text


def test_an_exit_is_shown_with_its_parent(capsys: pytest.CaptureFixture[str]) -> None:
    """The answer names it."""
    exchange = Exchange()
    both = {"order_class": "bracket", "take_profit": "200", "stop_loss": "180"}
    bracket = exchange.order("buy", "10", "189.5", **both)
    text = shown(bracket, capsys)
    assert "accepted  buy 10 AAPL at 189.5 take profit 200 stop loss 180  seq" in text
    leg = bracket["order"]["exit_order_id"]
    assert f"  exit {leg}" in text
    waiting = bracket["order"] | {"status": "held", "unarmed": True}
    waiting |= {"parent_order_id": "parent", "exit_order_id": ""}
    assert order_line(waiting).plain.endswith("  exit of parent")
    assert "held  open 10  waits for its parent" in standing(waiting).plain
    assert reason_text(waiting).plain == "held (waits for its parent)"
    ended = waiting | {"status": "canceled", "reason": "parent_ended", "leaves_quantity": "0"}
    assert reason_text(ended).plain == "canceled (parent_ended)"
    assert reason_text(ended | {"reason": "requested"}).plain == "canceled"
    text = shown(exchange.enter("order.created", {"op": "cancel", "order_id": leg}), capsys)
    assert "accepted  cancel sell 10 AAPL at 200 or stop 180, then market (exit)  seq" in text


def test_an_iceberg_shows_what_it_shows_now() -> None:
    """Beside what it may show at a time; of a stop order of somebody else no stop is known."""
    order = {"side": "buy", "quantity": "10", "symbol": "AAPL", "price": "9", "type": "limit"}
    order |= {"time_in_force": "day", "good_until": "86400000000000", "display_quantity": "4"}
    assert order_text(order | {"displayed_quantity": "1"}).plain.endswith(" showing 4 (1 now) day")
    assert order_text(order | {"displayed_quantity": "4"}).plain.endswith(" at 9 showing 4 day")
    stop = {"type": "stop_limit", "side": "sell", "symbol": "AAPL", "price": "9"}
    stop |= {"quantity": "10", "time_in_force": "gtc"}
    assert order_text(stop).plain == "sell 10 AAPL at 9"
    assert order_text(stop | {"stop_price": "8"}).plain == "sell 10 AAPL stop 8, then at 9"


def test_a_trailing_stop_shows_where_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Its stop price, how far that is behind, and behind what."""
    exchange = Exchange()
    exchange.enter("instrument.set", {"symbol": "AAPL", "reference_price": "190"})
    text = shown(exchange.order("sell", "10", type="trailing_stop", trail="2"), capsys)
    assert "accepted  sell 10 AAPL trailing stop 188 by 2 from 190, then market  seq" in text
    text = shown(exchange.order("sell", "10", type="trailing_stop", trail_percent="2.5"), capsys)
    assert "trailing stop 185.25 by 2.5 % from 190, then market" in text


def test_a_notional_order_shows_what_it_is_worth(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside its quantity, of which there is none where it was refused before that was known."""
    exchange = Exchange()
    text = shown(exchange.order("buy", "", notional="1000"), capsys)
    assert "rejected  buy AAPL at market worth 1000  no_reference_price" in text
    exchange.enter("instrument.set", {"symbol": "AAPL", "reference_price": "190"})
    text = shown(exchange.order("buy", "", notional="1000"), capsys)
    assert "accepted  buy 4 AAPL at market worth 1000  seq" in text


def test_orders_that_went_together_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """How many, and which."""
    exchange = Exchange()
    for name in ("a1", "a2"):
        exchange.order("buy", "1", "189.5", client_order_id=name)
    text = shown(exchange.enter("order.created", {"op": "cancel_all"}), capsys)
    assert text.startswith("accepted  cancel_all demo  2 orders canceled  seq")
    assert [line.split()[1:] for line in text.splitlines()[2:4]] == [
        ["a1", "canceled"],
        ["a2", "canceled"],
    ]


def test_orders_that_end_in_time_say_until_when_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    """How long they stand, and that their time is over."""
    exchange = Exchange()
    now_ns = int(exchange.enter("clock.tick", {})["ts"])
    until = {"time_in_force": "gtd", "good_until": now_ns + 1, "client_order_id": "a1"}
    text = shown(exchange.order("buy", "1", "189.5", **until), capsys)
    assert "buy 1 AAPL at 189.5 until 1970-01-01 00:00:00 UTC  seq" in text
    text = shown(exchange.enter("clock.tick", {}), capsys)
    assert text.startswith("accepted  orders.expired  1 order expired  seq")
    again = shown(exchange.order("buy", "1", "189.5", **until), capsys)
    assert "expired  its time is over" in again


def test_what_came_too_late_says_so_as_a_clock_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Log time is told in no nanoseconds to people."""
    told = {"seq": 1, "op": "new", "result": "rejected", "reason": "expired", "command": {}}
    at = 1_767_225_600_000_000_000
    text = shown(told | {"text": f"it came at {at + 1}, good until {at}"}, capsys)
    assert "it came at 2026-01-01 00:00:00 UTC, good until 2025-12-31 24:00:00 UTC" in text


def test_a_switch_says_when_it_fires(capsys: pytest.CaptureFixture[str]) -> None:
    """And a name that was given up that it is."""
    exchange = Exchange()
    switch = {"op": "cancel_all_after", "timeout": 5000}
    text = shown(exchange.enter("order.created", switch), capsys)
    assert "everything is cancelled at 1970-01-01" in text
    text = shown(exchange.enter("order.created", {"op": "cancel", "client_order_id": "x"}), capsys)
    assert "it is given up" in text


def test_every_kind_of_entry_has_a_headline() -> None:
    """What is no order shows what it was about."""
    exchange = Exchange()
    exchange.order("buy", "10", "189.5", client_order_id="mine")
    for subject, body, expected in (
        ("order.created", {"op": "cancel", "client_order_id": "mine"}, "cancel buy 10 AAPL"),
        ("order.created", {"op": "cancel", "client_order_id": "mine"}, "cancel demo mine"),
        ("order.created", {"side": "buy"}, "malformed"),
        ("instrument.state", {"symbol": "AAPL", "state": "halted"}, "instrument.state AAPL halted"),
        (
            "account.set",
            {"account": "bob", "self_trade_prevention": "none"},
            "account.set bob",
        ),
        ("clock.advance", {"by": 5}, "clock.advance"),
    ):
        assert expected in headline(exchange.enter(subject, body)).plain


def test_average_prices_are_short() -> None:
    """Four places are enough to read; plain numbers stay plain."""
    assert filled_text({"filled_quantity": "0"}) == ""
    assert filled_text({"filled_quantity": "3", "average_price": "189.502307692"}) == (
        "3 at 189.5023"
    )
    assert filled_text({"filled_quantity": "3", "average_price": "67000"}) == "3 at 67000"
