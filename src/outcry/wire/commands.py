"""One command of a gateway or a guest: a JSON object to what the engine takes.

`order_id`s of another log are refused here, so that an id never means another log's order.
"""

from outcry.domain.commands import (
    AdminCommand,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Malformed,
    NewOrder,
    OrderCommand,
    ReplaceOrder,
)
from outcry.domain.limits import LAST_NS, TIMEOUT_MAX_MS
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import (
    FOK,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    PRICED,
    OrderId,
    OrderType,
    Side,
    TimeInForce,
)
from outcry.wire import order_requests
from outcry.wire.admin_commands import is_admin, known_fields, read_admin_command
from outcry.wire.fields import (
    Fields,
    NoSuchWord,
    Unreadable,
    read_account,
    read_choice,
    read_client_order_id,
    read_key,
    read_moment,
    read_positive,
    read_symbol,
    read_whole,
    refuse_others,
)
from outcry.wire.instructions import INSTRUCTIONS, read_instructions, read_percent
from outcry.wire.order_id import id_suffix, parse_order_id, parse_own_id
from outcry.wire.order_types import SIMPLE, why_not

_OPS = ("new", "replace", "cancel", "cancel_all", "cancel_all_after")
_SIDES = {side.value: side for side in Side}
_TYPES = {kind.value: kind for kind in OrderType}
_TIMES = {time.value: time for time in TimeInForce}

_NEW = frozenset[str]().union(*map(known_fields, order_requests.NEW_ORDERS))
_PLAIN = _NEW.difference(INSTRUCTIONS)
_PLAIN_TYPES = (LIMIT, MARKET)
_PLAIN_TIMES = (GTC, IOC, FOK)
"""With these and without instructions an order makes sense, as most do: no table is asked."""
_POSITIVE = ("quantity", "price", "stop_price", "stop_limit_price", "trail")
"""Terms of a replace that are prices or quantities."""
_REPLACE = known_fields(order_requests.ReplaceOrder)
_CANCEL = known_fields(order_requests.CancelOrder)
_CANCEL_ALL = known_fields(order_requests.CancelAllOrders)
_CANCEL_ALL_AFTER = known_fields(order_requests.CancelAllOrdersAfter)


def read_command(fields: object, suffix: str) -> OrderCommand | AdminCommand | Malformed:
    """What a gateway sends: an order command, or, with a key, one of an administrator.

    `suffix` ends the ids of the log ("": any). Raises `Unreadable`.
    """
    op = fields.get("op") if type(fields) is dict else None
    if op is None or not is_admin(op):
        return read_order_command(fields, suffix)
    assert type(fields) is dict, "it has an op"
    if fields.get("key") is None:
        text = "only who has a key with the role admin may do this"
        return Malformed(Reject(RejectReason.NOT_ALLOWED, text, "key"))
    return read_admin_command(fields, op)


def read_guest_command(fields: object, suffix: str) -> OrderCommand:
    """What somebody sends who has no key. Raises `Unreadable`."""
    if type(fields) is dict and fields.get("key") is not None:
        raise Unreadable("key", "key is for gateways; here nobody has one")
    return read_order_command(fields, suffix)


def read_order_command(fields: object, suffix: str) -> OrderCommand:
    """An order command of the log whose ids end in `suffix` ("": any). Raises `Unreadable`."""
    if type(fields) is not dict:
        raise Unreadable("", "a command is a JSON object")
    op = fields.get("op")
    if op is None or op == "new":
        return _read_new(fields)
    if op == "cancel":
        refuse_others(fields, _CANCEL)
        order_id, client_order_id = _named_order(fields, suffix)
        account, key = read_account(fields), read_key(fields)
        return CancelOrder(account, order_id, client_order_id, _expire_ns(fields), key)
    if op == "replace":
        return _read_replace(fields, suffix)
    if op == "cancel_all":
        return _read_cancel_all(fields)
    if op == "cancel_all_after":
        refuse_others(fields, _CANCEL_ALL_AFTER)
        timeout_ms = read_whole(fields, "timeout", 0, TIMEOUT_MAX_MS)
        account, key = read_account(fields), read_key(fields)
        return CancelAllAfter(account, timeout_ms, _expire_ns(fields), key)
    raise NoSuchWord("op", 'op is no command, such as "cancel"; left out, it is "new"', _OPS)


