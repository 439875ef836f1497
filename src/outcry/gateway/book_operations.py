"""The part of the API document that is about what has happened, and about the market."""

from outcry.domain.order import OrderStatus
from outcry.domain.types import Side
from outcry.gateway.operation import (
    CURSOR,
    LIMIT,
    MIN_SEQ,
    PAGE,
    Field,
    Operation,
    count,
    known,
    matching,
    own,
    read,
)
from outcry.wire import books

_OF = (matching("account", "Only of this account."), matching("symbol", "Only of this instrument."))
_STATUSES = ["open", "closed", *(status.value for status in OrderStatus)]
_KINDS = ["trade", "fee", "deposit", "withdrawal"]
_NEXT = Field("after", "The `next` of the page before.", CURSOR)
_SIDES = [side.value for side in Side]

BOOKS = (
    Operation(
        "get",
        "/orders",
        "list_orders",
        "Books",
        "Orders, newest first",
        "Rejected ones too, with their reason.",
        own(books.OrdersAnswer, "A page of orders."),
        (
            *_OF,
            Field(
                "status",
                "`open` (with what is held), `closed`, or one status.",
                {"enum": _STATUSES},
            ),
            Field("side", "Only buys, or only sells.", {"enum": _SIDES}),
            matching("client_order_id", "Only the order that has, or had, this name."),
            *PAGE,
        ),
    ),
    Operation(
        "get",
        "/trades",
        "list_trades",
        "Books",
        "Trades, newest first",
        "Of an account: those in which it was taker or maker.",
        own(books.TradesAnswer, "A page of trades."),
        (*_OF, known("order_id")._replace(text="Only of this order."), *PAGE),
    ),
    Operation(
        "get",
        "/positions",
        "list_positions",
        "Books",
        "What your accounts hold",
        "By account and symbol, with what it has cost and what has come of it.",
        own(books.PositionsAnswer, "A page of positions."),
        (*_OF, LIMIT, _NEXT, MIN_SEQ),
    ),
)
ACCOUNTS = (
    Operation(
        "get",
        "/accounts",
        "list_accounts",
        "Books",
        "Your accounts, with their money, settings and limits",
        "By name.",
        own(books.AccountsAnswer, "A page of accounts."),
        (LIMIT, _NEXT, MIN_SEQ),
    ),
    Operation(
        "get",
        "/accounts/{account}",
        "get_account",
        "Books",
        "One account, with its positions and what they come to",
        "",
        own(
            books.AccountAnswer,
            "The account.",
            "There is no such account; only an administrator is told.",
        ),
        (known("account", "path"), MIN_SEQ),
    ),
    Operation(
        "get",
        "/activities",
        "list_activities",
        "Books",
        "What changed your accounts, newest first",
        "Trades with their fees, deposits and withdrawals; for administrators also what the house "
        "took in.",
        own(books.ActivitiesAnswer, "A page of activities."),
        (*_OF, Field("kind", "Only of this kind.", {"enum": _KINDS}), *PAGE),
    ),
)
MARKET = (
    Operation(
        "get",
        "/instruments",
        "list_instruments",
        "Market",
        "What can be traded, and in which steps",
        "",
        read(books.InstrumentsAnswer, "All instruments."),
        (MIN_SEQ,),
        open=True,
    ),
    Operation(
        "get",
        "/book/{symbol}",
        "get_book",
        "Market",
        "The order book of an instrument, by price level",
        "",
        read(books.BookAnswer, "Bids and offers, best first.", "No instrument of this name."),
        (known("symbol", "path"), count("depth", "Levels of each side at most.", 10), MIN_SEQ),
        open=True,
    ),
    Operation(
        "get",
        "/tape",
        "list_tape",
        "Market",
        "Trades of everybody, newest first",
        "Without whose they were.",
        read(books.TapeAnswer, "A page of trades."),
        (matching("symbol", "Only in this instrument."), *PAGE),
        open=True,
    ),
)
