"""What the fields of all messages mean, and the forms of their values, as JSON Schema.

Rule: a name means the same wherever it stands. Where it must not, the message stands before it.
"""

from outcry.domain.limits import KEY_ACCOUNTS_MAX, MULTIPLIER_MAX, TIMEOUT_MAX_MS
from outcry.domain.order import CancelReason, OrderStatus
from outcry.domain.reject import RejectReason
from outcry.domain.types import (
    Access,
    AccountState,
    AccountType,
    ClockSource,
    InstrumentState,
    OrderType,
    Role,
    SelfTradePrevention,
    Side,
)
from outcry.wire.books_glossary import BOOKS
from outcry.wire.fragments import (
    HEX,
    Fragment,
    amount,
    band,
    client_order_id,
    count,
    decimal,
    each,
    fee,
    money,
    number,
    one_of,
    order_id,
    own_fee,
    text,
    time,
)
from outcry.wire.orders_glossary import ORDERS
from outcry.wire.requests import ACCOUNT, CLIENT_ORDER_ID, HASH, KEY_ID, SYMBOL

_ENDED = "Why the open rest of the order is no more; left out while it is open or filled."
_LISTED_QUANTITY = "quantity of an order; left out: {}."
_PAGE = "What continues the list; left out on the last page."
_PENDING = {"description": "The order is not booked yet.", "enum": ["pending"]}
_TOTAL = decimal("The new total, with what is filled already.", "12")
_LIMIT = "; of the account, else of the {}. 0 where it is set: none of its own."
_FIRST = "instrument, else of the market"
_NAMES = {
    "description": "Accounts that the holder of the key may act for.",
    "maxItems": KEY_ACCOUNTS_MAX,
}
_KEY_NAME = text("What the key is for, plain text of up to 64 characters.", examples=["bot 1"])
_PAID = "What the order that {} has paid as a fee; left out when nothing, or not yours."
_SHARES = decimal("How many shares come or go, of `symbol`.", "10")
_REJECTS = {
    "description": "Why it was rejected.",
    "enum": [reason.word for reason in RejectReason],
}
_KINDS_OF_ACCOUNTS = {
    "description": "Cash: it buys with what it has; margin: it may borrow. Left out: cash.",
    "enum": one_of(AccountType),
}
_STATES_OF_ACCOUNTS = {
    "description": "Active, restricted (cancels and transfers only), or closed for good.",
    "enum": one_of(AccountState),
}