def read_sender(fields: object) -> tuple[str, str]:
    """Account and client order id of a command, "" where they cannot be read."""
    if type(fields) is not dict:
        return "", ""
    try:
        account = read_account(fields)
    except Unreadable:
        account = ""
    try:
        return account, read_client_order_id(fields, "client_order_id")
    except Unreadable:
        return account, ""


def _read_new(fields: Fields) -> NewOrder:
    refuse_others(fields, _NEW)
    side = read_choice(fields, "side", _SIDES)
    kind = read_choice(fields, "type", _TYPES, LIMIT)
    if kind in PRICED:
        price = read_positive(fields, "price")
    elif fields.get("price") is not None:
        raise Unreadable("price", why_not("price", kind, SIMPLE))
    else:
        price = 0
    usual = IOC if kind is MARKET else GTC
    time = read_choice(fields, "time_in_force", _TIMES, usual)
    account, name = read_account(fields), read_client_order_id(fields, "client_order_id")
    symbol, expire_ns, key = read_symbol(fields), _expire_ns(fields), read_key(fields)
    if kind in _PLAIN_TYPES and time in _PLAIN_TIMES and _PLAIN.issuperset(fields):
        quantity, said = read_positive(fields, "quantity"), None
    else:
        asked = fields.get("quantity") is not None or fields.get("notional") is None
        quantity = read_positive(fields, "quantity") if asked else 0
        said = read_instructions(fields, kind, time, quantity)
    return NewOrder(account, name, symbol, side, kind, time, quantity, price, expire_ns, key, said)


def _read_replace(fields: Fields, suffix: str) -> ReplaceOrder:
    refuse_others(fields, _REPLACE)
    order_id, client_order_id = _named_order(fields, suffix)
    terms = {
        name: read_positive(fields, name) for name in _POSITIVE if fields.get(name) is not None
    }
    if fields.get("trail_percent") is not None:
        terms["trail_percent"] = read_percent(fields)
    if fields.get("good_until") is not None:
        terms["good_until_ns"] = read_moment(fields, "good_until", LAST_NS)
    if not terms:
        text = "a replace needs a term that is new, such as a quantity or a price"
        raise Unreadable("quantity", text)
    return ReplaceOrder(
        read_account(fields),
        order_id,
        client_order_id,
        terms.pop("quantity", None),
        terms.pop("price", None),
        read_client_order_id(fields, "new_client_order_id"),
        _expire_ns(fields),
        read_key(fields),
        **terms,
    )


def _read_cancel_all(fields: Fields) -> CancelAll:
    refuse_others(fields, _CANCEL_ALL)
    symbol = read_symbol(fields) if fields.get("symbol") is not None else ""
    side = read_choice(fields, "side", _SIDES) if fields.get("side") is not None else None
    account, key = read_account(fields), read_key(fields)
    return CancelAll(account, symbol, side, _expire_ns(fields), key)


def _expire_ns(fields: Fields) -> int:
    """The last log time at which the command may be done; 0: at any."""
    if fields.get("expires_in") is not None:
        text = "expires_in is for a gateway, which turns it into expire_at; here give expire_at"
        raise Unreadable("expires_in", text)
    if fields.get("expire_at") is None:
        return 0
    return read_moment(fields, "expire_at", LAST_NS)


def _named_order(fields: Fields, suffix: str) -> tuple[OrderId | None, str]:
    """The order that a replace or a cancel means: by its id, else by its client order id."""
    text = fields.get("order_id")
    client_order_id = read_client_order_id(fields, "client_order_id")
    if text is None:
        if client_order_id:
            return None, client_order_id
        raise Unreadable("order_id", "name the order by order_id or by client_order_id")
    if client_order_id:
        raise Unreadable("order_id", "name the order by order_id or client_order_id, not by both")
    if type(text) is not str:
        text = ""
    order_id = parse_own_id(text, suffix)
    if order_id is not None:
        return order_id, ""
    place = parse_order_id(text)
    if place is None:
        raise Unreadable("order_id", "order_id is an id that this venue gave to an order (a UUID)")
    if suffix and id_suffix(place.shard, place.log_id) != suffix:
        raise Unreadable("order_id", "this order_id was given by another log than this venue's")
    return place.order_id, ""
