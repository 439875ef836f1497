"""One command: a JSON object to what the engine takes, and back.

Every refusal names the field and says what was expected, in our own words. These texts are part
of history, so they hold no list that a later version adds to. `order_id`s of another log are
refused here, so that an id never means another log's order.
"""

import re
from functools import lru_cache
from typing import Any

from outcry.domain.commands import (
    AdvanceClock,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    ListInstrument,
    NewOrder,
    OpenVenue,
    OrderCommand,
    ReplaceOrder,
    SetAccount,
    SetInstrumentState,
    Tick,
    UpgradeVenue,
)
from outcry.domain.instrument import Instrument
from outcry.domain.limits import (
    CLIENT_ID_HORIZON,
    CLIENT_ID_HORIZON_MAX,
    LAST_NS,
    TIMEOUT_MAX_MS,
)
from outcry.domain.types import (
    UNIT,
    ClockSource,
    InstrumentState,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Units,
)
from outcry.wire import requests
from outcry.wire.decimals import parse_decimal, parse_number
from outcry.wire.order_id import LOG_ID_BITS, id_suffix, parse_order_id, parse_own_id

Fields = dict[str, Any]
"""A decoded JSON object."""

DEFAULT_ACCOUNT = "demo"
NAME_MAX = 32
"""Characters of a symbol or an account."""

