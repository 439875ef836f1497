"""Executions as a person reads them."""

import pytest

from outcry.cli.ticket import filled_text, headline, show_ticket
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
    assert "sell 10 AAPL at 200 ioc at least 4  seq" in text
    assert "canceled  less could trade at once than it had to" in text
    text = shown(exchange.order("sell", "10", type="stop", stop_price="180"), capsys)
    assert "accepted  sell 10 AAPL at market stop 180  seq" in text


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
    assert "buy 1 AAPL at 189.5 gtd until 1970-01-01" in text
    text = shown(exchange.enter("clock.tick", {}), capsys)
    assert text.startswith("accepted  orders.expired  1 order expired  seq")
    again = shown(exchange.order("buy", "1", "189.5", **until), capsys)
    assert "expired  its time is over" in again


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
