"""What the operator does, and who has a key for it: instruments, accounts, money, keys, switches.

Every command is checked whole before anything changes.
"""

from collections.abc import Callable, Mapping
from typing import Any

from outcry.domain.account import Account, Position
from outcry.domain.accounts import Accounts
from outcry.domain.book import Book
from outcry.domain.client_ids import content_digest, transfer_digest
from outcry.domain.commands import (
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
from outcry.domain.execution import Balance, Told
from outcry.domain.keys import Keyring
from outcry.domain.refusals import closed, reused, unknown_account, unknown_symbol
from outcry.domain.reject import Reject
from outcry.domain.reports import Reports
from outcry.domain.rulebook import Rulebook
from outcry.domain.settlement import balance
from outcry.domain.trading import Trading
from outcry.domain.transfers import move, refuse_transfer
from outcry.domain.types import AccountState

Outcome = Reject | Told
"""Why it was refused, or what is to be told."""


class Administration:
    def __init__(
        self,
        reports: Reports,
        rulebook: Rulebook,
        accounts: Accounts,
        keyring: Keyring,
        trading: Trading,
    ) -> None:
        self._reports = reports
        self._rulebook = rulebook
        self._accounts = accounts
        self._keyring = keyring
        self._trading = trading
        self._do: Mapping[type, Callable[[Any], Outcome]] = {
            ListInstrument: self._list,
            SetInstrument: self._set_instrument,
            SetInstrumentState: self._set_instrument_state,
            OpenAccount: self._open_account,
            SetAccount: self._set_account,
            SetAccountState: self._set_account_state,
            Transfer: self._transfer,
            SetMarket: self._set_market,
            Kill: self._kill,
            CreateKey: self._create_key,
            RevokeKey: self._revoke_key,
        }

    @property
    def _books(self) -> dict[str, Book]:
        return self._trading.books

    def do(self, command: AdminCommand) -> Outcome:
        """A command without a key comes from the operator, whom the bus has let in."""
        refusal = self._keyring.refuse_admin(command.key) if command.key else None
        return refusal or self._do[type(command)](command)

    # Instruments and the market --------------------------------------------------------------

    def _list(self, command: ListInstrument) -> Outcome:
        refusal = self._rulebook.list(command)
        if refusal is not None:
            return refusal
        self._books[command.instrument.symbol] = Book()
        return Told(instrument=command.instrument)

    def _set_instrument(self, command: SetInstrument) -> Outcome:
        refusal = self._rulebook.set(command)
        if refusal is not None:
            return refusal
        self._accounts.forget_standings()
        if command.reference_price is not None:
            self._books[command.symbol].mark = command.reference_price
        return Told(instrument=self._rulebook.instruments[command.symbol])

    def _set_instrument_state(self, command: SetInstrumentState) -> Outcome:
        refusal = self._rulebook.set_state(command)
        return refusal or Told(instrument=self._rulebook.instruments[command.symbol])

    def _set_market(self, command: SetMarket) -> Outcome:
        self._rulebook.set_market(command)
        self._accounts.forget_standings()
        return Told()

    def _kill(self, command: Kill) -> Outcome:
        if not command.account:
            return self._rulebook.kill(command) or Told()
        account = self._accounts.by_name.get(command.account)
        if account is None:
            return unknown_account(command.account)
        account.killed = command.on
        return self._settings(account.name)

    # Accounts and keys -----------------------------------------------------------------------

    def _open_account(self, command: OpenAccount) -> Outcome:
        return self._accounts.open(command) or self._settings(command.account)

    def _set_account(self, command: SetAccount) -> Outcome:
        refusal = self._accounts.set(command, self._rulebook.instruments)
        return refusal or self._settings(command.account, command.symbol)

    def _set_account_state(self, command: SetAccountState) -> Outcome:
        has_open = command.account in self._trading.open_orders
        refusal = self._accounts.set_state(command, has_open)
        return refusal or self._settings(command.account)

    def _settings(self, name: str, symbol: str = "") -> Told:
        return Told(settings=self._accounts.settings(name, symbol))

    def _create_key(self, command: CreateKey) -> Outcome:
        return self._keyring.create(command, self._accounts.by_name) or Told()

    def _revoke_key(self, command: RevokeKey) -> Outcome:
        return self._keyring.revoke(command) or Told()

    # Money -----------------------------------------------------------------------------------

    def _transfer(self, command: Transfer) -> Outcome:
        account = self._accounts.by_name.get(command.account)
        if account is None:
            return unknown_account(command.account)
        digests = b"", b""
        if command.transfer_id:
            digests = transfer_digest(account.name, command.transfer_id), content_digest(command)
            record = self._trading.client_ids.find(digests[0])
            if record is not None:
                same = record.content == digests[1]
                return Told(first_seq=record.seq) if same else reused(record, "transfer_id")
        refusal = self._refuse_transfer(command, account)
        if refusal is not None:
            return refusal
        if command.transfer_id:
            self._trading.client_ids.remember(*digests, self._reports.seq, None)
        return Told(balances=(self._move(command, account),))

    def _refuse_transfer(self, command: Transfer, account: Account) -> Reject | None:
        if account.state is AccountState.CLOSED:
            return closed(account)
        if command.symbol:
            if command.symbol not in self._books:
                return unknown_symbol(command.symbol)
            if command.deposit and command.symbol not in account.positions:
                refusal = self._accounts.refuse_holding()
                if refusal is not None:
                    return refusal
        return refuse_transfer(command, account, self._books)

    def _move(self, command: Transfer, account: Account) -> Balance:
        symbol = command.symbol
        position = account.positions.get(symbol) or Position()
        if symbol:
            self._accounts.hold_position(account, symbol, position)
        move(command, account, position)
        return balance(account, symbol, position)
