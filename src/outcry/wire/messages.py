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
    """What to trade."""
    side: str
    """buy or sell."""
    quantity: str
    """How much: a multiple of the lot."""
    price: str = ""
    """The limit: a multiple of the tick."""
    type: str = ""
    """limit or market."""
    time_in_force: str = ""
    """gtc, ioc or fok."""
    account: str = ""
    """Whose order it is."""
    client_order_id: str = ""
    """The sender's name for the order; sending it again changes nothing."""


class ReplaceMessage(Message, frozen=True, tag_field="op", tag="replace"):
    """A change of an open order, named by `order_id` or else by `client_order_id`.

    `quantity` is the new total, with what is filled already.
    """

    account: str = ""
    """Whose order it is; demo when left out."""
    order_id: str = ""
    """The order."""
    client_order_id: str = ""
    """Or its name."""
    quantity: str = ""
    """The new total; left out: as it is."""
    price: str = ""
    """The new price; left out: as it is."""
    new_client_order_id: str = ""
    """Another name for the order, which makes a repeat of the replace harmless."""


class CancelMessage(Message, frozen=True, tag_field="op", tag="cancel"):
    """The end of an open order, named by `order_id` or else by `client_order_id`."""

    account: str = ""
    """Whose order it is; demo when left out."""
    order_id: str = ""
    """The order."""
    client_order_id: str = ""
    """Or its name."""


class InstrumentMessage(Message, frozen=True):
    """A listing: prices are multiples of `tick`, quantities of `lot`."""

    symbol: str
    """Its name on the wire."""
    tick: str
    """Step of prices."""
    lot: str = ""
    """Step of quantities."""
    min_quantity: str = ""
    """The smallest order."""
    max_quantity: str = ""
    """The largest order."""
    max_price: str = ""
    """The highest price."""
    name: str = ""
    """Its name for people, up to 64 characters."""
    state: str = ""
    """open, cancel_only or halted."""


class ListInstrumentMessage(InstrumentMessage, frozen=True, tag_field="op", tag="instrument.list"):
    """Body of `instrument.list`. `lot` is 1 when left out, `min_quantity` one lot, `max_quantity`
    and `max_price` 1000000000, `state` open."""


class InstrumentStateMessage(Message, frozen=True, tag_field="op", tag="instrument.state"):
    """Body of `instrument.state`."""

    symbol: str
    """Of which instrument."""
    state: str
    """open, cancel_only or halted."""


class AccountMessage(Message, frozen=True, tag_field="op", tag="account.set"):
    """Body of `account.set`."""

    account: str
    """Which account."""
    self_trade_prevention: str
    """none, cancel_newest or cancel_oldest."""


class ClockMessage(Message, frozen=True, tag_field="op", tag="clock.advance"):
    """Body of `clock.advance`: nanoseconds to move log time by, in a lockstep venue."""

    by: str
    """Nanoseconds."""


class VenueMessage(Message, frozen=True, tag_field="op", tag="venue.open"):
    """Body of `venue.open`, the first entry of a log."""

    log: str
    """The id of the log: 13 hexadecimal digits."""
    engine: str
    """The version of the engine whose rules hold."""
    schema: int
    """The version of the messages."""
    shard: int = 0
    """Which part of the market this log is; 0 when left out."""
    clock: str = ""
    """Where log time comes from: stamps (the log's own, when left out) or entries."""
    start: str = ""
    """Log time at the beginning where it goes by entries, in nanoseconds since 1970."""
    client_id_horizon: int = 0
    """How many client order ids are remembered; 2000000 when left out."""


