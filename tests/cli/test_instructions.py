"""What few orders say, from the command line."""

import pytest

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.instructions import PLAIN, Instructions
from outcry.cli.moments import moment_text


def test_an_order_is_of_the_kind_that_its_prices_make_it() -> None:
    """A price, a stop price, both or neither."""
    stop = Instructions(stop="180")
    assert (PLAIN.kind("189"), PLAIN.kind("")) == ("limit", "market")
    assert (stop.kind("179"), stop.kind("")) == ("stop_limit", "stop")
    assert Instructions(stop="180", oco=True).kind("200") == "limit"
    for trailing in (Instructions(trail="2"), Instructions(trail_percent="2.5")):
        assert trailing.kind("") == "trailing_stop"


def test_an_order_is_of_the_class_that_its_exit_makes_it() -> None:
    """A gain, a loss, both or neither; or two ways to trade."""
    gain, loss = Instructions(take_profit="200"), Instructions(stop_loss="180")
    both = Instructions(take_profit="200", stop_loss="180")
    assert [one.order_class() for one in (gain, loss, both)] == ["oto", "oto", "bracket"]
    assert (PLAIN.order_class(), Instructions(oco=True).order_class()) == ("", "oco")


def test_what_is_not_said_is_empty() -> None:
    """A plain order has none of the fields; they have the names of the protocol."""
    assert not any(PLAIN.fields().values())
    said = Instructions(
        post_only=True, reduce_only=True, min_quantity="4", display="5", stop="180", trigger="quote"
    )
    assert {name: value for name, value in said.fields().items() if value} == {
        "post_only": True,
        "reduce_only": True,
        "min_quantity": "4",
        "display_quantity": "5",
        "stop_price": "180",
        "trigger": "quote",
    }
    both = Instructions(take_profit="200", stop_loss="180", stop_loss_limit="179", notional="1000")
    assert {name: value for name, value in both.fields().items() if value} == {
        "order_class": "bracket",
        "take_profit": "200",
        "stop_loss": "180",
        "stop_loss_limit": "179",
        "notional": "1000",
    }
    trailing = Instructions(trail="2", trail_percent="3", stop_limit="179").fields()
    assert {name: value for name, value in trailing.items() if value} == {
        "trail": "2",
        "trail_percent": "3",
        "stop_limit_price": "179",
    }


def test_a_time_is_written_as_people_do() -> None:
    """A time, in UTC unless it says another zone, or a day, which means its end; else it is refused
    before it is sent."""
    for text in ("1970-01-01", "1970-01-02T00:00:00", "1970-01-02T02:00:00+02:00"):
        assert Instructions(good_until=text).fields()["good_until"] == str(86_400 * 10**9)
    assert moment_text(86_400 * 10**9) == "1970-01-01 24:00:00 UTC"
    assert moment_text("86461500000000") == "1970-01-02 00:01:01 UTC"
    with pytest.raises(Failed) as failed:
        Instructions(good_until="tomorrow").fields()
    assert failed.value.code is ExitCode.USAGE
