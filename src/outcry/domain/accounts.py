"""The accounts of a venue: opened, set, restricted and closed, and what stands of each."""

import msgspec

from outcry.domain.account import Account, Limits, Position, Standing, Terms
from outcry.domain.commands import OpenAccount, SetAccount, SetAccountState, given
from outcry.domain.execution import Settings
from outcry.domain.instrument import Instrument
from outcry.domain.limits import Bounds
from outcry.domain.refusals import closed, unknown_account, unknown_symbol
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import ACTIVE, CASH, CLOSED, AccountState

_LIMITS = Limits.__struct_fields__
_SETTINGS = ("access", "multiplier", "shorting", "maker_fee", "taker_fee")
_TERMS = Terms.__struct_fields__
_NO_TERMS = Terms()


class Accounts:
    """Every account by its name, also those that were closed: a name is given once."""

    def __init__(self, bounds: Bounds) -> None:
        self.by_name: dict[str, Account] = {}
        self.holdings = 0
        """Positions of all accounts, also those that are empty again."""
        self.terms = 0
        """Accounts' terms of their own in single instruments, together."""
        self.generation = 0
        """Of the standings; what was reckoned in an older one may not hold any more."""
        self._bounds = bounds

    def open(self, command: OpenAccount) -> Reject | None:
        """None: it is open."""
        if command.account in self.by_name:
            text = f"there is an account {command.account} already, or there was"
            return Reject(RejectReason.DUPLICATE_ACCOUNT, text, "account")
        if len(self.by_name) >= self._bounds.accounts:
            text = f"the venue has {self._bounds.accounts} accounts, the most it takes"
            return Reject(RejectReason.ACCOUNT_LIMIT, text)
        self.by_name[command.account] = Account(
            command.account,
            command.type,
            command.multiplier,
            command.shorting,
            command.access,
            command.self_trade_prevention,
        )
        return None

    def set(self, command: SetAccount, instruments: dict[str, Instrument]) -> Reject | None:
        """None: it is set. What the command leaves out stays."""
        account = self.by_name.get(command.account)
        if account is None:
            return unknown_account(command.account)
        if command.symbol and command.symbol not in instruments:
            return unknown_symbol(command.symbol)
        if account.type is CASH:
            for field in ("multiplier", "shorting"):
                if getattr(command, field) is not None:
                    text = f"account {account.name} is a cash account: it has no {field}"
                    return Reject(RejectReason.NOT_ALLOWED, text, field)
        if command.symbol:
            return self._set_terms(account, command)
        account.limits = msgspec.structs.replace(account.limits, **given(command, _LIMITS))
        account.prevention = command.self_trade_prevention or account.prevention
        for field, value in given(command, _SETTINGS).items():
            setattr(account, field, value)
        self.forget_standings()
        return None

    def _set_terms(self, account: Account, command: SetAccount) -> Reject | None:
        had = account.terms.get(command.symbol, _NO_TERMS)
        terms = msgspec.structs.replace(had, **given(command, _TERMS))
        more = (terms != _NO_TERMS) - (had != _NO_TERMS)
        if more > 0 and self.terms >= self._bounds.holdings:
            text = f"accounts have terms in {self.terms} instruments together, the most there are"
            return Reject(RejectReason.HOLDINGS_LIMIT, text)
        self.terms += more
        if terms == _NO_TERMS:
            account.terms.pop(command.symbol, None)
        else:
            account.terms[command.symbol] = terms
        self.forget_standings()
        return None

    def set_state(self, command: SetAccountState, has_open: bool) -> Reject | None:
        """`has_open`: the account has open orders, also such as hold nothing."""
        account = self.by_name.get(command.account)
        if account is None:
            return unknown_account(command.account)
        if account.state is AccountState.CLOSED:
            return closed(account)
        if command.state is AccountState.CLOSED and (has_open or not account.is_empty):
            text = (
                f"account {account.name} has cash, a position or an open order: withdraw, sell and "
                "cancel them first"
            )
            return Reject(RejectReason.ACCOUNT_NOT_EMPTY, text, "account")
        account.state = command.state
        return None

    def settings(self, name: str, symbol: str = "") -> Settings:
        """Of an account, with its terms in `symbol` where that is given: with all of them an answer
        could outgrow a message."""
        account = self.by_name[name]
        return Settings(
            account.name,
            account.type,
            account.state,
            account.access,
            account.prevention,
            account.multiplier,
            account.shorting,
            account.killed,
            account.limits,
            account.maker_fee,
            account.taker_fee,
            ((symbol, account.terms.get(symbol, _NO_TERMS)),) if symbol else (),
        )

    def hold_position(self, account: Account, symbol: str, position: Position) -> None:
        """The first order or transfer of an account in an instrument was accepted."""
        if symbol not in account.positions:
            account.positions[symbol] = position
            self.holdings += 1

    def refuse_holding(self) -> Reject | None:
        """Whether an account may have one more position."""
        most = self._bounds.holdings
        if self.holdings < most:
            return None
        text = f"the accounts have {most} positions together, the most the venue takes"
        return Reject(RejectReason.HOLDINGS_LIMIT, text)

    def forget_standings(self) -> None:
        """A limit or a fee has changed, of an account, an instrument or the market."""
        self.generation += 1

    def standing(
        self, account: Account, position: Position, instrument: Instrument, market: Limits
    ) -> Standing:
        """The limits and fees of the account there: its own there, its own, the instrument's."""
        standing = position.standing
        if standing is None or position.of != self.generation:
            standing = position.standing = _standing(account, instrument, market)
            position.of = self.generation
        return standing


def refuse_state(account: Account) -> Reject | None:
    """Whether an account takes orders: its state, then its kill switch."""
    state = account.state
    if state is ACTIVE and not account.killed:
        return None
    if state is CLOSED:
        return closed(account)
    if state is not ACTIVE:
        text = f"account {account.name} is restricted: only cancels and transfers are accepted"
        return Reject(RejectReason.ACCOUNT_RESTRICTED, text, "account")
    text = f"the kill switch of account {account.name} is on: only cancels are accepted"
    return Reject(RejectReason.ACCOUNT_KILLED, text, "account")


def _standing(account: Account, instrument: Instrument, market: Limits) -> Standing:
    terms, own = account.terms.get(instrument.symbol, _NO_TERMS), account.limits
    maker = account.maker_fee if terms.maker_fee is None else terms.maker_fee
    taker = account.taker_fee if terms.taker_fee is None else terms.taker_fee
    maker = instrument.maker_fee if maker is None else maker
    taker = instrument.taker_fee if taker is None else taker
    return Standing(
        maker,
        taker,
        max(maker, taker),
        own.max_open_orders or market.max_open_orders,
        own.max_order_rate or market.max_order_rate,
        own.max_exposure or market.max_exposure,
        terms.max_notional or own.max_notional or instrument.max_notional or market.max_notional,
        terms.max_position or own.max_position or instrument.max_position or market.max_position,
    )
