"""Everything that can be asked of the engine, in the imperative.

A command is immutable and whole: prices and quantities are `Units`, times are nanoseconds.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.reject import Reject
from outcry.domain.types import (
    Access,
    AccountState,
    AccountType,
    ClockSource,
    InstrumentState,
    OrderId,
    OrderType,
    Role,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Units,
)

INHERIT: Units = -1
"""In place of a fee: none of its own any more. 0 is one."""


class NewOrder(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """FIX NewOrderSingle (D). `price` is 0 where it has none: of a market, a stop and a trailing
    stop order. `quantity` is 0 where it says a worth (`Instructions.notional`).

    Of every order command: it is refused after `expire_ns`; 0: it does not expire. `key` is the id
    of the key by which it was sent; empty: it came without one.
    """

    account: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Units
    price: Units
    expire_ns: int = 0
    key: str = ""
    instructions: Instructions | None = None


class ReplaceOrder(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """FIX OrderCancelReplaceRequest (G).

    Names the order by `order_id`, or where that is None by `client_order_id`. `quantity` is the
    new total (FIX OrderQty); None keeps what is, of all the terms. `new_client_order_id` is empty
    when it stays.
    """

    account: str
    order_id: OrderId | None
    client_order_id: str
    quantity: Units | None
    price: Units | None
    new_client_order_id: str
    expire_ns: int = 0
    key: str = ""
    stop_price: Units | None = None
    stop_limit_price: Units | None = None
    trail: Units | None = None
    trail_percent: Units | None = None
    good_until_ns: int | None = None


class CancelOrder(msgspec.Struct, frozen=True, gc=False):
    """FIX OrderCancelRequest (F); names the order as `ReplaceOrder` does."""

    account: str
    order_id: OrderId | None
    client_order_id: str
    expire_ns: int = 0
    key: str = ""


class CancelAll(msgspec.Struct, frozen=True, gc=False):
    """FIX OrderMassCancelRequest (q): every open order of the account.

    `symbol` "": of all instruments; `side` None: of both sides.
    """

    account: str
    symbol: str
    side: Side | None
    expire_ns: int = 0
    key: str = ""


class CancelAllAfter(msgspec.Struct, frozen=True, gc=False):
    """Arms the dead man's switch of the account anew; `timeout_ms` 0 disarms it."""

    account: str
    timeout_ms: int
    expire_ns: int = 0
    key: str = ""


class FireSwitch(msgspec.Struct, frozen=True, gc=False):
    """Nobody asks for it: the dead man's switch of an account has fallen due."""

    account: str


class TriggerStop(msgspec.Struct, frozen=True, gc=False):
    """Nobody asks for it: the market has come to where a stop order waits."""

    order_id: OrderId


class MoveExit(msgspec.Struct, frozen=True, gc=False):
    """Nobody asks for it: an exit comes up to what its parent has become, or a parent ends as its
    exit was filled."""

    order_id: OrderId


class EndOrders(msgspec.Struct, frozen=True, gc=False):
    """Nobody asks for it: the venue goes on with an engine that holds money for every order, and
    for those that rest none is held."""

    account: str


class ExpireOrders(msgspec.Struct, frozen=True, gc=False):
    """Nobody asks for it: the time until which some orders were good is over, whosever they are."""


class OpenVenue(msgspec.Struct, frozen=True, gc=False):
    """The first entry of a log: its identity and what stays fixed for its life.

    `log_id` has 52 bits, `client_id_horizon` counts the client order ids that are remembered,
    `start_ns` is the first log time where the clock goes by entries.
    """

    log_id: int
    shard: int
    engine: str
    schema: int
    clock: ClockSource
    start_ns: int
    client_id_horizon: int


class ListInstrument(msgspec.Struct, frozen=True, gc=False):
    instrument: Instrument
    key: str = ""


class SetInstrument(msgspec.Struct, frozen=True, gc=False):
    """New terms of a listing; None: as it was. `reference_price` is where its band stands."""

    symbol: str
    price_band: Units | None = None
    reference_price: Units | None = None
    maker_fee: Units | None = None
    taker_fee: Units | None = None
    max_notional: Units | None = None
    max_position: Units | None = None
    key: str = ""


class SetInstrumentState(msgspec.Struct, frozen=True, gc=False):
    symbol: str
    state: InstrumentState
    key: str = ""


