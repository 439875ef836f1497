"""What senders may write: the order commands of `order.created` and of POST /order, and what the
operator and administrators ask for (POST /admin, and the entries of the same names).

`wire.commands` and `wire.admin_commands` read them. The key of the sender is not among it: in the
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


class NewLimitOrder(Request):
    """An order to buy or sell at a price or better."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    op: Literal["new"] | None = None
    type: Literal["limit"] | None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None
    good_until: Time | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    min_quantity: Decimal | None = None
    display_quantity: Decimal | None = None
    stop_price: None = None
    trigger: None = None


class NewMarketOrder(Request):
    """An order to buy or sell at the best prices there are. It never rests."""

    symbol: str
    side: str
    type: Literal["market"]
    quantity: Decimal
    op: Literal["new"] | None = None
    price: None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None
    good_until: None = None
    post_only: None = None
    reduce_only: bool | None = None
    min_quantity: Decimal | None = None
    display_quantity: None = None
    stop_price: None = None
    trigger: None = None


class NewStopOrder(Request):
    """A market order that waits until the market has come to its stop price."""

    symbol: str
    side: str
    type: Literal["stop"]
    quantity: Decimal
    stop_price: Decimal
    op: Literal["new"] | None = None
    price: None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None
    good_until: Time | None = None
    post_only: None = None
    reduce_only: bool | None = None
    min_quantity: None = None
    display_quantity: None = None
    trigger: str | None = None


class NewStopLimitOrder(Request):
    """A limit order that waits until the market has come to its stop price."""

    symbol: str
    side: str
    type: Literal["stop_limit"]
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    op: Literal["new"] | None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None
    good_until: Time | None = None
    post_only: None = None
    reduce_only: bool | None = None
    min_quantity: None = None
    display_quantity: None = None
    trigger: str | None = None


class ReplaceOrder(Request, kw_only=True):
    """A new quantity, a new price, or both, for an open order, named by one of its two ids; and a
    new stop price for one that is held.

    Less quantity at the same price keeps the place in the queue; everything else loses it. A
    replace that is refused loses nothing.
    """

    op: Literal["replace"]
    order_id: str | None = None
    client_order_id: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    new_client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class ReplaceTerms(Request):
    """The same for an order that stands in the address already."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    new_client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class CancelOrder(Request, kw_only=True):
    """The end of an open order, named by one of its two ids."""

    op: Literal["cancel"]
    order_id: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class CancelAllOrders(Request, kw_only=True):
    """The end of every open order of an account, of one instrument or one side where it says so.

    Where more are open than one entry may change, the execution says `unfinished`, and the rest
    goes at the next entries, before anything else is done there.
    """

    op: Literal["cancel_all"]
    symbol: str | None = None
    side: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class CancelAllOrdersAfter(Request, kw_only=True):
    """The dead man's switch of an account: unless it is sent again before `timeout` milliseconds
    have passed, every open order of the account is cancelled. A `timeout` of 0 disarms it.
    """

    op: Literal["cancel_all_after"]
    timeout: Milliseconds
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


OrderRequest = (
    NewLimitOrder
    | NewMarketOrder
    | NewStopOrder
    | NewStopLimitOrder
    | ReplaceOrder
    | CancelOrder
    | CancelAllOrders
    | CancelAllOrdersAfter
)


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
