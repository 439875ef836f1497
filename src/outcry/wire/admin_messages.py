"""Commands of administrators, and accounts, as messages: what `admin_commands` reads, written."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

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
from outcry.domain.execution import Balance, Settings
from outcry.domain.instrument import Instrument
from outcry.domain.types import Units
from outcry.wire import requests
from outcry.wire.command_messages import (
    AccountStateMessage,
    CreateKeyMessage,
    DepositMessage,
    InstrumentMessage,
    InstrumentStateMessage,
    KillMessage,
    ListInstrumentMessage,
    OpenAccountMessage,
    ReleaseMessage,
    RevokeKeyMessage,
    SetAccountMessage,
    SetInstrumentMessage,
    SetMarketMessage,
    WithdrawMessage,
)
from outcry.wire.decimals import format_decimal, format_money, given_decimal, some_decimal
from outcry.wire.messages import AccountSettingsMessage, AccountTermsMessage, BalanceMessage

AdminMessage = (
    ListInstrumentMessage
    | SetInstrumentMessage
    | InstrumentStateMessage
    | OpenAccountMessage
    | SetAccountMessage
    | AccountStateMessage
    | DepositMessage
    | WithdrawMessage
    | SetMarketMessage
    | KillMessage
    | ReleaseMessage
    | CreateKeyMessage
    | RevokeKeyMessage
)
_Listing = TypeVar("_Listing", bound=InstrumentMessage)


def admin_message(command: AdminCommand, key: str) -> AdminMessage:
    """A command with the key of its sender, or, where it is only repeated, with an empty one."""
    return _WRITERS[type(command)](command, key)


def admin_op(command: AdminCommand) -> str:
    """The name of a command."""
    if isinstance(command, Transfer):
        return "account.deposit" if command.deposit else "account.withdraw"
    if isinstance(command, Kill):
        return "market.kill" if command.on else "market.release"
    return _OPS[type(command)]


def instrument_message(instrument: Instrument, kind: type[_Listing]) -> _Listing:
    return kind(
        instrument.symbol,
        format_decimal(instrument.tick),
        format_decimal(instrument.lot),
        format_decimal(instrument.min_quantity),
        format_decimal(instrument.max_quantity),
        format_decimal(instrument.max_price),
        instrument.name,
        instrument.state,
        some_decimal(instrument.price_band),
        some_decimal(instrument.maker_fee),
        some_decimal(instrument.taker_fee),
        some_decimal(instrument.max_notional),
        some_decimal(instrument.max_position),
    )


def balance_message(balance: Balance) -> BalanceMessage:
    held, position, closing = balance.held, balance.position, balance.closing
    if position > 0:
        has = format_decimal(position)
    else:
        has = f"-{format_decimal(-position)}" if position else ""
    return BalanceMessage(
        balance.account,
        format_money(balance.cash),
        format_money(held) if held else "",
        balance.symbol,
        has,
        format_decimal(closing) if closing else "",
    )


def settings_message(settings: Settings) -> AccountSettingsMessage:
    limits = settings.limits
    return AccountSettingsMessage(
        settings.account,
        settings.type,
        settings.state,
        settings.access,
        settings.prevention,
        settings.multiplier,
        settings.shorting,
        settings.killed,
        limits.max_open_orders,
        limits.max_order_rate,
        some_decimal(limits.max_exposure),
        some_decimal(limits.max_notional),
        some_decimal(limits.max_position),
        given_decimal(settings.maker_fee),
        given_decimal(settings.taker_fee),
        tuple(
            AccountTermsMessage(
                symbol,
                some_decimal(terms.max_notional),
                some_decimal(terms.max_position),
                given_decimal(terms.maker_fee),
                given_decimal(terms.taker_fee),
            )
            for symbol, terms in settings.terms
        ),
    )


def _list(command: ListInstrument, key: str) -> AdminMessage:
    message = instrument_message(command.instrument, ListInstrumentMessage)
    return msgspec.structs.replace(message, key=key)


def _set_instrument(command: SetInstrument, key: str) -> AdminMessage:
    return SetInstrumentMessage(
        command.symbol,
        given_decimal(command.price_band),
        given_decimal(command.reference_price),
        given_decimal(command.maker_fee),
        given_decimal(command.taker_fee),
        given_decimal(command.max_notional),
        given_decimal(command.max_position),
        key,
    )


def _set_instrument_state(command: SetInstrumentState, key: str) -> AdminMessage:
    return InstrumentStateMessage(command.symbol, command.state, key)


def _open_account(command: OpenAccount, key: str) -> AdminMessage:
    return OpenAccountMessage(
        command.account,
        command.type,
        command.multiplier,
        command.shorting,
        command.access,
        command.self_trade_prevention,
        key,
    )


def _set_account(command: SetAccount, key: str) -> AdminMessage:
    return SetAccountMessage(
        command.account,
        command.symbol,
        command.self_trade_prevention or "",
        command.access or "",
        command.multiplier or 0,
        command.shorting,
        command.max_open_orders,
        command.max_order_rate,
        given_decimal(command.max_exposure),
        given_decimal(command.max_notional),
        given_decimal(command.max_position),
        _own_fee(command.maker_fee),
        _own_fee(command.taker_fee),
        key,
    )


def _own_fee(fee: Units | None) -> str:
    return requests.INHERIT if fee == INHERIT else given_decimal(fee)


def _set_account_state(command: SetAccountState, key: str) -> AdminMessage:
    return AccountStateMessage(command.account, command.state, key)


def _transfer(command: Transfer, key: str) -> AdminMessage:
    what = (
        command.account,
        some_decimal(command.amount),
        command.symbol,
        some_decimal(command.quantity),
    )
    if command.deposit:
        return DepositMessage(*what, some_decimal(command.price), command.transfer_id, key)
    return WithdrawMessage(*what, command.transfer_id, key)


def _set_market(command: SetMarket, key: str) -> AdminMessage:
    return SetMarketMessage(
        command.max_open_orders,
        command.max_order_rate,
        given_decimal(command.max_exposure),
        given_decimal(command.max_notional),
        given_decimal(command.max_position),
        key,
    )


def _kill(command: Kill, key: str) -> AdminMessage:
    kind = KillMessage if command.on else ReleaseMessage
    return kind(command.account, command.symbol, key)


def _create_key(command: CreateKey, key: str) -> AdminMessage:
    terms = command.key_id, command.hash, command.role, command.accounts, command.name
    return CreateKeyMessage(*terms, key)


def _revoke_key(command: RevokeKey, key: str) -> AdminMessage:
    return RevokeKeyMessage(command.key_id, key)


_WRITERS: Mapping[type, Callable[[Any, str], AdminMessage]] = {
    ListInstrument: _list,
    SetInstrument: _set_instrument,
    SetInstrumentState: _set_instrument_state,
    OpenAccount: _open_account,
    SetAccount: _set_account,
    SetAccountState: _set_account_state,
    Transfer: _transfer,
    SetMarket: _set_market,
    Kill: _kill,
    CreateKey: _create_key,
    RevokeKey: _revoke_key,
}
_OPS: Mapping[type, str] = {
    ListInstrument: "instrument.list",
    SetInstrument: "instrument.set",
    SetInstrumentState: "instrument.state",
    OpenAccount: "account.open",
    SetAccount: "account.set",
    SetAccountState: "account.state",
    SetMarket: "market.set",
    CreateKey: "key.create",
    RevokeKey: "key.revoke",
}
