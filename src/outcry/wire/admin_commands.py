"""Commands of the operator and of administrators: a JSON object to what the engine takes.

The operator's entries bear their name as a subject and need no key; an administrator's are among
the commands of `order.created`, named by `op`, each with the key of its sender.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from outcry.domain.commands import (
    INHERIT,
    AdminCommand,
    CreateKey,
    Kill,
    ListInstrument,
    OpenAccount,
    RevokeKey,
    SetAccount,
    SetAccountState,
    SetInstrument,
    SetInstrumentState,
    SetMarket,
    Transfer,
)
from outcry.domain.instrument import Instrument
from outcry.domain.limits import FEE_MAX, KEY_ACCOUNTS_MAX, MULTIPLIER_MAX
from outcry.domain.types import (
    CANCEL_NEWEST,
    UNIT,
    Access,
    AccountState,
    AccountType,
    InstrumentState,
    Role,
    SelfTradePrevention,
    Units,
)
from outcry.wire import requests
from outcry.wire.fields import (
    Fields,
    Unreadable,
    read_account,
    read_amount,
    read_choice,
    read_client_order_id,
    read_count,
    read_flag,
    read_hex,
    read_key,
    read_name,
    read_positive,
    read_symbol,
    refuse_others,
)

COUNT_MAX = 10**9
_BAND_MAX = UNIT - 1
_OF_THE_ACCOUNT = (
    "self_trade_prevention",
    "access",
    "multiplier",
    "shorting",
    "max_open_orders",
    "max_order_rate",
    "max_exposure",
)
"""Settings that an account has for all instruments together."""


def _words(choices: type[StrEnum]) -> dict[str, Any]:
    return {choice.value: choice for choice in choices}


_STATES = _words(InstrumentState)
_PREVENTIONS = _words(SelfTradePrevention)
_ACCOUNT_TYPES = _words(AccountType)
_ACCOUNT_STATES = _words(AccountState)
_ACCESSES = _words(Access)
_ROLES = _words(Role)


def known_fields(request: type[requests.Request]) -> frozenset[str]:
    """The fields of a command in the log: those of its request, and the key of its sender."""
    return frozenset(request.__struct_fields__) | {"key"}


def is_admin(op: object) -> bool:
    """Whether `op` names a command of administrators."""
    return type(op) is str and op in _READERS


def read_admin_command(fields: Fields, op: str) -> AdminCommand:
    """The command that `op` names; raises `Unreadable`."""
    request, read = _READERS[op]
    refuse_others(fields, known_fields(request))
    return read(fields)


# Instruments and the market ------------------------------------------------------------------


def _list(fields: Fields) -> ListInstrument:
    lot = read_positive(fields, "lot", UNIT)
    least = read_positive(fields, "min_quantity", lot)
    most = read_positive(fields, "max_quantity", UNIT * 10**9)
    if least > most:
        raise Unreadable("min_quantity", "min_quantity is not above max_quantity")
    instrument = Instrument(
        read_symbol(fields),
        read_positive(fields, "tick"),
        lot,
        least,
        most,
        read_positive(fields, "max_price", UNIT * 10**9),
        read_name(fields),
        read_choice(fields, "state", _STATES, InstrumentState.OPEN),
        read_amount(fields, "price_band", _BAND_MAX) or 0,
        read_amount(fields, "maker_fee", FEE_MAX) or 0,
        read_amount(fields, "taker_fee", FEE_MAX) or 0,
        read_amount(fields, "max_notional") or 0,
        read_amount(fields, "max_position") or 0,
    )
    return ListInstrument(instrument, read_key(fields))


def _set_instrument(fields: Fields) -> SetInstrument:
    reference: Units | None = None
    if fields.get("reference_price") is not None:
        reference = read_positive(fields, "reference_price")
    return SetInstrument(
        read_symbol(fields),
        read_amount(fields, "price_band", _BAND_MAX),
        reference,
        read_amount(fields, "maker_fee", FEE_MAX),
        read_amount(fields, "taker_fee", FEE_MAX),
        read_amount(fields, "max_notional"),
        read_amount(fields, "max_position"),
        read_key(fields),
    )


def _set_instrument_state(fields: Fields) -> SetInstrumentState:
    state = read_choice(fields, "state", _STATES)
    return SetInstrumentState(read_symbol(fields), state, read_key(fields))


def _set_market(fields: Fields) -> SetMarket:
    return SetMarket(
        read_count(fields, "max_open_orders", 0, COUNT_MAX),
        read_count(fields, "max_order_rate", 0, COUNT_MAX),
        read_amount(fields, "max_exposure"),
        read_amount(fields, "max_notional"),
        read_amount(fields, "max_position"),
        read_key(fields),
    )


def _kill(fields: Fields) -> Kill:
    return _switch(fields, on=True)


def _release(fields: Fields) -> Kill:
    return _switch(fields, on=False)


def _switch(fields: Fields, *, on: bool) -> Kill:
    for field in ("account", "symbol"):
        if field in fields and fields[field] is None:
            text = f"{field} is null; name one, or leave it out where you mean the whole market"
            raise Unreadable(field, text)
    account = _account(fields) if fields.get("account") is not None else ""
    symbol = read_symbol(fields) if fields.get("symbol") is not None else ""
    if account and symbol:
        raise Unreadable("symbol", "name an account or a symbol, or neither: the whole market")
    return Kill(on, account, symbol, read_key(fields))


# Accounts ------------------------------------------------------------------------------------


def _account(fields: Fields) -> str:
    if fields.get("account") is None:
        raise Unreadable("account", "account is missing")
    return read_account(fields)


def _open_account(fields: Fields) -> OpenAccount:
    kind = read_choice(fields, "type", _ACCOUNT_TYPES, AccountType.CASH)
    multiplier = read_count(fields, "multiplier", 1, MULTIPLIER_MAX)
    shorting = read_flag(fields, "shorting") or False
    if kind is AccountType.CASH and (multiplier not in (None, 1) or shorting):
        field = "shorting" if shorting else "multiplier"
        raise Unreadable(field, f"{field} is for margin accounts: a cash account has what it has")
    return OpenAccount(
        _account(fields),
        kind,
        multiplier or (1 if kind is AccountType.CASH else 2),
        shorting,
        read_choice(fields, "access", _ACCESSES, Access.KEYS),
        read_choice(fields, "self_trade_prevention", _PREVENTIONS, CANCEL_NEWEST),
        read_key(fields),
    )


def _set_account(fields: Fields) -> SetAccount:
    symbol = read_symbol(fields) if fields.get("symbol") is not None else ""
    for field in _OF_THE_ACCOUNT if symbol else ():
        if fields.get(field) is not None:
            raise Unreadable(field, f"{field} is of the whole account; leave the symbol out")
    return SetAccount(
        _account(fields),
        symbol,
        _choice(fields, "self_trade_prevention", _PREVENTIONS),
        _choice(fields, "access", _ACCESSES),
        read_count(fields, "multiplier", 1, MULTIPLIER_MAX),
        read_flag(fields, "shorting"),
        read_count(fields, "max_open_orders", 0, COUNT_MAX),
        read_count(fields, "max_order_rate", 0, COUNT_MAX),
        read_amount(fields, "max_exposure"),
        read_amount(fields, "max_notional"),
        read_amount(fields, "max_position"),
        _own_fee(fields, "maker_fee"),
        _own_fee(fields, "taker_fee"),
        read_key(fields),
    )


def _own_fee(fields: Fields, field: str) -> Units | None:
    """0 is a fee, so it takes a word to have none."""
    inherits = fields.get(field) == requests.INHERIT
    return INHERIT if inherits else read_amount(fields, field, FEE_MAX)


def _choice(fields: Fields, field: str, choices: dict[str, Any]) -> Any:
    return None if fields.get(field) is None else read_choice(fields, field, choices)


def _set_account_state(fields: Fields) -> SetAccountState:
    state = read_choice(fields, "state", _ACCOUNT_STATES)
    return SetAccountState(_account(fields), state, read_key(fields))


def _deposit(fields: Fields) -> Transfer:
    return _transfer(fields, deposit=True)


def _withdraw(fields: Fields) -> Transfer:
    return _transfer(fields, deposit=False)


def _transfer(fields: Fields, *, deposit: bool) -> Transfer:
    account, transfer_id = _account(fields), read_client_order_id(fields, "transfer_id")
    key = read_key(fields)
    if fields.get("symbol") is None:
        for field in ("quantity", "price"):
            if fields.get(field) is not None:
                raise Unreadable(field, f"{field} is of shares; name their symbol")
        amount = read_positive(fields, "amount")
        return Transfer(account, deposit, amount, transfer_id=transfer_id, key=key)
    if fields.get("amount") is not None:
        raise Unreadable("amount", "give an amount of cash, or a symbol and a quantity, not both")
    price = read_positive(fields, "price", 0)
    symbol, quantity = read_symbol(fields), read_positive(fields, "quantity")
    return Transfer(account, deposit, 0, symbol, quantity, price, transfer_id, key)


# Keys ----------------------------------------------------------------------------------------


def _create_key(fields: Fields) -> CreateKey:
    role = read_choice(fields, "role", _ROLES)
    accounts = _accounts(fields)
    if not accounts and role is not Role.ADMIN:
        raise Unreadable("accounts", "accounts are missing: who may the holder act for")
    return CreateKey(
        read_hex(fields, "key_id", requests.KEY_ID),
        read_hex(fields, "hash", requests.HASH),
        role,
        accounts,
        read_name(fields),
        read_key(fields),
    )


def _accounts(fields: Fields) -> tuple[str, ...]:
    value = fields.get("accounts")
    if value is None:
        return ()
    names = value if type(value) is list else [None]
    if len(names) > KEY_ACCOUNTS_MAX or len({str(name) for name in names}) < len(names):
        raise Unreadable("accounts", f"accounts are up to {KEY_ACCOUNTS_MAX} names, each once")
    if any(type(name) is not str for name in names):
        raise Unreadable("accounts", "accounts is an array of names")
    try:
        return tuple(read_account({"account": name}) for name in names)
    except Unreadable as error:
        raise Unreadable("accounts", error.text) from error


def _revoke_key(fields: Fields) -> RevokeKey:
    return RevokeKey(read_hex(fields, "key_id", requests.KEY_ID), read_key(fields))


_READERS: dict[str, tuple[type[requests.Request], Callable[[Fields], AdminCommand]]] = {
    "instrument.list": (requests.ListInstrument, _list),
    "instrument.set": (requests.SetInstrument, _set_instrument),
    "instrument.state": (requests.SetInstrumentState, _set_instrument_state),
    "account.open": (requests.OpenAccount, _open_account),
    "account.set": (requests.SetAccount, _set_account),
    "account.state": (requests.SetAccountState, _set_account_state),
    "account.deposit": (requests.Deposit, _deposit),
    "account.withdraw": (requests.Withdraw, _withdraw),
    "market.set": (requests.SetMarket, _set_market),
    "market.kill": (requests.KillSwitch, _kill),
    "market.release": (requests.ReleaseSwitch, _release),
    "key.create": (requests.CreateKey, _create_key),
    "key.revoke": (requests.RevokeKey, _revoke_key),
}
ADMIN_OPS = tuple(_READERS)
AUDITED = ("venue.open", "venue.upgrade", *ADMIN_OPS)
"""Commands that the audit trail holds: of administrators, and what opens and upgrades a venue."""