class OpenAccount(msgspec.Struct, frozen=True, gc=False):
    """`multiplier` and `shorting` are those of a margin account; a cash account has 1 and none."""

    account: str
    type: AccountType = AccountType.CASH
    multiplier: int = 1
    shorting: bool = False
    access: Access = Access.KEYS
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    key: str = ""


class SetAccount(msgspec.Struct, frozen=True, gc=False):
    """New settings of an account, or, where it names a `symbol`, of the account there.

    None: as it was. A limit of 0 and a fee of `INHERIT` are none of its own: that of the next place
    holds.
    """

    account: str
    symbol: str = ""
    self_trade_prevention: SelfTradePrevention | None = None
    access: Access | None = None
    multiplier: int | None = None
    shorting: bool | None = None
    max_open_orders: int | None = None
    max_order_rate: int | None = None
    max_exposure: Units | None = None
    max_notional: Units | None = None
    max_position: Units | None = None
    maker_fee: Units | None = None
    taker_fee: Units | None = None
    key: str = ""


class SetAccountState(msgspec.Struct, frozen=True, gc=False):
    account: str
    state: AccountState
    key: str = ""


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """Cash or shares that come into an account (`account.deposit`) or leave it.

    Cash where `symbol` is empty: `amount`, in 10⁻⁹ of the currency; else `quantity` shares, in the
    books at `price` each (0: at the reference price, if there is one). `transfer_id` is unique for
    the account, as client order ids are.
    """

    account: str
    deposit: bool
    amount: Units = 0
    symbol: str = ""
    quantity: Units = 0
    price: Units = 0
    transfer_id: str = ""
    key: str = ""


class SetMarket(msgspec.Struct, frozen=True, gc=False):
    """Limits of every account that has none of its own; None: as it was, 0: none."""

    max_open_orders: int | None = None
    max_order_rate: int | None = None
    max_exposure: Units | None = None
    max_notional: Units | None = None
    max_position: Units | None = None
    key: str = ""


class Kill(msgspec.Struct, frozen=True, gc=False):
    """The kill switch of an account, of an instrument, or, with neither, of the whole market.

    Where it is `on` only cancels go through.
    """

    on: bool
    account: str = ""
    symbol: str = ""
    key: str = ""


class CreateKey(msgspec.Struct, frozen=True, gc=False):
    """A key: `hash` is the SHA-256 of its secret in hexadecimal; only one for admin may have no
    `accounts`."""

    key_id: str
    hash: str
    role: Role
    accounts: tuple[str, ...]
    name: str = ""
    key: str = ""


class RevokeKey(msgspec.Struct, frozen=True, gc=False):
    key_id: str
    key: str = ""


class AdvanceClock(msgspec.Struct, frozen=True, gc=False):
    """Moves log time by `by_ns` where the clock goes by entries."""

    by_ns: int


class Tick(msgspec.Struct, frozen=True, gc=False):
    """Nothing but a new entry, so that what is due happens when nobody else writes one."""


class UpgradeVenue(msgspec.Struct, frozen=True, gc=False):
    """A mark in the log: what comes after it is answered by version `engine` of the engine."""

    engine: str


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """What could not be understood; answered by the rejection it carries.

    `account` and `client_order_id` are what could still be read of the sender, or empty.
    """

    reject: Reject
    account: str = ""
    client_order_id: str = ""


AdminCommand = (
    ListInstrument
    | SetInstrument
    | SetInstrumentState
    | OpenAccount
    | SetAccount
    | SetAccountState
    | Transfer
    | SetMarket
    | Kill
    | CreateKey
    | RevokeKey
)
"""What the operator may do, and who has a key with the role `admin`."""
OrderCommand = NewOrder | ReplaceOrder | CancelOrder | CancelAll | CancelAllAfter
Command = (
    NewOrder
    | ReplaceOrder
    | CancelOrder
    | CancelAll
    | CancelAllAfter
    | FireSwitch
    | TriggerStop
    | MoveExit
    | EndOrders
    | ExpireOrders
    | OpenVenue
    | AdvanceClock
    | UpgradeVenue
    | Tick
    | Malformed
    | AdminCommand
)


def given(command: AdminCommand, fields: Iterable[str]) -> dict[str, Any]:
    """Those of `fields` that `command` changes, and what they are from then on."""
    told = {name: getattr(command, name) for name in fields}
    changed = {name: value for name, value in told.items() if value is not None}
    return {name: None if value == INHERIT else value for name, value in changed.items()}
