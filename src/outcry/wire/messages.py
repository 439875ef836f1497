"""The messages as they stand on the wire; JSON Schema and docs are generated from here.

Decimals and times are strings, ids are UUIDs. A field that is empty (0, "", none) is left out;
no other default is ever left out, because msgspec tells defaults apart by identity, and the bytes
of an answer must not depend on which object holds a string.
"""

from typing import Literal

import msgspec


class Message(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    pass


class NewOrderMessage(Message, frozen=True):
    """A new order.

    `type` is limit when left out; `price` is required for a limit order and refused for a market
    order; `time_in_force` is gtc, for a market order ioc, when left out; `account` is demo.
    """

    symbol: str
    side: str
    quantity: str
    price: str = ""
    type: str = ""
    time_in_force: str = ""
    account: str = ""
    client_order_id: str = ""
    expire_at: str = ""


class ReplaceMessage(Message, frozen=True, tag_field="op", tag="replace"):
    """A change of an open order, named by `order_id` or else by `client_order_id`.

    `quantity` is the new total, with what is filled already.
    """

    account: str = ""
    order_id: str = ""
    client_order_id: str = ""
    quantity: str = ""
    price: str = ""
    new_client_order_id: str = ""
    expire_at: str = ""


class CancelMessage(Message, frozen=True, tag_field="op", tag="cancel"):
    """The end of an open order, named by `order_id` or else by `client_order_id`."""

    account: str = ""
    order_id: str = ""
    client_order_id: str = ""
    expire_at: str = ""


class CancelAllMessage(Message, frozen=True, tag_field="op", tag="cancel_all"):
    """The end of all open orders of an account, of one instrument or one side where it says so."""

    account: str = ""
    symbol: str = ""
    side: str = ""
    expire_at: str = ""


class CancelAllAfterMessage(Message, frozen=True, tag_field="op", tag="cancel_all_after"):
    """The dead man's switch of an account: armed anew, or disarmed by a `timeout` of 0."""

    account: str
    timeout: int
    expire_at: str = ""


class SwitchFiredMessage(Message, frozen=True, tag_field="op", tag="switch.fired"):
    """A dead man's switch that has fired; nobody sends it."""

    account: str


class InstrumentMessage(Message, frozen=True):
    """A listing: prices are multiples of `tick`, quantities of `lot`."""

    symbol: str
    tick: str
    lot: str = ""
    min_quantity: str = ""
    max_quantity: str = ""
    max_price: str = ""
    name: str = ""
    state: str = ""


class ListInstrumentMessage(InstrumentMessage, frozen=True, tag_field="op", tag="instrument.list"):
    """Body of `instrument.list`. `lot` is 1 when left out, `min_quantity` one lot, `max_quantity`
    and `max_price` 1000000000, `state` open."""


class InstrumentStateMessage(Message, frozen=True, tag_field="op", tag="instrument.state"):
    """Body of `instrument.state`."""

    symbol: str
    state: str


class AccountMessage(Message, frozen=True, tag_field="op", tag="account.set"):
    """Body of `account.set`."""

    account: str
    self_trade_prevention: str


class ClockMessage(Message, frozen=True, tag_field="op", tag="clock.advance"):
    """Body of `clock.advance`: nanoseconds to move log time by, in a lockstep venue."""

    by: str


class UpgradeMessage(Message, frozen=True, tag_field="op", tag="venue.upgrade"):
    """Body of `venue.upgrade`, the last entry that this version of the engine answers: what comes
    after it is for version `engine`."""

    engine: str


class TickMessage(Message, frozen=True, tag_field="op", tag="clock.tick"):
    """Body of `clock.tick`: nothing. What is due happens when nobody else writes an entry."""


class VenueMessage(Message, frozen=True, tag_field="op", tag="venue.open"):
    """Body of `venue.open`, the first entry of a log."""

    log: str
    engine: str
    schema: int
    shard: int = 0
    clock: str = ""
    start: str = ""
    client_id_horizon: int = 0


class OrderMessage(Message, frozen=True):
    """An order as it was after the command."""

    order_id: str
    account: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: str
    status: str
    filled_quantity: str
    leaves_quantity: str
    client_order_id: str = ""
    price: str = ""
    average_price: str = ""
    reason: str = ""


class ChangeMessage(Message, frozen=True):
    """Another order that the command changed."""

    order_id: str
    account: str
    status: str
    filled_quantity: str
    leaves_quantity: str
    client_order_id: str = ""
    average_price: str = ""
    reason: str = ""


class TradeMessage(Message, frozen=True):
    """One fill: `trade_id` is the execution's `seq` and the place in it."""

    trade_id: str
    price: str
    quantity: str
    maker_order_id: str


class QuoteMessage(Message, frozen=True):
    """Best bid and offer after the command, each [price, quantity]; left out when there is none."""

    bid: tuple[str, str] | None = None
    ask: tuple[str, str] | None = None


class BookQuoteMessage(Message, frozen=True):
    """Best bid and offer of one of several books that changed."""

    symbol: str
    bid: tuple[str, str] | None = None
    ask: tuple[str, str] | None = None


CommandMessage = (
    ReplaceMessage
    | CancelMessage
    | CancelAllMessage
    | CancelAllAfterMessage
    | SwitchFiredMessage
    | VenueMessage
    | ListInstrumentMessage
    | InstrumentStateMessage
    | AccountMessage
    | ClockMessage
    | TickMessage
    | UpgradeMessage
)
"""What `op` names; a new order has none and is told apart by that."""

Op = Literal[
    "new",
    "replace",
    "cancel",
    "cancel_all",
    "cancel_all_after",
    "switch.fired",
    "malformed",
    "venue.open",
    "instrument.list",
    "instrument.state",
    "account.set",
    "clock.advance",
    "clock.tick",
    "venue.upgrade",
]


class ExecutionMessage(Message, frozen=True):
    """The whole result of one command.

    The terms of a new order stand in `order`; every other command is repeated in `command`. What
    has an `index` of 1000 or more answers no command: it fell due, and stands in front of those.
    `account` and `client_order_id` stand here only where the command was malformed, as far as
    they could be read. `digest` is on the last execution of each entry.
    """

    seq: int
    ts: str
    entry: int
    id: str
    log: str
    result: Literal["accepted", "rejected", "duplicate"]
    op: Op
    index: int = 0
    shard: int = 0
    reason: str = ""
    text: str = ""
    field: str = ""
    first_seq: int = 0
    account: str = ""
    client_order_id: str = ""
    command: CommandMessage | None = None
    order: OrderMessage | None = None
    trades: tuple[TradeMessage, ...] = ()
    changed: tuple[ChangeMessage, ...] = ()
    quote: QuoteMessage | None = None
    quotes: tuple[BookQuoteMessage, ...] = ()
    unfinished: bool = False
    blocked: bool = False
    fires_at: str = ""
    instrument: InstrumentMessage | None = None
    digest: str = ""


class UnknownAnswer(Message, frozen=True):
    """A gateway's answer when the execution did not come in time; `status` is unknown.

    The command may have been executed, or may be yet, or never.
    """

    status: str
    message: str
    client_order_id: str = ""
    expire_at: str = ""
