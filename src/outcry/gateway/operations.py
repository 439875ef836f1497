"""Every address of the gateway: what it takes, what it answers. A test holds it to the routes."""

from outcry.domain.limits import COMMANDS_MAX
from outcry.domain.order import OrderStatus
from outcry.domain.types import Side
from outcry.gateway import answers, examples
from outcry.gateway.lifelines import TIMEOUT_MS
from outcry.gateway.operation import (
    COMMANDS,
    DONE,
    ERROR,
    EXECUTION,
    RESULTS,
    SEVERAL,
    TROUBLES,
    Body,
    Field,
    Operation,
    Reply,
    count,
    known,
    matching,
    read,
    refer,
)
from outcry.wire import books, requests
from outcry.wire.glossary import GLOSSARY
from outcry.wire.schema import Schema

TAGS = {
    "Orders": "Commands, and what became of them.",
    "Books": "What has happened, as the broker booked it.",
    "Market": "Instruments and order books.",
    "Operations": "The gateway itself.",
}

_ID = known("order_id", "path")
_NAME = known("client_order_id", required=True)
_ACCOUNT = known("account")
_MIN_SEQ = Field(
    "min_seq",
    "Answer when this execution is booked. Left out: the newest that this gateway has seen, so "
    "that you read your own writes.",
    {"type": "integer", "minimum": 0},
)
_LIMIT = count("limit", "How many at most.", 100)
_CURSOR: Schema = {"type": "string", "minLength": 1}
_PAGE = (
    _LIMIT,
    Field("before", "The `next` of the page before this one.", _CURSOR),
    Field("after", "The same, to go upwards, oldest first.", _CURSOR),
    _MIN_SEQ,
)
_OF = (matching("account", "Only of this account."), matching("symbol", "Only of this instrument."))
_STATUSES = ["open", "closed", *(status.value for status in OrderStatus)]
_SIDES = [side.value for side in Side]
_TERMS = Body(refer(requests.ReplaceTerms), {"both": {"summary": "Both", "value": examples.TERMS}})
_POSTED = {
    answers.ACCEPTED: Reply(
        "Accepted: the execution, with the order, its trades and every other order that changed.",
        (EXECUTION,),
        examples={"trade": {"summary": "Partly filled at once", "value": examples.EXECUTION}},
    ),
    answers.OK: Reply(
        "A duplicate: the execution, which names the first one in `first_seq`. Or, of an array: "
        "an array with one answer for each element.",
        (EXECUTION, RESULTS),
    ),
} | TROUBLES
_ORDER = read(
    books.OrderAnswer,
    "The order with its trades; `pending` while it is not booked.",
    "No order with this id was ever accepted. By a client order id: `never_seen`, or `blocked` by "
    "a cancel, and `as_of` says how far the log was looked through.",
)
_REPLACE = (
    "Changes quantity, price or both. Less quantity at the same price keeps the place in the "
    "queue; everything else loses it; a replace that is refused loses nothing."
)
_CANCEL = (
    "Ends what is open of the order. By a client order id that no order had, it is accepted with "
    "`blocked`: no order of that name will be accepted any more."
)
_STATE: Schema = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean", "description": "Whether new orders are taken."},
        "why": {"type": "string", "description": "Why not."},
        "log": {"type": "string", "description": GLOSSARY["log"]["description"]},
        "shard": {"type": "integer", "description": "Shard of the log."},
        "position": {"type": "integer", "description": "The newest entry that has its answer."},
        "seq": {"type": "integer", "description": "The newest execution."},
        "digest": {"type": "string", "description": GLOSSARY["digest"]["description"]},
        "durability": {"type": "string", "description": "What an order survives."},
    },
    "required": ["ready"],
}
_HEALTH: Schema = {
    "type": "object",
    "properties": {"status": {"const": "ok", "description": "The process answers."}},
    "required": ["status"],
}
_TEXT: Schema = {"type": "string"}

