"""What the engine answers: facts, in the past tense, immutable.

An `Execution` is the whole result of one command: whoever has applied execution n knows what the
engine knew after it.
"""

import msgspec

from outcry.domain.commands import Command
from outcry.domain.instrument import Instrument
from outcry.domain.order import CancelReason, OrderStatus
from outcry.domain.reject import Reject
from outcry.domain.types import OrderId, OrderType, Side, TimeInForce, Units


class OrderState(msgspec.Struct, frozen=True, gc=False):
    """An order as it was after a command."""

    order_id: OrderId
    account: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Units
    price: Units
    status: OrderStatus
    filled: Units
    leaves: Units
    average_price: Units
    reason: CancelReason | None


class Change(msgspec.Struct, frozen=True, gc=False):
    """Another order that changed: filled, or withdrawn."""

    order_id: OrderId
    account: str
    client_order_id: str
    status: OrderStatus
    filled: Units
    leaves: Units
    average_price: Units
    reason: CancelReason | None


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One fill of the command's order against a resting one, at the resting price."""

    price: Units
    quantity: Units
    maker: OrderId


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and offer with the quantity at that price; quantity 0: that side is empty."""

    bid: Units
    bid_quantity: Units
    ask: Units
    ask_quantity: Units


class Execution(msgspec.Struct, frozen=True, gc=False):
    """`reject` None and `first_seq` 0: accepted. `first_seq` > 0: a duplicate of that execution."""

    seq: int
    ts_ns: int
    entry: int
    index: int
    command: Command
    reject: Reject | None = None
    first_seq: int = 0
    order: OrderState | None = None
    trades: tuple[Trade, ...] = ()
    changed: tuple[Change, ...] = ()
    quote: Quote | None = None
    instrument: Instrument | None = None
