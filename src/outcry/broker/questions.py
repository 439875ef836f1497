"""What may be asked of the books, field by field.

Values may come as text, since the fields of a query string do.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from outcry.broker.postings import KINDS
from outcry.domain.order import OrderStatus
from outcry.domain.types import OrderId, Side
from outcry.wire.admin_commands import AUDITED
from outcry.wire.order_id import LogPlace, parse_order_id

Fields: TypeAlias = dict[str, Any]
"""What was asked, as values of ours; only fields that were given."""

TEXT_MAX = 128
VIEWER_MAX = 64
"""Accounts that one viewer may have."""
SEQ_MAX = (1 << 63) - 1
_TRADE_ID = re.compile(r"([0-9]{1,18})-([0-9]{1,9})", re.ASCII)
_STATUSES = ("open", "closed", *(status.value for status in OrderStatus))


class BadRequest(Exception):
    """A question that cannot be answered: what is wrong, and with which field."""

    def __init__(self, text: str, field: str = "", code: str = "bad_request") -> None:
        super().__init__(text)
        self.text = text
        self.field = field
        self.code = code


def _text(value: object) -> str | None:
    return value if type(value) is str and 0 < len(value) <= TEXT_MAX else None


def _whole(least: int, most: int) -> Callable[[object], int | None]:
    def read(value: object) -> int | None:
        if type(value) is str and len(value) <= 19 and value.isascii() and value.isdigit():
            value = int(value)
        return value if type(value) is int and least <= value <= most else None

    return read


def _choice(choices: tuple[str, ...]) -> Callable[[object], str | None]:
    return lambda value: value if type(value) is str and value in choices else None


def _order_id(value: object) -> LogPlace | None:
    return parse_order_id(value) if type(value) is str else None


def _order_key(value: object) -> tuple[OrderId] | None:
    place = _order_id(value)
    return None if place is None else (place.order_id,)


def _trade_key(value: object) -> tuple[int, int] | None:
    match = _TRADE_ID.fullmatch(value) if type(value) is str else None
    return None if match is None else (int(match[1]), int(match[2]))


def _position_key(value: object) -> tuple[str, str] | None:
    account, colon, symbol = value.partition(":") if type(value) is str else ("", "", "")
    return (account, symbol) if colon and len(account) + len(symbol) <= TEXT_MAX else None


def _account_key(value: object) -> tuple[str] | None:
    name = _text(value)
    return None if name is None else (name,)


def _seq_key(value: object) -> tuple[int] | None:
    seq = _whole(0, SEQ_MAX)(value)
    return None if seq is None else (seq,)


def _viewer(value: object) -> frozenset[str] | None:
    if type(value) is not list or len(value) > VIEWER_MAX:
        return None
    return frozenset(value) if all(_text(name) for name in value) else None


class Field:
    """How a field is read, and what is said of a value that cannot be."""

    def __init__(self, read: Callable[[object], Any], expected: str) -> None:
        self.read = read
        self.expected = expected


_NAME = Field(_text, f"is text of 1 to {TEXT_MAX} characters")
_LIMIT = Field(_whole(1, 1000), "is a whole number from 1 to 1000")
_ORDER_CURSOR = Field(_order_key, "is the `next` of a page of orders")
_TRADE_CURSOR = Field(_trade_key, "is the `next` of a page of trades, as in 17-0")
_SEQ = {"min_seq": Field(_whole(0, SEQ_MAX), "is a whole number, the seq of an execution")}
_ENTRY = {"min_entry": Field(_whole(0, SEQ_MAX), "is a whole number, an entry of the log")}

_ACTIVITY_CURSOR = Field(_trade_key, "is the `next` of a page of activities, as in 17-0")
_ACCOUNT_CURSOR = Field(_account_key, "is the `next` of a page of accounts")
_KEY_CURSOR = Field(_account_key, "is the `next` of a page of keys")
_AUDIT_CURSOR = Field(_seq_key, "is the `next` of a page of the audit trail, a seq")
_VIEWER = {"viewer": Field(_viewer, f"is a list of up to {VIEWER_MAX} accounts")}
"""Only what is of these accounts is found; left out: everything."""

QUESTIONS: Mapping[str, Mapping[str, Field]] = {
    "orders": _SEQ
    | _VIEWER
    | {
        "account": _NAME,
        "symbol": _NAME,
        "status": Field(_choice(_STATUSES), f"is one of {', '.join(_STATUSES)}"),
        "side": Field(_choice(tuple(side.value for side in Side)), "is one of buy, sell"),
        "client_order_id": _NAME,
        "limit": _LIMIT,
        "before": _ORDER_CURSOR,
        "after": _ORDER_CURSOR,
    },
    "order": _SEQ
    | _ENTRY
    | _VIEWER
    | {
        "order_id": Field(_order_id, "is an id that this venue gave to an order (a UUID)"),
        "client_order_id": _NAME,
        "account": _NAME,
    },
    "trades": _SEQ
    | _VIEWER
    | {
        "account": _NAME,
        "symbol": _NAME,
        "order_id": Field(_order_id, "is an id that this venue gave to an order (a UUID)"),
        "limit": _LIMIT,
        "before": _TRADE_CURSOR,
        "after": _TRADE_CURSOR,
    },
    "positions": _SEQ
    | _VIEWER
    | {
        "account": _NAME,
        "symbol": _NAME,
        "limit": _LIMIT,
        "after": Field(_position_key, "is the `next` of a page of positions"),
    },
    "accounts": _SEQ | _VIEWER | {"limit": _LIMIT, "after": _ACCOUNT_CURSOR},
    "account": _SEQ | _VIEWER | {"account": _NAME},
    "activities": _SEQ
    | _VIEWER
    | {
        "account": _NAME,
        "symbol": _NAME,
        "kind": Field(_choice(KINDS), f"is one of {', '.join(KINDS)}"),
        "limit": _LIMIT,
        "before": _ACTIVITY_CURSOR,
        "after": _ACTIVITY_CURSOR,
    },
    "tape": _SEQ
    | {
        "symbol": _NAME,
        "limit": _LIMIT,
        "before": _TRADE_CURSOR,
        "after": _TRADE_CURSOR,
    },
    "keys": _SEQ | {"limit": _LIMIT, "after": _KEY_CURSOR},
    "audit": _SEQ
    | {
        "key": _NAME,
        "op": Field(_choice(AUDITED), "is a command of administration"),
        "limit": _LIMIT,
        "before": _AUDIT_CURSOR,
        "after": _AUDIT_CURSOR,
    },
    "instruments": _SEQ,
    "book": _SEQ
    | {"symbol": _NAME, "depth": Field(_whole(1, 1000), "is a whole number from 1 to 1000")},
}
"""The fields that each question may have."""


def askable(question: str) -> tuple[str, ...]:
    """The fields of a question that who asks may say: who he is, his gateway says for him."""
    return tuple(name for name in QUESTIONS[question] if name not in _VIEWER)


def read_request(question: str, body: bytes) -> Fields:
    """The fields of a request; an empty body is one without fields. Raises BadRequest."""
    try:
        given = msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("the request is not a JSON object") from error
    known = QUESTIONS[question]
    fields = {}
    for name, value in given.items():
        if name not in known:
            told = name[:32] if name.isascii() and name.isprintable() else ""
            words = ", ".join(sorted(askable(question)))
            raise BadRequest(f"unknown field {told}; known: {words}", told)
        if value is None:
            continue  # as if left out
        fields[name] = known[name].read(value)
        if fields[name] is None:
            raise BadRequest(f"{name} {known[name].expected}", name)
    if "before" in fields and "after" in fields:
        raise BadRequest("give before or after, not both", "after")
    return fields