class OrderMessage(Message, frozen=True):
    """An order as it was after the command."""

    order_id: str
    """Its id, for good."""
    account: str
    """Whose order it is."""
    symbol: str
    """What it trades."""
    side: str
    """buy or sell."""
    type: str
    """limit or market."""
    time_in_force: str
    """gtc, ioc or fok."""
    quantity: str
    """The total, with what is filled."""
    status: str
    """Where it is in its life-cycle."""
    filled_quantity: str
    """What has traded."""
    leaves_quantity: str
    """What is still open; 0 when it has ended."""
    client_order_id: str = ""
    """The sender's name for it; the newest, if a replace gave it another."""
    price: str = ""
    """The limit; a market order has none."""
    average_price: str = ""
    """Of what has traded."""
    reason: str = ""
    """Why what was open of it went."""


class ChangeMessage(Message, frozen=True):
    """Another order that the command changed."""

    order_id: str
    """Its id."""
    account: str
    """Whose order it is."""
    status: str
    """Where it is in its life-cycle."""
    filled_quantity: str
    """What has traded of it, in all."""
    leaves_quantity: str
    """What is still open."""
    client_order_id: str = ""
    """Its owner's name for it."""
    average_price: str = ""
    """Of what has traded of it, in all."""
    reason: str = ""
    """Why what was open of it went."""


class TradeMessage(Message, frozen=True):
    """One fill: `trade_id` is the execution's `seq` and the place in it."""

    trade_id: str
    """Its id, as in 17-0."""
    price: str
    """That of the order that rested."""
    quantity: str
    """How much."""
    maker_order_id: str
    """The order that rested; the other side is the command's order."""


class QuoteMessage(Message, frozen=True):
    """Best bid and offer after the command, each [price, quantity]; left out when there is none."""

    bid: tuple[str, str] | None = None
    """The highest price that somebody buys at, and how much there."""
    ask: tuple[str, str] | None = None
    """The lowest price that somebody sells at, and how much there."""


CommandMessage = (
    ReplaceMessage
    | CancelMessage
    | VenueMessage
    | ListInstrumentMessage
    | InstrumentStateMessage
    | AccountMessage
    | ClockMessage
)
"""What `op` names; a new order has none and is told apart by that."""

Op = Literal[
    "new",
    "replace",
    "cancel",
    "malformed",
    "venue.open",
    "instrument.list",
    "instrument.state",
    "account.set",
    "clock.advance",
]


class ExecutionMessage(Message, frozen=True):
    """The whole result of one command.

    The terms of a new order stand in `order`; every other command is repeated in `command`.
    `account` and `client_order_id` stand here only where the command was malformed, as far as
    they could be read. `digest` is on the last execution of each entry.
    """

    seq: int
    """Its place in the history of the venue: 1, 2, 3, … without a gap."""
    ts: str
    """Log time, in nanoseconds since 1970."""
    entry: int
    """The entry of ORDERS that it answers."""
    id: str
    """The command's id; of a new order the same as its `order_id`."""
    log: str
    """The id of the log."""
    result: Literal["accepted", "rejected", "duplicate"]
    """What became of the command; a duplicate was done before, and not again."""
    op: Op
    """What was asked."""
    index: int = 0
    """The place of the command in its entry, from 0."""
    shard: int = 0
    """Which part of the market the log is."""
    reason: str = ""
    """Why it was rejected."""
    text: str = ""
    """The same in a sentence, for people."""
    field: str = ""
    """The field at fault, if one is."""
    first_seq: int = 0
    """Of a duplicate: the execution of the first command."""
    account: str = ""
    """Of a malformed command, as far as it could be read."""
    client_order_id: str = ""
    """Of a malformed command, as far as it could be read."""
    command: CommandMessage | None = None
    """What was asked, but for a new order."""
    order: OrderMessage | None = None
    """The order of the command, after it."""
    trades: tuple[TradeMessage, ...] = ()
    """What it traded, in the order in which it did."""
    changed: tuple[ChangeMessage, ...] = ()
    """The other orders that it changed, each once, in that order."""
    quote: QuoteMessage | None = None
    """Best bid and offer after it, where a book was touched."""
    instrument: InstrumentMessage | None = None
    """After `instrument.list` and `instrument.state`."""
    digest: str = ""
    """The fingerprint of history up to here: 32 hexadecimal digits."""
