"""The forms that values of messages have, as JSON Schema: what the glossary is written with."""

from enum import StrEnum
from typing import Any

from outcry.domain.limits import FEE_MAX
from outcry.domain.types import UNIT
from outcry.wire.decimals import PLACES, WHOLE_MAX
from outcry.wire.requests import CLIENT_ORDER_ID, INHERIT

Fragment = dict[str, Any]

_ID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-8[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
_AN_ID = "00000000-002a-8000-8000-0123456789ab"
HEX = "[0-9a-f]"


def one_of(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def text(description: str, pattern: str = "", **more: Any) -> Fragment:
    form = {"pattern": f"^{pattern}$"} if pattern else {}
    return {"description": description, **form, **more}


def decimal(description: str, example: str, **more: Any) -> Fragment:
    pattern = rf"[0-9]{{1,10}}(\.[0-9]{{1,{PLACES}}})?"
    bounds = {"exclusiveMinimum": 0, "maximum": WHOLE_MAX}
    return text(description, pattern, **bounds, examples=[example], **more)


def amount(description: str, example: str, most: float = WHOLE_MAX) -> Fragment:
    """A decimal that may be 0."""
    pattern = rf"[0-9]{{1,10}}(\.[0-9]{{1,{PLACES}}})?"
    return text(description, pattern, minimum=0, maximum=most, examples=[example])


def fee(whose: str) -> Fragment:
    """A share of the value of a trade."""
    return amount(
        f"Fee of {whose}, as a share of the value: 0.001 is 0.1 %. That of the account in the "
        "instrument holds, else of the account, else of the instrument.",
        "0.001",
        FEE_MAX / UNIT,
    )


def own_fee(whose: str) -> Fragment:
    """The same where it is set of an account, which may also give it up."""
    told = fee(whose)
    told["description"] += f" `{INHERIT}`: the account has none of its own any more."
    told["pattern"] = f"^({told['pattern'][1:-1]}|{INHERIT})$"
    return told


def band(description: str) -> Fragment:
    """A share below 1."""
    return amount(description, "0.05", 1 - 1 / UNIT)


def money(description: str, example: str) -> Fragment:
    return text(description, r"-?[0-9]+(\.[0-9]{1,18})?", examples=[example])


def count(description: str, example: int, least: int = 0, most: int = 10**9) -> Fragment:
    bounds = {"minimum": least, "maximum": most}
    return text(description, "[0-9]+", **bounds, examples=[example])


def each(kinds: str, field: str, fragment: Fragment) -> dict[str, Fragment]:
    """Of several messages in which a name has the same other meaning."""
    return {f"{kind}.{field}": fragment for kind in kinds.split()}


def order_id(description: str) -> Fragment:
    return text(description, _ID, examples=[_AN_ID])


def number(description: str, example: int = 17) -> Fragment:
    return {"description": description, "minimum": 0, "examples": [example]}


def time(description: str) -> Fragment:
    told = f"{description}: nanoseconds since 1970, as text, since a browser would lose digits."
    return text(told, "[0-9]+", examples=["1761930000000000000"])


def client_order_id(description: str) -> Fragment:
    return text(description, CLIENT_ORDER_ID, examples=["my-order-1"])
