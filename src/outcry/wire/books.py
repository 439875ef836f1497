"""What the broker answers when its books are asked: bodies of the answers to `books.*`.

Every answer also carries `seq`, the execution that the books were at.
"""

from outcry.wire.command_messages import InstrumentMessage, Message
from outcry.wire.messages import (
    AccountSettingsMessage,
    CommandMessage,
    ExecutionMessage,
    OrderMessage,
)


class BookedOrderMessage(OrderMessage, frozen=True, kw_only=True):
    """An order as it is booked; of a rejected one `reason` says why it was.

    `_seq` and `_ts` are of the executions that made it and that changed it last.
    """

    created_seq: int
    updated_seq: int
    created_ts: str
    updated_ts: str


class PendingOrderMessage(Message, frozen=True):
    """An order whose entry is not booked yet; `status` is pending."""

    order_id: str
    status: str


class UnderWayOrderMessage(Message, frozen=True):
    """An order that a gateway has sent to the log and that is not booked yet; `status` is pending.

    Its id is given by its place in the log.
    """

    account: str
    client_order_id: str
    status: str


class BookedTradeMessage(Message, frozen=True):
    """A fill as it is booked; `side` is the taker's.

    Who has no key to the account of one side is not told its order, account and fee.
    """

    trade_id: str
    price: str
    quantity: str
    seq: int
    ts: str
    symbol: str
    side: str
    taker_order_id: str = ""
    taker_account: str = ""
    taker_fee: str = ""
    maker_order_id: str = ""
    maker_account: str = ""
    maker_fee: str = ""


class TapeTradeMessage(Message, frozen=True):
    """A fill as everybody sees it; `side` is the taker's."""

    trade_id: str
    ts: str
    symbol: str
    side: str
    price: str
    quantity: str


class PositionMessage(Message, frozen=True):
    """What an account has of an instrument; `quantity` is negative where it is owed.

    `held` is what open orders will close of it. `cost` is what it has cost on average, negative for
    what is owed, `average_price` that of each; `market_value` and `unrealised_profit` are at the
    `reference_price`, and left out where there is none. A value is the sum of price times quantity.
    Of shares that came without a price where there was no reference price the cost is 0: where that
    is so of all of them, `average_price` and `unrealised_profit` are left out.
    """

    account: str
    symbol: str
    quantity: str
    bought_quantity: str
    bought_value: str
    sold_quantity: str
    sold_value: str
    updated_seq: int
    cost: str
    realised_profit: str
    fees: str
    held: str = ""
    average_price: str = ""
    reference_price: str = ""
    market_value: str = ""
    unrealised_profit: str = ""


class BookedAccountMessage(AccountSettingsMessage, frozen=True, kw_only=True):
    """An account with its money: `cash`, and what open orders hold of its buying power.

    `terms` and what follows the money are told of one account, not of a list of them: its first
    1000 terms and positions, and what all of the positions come to. `equity` is the cash and the
    market value of all; a position without a reference price counts nothing.
    """

    cash: str
    held: str
    updated_seq: int
    equity: str = ""
    market_value: str = ""
    realised_profit: str = ""
    unrealised_profit: str = ""
    fees: str = ""
    positions: tuple[PositionMessage, ...] = ()


class ActivityMessage(Message, frozen=True):
    """What changed an account: a trade, a deposit, a withdrawal, a fee that the house took in.

    `amount` is the cash that moved without the `fee`, `cash` the balance after both. `side` is that
    of the account. The other side of a transfer is the house's account `#external`.
    """

    activity_id: str
    seq: int
    ts: str
    account: str
    kind: str
    amount: str
    cash: str
    symbol: str = ""
    side: str = ""
    quantity: str = ""
    price: str = ""
    fee: str = ""
    trade_id: str = ""
    order_id: str = ""
    transfer_id: str = ""


