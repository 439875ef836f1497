"""Numbers of the twin: `Decimal`s that are never rounded but where a rule says how."""

from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any

Fields = dict[str, Any]
"""A JSON object."""

EXACT = Context(prec=200)
"""More digits than any number of a market has."""
NANO = Decimal("0.000000001")
ATTO = Decimal("0.000000000000000001")
"""The smallest amount of money."""
ZERO = Decimal(0)


def share(value: Decimal, rate: Decimal) -> Decimal:
    """A fee: what `rate` of `value` is, rounded down."""
    return EXACT.multiply(value, rate).quantize(ATTO, ROUND_FLOOR, EXACT)


def plain(number: Decimal) -> str:
    """The shortest decimal."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def without_empty(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value not in ("", 0, [], None)}
