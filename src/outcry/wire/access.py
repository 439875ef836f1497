"""Who has a key to what, and how much each account may send: folded from EXECUTIONS.

Rule 1: the pages that `orders.access` answers are of `entry` at the earliest; `apply` passes over
executions of before, and what a page tells of later is told once more by those that follow.
Rule 2: a key that was revoked stays so, whatever is told later.
"""

import hmac
from typing import NamedTuple

import msgspec

from outcry.domain.types import Role
from outcry.wire.command_messages import CreateKeyMessage, RevokeKeyMessage, SetMarketMessage
from outcry.wire.keys import hash_secret, parse_key
from outcry.wire.messages import AccountSettingsMessage, CommandMessage


class AccessRequest(msgspec.Struct, frozen=True):
    """Body of a request to `subjects.ACCESS`: `next` of the page before, empty for the first."""

    after: str = ""


class KeyRow(msgspec.Struct, frozen=True, omit_defaults=True):
    key_id: str
    hash: str
    role: Role
    accounts: tuple[str, ...] = ()
    revoked: bool = False
    name: str = ""


class AccessPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer: a part of the keys and of the accounts with a rate of their own, after `entry`.

    `next` asks for what follows; empty: that was all. `log` is empty before the venue is open.
    """

    entry: int
    seq: int
    log: str
    keys: tuple[KeyRow, ...] = ()
    rates: dict[str, int] = {}
    market_rate: int = 0
    next: str = ""


class Key(NamedTuple):
    """A key that is good: it was not revoked, and its secret was shown. `accounts` as given."""

    key_id: str
    role: Role
    accounts: tuple[str, ...]


class _Told(msgspec.Struct, gc=False):
    """What this fold reads of an execution."""

    entry: int
    result: str
    command: CommandMessage | None = None
    settings: AccountSettingsMessage | None = None


_OP = b'"op":"'
_TELLING = (b"key.", b"account.", b'market.set"')
_NOBODY = "0" * 64
_read = msgspec.json.Decoder(_Told).decode


class Access:
    """The keys and rates after the pages that were loaded and the executions that followed."""

    def __init__(self) -> None:
        self.entry: int | None = None
        """Executions of later entries are still to be applied; None: no page was loaded."""
        self._rows: dict[str, KeyRow] = {}
        self._rates: dict[str, int] = {}
        self._market_rate = 0

    def load(self, page: AccessPage) -> None:
        """Take a page in."""
        self.entry = page.entry if self.entry is None else min(self.entry, page.entry)
        for row in page.keys:
            self._rows[row.key_id] = row
        self._rates |= page.rates
        self._market_rate = page.market_rate

    def apply(self, execution: bytes) -> str:
        """Take one execution in, in order; gives the id of the key that it has revoked, or ""."""
        op = execution.find(_OP) + len(_OP)
        if not execution.startswith(_TELLING, op):
            return ""
        told = _read(execution)
        if told.result != "accepted" or told.entry <= (self.entry or 0):
            return ""
        if told.settings is not None:
            self._set_rate(told.settings.account, told.settings.max_order_rate)
        match told.command:
            case CreateKeyMessage(key_id=key_id) as made:
                row = KeyRow(key_id, made.hash, Role(made.role), made.accounts)
                self._rows.setdefault(key_id, row)
            case RevokeKeyMessage(key_id=key_id):
                if key_id in self._rows:
                    row = msgspec.structs.replace(self._rows[key_id], revoked=True)
                    self._rows[key_id] = row
                return key_id
            case SetMarketMessage(max_order_rate=int(rate)):
                self._market_rate = rate
        return ""

    def find(self, text: str) -> Key | None:
        """The key of which `text` is the whole; None: there is none, or it was revoked.

        It takes as long for an id that nobody has as for a wrong secret.
        """
        told = parse_key(text)
        row = self._rows.get(told.key_id) if told else None
        secret = told.secret if told else _NOBODY
        same = hmac.compare_digest(hash_secret(secret), row.hash if row else _NOBODY)
        if row is None or row.revoked or not same:
            return None
        return Key(row.key_id, row.role, row.accounts)

    def rate(self, account: str) -> int:
        """How many orders an account may send in a second; 0: as many as it likes."""
        return self._rates.get(account) or self._market_rate

    def _set_rate(self, account: str, rate: int) -> None:
        if rate:
            self._rates[account] = rate
        else:
            self._rates.pop(account, None)
