"""What the fields of all messages mean, and the forms of their values, as JSON Schema.

Rule: a name means the same wherever it stands. Where it must not, the message stands before it.
"""

from enum import StrEnum
from typing import Any

from outcry.domain.limits import TIMEOUT_MAX_MS
from outcry.domain.order import CancelReason, OrderStatus
from outcry.domain.reject import RejectReason
from outcry.domain.types import (
    ClockSource,
    InstrumentState,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from outcry.wire.decimals import PLACES, WHOLE_MAX
from outcry.wire.requests import ACCOUNT, CLIENT_ORDER_ID, SYMBOL

Fragment = dict[str, Any]

_ID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-8[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
_AN_ID = "00000000-002a-8000-8000-0123456789ab"
_HEX = "[0-9a-f]"


def _one_of(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def _text(description: str, pattern: str = "", **more: Any) -> Fragment:
    form = {"pattern": f"^{pattern}$"} if pattern else {}
    return {"description": description, **form, **more}


def _decimal(description: str, example: str, **more: Any) -> Fragment:
    pattern = rf"[0-9]{{1,10}}(\.[0-9]{{1,{PLACES}}})?"
    bounds = {"exclusiveMinimum": 0, "maximum": WHOLE_MAX}
    return _text(description, pattern, **bounds, examples=[example], **more)


def _order_id(description: str) -> Fragment:
    return _text(description, _ID, examples=[_AN_ID])


def _number(description: str, example: int = 17) -> Fragment:
    return {"description": description, "minimum": 0, "examples": [example]}


def _time(description: str) -> Fragment:
    text = f"{description}: nanoseconds since 1970, as text, since a browser would lose digits."
    return _text(text, "[0-9]+", examples=["1761930000000000000"])


def _client_order_id(description: str) -> Fragment:
    return _text(description, CLIENT_ORDER_ID, examples=["my-order-1"])


_ENDED = "Why the open rest of the order is no more; left out while it is open or filled."
_LISTED_QUANTITY = "quantity of an order; left out: {}."
_PAGE = "What continues the list; left out on the last page."
_PENDING = {"description": "The order is not booked yet.", "enum": ["pending"]}
_TOTAL = _decimal("The new total, with what is filled already.", "12")

GLOSSARY: dict[str, Fragment] = {
    "account": _text(
        "Who trades: a name of your choice; `demo` when a command leaves it out.",
        ACCOUNT,
        examples=["demo"],
    ),
    "as_of": {"description": "How far the log was looked through."},
    "ask": {"description": "Best offer: price and quantity. Left out when nothing is offered."},
    "asks": {"description": "Offers, the lowest first: price, quantity, number of orders."},
    "average_price": _decimal("Average price of what is filled; left out before.", "189.5"),
    "bid": {"description": "Best bid: price and quantity. Left out when there is none."},
    "bids": {"description": "Bids, the highest first: price, quantity, number of orders."},
    "blocked": {
        "description": "A cancel has given up a client order id that no order had: no order can "
        "have it any more."
    },
    "booked": {"description": "How far the books go."},
    "bought_quantity": _text("Sum of what was bought.", examples=["30"]),
    "bought_value": _text("Sum of price times quantity of what was bought.", examples=["5685"]),
    "by": _text("Nanoseconds by which log time moves, in a lockstep venue.", "[0-9]+"),
    "changed": {"description": "Every other order that the command changed: the makers, and more."},
    "client_id_horizon": _number("How many client order ids are remembered.", 2_000_000),
    "client_order_id": _client_order_id(
        "Your own name of the order, unique for the account: printable ASCII without quotation "
        "marks and backslashes. The same order again under it is done once and answered as a "
        "`duplicate`; another order under it is rejected."
    ),
    "clock": {
        "description": "Where log time comes from: the stamps of the log, or entries alone.",
        "enum": _one_of(ClockSource),
    },
    "code": _text("What went wrong, for programs.", "[a-z_]+", examples=["malformed"]),
    "command": {"description": "The command, unless it was a new order: that stands in `order`."},
    "created_seq": _number("The execution that made the order."),
    "created_ts": _time("When the order was made"),
    "digest": _text(
        "Fingerprint of the history up to here; on the last execution of each entry.",
        f"{_HEX}{{32}}",
    ),
    "engine": _text("Version of the engine, a whole number.", examples=["2"]),
    "entry": _number("Place in the log of the entry that held the command.", 42),
    "error": {"description": "Why nothing was done."},
    "expire_at": _text(
        "The last log time at which the command may be done, in nanoseconds since 1970; one that "
        "comes later is rejected as `expired`. Left out: it may be done at any time.",
        "[0-9]+",
        minimum=1,
        examples=["1761930000000000000"],
    ),
    "expires_in": _text(
        "Instead of `expire_at`: milliseconds from now, at most 24 hours. Over HTTP and WebSocket "
        "alone, as the gateway turns it into `expire_at`.",
        "[0-9]+",
        minimum=1,
        maximum=86_400_000,
        examples=["2000"],
    ),
    "field": _text("The field at fault, where there is one.", examples=["price"]),
    "filled_quantity": _decimal("How much of the order has traded.", "4"),
    "fires_at": _time("The log time at which the dead man's switch fires that was armed"),
    "first_seq": _number("The execution that answered the command the first time."),
    "id": _order_id("Id of the command."),
    "index": _number("Place of the command in its entry, from 0; left out when 0.", 1),
    "instrument": {"description": "The instrument as it was after the command."},
    "instruments": {"description": "All instruments."},
    "leaves_quantity": _decimal("How much of the order may still trade.", "6"),
    "log": _text("Id of the log.", f"{_HEX}{{13}}", examples=["0123456789abc"]),
    "lot": _decimal("Quantities are multiples of it; left out: 1.", "1"),
    "maker_account": _text("Whose order rested.", ACCOUNT, examples=["house"]),
    "maker_order_id": _order_id("The order that rested."),
    "max_price": _decimal("Highest price of an order; left out: 1000000000.", "1000000000"),
    "max_quantity": _decimal(f"Largest {_LISTED_QUANTITY.format('1000000000')}", "1000000"),
    "message": _text("What went wrong, for people."),
    "min_quantity": _decimal(f"Smallest {_LISTED_QUANTITY.format('one lot')}", "1"),
    "name": _text("Name of the instrument, plain text of up to 64 characters.", examples=["Apple"]),
    "new_client_order_id": _client_order_id(
        "Another client order id for the order from now on; left out: it stays."
    ),
    "next": _text(_PAGE),
    "op": {"description": "Which command; a new order may leave it out."},
    "order": {"description": "The order as it is after the command."},
    "order_id": _order_id("Id of the order, given by the venue; it tells its place in the log."),
    "orders": {"description": "The orders, newest first."},
    "positions": {"description": "What accounts hold."},
    "price": _decimal("Price, a multiple of the tick of the instrument.", "189.5"),
    "quantity": _decimal("How much, a multiple of the lot of the instrument.", "10"),
    "quote": {"description": "Best bid and offer after the command, where it changed a book."},
    "quotes": {"description": "The same after a mass cancel, for each book that it changed."},
    "reason": {"description": _ENDED, "enum": _one_of(CancelReason)},
    "result": {"description": "What came of the command."},
    "schema": _number("Version of the messages.", 1),
    "self_trade_prevention": {
        "description": "What happens when an order meets one of the same account.",
        "enum": _one_of(SelfTradePrevention),
    },
    "seq": _number("Number of the execution: 1, 2, 3 and so on without a gap."),
    "shard": _number("Shard of the log; left out when 0.", 1),
    "side": {"description": "Buy or sell; of a trade, the taker's.", "enum": _one_of(Side)},
    "sold_quantity": _text("Sum of what was sold.", examples=["20"]),
    "sold_value": _text("Sum of price times quantity of what was sold.", examples=["3792.5"]),
    "start": _text("First log time of a lockstep venue: ns since 1970.", "[0-9]+"),
    "state": {
        "description": "What an instrument admits: everything, cancels alone, or no trading.",
        "enum": _one_of(InstrumentState),
    },
    "status": {"description": "How the order stands.", "enum": _one_of(OrderStatus)},
    "symbol": _text("What is traded.", SYMBOL, examples=["AAPL"]),
    "taker_account": _text("Whose order came and traded.", ACCOUNT, examples=["demo"]),
    "taker_order_id": _order_id("The order that came and traded."),
    "text": _text("Why it was rejected, for people."),
    "tick": _decimal("Prices are multiples of it.", "0.01"),
    "time_in_force": {
        "description": "`gtc` rests until it is cancelled; `ioc` trades what it can at once, the "
        "rest is cancelled; `fok` trades whole and at once, or not at all. Left out: `gtc`, of a "
        "market order `ioc`.",
        "enum": _one_of(TimeInForce),
    },
    "timeout": {
        "description": "Milliseconds after which the dead man's switch fires, at most 24 hours; 0 "
        "disarms it.",
        "pattern": "^[0-9]+$",
        "minimum": 0,
        "maximum": TIMEOUT_MAX_MS,
        "examples": [5_000],
    },
    "trade_id": _text("The execution's `seq` and the place in it.", "[0-9]+-[0-9]+"),
    "trades": {"description": "The fills, in the order in which they happened."},
    "ts": _time("Log time"),
    "type": {"description": "Kind of order; left out: limit.", "enum": _one_of(OrderType)},
    "unfinished": {
        "description": "More orders were open than an entry may change: it goes on at the next."
    },
    "updated_seq": _number("The execution that changed it last."),
    "updated_ts": _time("When it changed last"),
    "ExecutionMessage.account": _text("Of a malformed command, if it could be read.", ACCOUNT),
    "ExecutionMessage.client_order_id": _client_order_id(
        "Of a malformed command, if it could be read."
    ),
    "ExecutionMessage.reason": {
        "description": "Why it was rejected.",
        "enum": [reason.word for reason in RejectReason],
    },
    "BookedOrderMessage.reason": {
        "description": f"{_ENDED} Of a rejected order: why it was.",
        "enum": [*_one_of(CancelReason), *(reason.word for reason in RejectReason)],
    },
    "ErrorMessage.message": _text("What was wrong, what is expected, what to do."),
    "OrderAnswer.blocked": {
        "description": "Whether a cancel gave up the client order id that was asked for: no order "
        "of this name will be accepted.",
    },
    "PendingOrderMessage.status": _PENDING,
    "ReplaceMessage.quantity": _TOTAL,
    "ReplaceOrder.quantity": _TOTAL,
    "ReplaceTerms.quantity": _TOTAL,
    "TradeMessage.quantity": _decimal("How much traded.", "4"),
    "UnderWayOrderMessage.status": _PENDING,
    "UnknownAnswer.message": _text("How to find out what became of the command."),
    "UnknownAnswer.status": {"description": "Nothing is known yet.", "enum": ["unknown"]},
    "PositionMessage.quantity": _text("Bought less sold; negative when short.", examples=["-10"]),
}