class KeyMessage(Message, frozen=True):
    """A key; its secret and the hash of that are not here."""

    key_id: str
    role: str
    accounts: tuple[str, ...]
    created_seq: int
    name: str = ""
    revoked: bool = False
    revoked_seq: int = 0


class AuditMessage(Message, frozen=True):
    """A command of administration; `key` is the id of the sender's, left out for the operator."""

    seq: int
    ts: str
    op: str
    result: str
    command: CommandMessage
    key: str = ""
    reason: str = ""


class BookedInstrumentMessage(InstrumentMessage, frozen=True):
    """A listing; `reference_price` is that of the last trade, or what the operator said since.

    `killed` is its kill switch; that of the market is told beside the listings.
    """

    reference_price: str = ""
    killed: bool = False


class OrdersAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `before`, or into `after` where that was asked."""

    seq: int
    orders: tuple[BookedOrderMessage, ...]
    next: str | None = None


class BookedMessage(Message, frozen=True):
    """How far the books go; `ts` is the log time up to there."""

    seq: int
    entry: int
    log: str
    ts: str


class OrderAnswer(Message, frozen=True):
    """`order` is left out when there is none; `trades` are its first 1000, oldest first.

    `blocked`: a cancel gave up the client order id that was asked for; no order of that name will
    be accepted.
    """

    seq: int
    booked: BookedMessage
    order: BookedOrderMessage | PendingOrderMessage | UnderWayOrderMessage | None = None
    trades: tuple[BookedTradeMessage, ...] = ()
    blocked: bool = False


class TradesAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `before`, or into `after` where that was asked."""

    seq: int
    trades: tuple[BookedTradeMessage, ...]
    next: str | None = None


class PositionsAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `after`."""

    seq: int
    positions: tuple[PositionMessage, ...]
    next: str | None = None


class AccountsAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `after`."""

    seq: int
    accounts: tuple[BookedAccountMessage, ...]
    next: str | None = None


class AccountAnswer(Message, frozen=True):
    seq: int
    account: BookedAccountMessage


class ActivitiesAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `before`, or into `after` where that was asked."""

    seq: int
    activities: tuple[ActivityMessage, ...]
    next: str | None = None


class TapeAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `before`, or into `after` where that was asked."""

    seq: int
    trades: tuple[TapeTradeMessage, ...]
    next: str | None = None


class KeysAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `after`."""

    seq: int
    keys: tuple[KeyMessage, ...]
    next: str | None = None


class AuditAnswer(Message, frozen=True):
    """`next` continues the list: it goes into `before`, or into `after` where that was asked."""

    seq: int
    audit: tuple[AuditMessage, ...]
    next: str | None = None


class InstrumentsAnswer(Message, frozen=True):
    seq: int
    instruments: tuple[BookedInstrumentMessage, ...]
    killed: bool = False


class BookAnswer(Message, frozen=True):
    """Price levels, best first: price, quantity, number of orders."""

    seq: int
    symbol: str
    bids: tuple[tuple[str, str, int], ...]
    asks: tuple[tuple[str, str, int], ...]


class NewKeyAnswer(Message, frozen=True):
    """A key that a gateway made: its text, which nobody is told again, and the execution."""

    secret: str
    execution: ExecutionMessage


class ErrorMessage(Message, frozen=True):
    """Why a question was not answered; `field` is the one at fault, if one is."""

    code: str
    message: str
    field: str = ""


class ErrorAnswer(Message, frozen=True):
    """The body of an answer with the headers of an error (NATS micro services).

    `as_of` is on the answer that there is no order of a name: how far that was looked for.
    """

    error: ErrorMessage
    as_of: BookedMessage | None = None


ERROR_STATUS = {
    "bad_request": 400,
    "unknown_symbol": 404,
    "unknown_account": 404,
    "internal": 500,
    "busy": 503,
    "not_booked_yet": 503,
}
"""The codes of `ErrorMessage` and what they are in HTTP; both stand in the headers."""
