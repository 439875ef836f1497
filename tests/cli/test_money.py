"""Money as a person reads it."""

import pytest

from outcry.cli.money import cash_text, share_text


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00"),
        ("998105", "998,105.00"),
        ("-1234.5", "-1,234.50"),
        ("0.0000125", "0.0000125"),
        ("1e-18", "0.000000000000000001"),
        ("9000000000.123456789012345678", "9,000,000,000.12"),
    ],
)
def test_cash_is_shown_to_the_cent(amount: str, shown: str) -> None:
    """But what is less than a cent is not shown as nothing."""
    assert cash_text(amount) == shown


def test_a_share_is_shown_in_percent() -> None:
    """As fees and bands are spoken of."""
    assert share_text("0.001") == "0.1 %"
    assert share_text("0.05") == "5 %"