_ORDERS = (
    Operation(
        "post",
        "/order",
        "send_commands",
        "Orders",
        "Send orders, replaces and cancels",
        "One command is a JSON object and is answered by its execution. An array of up to "
        f"{COMMANDS_MAX} commands is answered by an array: 200, with one answer for each element "
        "in their order; the elements are independent. An array of which all failed for one "
        "reason is answered by that error alone.\n\nDecimals are text, or JSON numbers of up to "
        "15 digits. An order without a `client_order_id` is given one.",
        _POSTED,
        body=Body({"anyOf": [COMMANDS, SEVERAL]}, examples.POSTED),
    ),
    Operation(
        "get",
        "/order/{order_id}",
        "get_order",
        "Orders",
        "One order with its trades",
        "An id whose entry is not booked yet reads `pending`, never 404.",
        _ORDER,
        (_ID, _MIN_SEQ),
    ),
    Operation(
        "patch",
        "/order/{order_id}",
        "replace_order",
        "Orders",
        "Replace an order",
        _REPLACE,
        DONE,
        (_ID, _ACCOUNT),
        _TERMS,
    ),
    Operation(
        "delete",
        "/order/{order_id}",
        "cancel_order",
        "Orders",
        "Cancel an order",
        _CANCEL,
        DONE,
        (_ID, _ACCOUNT),
    ),
    Operation(
        "get",
        "/order",
        "get_named_order",
        "Orders",
        "One order with its trades, by your own name of it",
        "What became of an order whose answer did not come. It waits until the end of the log is "
        "booked, 2 s at most, so what it tells is all there is up to there; an order that this "
        "gateway has sent and that is not booked yet reads `pending`.\n\n404 `never_seen`: there "
        "was none up to log time `as_of.ts`. That is final for an order sent with an `expire_at` "
        "(`expires_in`) before that time. To make it final at once, cancel by the client order "
        "id: then it is `blocked`, and no order of this name will be accepted.",
        _ORDER,
        (_NAME, _ACCOUNT, _MIN_SEQ),
    ),
    Operation(
        "patch",
        "/order",
        "replace_named_order",
        "Orders",
        "Replace an order, by your own name of it",
        _REPLACE,
        DONE,
        (_NAME, _ACCOUNT),
        _TERMS,
    ),
    Operation(
        "delete",
        "/order",
        "cancel_named_order",
        "Orders",
        "Cancel an order, by your own name of it",
        _CANCEL,
        DONE,
        (_NAME, _ACCOUNT),
    ),
    Operation(
        "get",
        "/ws",
        "open_session",
        "Orders",
        "Order entry over WebSocket",
        "Text frames, as many in flight as you like. A frame of yours has an `id` of your choice, "
        "and an `order` (one command) or `orders` (an array of them). It is answered by a frame "
        "with the same `id` and an `execution`, an `error` or an `unknown`; or with `results`, "
        "which holds one of these for each element. Commands and answers are those of "
        '`POST /order`.\n\n    {"id": 7, "order": {"symbol": "AAPL", "side": "buy", …}}\n'
        '    {"id": 7, "execution": {"seq": 17, "result": "accepted", …}}\n\n'
        "With `cancel_on_disconnect` every open order of the account is cancelled when the last "
        "such session of it at this gateway ends, at once; and by the account's dead man's switch "
        f"(`cancel_all_after`), {TIMEOUT_MS // 1000} s later, where the gateway itself is gone. "
        "It is the same switch that you may arm: use one of the two.",
        {
            101: Reply("It is a WebSocket from here on."),
            426: Reply("Not asked for as a WebSocket.", (ERROR,)),
        },
        (
            Field(
                "cancel_on_disconnect",
                "The account whose orders live no longer than this session.",
                {"type": "string", "pattern": GLOSSARY["account"]["pattern"]},
                example="demo",
            ),
        ),
    ),
)
_BOOKS = (
    Operation(
        "get",
        "/orders",
        "list_orders",
        "Books",
        "Orders, newest first",
        "Rejected ones too, with their reason.",
        read(books.OrdersAnswer, "A page of orders."),
        (
            *_OF,
            Field("status", "`open`, `closed`, or one status.", {"enum": _STATUSES}),
            Field("side", "Only buys, or only sells.", {"enum": _SIDES}),
            matching("client_order_id", "Only the order that has, or had, this name."),
            *_PAGE,
        ),
    ),
    Operation(
        "get",
        "/trades",
        "list_trades",
        "Books",
        "Trades, newest first",
        "Of an account: those in which it was taker or maker.",
        read(books.TradesAnswer, "A page of trades."),
        (*_OF, known("order_id")._replace(text="Only of this order."), *_PAGE),
    ),
    Operation(
        "get",
        "/positions",
        "list_positions",
        "Books",
        "What accounts hold, from their trades",
        "By account and symbol.",
        read(books.PositionsAnswer, "A page of positions."),
        (*_OF, _LIMIT, Field("after", "The `next` of the page before.", _CURSOR), _MIN_SEQ),
    ),
)
_MARKET = (
    Operation(
        "get",
        "/instruments",
        "list_instruments",
        "Market",
        "What can be traded, and in which steps",
        "",
        read(books.InstrumentsAnswer, "All instruments."),
        (_MIN_SEQ,),
    ),
    Operation(
        "get",
        "/book/{symbol}",
        "get_book",
        "Market",
        "The order book of an instrument, by price level",
        "",
        read(books.BookAnswer, "Bids and offers, best first.", "No instrument of this name."),
        (known("symbol", "path"), count("depth", "Levels of each side at most.", 10), _MIN_SEQ),
    ),
)
_OPERATIONS = (
    Operation(
        "get",
        "/healthz",
        "get_health",
        "Operations",
        "Whether the process answers",
        "",
        {200: Reply("It does.", (_HEALTH,))},
    ),
    Operation(
        "get",
        "/readyz",
        "get_readiness",
        "Operations",
        "Whether orders are taken, and where in which log it is",
        "",
        {200: Reply("Ready.", (_STATE,)), 503: Reply("Not ready, and why.", (_STATE,))},
    ),
    Operation(
        "get",
        "/metrics",
        "get_metrics",
        "Operations",
        "Metrics, for Prometheus",
        "",
        {200: Reply("Metrics.", (_TEXT,), media="text/plain")},
    ),
    Operation(
        "get",
        "/openapi.json",
        "get_api_document",
        "Operations",
        "This document, for programs",
        "",
        {200: Reply("OpenAPI 3.1.", ({"type": "object"},))},
    ),
    Operation(
        "get",
        "/docs",
        "get_docs",
        "Operations",
        "This document, for people",
        "",
        {200: Reply("A page that needs nothing else.", (_TEXT,), media="text/html")},
    ),
)
OPERATIONS = (*_ORDERS, *_BOOKS, *_MARKET, *_OPERATIONS)
