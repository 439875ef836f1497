"""Signed numbers of executions: money in 10⁻¹⁸, quantities that may be owed, in 10⁻⁹."""

from outcry.domain.types import UNIT, Money, Units, money_text
from outcry.wire.decimals import PLACES

_MONEY_PLACES = 2 * PLACES


def money(text: str) -> Money:
    """Money of a decimal that the order service wrote; "" is 0."""
    return _whole(text, _MONEY_PLACES) if text else 0


def quantity(text: str) -> Units:
    """A quantity that the order service wrote, which may be negative and of any size; "" is 0."""
    return _whole(text, PLACES) if text else 0


def _whole(text: str, places: int) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))


def quantity_text(number: Units) -> str:
    """The shortest decimal of a quantity that may be negative."""
    return money_text(number * UNIT)


def average(cost: Money, number: Units) -> Units:
    """Cost of each of `number`, in 10⁻⁹; rounded toward zero. 0 of nothing."""
    return abs(cost) // abs(number) if number else 0
