"""What few orders say, from the command line."""

import pytest

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.instructions import PLAIN, Instructions


def test_an_order_is_of_the_kind_that_its_prices_make_it() -> None:
    """A price, a stop price, both or neither."""
    stop = Instructions(stop="180")
    assert (PLAIN.kind("189"), PLAIN.kind("")) == ("limit", "market")
    assert (stop.kind("179"), stop.kind("")) == ("stop_limit", "stop")


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


def test_a_time_is_written_as_people_do() -> None:
    """A day or a time, in UTC unless it says another zone; else it is refused before it is sent."""
    for text in ("1970-01-02", "1970-01-02T00:00:00", "1970-01-02T02:00:00+02:00"):
        assert Instructions(good_until=text).fields()["good_until"] == str(86_400 * 10**9)
    with pytest.raises(Failed) as failed:
        Instructions(good_until="tomorrow").fields()
    assert failed.value.code is ExitCode.USAGE
