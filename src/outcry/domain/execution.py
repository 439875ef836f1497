"""What the engine answers: facts, in the past tense, immutable.

An `Execution` is the whole result of one command: whoever has applied execution n knows what the
engine knew after it.
"""

from typing import TypedDict

import msgspec

from outcry.domain.account import Limits, Terms
from outcry.domain.commands import Command
from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.order import CancelReason, OrderStatus
from outcry.domain.reject import Reject
from outcry.domain.types import (
    Access,
    AccountState,
    AccountType,
    Money,
    OrderId,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Units,
)


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
    instructions: Instructions | None = None
    displayed: Units = 0
    """What the book shows of it; 0: all that it has left."""


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
    displayed: Units = 0
    """As that of an order."""
    untriggered: bool = False
    """It was held: it has never been in the book."""


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One fill of the command's order against a resting one, at the resting price."""

    price: Units
    quantity: Units
    maker: OrderId
    taker_fee: Money = 0
    maker_fee: Money = 0


class Balance(msgspec.Struct, frozen=True, gc=False):
    """What an account has, of cash and, with a `symbol`, there; `held` and `closing` are parts."""

    account: str
    cash: Money
    held: Money
    symbol: str = ""
    position: Units = 0
    closing: Units = 0


class Settings(msgspec.Struct, frozen=True, gc=False):
    """An account as the operator has set it, with its terms in the instrument that was named."""

    account: str
    type: AccountType
    state: AccountState
    access: Access
    prevention: SelfTradePrevention
    multiplier: int
    shorting: bool
    killed: bool
    limits: Limits
    maker_fee: Units | None
    taker_fee: Units | None
    terms: tuple[tuple[str, Terms], ...]


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and offer with the quantity at that price; quantity 0: that side is empty."""

    bid: Units
    bid_quantity: Units
    ask: Units
    ask_quantity: Units


class BookQuote(msgspec.Struct, frozen=True, gc=False):
    """The quote of one of several books that changed."""

    symbol: str
    quote: Quote


class Execution(msgspec.Struct, frozen=True, gc=False):
    """`reject` None and `first_seq` 0: accepted. `first_seq` > 0: a duplicate of that execution.

    `quotes` are those of a mass cancel, which is `unfinished` when it goes on at the next entry.
    `balances` are those of every account that the command changed, `settings` of the account that
    was set. `blocked`: a cancel gave up a client order id that no order had. `fires_ns`: when the
    switch fires that was armed; 0: none was.
    """

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
    quotes: tuple[BookQuote, ...] = ()
    unfinished: bool = False
    blocked: bool = False
    fires_ns: int = 0
    balances: tuple[Balance, ...] = ()
    settings: Settings | None = None


class Told(TypedDict, total=False):
    """What an accepted command has to tell, as keywords for its `Execution`."""

    first_seq: int
    order: OrderState | None
    changed: tuple[Change, ...]
    quote: Quote | None
    instrument: Instrument | None
    quotes: tuple[BookQuote, ...]
    unfinished: bool
    blocked: bool
    fires_ns: int
    balances: tuple[Balance, ...]
    settings: Settings | None
