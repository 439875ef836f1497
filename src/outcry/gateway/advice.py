"""What the sender of a command that cannot be read most likely meant, and how it is said here.

History says in few words that never change what is wrong with a command (`wire.fields`). A gateway
refuses such a command before the log, so here stand the lists of what there is and the names that
other venues have for it. Nothing of this is asked of a command that can be read.
"""

import re
from difflib import get_close_matches

from outcry.wire import order_requests
from outcry.wire.admin_commands import known_fields
from outcry.wire.fields import Fields, NoSuchWord, UnknownField, Unreadable, is_plain
from outcry.wire.order_types import OCO

SHOWN_MAX = 32
"""Characters of a value that an answer repeats."""
_WHERE = "docs/protocol.md and /docs name those there are"
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

ELSEWHERE = {
    "qty": "quantity",
    "size": "quantity",
    "amount": "quantity",
    "order_qty": "quantity",
    "limit_price": "price",
    "px": "price",
    "stop": "stop_price",
    "stop_px": "stop_price",
    "trigger_price": "stop_price",
    "tif": "time_in_force",
    "trail_price": "trail",
    "trail_amount": "trail",
    "callback_rate": "trail_percent",
    "iceberg_qty": "display_quantity",
    "display_qty": "display_quantity",
    "display_size": "display_quantity",
    "visible_quantity": "display_quantity",
    "min_qty": "min_quantity",
    "quote_order_qty": "notional",
    "quote_size": "notional",
    "cash_order_qty": "notional",
    "cl_ord_id": "client_order_id",
    "client_oid": "client_order_id",
    "new_client_order_id": "client_order_id",
    "orig_client_order_id": "client_order_id",
    "id": "order_id",
    "ticker": "symbol",
    "product_id": "symbol",
    "instrument": "symbol",
    "action": "side",
    "order_type": "type",
    "ord_type": "type",
    "trigger_by": "trigger",
    "expire_time": "good_until",
    "expires_at": "good_until",
    "expire_date": "good_until",
    "good_till_date": "good_until",
    "take_profit_price": "take_profit",
    "stop_loss_price": "stop_loss",
    "stop_loss_limit_price": "stop_loss_limit",
}
"""Names of other venues, in small letters with `_` between words, and ours."""

_OF_EXIT = ("take_profit", "stop_loss", "stop_loss_limit")
_REPLACE_EXIT = (
    "replace the exit by its exit_order_id: take_profit is its price, stop_loss its stop_price, "
    "stop_loss_limit its stop_limit_price, or its price where it has no take_profit"
)
_NO_EXIT = "for oco use price and stop_price (stop_limit_price), not take_profit and stop_loss"
_ORDERS = frozenset[str]().union(*map(known_fields, order_requests.NEW_ORDERS))


def explained(refusal: Unreadable, fields: Fields) -> Unreadable:
    """The refusal of a command with these fields, with what is to be said besides."""
    value = fields.get(refusal.field)
    if isinstance(refusal, UnknownField):
        text = _unknown(refusal, fields)
    elif isinstance(value, dict):
        text = _nested(refusal.field, value)
    elif isinstance(refusal, NoSuchWord):
        text = _none_of(refusal, value)
    elif refusal.field == "order_id" and value is None and fields.get("op") == "cancel":
        text = f"{refusal.text}; op cancel_all, to POST /order, cancels all that are open"
    elif _is_oco_with_exit(fields) and refusal.field in ("price", "stop_price"):
        text = f"{refusal.text}: {_NO_EXIT}"
    else:
        return refusal
    return Unreadable(refusal.field, text)


def _unknown(refusal: UnknownField, fields: Fields) -> str:
    field = refusal.field
    if fields.get("op") == "replace" and (term := _replaced_otherwise(field)):
        return f"{field} is no term of a replace: {term}"
    meant = _meant(field, refusal.known - {"key"})
    return f"unknown field {field}: {f'use {meant}; ' if meant else ''}{_WHERE}"


def _replaced_otherwise(field: str) -> str:
    """How to change a term of an order that a replace does not; empty: orders have no such term."""
    if field in _OF_EXIT:
        return _REPLACE_EXIT
    return "it cannot be changed; cancel the order and send a new one" if field in _ORDERS else ""


def _meant(field: str, known: frozenset[str]) -> str:
    """The field that somebody means who writes `field`; empty: there is none like it."""
    name = _CAPITAL.sub("_", field).lower().replace("-", "_")
    name = name if name in known else ELSEWHERE.get(name, name)
    if name in known:
        return name
    alike = [one for one in sorted(known) if one[0] == name[:1]]  # an array has many
    near = get_close_matches(name, alike, 1, cutoff=0.75)
    return near[0] if near else ""


def _nested(field: str, value: Fields) -> str:
    """An object in place of a value, as others write exits."""
    if field not in _OF_EXIT:
        return f"{field} is one value, not an object"
    own, usual = ("limit_price", "200") if field == "take_profit" else ("stop_price", "180")
    return (
        f'{field} is a decimal, not an object: "{field}": "{_shown(value.get(own)) or usual}"; '
        "the limit price of a stop loss goes to stop_loss_limit"
    )


def _none_of(refusal: NoSuchWord, value: object) -> str:
    words = ", ".join(refusal.words)
    if value is None:
        return f"{refusal.field} is missing: it is one of {words}"
    shown = _shown(value)
    text = f"{refusal.field} is one of {words}{f', not {shown}' if shown else ''}"
    return f"{text}: write it in small letters" if shown.lower() in refusal.words else text


def _is_oco_with_exit(fields: Fields) -> bool:
    return fields.get("order_class") == OCO and any(map(fields.get, _OF_EXIT))


def _shown(value: object) -> str:
    """A value as an answer may repeat it; empty: it may not."""
    text = str(value) if type(value) in (str, int) else ""
    return text if len(text) <= SHOWN_MAX and is_plain(text) else ""
