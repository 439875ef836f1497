"""What the broker answers when its books are asked: bodies of the answers to `books.*`.

Every answer also carries `seq`, the execution that the books were at.
"""

from outcry.wire.messages import InstrumentMessage, Message, OrderMessage, TradeMessage


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


class BookedTradeMessage(TradeMessage, frozen=True, kw_only=True):
    """A fill as it is booked; `side` is the taker's."""

    seq: int
    ts: str
    symbol: str
    side: str
    taker_order_id: str
    taker_account: str
    maker_account: str


class PositionMessage(Message, frozen=True):
    """What the trades of an account in a symbol come to. `quantity` may be negative.

    A value is the sum of price times quantity.
    """

    account: str
    symbol: str
    quantity: str
    bought_quantity: str
    bought_value: str
    sold_quantity: str
    sold_value: str
    updated_seq: int


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


class InstrumentsAnswer(Message, frozen=True):
    seq: int
    instruments: tuple[InstrumentMessage, ...]


class BookAnswer(Message, frozen=True):
    """Price levels, best first: price, quantity, number of orders."""

    seq: int
    symbol: str
    bids: tuple[tuple[str, str, int], ...]
    asks: tuple[tuple[str, str, int], ...]


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
    "internal": 500,
    "busy": 503,
    "not_booked_yet": 503,
}
"""The codes of `ErrorMessage` and what they are in HTTP; both stand in the headers."""
