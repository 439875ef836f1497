"""One field of a command: what a JSON value means, or whose fault it is that it means nothing.

Every refusal names the field and says what was expected, in our own words. These texts are part
of history, so they hold no list that a later version adds to; `gateway.advice` has more to say, to
whom it refuses before that.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from outcry.domain.types import Units, decimal
from outcry.wire import requests
from outcry.wire.decimals import parse_decimal, parse_number

Fields = dict[str, Any]
"""A decoded JSON object."""

DEFAULT_ACCOUNT = "demo"
NAME_MAX = 32
"""Characters of a symbol or an account."""

_SYMBOL = re.compile(requests.SYMBOL, re.ASCII)
_ACCOUNT = re.compile(requests.ACCOUNT, re.ASCII)
_KEY = re.compile(requests.KEY_ID, re.ASCII)


class Unreadable(Exception):
    """A command that cannot be understood: the sentence for its sender, and the field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


class UnknownField(Unreadable):
    """A field that a command has not, whose fields are `known`."""

    def __init__(self, field: str, known: frozenset[str]) -> None:
        super().__init__(field, f"unknown field {field}; docs/protocol.md names those there are")
        self.known = known


class NoSuchWord(Unreadable):
    """A value that is none of the `words` that a field may have."""

    def __init__(self, field: str, text: str, words: Collection[str]) -> None:
        super().__init__(field, text)
        self.words = words


def refuse_others(fields: Fields, known: frozenset[str]) -> None:
    if known.issuperset(fields):
        return
    for name in fields:
        if name not in known:
            told = name if len(name) <= 32 and is_plain(name) else "a name that is none"
            raise UnknownField(told, known)


def read_choice(fields: Fields, field: str, choices: dict[str, Any], default: Any = None) -> Any:
    value = fields.get(field)
    if value is None and default is not None:
        return default
    choice = choices.get(value) if type(value) is str else None
    if choice is None:
        missing = "missing; it is " if value is None else ""
        first, second, *_ = choices
        text = f"{field} is {missing}a word such as {first} or {second}"
        raise NoSuchWord(field, text, choices)
    return choice


def read_positive(fields: Fields, field: str, default: Units | None = None) -> Units:
    value = fields.get(field)
    units = None
    if type(value) is str:
        units = parse_decimal(value)
    elif type(value) is int or type(value) is float:
        units = parse_number(value)
    elif value is None:
        if default is not None:
            return default
        raise Unreadable(field, f"{field} is missing")
    if units:
        return units
    number = "" if type(value) is str else "; a JSON number may have 15 digits"
    raise Unreadable(
        field,
        f"{field} is a decimal above 0 and up to 9000000000 with at most 9 places, as in "
        f'"189.50"{number}',
    )


def read_whole(
    fields: Fields, field: str, least: int, most: int, default: int | None = None
) -> int:
    """A whole number that may come as a string, since browsers lose digits of large ones."""
    value = fields.get(field)
    if value is None and default is not None:
        return default
    if type(value) is str and len(value) <= 19 and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is int and least <= value <= most:
        return value
    raise Unreadable(field, f"{field} is a whole number from {least} to {most}")


def read_moment(fields: Fields, field: str, most: int, default: int | None = None) -> int:
    """A log time, in nanoseconds since 1970."""
    try:
        return read_whole(fields, field, 1, most, default)
    except Unreadable as refusal:
        text = f"{field} is a time in nanoseconds since 1970: a whole number from 1 to {most}"
        raise Unreadable(field, text) from refusal


def read_amount(fields: Fields, field: str, most: Units | None = None) -> Units | None:
    """A decimal that may be 0, up to `most` (None: as high as any); None: it is left out."""
    value = fields.get(field)
    if value is None:
        return None
    units = parse_number(value) if type(value) in (str, int, float) else None
    if units is not None and (most is None or units <= most):
        return units
    highest = "9000000000" if most is None else decimal(most)
    raise Unreadable(field, f"{field} is a decimal from 0 to {highest} with at most 9 places")


def read_flag(fields: Fields, field: str) -> bool | None:
    """None: it is left out."""
    value = fields.get(field)
    if value is None or type(value) is bool:
        return value
    raise Unreadable(field, f"{field} is true or false")


def read_count(fields: Fields, field: str, least: int, most: int) -> int | None:
    """A whole number; None: it is left out."""
    return None if fields.get(field) is None else read_whole(fields, field, least, most)


def read_name(fields: Fields, field: str = "name") -> str:
    """A name for people; empty: there is none."""
    value = fields.get(field)
    if value is None:
        return ""
    if type(value) is str and len(value) <= 64 and is_plain(value):
        return value
    raise Unreadable(field, f"{field} is plain text of up to 64 characters")


def read_key(fields: Fields) -> str:
    """The id of the key by which a command was sent; empty: there is none."""
    value = fields.get("key")
    if value is None:
        return ""
    key = _shared_key(value) if type(value) is str and len(value) <= NAME_MAX else None
    if key is None:
        raise Unreadable("key", "key is the id of a key: 16 hexadecimal digits")
    return key


def read_hex(fields: Fields, field: str, pattern: str) -> str:
    value = fields.get(field)
    if type(value) is str and re.fullmatch(pattern, value, re.ASCII):
        return value
    raise Unreadable(field, f"{field} is lower-case hexadecimal digits: {pattern}")


def read_symbol(fields: Fields) -> str:
    value = fields.get("symbol")
    if type(value) is str and len(value) <= NAME_MAX:
        symbol = _shared_symbol(value)
        if symbol is not None:
            return symbol
    raise Unreadable(
        "symbol",
        "symbol is up to 32 capital letters, digits and . / _ -, as in AAPL"
        if value is not None
        else "symbol is missing",
    )


def read_account(fields: Fields) -> str:
    value = fields.get("account")
    if value is None:
        return DEFAULT_ACCOUNT
    if type(value) is str and len(value) <= NAME_MAX:
        account = _shared_account(value)
        if account is not None:
            return account
    raise Unreadable("account", "account is up to 32 letters, digits and . _ -")


def read_client_order_id(fields: Fields, field: str) -> str:
    value = fields.get(field)
    if value is None:
        return ""
    if type(value) is str and 0 < len(value) <= requests.CLIENT_ORDER_ID_MAX and is_plain(value):
        return value
    raise Unreadable(
        field,
        f"{field} is 1 to {requests.CLIENT_ORDER_ID_MAX} printable ASCII characters without "
        "quotation marks and backslashes",
    )


@lru_cache(maxsize=1 << 12)
def _shared_symbol(text: str) -> str | None:
    """One object for equal symbols, which very many orders hold; None: not a symbol."""
    return text if _SYMBOL.fullmatch(text) else None


@lru_cache(maxsize=1 << 12)
def _shared_account(text: str) -> str | None:
    return text if _ACCOUNT.fullmatch(text) else None


@lru_cache(maxsize=1 << 12)
def _shared_key(text: str) -> str | None:
    return text if _KEY.fullmatch(text) else None


def is_plain(text: str) -> bool:
    """Printable ASCII that JSON needs no escapes for, so that bytes can be counted beforehand."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
