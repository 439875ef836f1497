"""Decimals at the door."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.wire.decimals import WHOLE_MAX, format_decimal, parse_decimal, parse_number

UNIT = 10**9


@given(st.integers(0, WHOLE_MAX * UNIT))
def test_what_is_written_is_read_back(units: int) -> None:
    """Every number of units has one shortest decimal, which means it."""
    text = format_decimal(units)
    assert parse_decimal(text) == units
    assert Decimal(text) * UNIT == units
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("1", UNIT),
        ("189.50", 189_500_000_000),
        ("0000000001", UNIT),
        ("0.000000001", 1),
        ("9000000000", WHOLE_MAX * UNIT),
        ("9000000000.000000000", WHOLE_MAX * UNIT),
        ("9000000000.000000001", None),
        ("9000000001", None),
        ("00000000001", None),
        ("0.0000000001", None),
        ("", None),
        (".5", None),
        ("5.", None),
        ("-1", None),
        ("+1", None),
        (" 1", None),
        ("1\n", None),
        ("1e3", None),
        ("1_0", None),
        ("1,5", None),
        ("0x10", None),
        ("NaN", None),
        ("Infinity", None),
        ("\u0661", None),
        ("1" * 1_000_000, None),
    ],
)
def test_a_decimal_is_plain(text: str, units: int | None) -> None:
    """Digits with at most nine places, no sign, no exponent, up to 9,000,000,000."""
    assert parse_decimal(text) == units
    assert parse_number(text) == units


@pytest.mark.parametrize(
    ("number", "units"),
    [
        (10, 10 * UNIT),
        (0, 0),
        (-1, None),
        (WHOLE_MAX, WHOLE_MAX * UNIT),
        (WHOLE_MAX + 1, None),
        (10**400, None),
        (189.5, 189_500_000_000),
        (0.1, 100_000_000),
        (0.1 + 0.2, None),
        (1e-9, 1),
        (1.5e-9, None),
        (1.23456e-5, None),
        (1.2345e-5, 12_345),
        (5e-324, None),
        (1.7e308, None),
        (1e-10, None),
        (123456.789012345, 123_456_789_012_345),
        (1234567.789012345, None),
        (1e16, None),
        (-0.5, None),
        (-0.0, None),
        (float("nan"), None),
        (float("inf"), None),
        (5.0, 5 * UNIT),
    ],
)
def test_a_json_number_is_taken_as_it_was_written(number: float, units: int | None) -> None:
    """A float is its shortest decimal, and refused where it may have lost a digit."""
    assert parse_number(number) == units


@given(st.decimals(min_value=0, max_value=999_999, places=9))
def test_floats_of_fifteen_digits_are_exact(value: Decimal) -> None:
    """Fifteen significant digits survive the way through a 64-bit float."""
    assert parse_number(float(value)) == int(value * UNIT)
