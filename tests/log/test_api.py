"""Times of JetStream's answers."""

import pytest

from outcry.log.api import parse_time


@pytest.mark.parametrize(
    ("text", "ts_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2026-11-23T02:07:03.345209284Z", 1_795_399_623_345_209_284),
        ("2026-11-23T02:07:03.00000001Z", 1_795_399_623_000_000_010),
    ],
)
def test_a_time_keeps_every_digit(text: str, ts_ns: int) -> None:
    """JetStream leaves trailing zeros away; a float would lose the last digits."""
    assert parse_time(text) == ts_ns
