"""Everything that can be asked of the engine, in the imperative.

A command is immutable and whole: prices and quantities are `Units`, times are nanoseconds.
"""

import msgspec

from outcry.domain.instrument import Instrument
from outcry.domain.reject import Reject
from outcry.domain.types import (
    ClockSource,
    InstrumentState,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Units,
)


class NewOrder(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """FIX NewOrderSingle (D). `price` is 0 for a market order, and only then.

    Of every order command: it is refused after `expire_ns`; 0: it does not expire.
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


class ReplaceOrder(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """FIX OrderCancelReplaceRequest (G).

    Names the order by `order_id`, or where that is None by `client_order_id`. `quantity` is the
    new total (FIX OrderQty); None keeps what is. `new_client_order_id` is empty when it stays.
    """

    account: str
    order_id: OrderId | None
    client_order_id: str
    quantity: Units | None
    price: Units | None
    new_client_order_id: str
    expire_ns: int = 0


class CancelOrder(msgspec.Struct, frozen=True, gc=False):
    """FIX OrderCancelRequest (F); names the order as `ReplaceOrder` does."""

    account: str
    order_id: OrderId | None
    client_order_id: str
    expire_ns: int = 0


class CancelAll(msgspec.Struct, frozen=True, gc=False):
    """FIX OrderMassCancelRequest (q): every open order of the account.

    `symbol` "": of all instruments; `side` None: of both sides.
    """

    account: str
    symbol: str
    side: Side | None
    expire_ns: int = 0


class CancelAllAfter(msgspec.Struct, frozen=True, gc=False):
    """Arms the dead man's switch of the account anew; `timeout_ms` 0 disarms it."""

    account: str
    timeout_ms: int
    expire_ns: int = 0


class FireSwitch(msgspec.Struct, frozen=True, gc=False):
    """Nobody asks for it: the dead man's switch of an account has fallen due."""

    account: str


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


class SetInstrumentState(msgspec.Struct, frozen=True, gc=False):
    symbol: str
    state: InstrumentState


class SetAccount(msgspec.Struct, frozen=True, gc=False):
    account: str
    self_trade_prevention: SelfTradePrevention


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


OrderCommand = NewOrder | ReplaceOrder | CancelOrder | CancelAll | CancelAllAfter
Command = (
    NewOrder
    | ReplaceOrder
    | CancelOrder
    | CancelAll
    | CancelAllAfter
    | FireSwitch
    | OpenVenue
    | ListInstrument
    | SetInstrumentState
    | SetAccount
    | AdvanceClock
    | UpgradeVenue
    | Tick
    | Malformed
)
