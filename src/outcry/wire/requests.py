"""What the operator and administrators may write (POST /admin, and the entries of the same names),
and the forms of values; the order commands stand in `wire.order_requests`.

`wire.admin_commands` reads them. The key of the sender is not among it: in the
log the gateway writes it into each command. The names of their fields and the forms of their
values stand here and nowhere else; what a field means stands in `wire.glossary`. `null` is as if
left out, but for the target of a kill switch, which has to be meant.
"""

from typing import Literal

import msgspec

SYMBOL = r"[A-Z0-9][A-Z0-9./_-]{0,31}"
ACCOUNT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
KEY_ID = r"[0-9a-f]{16}"
HASH = r"[0-9a-f]{64}"
CLIENT_ORDER_ID_MAX = 128
CLIENT_ORDER_ID = rf"[ !#-\[\]-~]{{1,{CLIENT_ORDER_ID_MAX}}}"
"""Printable ASCII that JSON needs no escapes for."""

Decimal = str | float
"""Text such as "189.50", or a JSON number of up to 15 digits."""


INHERIT = "inherit"
"""In place of a fee of an account: none of its own any more."""
Time = str | int
"""Nanoseconds since 1970."""
Milliseconds = str | int


class Request(msgspec.Struct, forbid_unknown_fields=True):
    pass


class AdminRequest(Request, kw_only=True):
    """What the operator does, and who has a key with the role admin."""


class ListInstrument(AdminRequest):
    """A listing: prices are multiples of `tick`, quantities of `lot`, within the limits."""

    op: Literal["instrument.list"]
    symbol: str
    tick: Decimal
    lot: Decimal | None = None
    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    max_price: Decimal | None = None
    name: str | None = None
    state: str | None = None
    price_band: Decimal | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    max_notional: Decimal | None = None
    max_position: Decimal | None = None


class SetInstrument(AdminRequest):
    """New terms of a listing; what is left out stays, 0 takes a band or a limit away."""

    op: Literal["instrument.set"]
    symbol: str
    price_band: Decimal | None = None
    reference_price: Decimal | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None
    max_notional: Decimal | None = None
    max_position: Decimal | None = None


class SetInstrumentState(AdminRequest):
    """Open, cancel-only or halted."""

    op: Literal["instrument.state"]
    symbol: str
    state: str


class OpenAccount(AdminRequest):
    """A new account, of cash or of margin."""

    op: Literal["account.open"]
    account: str
    type: str | None = None
    multiplier: int | None = None
    shorting: bool | None = None
    access: str | None = None
    self_trade_prevention: str | None = None


class SetAccount(AdminRequest):
    """New settings, limits and fees of an account, or, with a `symbol`, of the account there.

    What is left out stays; a limit of 0 is none of its own, and so is a fee of `inherit`.
    """

    op: Literal["account.set"]
    account: str
    symbol: str | None = None
    self_trade_prevention: str | None = None
    access: str | None = None
    multiplier: int | None = None
    shorting: bool | None = None
    max_open_orders: int | None = None
    max_order_rate: int | None = None
    max_exposure: Decimal | None = None
    max_notional: Decimal | None = None
    max_position: Decimal | None = None
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None


class SetAccountState(AdminRequest):
    """Active, restricted (cancels and transfers only) or closed, for good."""

    op: Literal["account.state"]
    account: str
    state: str


class Deposit(AdminRequest):
    """Cash (`amount`) or shares (`symbol` and `quantity`) that come into an account.

    `price` is what a share has cost, for the books; left out, it is the reference price, and where
    there is none the cost is not known. A repeat under the same `transfer_id` changes nothing and
    is told what became of the first.
    """

    op: Literal["account.deposit"]
    account: str
    amount: Decimal | None = None
    symbol: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    transfer_id: str | None = None


class Withdraw(AdminRequest):
    """Cash (`amount`) or shares (`symbol` and `quantity`) that leave an account."""

    op: Literal["account.withdraw"]
    account: str
    amount: Decimal | None = None
    symbol: str | None = None
    quantity: Decimal | None = None
    transfer_id: str | None = None


class SetMarket(AdminRequest):
    """Limits of every account that has none of its own; what is left out stays, 0 takes it away."""

    op: Literal["market.set"]
    max_open_orders: int | None = None
    max_order_rate: int | None = None
    max_exposure: Decimal | None = None
    max_notional: Decimal | None = None
    max_position: Decimal | None = None


class KillSwitch(AdminRequest):
    """Only cancels go through: of an account, in a symbol, or, with neither, anywhere."""

    op: Literal["market.kill"]
    account: str = ""
    symbol: str = ""


class ReleaseSwitch(AdminRequest):
    """Takes the same kill switch back."""

    op: Literal["market.release"]
    account: str = ""
    symbol: str = ""


class CreateKey(AdminRequest):
    """A key whose secret the sender has made: `hash` is the SHA-256 of it in hexadecimal."""

    op: Literal["key.create"]
    key_id: str
    hash: str
    role: str
    accounts: tuple[str, ...] | None = None
    name: str | None = None


class RevokeKey(AdminRequest):
    """The end of a key, everywhere within a second."""

    op: Literal["key.revoke"]
    key_id: str


AdminCommandRequest = (
    ListInstrument
    | SetInstrument
    | SetInstrumentState
    | OpenAccount
    | SetAccount
    | SetAccountState
    | Deposit
    | Withdraw
    | SetMarket
    | KillSwitch
    | ReleaseSwitch
    | CreateKey
    | RevokeKey
)


class NewKey(Request):
    """A key that a gateway makes: its holder may read, trade, or do everything as an administrator,
    for the accounts that are named."""

    role: str
    accounts: tuple[str, ...] | None = None
    name: str | None = None