_SYMBOL = re.compile(requests.SYMBOL, re.ASCII)
_ACCOUNT = re.compile(requests.ACCOUNT, re.ASCII)
_LOG = re.compile(r"[0-9a-f]{13}", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_SIDES = {side.value: side for side in Side}
_TYPES = {kind.value: kind for kind in OrderType}
_TIMES = {time.value: time for time in TimeInForce}
_STATES = {state.value: state for state in InstrumentState}
_PREVENTIONS = {prevention.value: prevention for prevention in SelfTradePrevention}
_CLOCKS = {clock.value: clock for clock in ClockSource}

_NEW = frozenset(requests.NewLimitOrder.__struct_fields__)
_REPLACE = frozenset(requests.ReplaceOrder.__struct_fields__)
_CANCEL = frozenset(requests.CancelOrder.__struct_fields__)
_CANCEL_ALL = frozenset(requests.CancelAllOrders.__struct_fields__)
_CANCEL_ALL_AFTER = frozenset(requests.CancelAllOrdersAfter.__struct_fields__)
_INSTRUMENT = frozenset(
    {"op", "symbol", "tick", "lot", "min_quantity", "max_quantity", "max_price", "name", "state"}
)
_STATE = frozenset({"op", "symbol", "state"})
_SETTING = frozenset({"op", "account", "self_trade_prevention"})
_CLOCK = frozenset({"op", "by"})
_TICK = frozenset({"op"})
_UPGRADE = frozenset({"op", "engine"})
_VENUE = frozenset(
    {"op", "log", "engine", "schema", "shard", "clock", "start", "client_id_horizon"}
)


class Unreadable(Exception):
    """A command that cannot be understood: the sentence for its sender, and the field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


def read_order_command(fields: object, suffix: str) -> OrderCommand:
    """An order command of the log whose ids end in `suffix` ("": any). Raises `Unreadable`."""
    if type(fields) is not dict:
        raise Unreadable("", "a command is a JSON object")
    op = fields.get("op")
    if op is None or op == "new":
        return _read_new(fields)
    if op == "cancel":
        _only(fields, _CANCEL)
        order_id, client_order_id = _named_order(fields, suffix)
        return CancelOrder(_account(fields), order_id, client_order_id, _expire_ns(fields))
    if op == "replace":
        return _read_replace(fields, suffix)
    if op == "cancel_all":
        return _read_cancel_all(fields)
    if op == "cancel_all_after":
        _only(fields, _CANCEL_ALL_AFTER)
        timeout_ms = _whole(fields, "timeout", 0, TIMEOUT_MAX_MS)
        return CancelAllAfter(_account(fields), timeout_ms, _expire_ns(fields))
    raise Unreadable("op", 'op is no command, such as "cancel"; left out, it is "new"')


def read_sender(fields: object) -> tuple[str, str]:
    """Account and client order id of a command, "" where they cannot be read."""
    if type(fields) is not dict:
        return "", ""
    try:
        account = _account(fields)
    except Unreadable:
        account = ""
    try:
        return account, _client_order_id(fields, "client_order_id")
    except Unreadable:
        return account, ""


def _read_new(fields: Fields) -> NewOrder:
    if not _NEW.issuperset(fields):
        _only(fields, _NEW)
    side = _choice(fields, "side", _SIDES)
    kind = _choice(fields, "type", _TYPES, OrderType.LIMIT)
    if kind is OrderType.LIMIT:
        price = _positive(fields, "price")
    elif fields.get("price") is not None:
        raise Unreadable("price", "a market order has no price; leave it out or send a limit order")
    else:
        price = 0
    usual = TimeInForce.GTC if kind is OrderType.LIMIT else TimeInForce.IOC
    time = _choice(fields, "time_in_force", _TIMES, usual)
    return NewOrder(
        _account(fields),
        _client_order_id(fields, "client_order_id"),
        _symbol(fields),
        side,
        kind,
        time,
        _positive(fields, "quantity"),
        price,
        _expire_ns(fields),
    )


def _read_replace(fields: Fields, suffix: str) -> ReplaceOrder:
    _only(fields, _REPLACE)
    order_id, client_order_id = _named_order(fields, suffix)
    quantity = _positive(fields, "quantity") if fields.get("quantity") is not None else None
    price = _positive(fields, "price") if fields.get("price") is not None else None
    if quantity is None and price is None:
        raise Unreadable("quantity", "a replace needs a new quantity, a new price, or both")
    return ReplaceOrder(
        _account(fields),
        order_id,
        client_order_id,
        quantity,
        price,
        _client_order_id(fields, "new_client_order_id"),
        _expire_ns(fields),
    )


def _read_cancel_all(fields: Fields) -> CancelAll:
    _only(fields, _CANCEL_ALL)
    symbol = _symbol(fields) if fields.get("symbol") is not None else ""
    side = _choice(fields, "side", _SIDES) if fields.get("side") is not None else None
    return CancelAll(_account(fields), symbol, side, _expire_ns(fields))


def read_admin_command(fields: object, subject: str) -> Command:
    """A command of the operator; its subject says which. Raises `Unreadable`."""
    if type(fields) is not dict:
        raise Unreadable("", "an entry of the operator is a JSON object")
    if fields.get("op") not in (None, subject):
        raise Unreadable("op", "op is not the subject of the entry; leave it out")
    match subject:
        case "venue.open":
            return _read_venue(fields)
        case "instrument.list":
            return ListInstrument(_read_instrument(fields))
        case "instrument.state":
            _only(fields, _STATE)
            return SetInstrumentState(_symbol(fields), _choice(fields, "state", _STATES))
        case "account.set":
            _only(fields, _SETTING)
            prevention = _choice(fields, "self_trade_prevention", _PREVENTIONS)
            return SetAccount(_account(fields), prevention)
        case "clock.advance":
            _only(fields, _CLOCK)
            return AdvanceClock(_whole(fields, "by", 1, 10**18))
        case "clock.tick":
            _only(fields, _TICK)
            return Tick()
        case "venue.upgrade":
            return _read_upgrade(fields)
    raise Unreadable("", "no entry of this kind is known")


def _read_upgrade(fields: Fields) -> UpgradeVenue:
    _only(fields, _UPGRADE)
    engine = fields.get("engine")
    if type(engine) is not str or not _VERSION.fullmatch(engine):
        raise Unreadable("engine", 'engine is the version to go to, as in "3"')
    return UpgradeVenue(engine)


def _read_instrument(fields: Fields) -> Instrument:
    _only(fields, _INSTRUMENT)
    lot = _positive(fields, "lot", UNIT)
    least = _positive(fields, "min_quantity", lot)
    most = _positive(fields, "max_quantity", UNIT * 10**9)
    if least > most:
        raise Unreadable("min_quantity", "min_quantity is not above max_quantity")
    name = fields.get("name")
    if name is None:
        name = ""
    elif type(name) is not str or len(name) > 64 or not _plain(name):
        raise Unreadable("name", "name is plain text of up to 64 characters")
    return Instrument(
        _symbol(fields),
        _positive(fields, "tick"),
        lot,
        least,
        most,
        _positive(fields, "max_price", UNIT * 10**9),
        name,
        _choice(fields, "state", _STATES, InstrumentState.OPEN),
    )


def _read_venue(fields: Fields) -> OpenVenue:
    _only(fields, _VENUE)
    log, engine = fields.get("log"), fields.get("engine")
    if type(log) is not str or not _LOG.fullmatch(log):
        raise Unreadable("log", "log is the id of the log: 13 hexadecimal digits")
    if type(engine) is not str or len(engine) > 32 or not _plain(engine):
        raise Unreadable("engine", "engine is the version of the engine")
    return OpenVenue(
        int(log, 16),
        _whole(fields, "shard", 0, 1023, 0),
        engine,
        _whole(fields, "schema", 1, 1 << 31),
        _choice(fields, "clock", _CLOCKS, ClockSource.STAMPS),
        _whole(fields, "start", 0, 1 << 62, 0),
        _whole(fields, "client_id_horizon", 1, CLIENT_ID_HORIZON_MAX, CLIENT_ID_HORIZON),
    )


def _only(fields: Fields, known: frozenset[str]) -> None:
    for name in fields:
        if name not in known:
            told = name if len(name) <= 32 and _plain(name) else "a name that is none"
            raise Unreadable(told, f"unknown field {told}; docs/protocol.md names those there are")


def _choice(fields: Fields, field: str, choices: dict[str, Any], default: Any = None) -> Any:
    value = fields.get(field)
    if value is None and default is not None:
        return default
    choice = choices.get(value) if type(value) is str else None
    if choice is None:
        missing = "missing; it is " if value is None else ""
        first, second, *_ = choices
        raise Unreadable(field, f"{field} is {missing}a word such as {first} or {second}")
    return choice


def _positive(fields: Fields, field: str, default: Units | None = None) -> Units:
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
    raise Unreadable(
        field,
        f"{field} is a decimal above 0 and up to 9000000000 with at most 9 places, as in "
        '"189.50"; a JSON number may have 15 digits',
    )


def _whole(fields: Fields, field: str, least: int, most: int, default: int | None = None) -> int:
    """A whole number that may come as a string, since browsers lose digits of large ones."""
    value = fields.get(field)
    if value is None and default is not None:
        return default
    if type(value) is str and len(value) <= 19 and value.isascii() and value.isdigit():
        value = int(value)
    if type(value) is int and least <= value <= most:
        return value
    raise Unreadable(field, f"{field} is a whole number from {least} to {most}")


def _expire_ns(fields: Fields) -> int:
    """The last log time at which the command may be done; 0: at any."""
    if fields.get("expires_in") is not None:
        text = "expires_in is for a gateway, which turns it into expire_at; here give expire_at"
        raise Unreadable("expires_in", text)
    if fields.get("expire_at") is None:
        return 0
    return _whole(fields, "expire_at", 1, LAST_NS)


def _symbol(fields: Fields) -> str:
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


def _account(fields: Fields) -> str:
    value = fields.get("account")
    if value is None:
        return DEFAULT_ACCOUNT
    if type(value) is str and len(value) <= NAME_MAX:
        account = _shared_account(value)
        if account is not None:
            return account
    raise Unreadable("account", "account is up to 32 letters, digits and . _ -")


def _client_order_id(fields: Fields, field: str) -> str:
    value = fields.get(field)
    if value is None:
        return ""
    if type(value) is str and 0 < len(value) <= requests.CLIENT_ORDER_ID_MAX and _plain(value):
        return value
    raise Unreadable(
        field,
        f"{field} is 1 to {requests.CLIENT_ORDER_ID_MAX} printable ASCII characters without "
        "quotation marks and backslashes",
    )


def _named_order(fields: Fields, suffix: str) -> tuple[OrderId | None, str]:
    """The order that a replace or a cancel means: by its id, else by its client order id."""
    text = fields.get("order_id")
    client_order_id = _client_order_id(fields, "client_order_id")
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


@lru_cache(maxsize=1 << 12)
def _shared_symbol(text: str) -> str | None:
    """One object for equal symbols, which very many orders hold; None: not a symbol."""
    return text if _SYMBOL.fullmatch(text) else None


@lru_cache(maxsize=1 << 12)
def _shared_account(text: str) -> str | None:
    return text if _ACCOUNT.fullmatch(text) else None


def _plain(text: str) -> bool:
    """Printable ASCII that JSON needs no escapes for, so that bytes can be counted beforehand."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def log_id_text(log_id: int) -> str:
    return f"{log_id:0{LOG_ID_BITS // 4}x}"
