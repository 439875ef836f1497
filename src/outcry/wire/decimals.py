"""Decimals at the door: text to whole numbers of 10⁻⁹ and back. No instrument is known here."""

import re
from decimal import Decimal
from functools import lru_cache

from outcry.domain.types import UNIT, Money, Units, decimal, money_text

PLACES = 9
WHOLE_MAX = 9_000_000_000
"""Beyond it a number of units would not fit 64 bits, which the books store."""

_LONGEST = len("9000000000.000000000")
_DECIMAL = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,9}))?", re.ASCII)
_FLOAT_DIGITS = 15
"""Significant digits that a JSON number keeps through a 64-bit float."""


def parse_decimal(text: str) -> Units | None:
    """Units of a plain decimal such as "189.50"; None: not one, or out of range.

    Signs, exponents, spaces, NaN and digits of other scripts are not decimals here.
    """
    return _parse(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1 << 14)
def _parse(text: str) -> Units | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    whole, fraction = match.groups()
    units = int(whole) * UNIT
    if fraction:
        units += int(fraction.ljust(PLACES, "0"))
    return units if units <= WHOLE_MAX * UNIT else None


def parse_number(value: str | int | float) -> Units | None:
    """Units of a decimal that came as text or as a JSON number.

    A float is taken by its shortest decimal form, and only up to 15 significant digits, so that
    no digit the sender wrote is lost in silence.
    """
    if isinstance(value, str):
        return parse_decimal(value)
    if isinstance(value, int):
        return value * UNIT if 0 <= value <= WHOLE_MAX else None
    text = repr(value)
    if "e" in text:
        text = f"{Decimal(text):f}"
    if len(text.replace(".", "").lstrip("0")) > _FLOAT_DIGITS:
        return None
    return parse_decimal(text.removesuffix(".0"))


format_decimal = lru_cache(maxsize=1 << 14)(decimal)
"""As `decimal`; the same prices and quantities come again and again."""
format_money = lru_cache(maxsize=1 << 14)(money_text)
"""As `money_text`; what an account has stays while its orders come and go."""


def some_decimal(units: Units) -> str:
    """Empty where it is 0: there is none."""
    return format_decimal(units) if units else ""


def given_decimal(units: Units | None) -> str:
    """Empty where it is left out; 0 is said."""
    return "" if units is None else format_decimal(units)


def some_money(money: Money) -> str:
    """Empty where it is 0: there is none."""
    return format_money(money) if money else ""
