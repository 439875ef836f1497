"""Signed numbers are read to the last place, and written as short as they can be."""

import pytest

from outcry.broker.amounts import average, money, quantity, quantity_text
from outcry.domain.types import money_text


@pytest.mark.parametrize(
    "text", ["0", "1", "-1", "0.000000000000000001", "-0.5", "27000100000.25", "-12345678901234567"]
)
def test_money_is_read_as_it_is_written(text: str) -> None:
    """Eighteen places, a sign, and any size."""
    assert money_text(money(text)) == text


def test_nothing_is_0() -> None:
    """A field that is left out."""
    assert money("") == quantity("") == 0


def test_quantities_may_be_owed() -> None:
    """Nine places, and a sign."""
    assert quantity("-0.5") == -500_000_000
    assert quantity_text(-500_000_000) == "-0.5"


def test_an_average_is_rounded_toward_zero() -> None:
    """Of what is owed as well; of nothing it is 0."""
    assert average(10, 3) == average(-10, -3) == 3
    assert average(0, 0) == 0
