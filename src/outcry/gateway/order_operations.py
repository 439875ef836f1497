"""The part of the API document that is about orders."""

from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway import answers, examples
from outcry.gateway.lifelines import TIMEOUT_MS
from outcry.gateway.operation import (
    ACCOUNT,
    COMMANDS,
    DONE,
    ERROR,
    EXECUTION,
    FORBIDDEN,
    MIN_SEQ,
    RESULTS,
    SEVERAL,
    TROUBLES,
    UNAUTHORIZED,
    Body,
    Field,
    Operation,
    Reply,
    known,
    own,
    refer,
)
from outcry.wire import books, order_requests
from outcry.wire.glossary import GLOSSARY

_ID = known("order_id", "path")
_NAME = known("client_order_id", required=True)
_TERMS = Body(refer(order_requests.ReplaceTerms), examples.TERMS)
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
_ORDER = own(
    books.OrderAnswer,
    "The order with its trades; `pending` while it is not booked.",
    "No order with this id was ever accepted. By a client order id: `never_seen`, or `blocked` by "
    "a cancel, and `as_of` says how far the log was looked through.",
)
_REPLACE = (
    "Changes the terms that it says, the rest stays. Less quantity at the same price keeps the "
    "place in the queue; a new price and more quantity lose it; a replace that is refused loses "
    "nothing."
)
_CANCEL = (
    "Ends what is open of the order. By a client order id that no order had, it is accepted with "
    "`blocked`: no order of that name will be accepted any more."
)
ORDERS = (
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
        (_ID, MIN_SEQ),
    ),
    Operation(
        "patch",
        "/order/{order_id}",
        "replace_order",
        "Orders",
        "Replace an order",
        _REPLACE,
        DONE,
        (_ID, ACCOUNT),
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
        (_ID, ACCOUNT),
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
        (_NAME, ACCOUNT, MIN_SEQ),
    ),
    Operation(
        "patch",
        "/order",
        "replace_named_order",
        "Orders",
        "Replace an order, by your own name of it",
        _REPLACE,
        DONE,
        (_NAME, ACCOUNT),
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
        (_NAME, ACCOUNT),
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
        "`POST /order`, and for a key with the role admin also those of `POST /admin`.\n\n"
        '    {"id": 7, "order": {"symbol": "AAPL", "side": "buy", …}}\n'
        '    {"id": 7, "execution": {"seq": 17, "result": "accepted", …}}\n\n'
        "With `cancel_on_disconnect` every open order of the account is cancelled when the last "
        "such session of it at this gateway ends, at once; and by the account's dead man's switch "
        f"(`cancel_all_after`), {TIMEOUT_MS // 1000} s later, where the gateway itself is gone. "
        "It is the same switch that you may arm: use one of the two. Left empty it is the first "
        "account of your key.\n\nWhen the key is revoked you are told by an `error` without an "
        "`id`, get the answers that are due, and are closed with 4401; `cancel_on_disconnect` is "
        "then left to the switch.",
        {
            101: Reply("It is a WebSocket from here on."),
            answers.MALFORMED: Reply("There is no such session.", (ERROR,)),
            answers.UNAUTHORIZED: UNAUTHORIZED,
            answers.FORBIDDEN: FORBIDDEN,
            426: Reply("Not asked for as a WebSocket.", (ERROR,)),
        },
        (
            Field(
                "cancel_on_disconnect",
                "The account whose orders live no longer than this session: one of your key.",
                {"type": "string", "pattern": GLOSSARY["account"]["pattern"]},
                example="demo",
            ),
        ),
    ),
)