_MALFORMED = "Of a malformed command, if it could be read."
GLOSSARY: dict[str, Fragment] = {
    "access": {
        "description": "Who may act for it: who has a key to it (keys), or anybody (open).",
        "enum": one_of(Access),
    },
    "account": text(
        "Whose it is. Left out of a command: the first account of the key that it is sent with; on "
        "NATS `demo`.",
        ACCOUNT,
        examples=["demo"],
    ),
    "accounts": _NAMES,
    "amount": decimal("How much cash comes or goes.", "1000"),
    "as_of": {"description": "How far the log was looked through."},
    "ask": {"description": "Best offer: price and quantity. Left out when nothing is offered."},
    "asks": {"description": "Offers, the lowest first: price, quantity, number of orders."},
    "average_price": decimal("Average price of what is filled; left out before.", "189.5"),
    "balances": {"description": "What each account has whose cash, hold or position it changed."},
    "bid": {"description": "Best bid: price and quantity. Left out when there is none."},
    "bids": {"description": "Bids, the highest first: price, quantity, number of orders."},
    "blocked": {
        "description": "A cancel has given up a client order id that no order had: no order can "
        "have it any more."
    },
    "booked": {"description": "How far the books go."},
    "bought_quantity": text("Sum of what was bought.", examples=["30"]),
    "bought_value": text("Sum of price times quantity of what was bought.", examples=["5685"]),
    "by": text("Nanoseconds by which log time moves, in a lockstep venue.", "[0-9]+"),
    "cash": money("Cash of the account; negative where it has borrowed.", "998105"),
    "changed": {"description": "Every other order that the command changed: the makers, and more."},
    "client_id_horizon": number("How many client order ids are remembered.", 2_000_000),
    "client_order_id": client_order_id(
        "Your own name of the order, unique for the account: printable ASCII without quotation "
        "marks and backslashes. The same order again under it is done once and answered as a "
        "`duplicate`; another order under it is rejected."
    ),
    "clock": {
        "description": "Where log time comes from: the stamps of the log, or entries alone.",
        "enum": one_of(ClockSource),
    },
    "code": text("What went wrong, for programs.", "[a-z_]+", examples=["malformed"]),
    "command": {"description": "The command, unless it was a new order: that stands in `order`."},
    "created_seq": number("The execution that made the order."),
    "created_ts": time("When the order was made"),
    "digest": text(
        "Fingerprint of the history up to here; on the last execution of each entry.",
        f"{HEX}{{32}}",
    ),
    "engine": text("Version of the engine, a whole number.", examples=["2"]),
    "entry": number("Place in the log of the entry that held the command.", 42),
    "error": {"description": "Why nothing was done."},
    "expire_at": text(
        "The last log time at which the command may be done, in nanoseconds since 1970; one that "
        "comes later is rejected as `expired`. Left out: it may be done at any time.",
        "[0-9]+",
        minimum=1,
        examples=["1761930000000000000"],
    ),
    "expires_in": text(
        "Instead of `expire_at`: milliseconds from now, at most 24 hours. Over HTTP and WebSocket "
        "alone, as the gateway turns it into `expire_at`.",
        "[0-9]+",
        minimum=1,
        maximum=86_400_000,
        examples=["2000"],
    ),
    "field": text("The field at fault, where there is one.", examples=["price"]),
    "filled_quantity": decimal("How much of the order has traded.", "4"),
    "fires_at": time("The log time at which the dead man's switch fires that was armed"),
    "first_seq": number("The execution that answered the command the first time."),
    "hash": text(
        "SHA-256 of the secret of the key, which the log never holds.", HASH, examples=["5e" * 32]
    ),
    "held": money("How much buying power open orders hold.", "1895"),
    "id": order_id("Id of the command."),
    "index": number("Place of the command in its entry, from 0; left out when 0.", 1),
    "instrument": {"description": "The instrument as it was after the command."},
    "instruments": {"description": "All instruments."},
    "key": text(
        "Id of the key that it was sent with; the gateway writes it, and nobody else may.", KEY_ID
    ),
    "key_id": text(
        "Id of a key, the first part of its text.", KEY_ID, examples=["0123456789abcdef"]
    ),
    "killed": {
        "description": "Whether the kill switch of the account is on: only cancels go through."
    },
    "leaves_quantity": decimal("How much of the order may still trade.", "6"),
    "log": text("Id of the log.", f"{HEX}{{13}}", examples=["0123456789abc"]),
    "lot": decimal("Quantities are multiples of it; left out: 1.", "1"),
    "maker_account": text("Whose order rested.", ACCOUNT, examples=["house"]),
    "maker_fee": fee("the order that rested"),
    "maker_order_id": order_id("The order that rested."),
    "max_exposure": amount(
        "Most that the account may have at stake: the value of its positions and of what it orders"
        + _LIMIT.format("market"),
        "1000000",
    ),
    "max_notional": amount(
        "Most that one order may be worth: price times quantity" + _LIMIT.format(_FIRST), "100000"
    ),
    "max_open_orders": count("Most open orders of the account" + _LIMIT.format("market"), 1_000),
    "max_order_rate": count(
        "Most orders and replaces of the account in a second" + _LIMIT.format("market"), 100
    ),
    "max_position": amount(
        "Largest position of the account in an instrument, long or short, open orders included"
        + _LIMIT.format(_FIRST),
        "10000",
    ),
    "max_price": decimal("Highest price of an order; left out: 1000000000.", "1000000000"),
    "max_quantity": decimal(f"Largest {_LISTED_QUANTITY.format('1000000000')}", "1000000"),
    "message": text("What went wrong, for people."),
    "min_quantity": decimal(f"Smallest {_LISTED_QUANTITY.format('one lot')}", "1"),
    "multiplier": count(
        "How often a margin account may use what it has: 2 when left out; 1 of a cash account.",
        2,
        1,
        MULTIPLIER_MAX,
    ),
    "name": text("Name of the instrument, plain text of up to 64 characters.", examples=["Apple"]),
    "new_client_order_id": client_order_id(
        "Another client order id for the order from now on; left out: it stays."
    ),
    "next": text(_PAGE),
    "op": {"description": "Which command; a new order may leave it out."},
    "order": {"description": "The order as it is after the command."},
    "order_id": order_id("Id of the order, given by the venue; it tells its place in the log."),
    "orders": {"description": "The orders, newest first."},
    "position": money("How much of `symbol` the account has; negative where it is short.", "10"),
    "position_held": decimal("How much of that its open orders will close.", "10"),
    "positions": {"description": "What accounts hold."},
    "price": decimal("Price, a multiple of the tick of the instrument.", "189.5"),
    "price_band": band(
        "How far a price may be from the reference price, as a share of it: 0.05 is 5 %. Left out "
        "or 0: however far."
    ),
    "quantity": decimal("How much, a multiple of the lot of the instrument.", "10"),
    "quote": {"description": "Best bid and offer after the command, where it changed a book."},
    "quotes": {"description": "The same after a mass cancel, for each book that it changed."},
    "reason": {"description": _ENDED, "enum": one_of(CancelReason)},
    "reference_price": decimal(
        "Price of the last trade, or what was set since: what the band and all values go by.", "190"
    ),
    "result": {"description": "What came of the command."},
    "role": {
        "description": "What a key is good for: reading, reading and trading, or everything.",
        "enum": one_of(Role),
    },
    "schema": number("Version of the messages.", 1),
    "self_trade_prevention": {
        "description": "What happens when an order meets one of the same account.",
        "enum": one_of(SelfTradePrevention),
    },
    "seq": number("Number of the execution: 1, 2, 3 and so on without a gap."),
    "settings": {"description": "The account as it is set after the command."},
    "shard": number("Shard of the log; left out when 0.", 1),
    "shorting": {"description": "Whether a margin account may sell what it does not have."},
    "side": {"description": "Buy or sell; of a trade, the taker's.", "enum": one_of(Side)},
    "sold_quantity": text("Sum of what was sold.", examples=["20"]),
    "sold_value": text("Sum of price times quantity of what was sold.", examples=["3792.5"]),
    "start": text("First log time of a lockstep venue: ns since 1970.", "[0-9]+"),
    "state": {
        "description": "What an instrument admits: everything, cancels alone, or no trading.",
        "enum": one_of(InstrumentState),
    },
    "status": {"description": "How the order stands.", "enum": one_of(OrderStatus)},
    "symbol": text("What is traded.", SYMBOL, examples=["AAPL"]),
    "taker_account": text("Whose order came and traded.", ACCOUNT, examples=["demo"]),
    "taker_fee": fee("the order that came"),
    "taker_order_id": order_id("The order that came and traded."),
    "terms": {"description": "Limits and fees of the account in single instruments."},
    "text": text("Why it was rejected, for people."),
    "tick": decimal("Prices are multiples of it.", "0.01"),
    "timeout": {
        "description": "Milliseconds after which the dead man's switch fires, at most 24 hours; 0 "
        "disarms it.",
        "pattern": "^[0-9]+$",
        "minimum": 0,
        "maximum": TIMEOUT_MAX_MS,
        "examples": [5_000],
    },
    "trade_id": text("The execution's `seq` and the place in it.", "[0-9]+-[0-9]+"),
    "trades": {"description": "The fills, in the order in which they happened."},
    "transfer_id": text(
        "Your own name of the transfer, unique for the account: the same again changes nothing.",
        CLIENT_ORDER_ID,
        examples=["wire-1"],
    ),
    "ts": time("Log time"),
    "type": {"description": "Kind of order; left out: limit.", "enum": one_of(OrderType)},
    "unfinished": {
        "description": "More orders were open than an entry may change: it goes on at the next."
    },
    "updated_seq": number("The execution that changed it last."),
    "updated_ts": time("When it changed last"),
    "ExecutionMessage.account": text(_MALFORMED, ACCOUNT),
    "ExecutionMessage.client_order_id": client_order_id(_MALFORMED),
    **each("ExecutionMessage OwnExecution", "reason", _REJECTS),
    "BookedOrderMessage.reason": {
        "description": f"{_ENDED} Of a rejected order: why it was.",
        "enum": list(
            dict.fromkeys([*one_of(CancelReason), *(reason.word for reason in RejectReason)])
        ),
    },
    **each("TradeMessage BookedTradeMessage", "taker_fee", money(_PAID.format("came"), "1.895")),
    **each("TradeMessage BookedTradeMessage", "maker_fee", money(_PAID.format("rested"), "1.895")),
    **each("SetAccount SetAccountMessage", "maker_fee", own_fee("the order that rested")),
    **each("SetAccount SetAccountMessage", "taker_fee", own_fee("the order that came")),
    **each("CreateKey CreateKeyMessage NewKey KeyMessage", "name", _KEY_NAME),
    **each(
        "OpenAccount OpenAccountMessage AccountSettingsMessage BookedAccountMessage",
        "type",
        _KINDS_OF_ACCOUNTS,
    ),
    **each(
        "SetAccountState AccountStateMessage AccountSettingsMessage BookedAccountMessage",
        "state",
        _STATES_OF_ACCOUNTS,
    ),
    **each(
        "OpenAccount SetAccount SetAccountState Deposit Withdraw",
        "account",
        text("Which account.", ACCOUNT, examples=["demo"]),
    ),
    **each(
        "KillSwitch ReleaseSwitch",
        "account",
        text(
            "Of this account alone. Without it and a symbol: of the whole market.",
            ACCOUNT,
            examples=["demo"],
        ),
    ),
    **each(
        "KillSwitch ReleaseSwitch",
        "symbol",
        text(
            "In this instrument alone. Without it and an account: in the whole market.",
            SYMBOL,
            examples=["AAPL"],
        ),
    ),
    **each("Deposit DepositMessage Withdraw WithdrawMessage", "quantity", _SHARES),
    **each(
        "Deposit DepositMessage",
        "price",
        decimal(
            "What each share has cost, for the books; left out: the reference price, and where "
            "there is none 0, as a cost that is not known.",
            "150",
        ),
    ),
    "CreateKeyMessage.hash": text(
        "SHA-256 of the secret of the key; empty in the audit trail.", f"({HASH})?"
    ),
    "ErrorMessage.message": text("What was wrong, what is expected, what to do."),
    "OrderAnswer.blocked": {
        "description": "Whether a cancel gave up the client order id that was asked for: no order "
        "of this name will be accepted.",
    },
    "PendingOrderMessage.status": _PENDING,
    "ReplaceMessage.quantity": _TOTAL,
    "ReplaceOrder.quantity": _TOTAL,
    "ReplaceTerms.quantity": _TOTAL,
    "TradeMessage.quantity": decimal("How much traded.", "4"),
    "UnderWayOrderMessage.status": _PENDING,
    "UnknownAnswer.message": text("How to find out what became of the command."),
    "UnknownAnswer.status": {"description": "Nothing is known yet.", "enum": ["unknown"]},
    "PositionMessage.quantity": text("Bought less sold; negative when short.", examples=["-10"]),
    **BOOKS,
    **ORDERS,
}
