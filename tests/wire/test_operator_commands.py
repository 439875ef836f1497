"""One command of the operator: a JSON object to what the engine takes."""

from typing import Any

import pytest

from outcry.domain.commands import OpenVenue
from outcry.domain.types import ClockSource
from outcry.wire.fields import Unreadable
from outcry.wire.operator_commands import read_operator_command

LISTING = {"symbol": "AAPL", "tick": "0.01"}
VENUE = {"log": "0123456789abc", "engine": "2", "schema": 1}


@pytest.mark.parametrize(
    ("subject", "fields", "field"),
    [
        ("venue.close", {}, ""),
        ("venue.open", [], ""),
        ("venue.open", VENUE | {"op": "instrument.list"}, "op"),
        ("venue.open", VENUE | {"log": "0123456789ABC"}, "log"),
        ("venue.open", VENUE | {"log": 5}, "log"),
        ("venue.open", VENUE | {"engine": 1}, "engine"),
        ("venue.open", VENUE | {"schema": "one"}, "schema"),
        ("venue.open", VENUE | {"schema": None}, "schema"),
        ("venue.open", VENUE | {"shard": 1024}, "shard"),
        ("venue.open", VENUE | {"clock": "real"}, "clock"),
        ("venue.open", VENUE | {"start": -1}, "start"),
        ("venue.open", VENUE | {"start": 1.5}, "start"),
        ("venue.open", VENUE | {"client_id_horizon": 0}, "client_id_horizon"),
        ("venue.open", VENUE | {"client_id_horizon": 1 << 25}, "client_id_horizon"),
        ("venue.open", VENUE | {"name": "x"}, "name"),
        ("instrument.list", {"symbol": "AAPL"}, "tick"),
        ("instrument.list", LISTING | {"tick": 0}, "tick"),
        ("instrument.list", LISTING | {"lot": "0"}, "lot"),
        ("instrument.list", LISTING | {"min_quantity": 0}, "min_quantity"),
        ("instrument.list", LISTING | {"min_quantity": 5, "max_quantity": 4}, "min_quantity"),
        ("instrument.list", LISTING | {"name": "a" * 65}, "name"),
        ("instrument.list", LISTING | {"name": "Ä"}, "name"),
        ("instrument.list", LISTING | {"state": "closed"}, "state"),
        ("instrument.state", {"symbol": "AAPL"}, "state"),
        ("account.set", {}, "account"),
        ("account.set", {"account": "a", "key": "0123456789abcdef"}, "key"),
        ("clock.advance", {"by": 0}, "by"),
        ("clock.advance", {"by": "-5"}, "by"),
        ("clock.advance", {"by": "²"}, "by"),
        ("clock.advance", {"by": True}, "by"),
        ("clock.tick", {"by": 1}, "by"),
        ("venue.upgrade", {}, "engine"),
        ("venue.upgrade", {"engine": 3}, "engine"),
        ("venue.upgrade", {"engine": "³"}, "engine"),
        ("venue.upgrade", {"engine": "03"}, "engine"),
    ],
)
def test_what_an_operator_sends_is_read_as_strictly(subject: str, fields: Any, field: str) -> None:
    """Entries of the operator are refused in the same way."""
    with pytest.raises(Unreadable) as refused:
        read_operator_command(fields, subject)
    assert refused.value.field == field


def test_whole_numbers_may_be_strings() -> None:
    """Large ones lose digits in a browser otherwise."""
    fields = VENUE | {"start": "1761930000000000001", "clock": "entries"}
    assert read_operator_command(fields, "venue.open") == OpenVenue(
        0x0123456789ABC, 0, "2", 1, ClockSource.ENTRIES, 1761930000000000001, 2_000_000
    )
