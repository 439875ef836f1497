"""What the API document is made of: operations, the fields of their addresses, their replies."""

from typing import Any, NamedTuple, get_args

from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway import answers, examples
from outcry.gateway.asgi import BODY_MAX, TOO_LARGE
from outcry.gateway.reads import NOT_FOUND
from outcry.wire import books, messages, order_requests, requests, views
from outcry.wire.glossary import GLOSSARY
from outcry.wire.schema import Kind, Schema, shape_of

AT = "#/components/schemas/"


def refer(kind: Kind) -> Schema:
    return shape_of(kind, AT)


class Field(NamedTuple):
    """A part of an address; `where` is path or query."""

    name: str
    text: str
    shape: Schema
    where: str = "query"
    example: Any = None
    required: bool = False


class Body(NamedTuple):
    shape: Schema
    examples: Schema


class Reply(NamedTuple):
    """An answer with one status: a body of any of `shapes`. `retry`: with Retry-After."""

    text: str
    shapes: tuple[Schema, ...] = ()
    retry: bool = False
    media: str = "application/json"
    examples: Schema = {}  # noqa: RUF012 - nobody changes it


Replies = dict[int, Reply]


class Operation(NamedTuple):
    """`name` is its name in programs; `open`: it needs no key."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    text: str
    replies: Replies
    fields: tuple[Field, ...] = ()
    body: Body | None = None
    open: bool = False


def known(name: str, where: str = "query", *, required: bool = False) -> Field:
    """A field whose form is checked, as the glossary has it."""
    fragment = GLOSSARY[name]
    shape = {"type": "string", "pattern": fragment["pattern"]}
    example = fragment["examples"][0]
    return Field(name, fragment["description"], shape, where, example, required or where == "path")


def matching(name: str, text: str) -> Field:
    """A field of any text, for which there may be nothing."""
    shape = {"type": "string", "minLength": 1, "maxLength": requests.CLIENT_ORDER_ID_MAX}
    return Field(name, text, shape, example=GLOSSARY[name]["examples"][0])


def count(name: str, text: str, usual: int) -> Field:
    return Field(name, text, {"type": "integer", "minimum": 1, "maximum": 1000, "default": usual})


ACCOUNT = known("account")
MIN_SEQ = Field(
    "min_seq",
    "Answer when this execution is booked. Left out: the newest that this gateway has seen, so "
    "that you read your own writes.",
    {"type": "integer", "minimum": 0},
)
LIMIT = count("limit", "How many at most.", 100)
CURSOR: Schema = {"type": "string", "minLength": 1}
PAGE = (
    LIMIT,
    Field("before", "The `next` of the page before this one.", CURSOR),
    Field("after", "The same, to go upwards, oldest first.", CURSOR),
    MIN_SEQ,
)

EXECUTION = refer(views.OwnExecution)
ERROR = refer(books.ErrorAnswer)
ANY_COMMAND: Schema = {"anyOf": [refer(kind) for kind in get_args(order_requests.OrderRequest)]}
COMMANDS = ANY_COMMAND | {"description": "One command."}
SEVERAL: Schema = {"type": "array", "items": ANY_COMMAND, "minItems": 1, "maxItems": COMMANDS_MAX}
ANY_ADMIN: Schema = {"oneOf": [refer(kind) for kind in get_args(requests.AdminCommandRequest)]}
ADMIN_COMMANDS = ANY_ADMIN | {"description": "One command."}
SEVERAL_ADMIN: Schema = SEVERAL | {"items": ANY_ADMIN}
RESULT: Schema = {"anyOf": [EXECUTION, ERROR, refer(messages.UnknownAnswer)]}
RESULTS: Schema = {"type": "array", "items": RESULT, "minItems": 1, "maxItems": COMMANDS_MAX}

MALFORMED = Reply(
    "Not understood: what was wrong, and the field.",
    (ERROR,),
    examples={"field": {"summary": "A field at fault", "value": examples.ERROR}},
)
UNAUTHORIZED = Reply("There is no key with the request, or none that is good.", (ERROR,))
FORBIDDEN = Reply(
    "Not with this key: its role or its accounts do not fit. Whether there is such an account is "
    "not said.",
    (ERROR,),
)
KEY_TROUBLES: Replies = {answers.UNAUTHORIZED: UNAUTHORIZED, answers.FORBIDDEN: FORBIDDEN}
"""What may be wrong with a key, wherever one is needed."""
TROUBLES: Replies = {
    answers.UNKNOWN: Reply(
        "The result did not come in time: the command may have been executed, or may be yet. Ask "
        "GET /order for its client order id, or send the same order again under it.",
        (refer(messages.UnknownAnswer),),
    ),
    answers.MALFORMED: MALFORMED,
    answers.UNAUTHORIZED: UNAUTHORIZED,
    answers.FORBIDDEN: Reply(
        f"{FORBIDDEN.text} The execution, where the engine found that.", (ERROR, EXECUTION)
    ),
    TOO_LARGE: Reply(f"The body is over {BODY_MAX} bytes.", (ERROR,)),
    answers.REJECTED: Reply(
        "Rejected by the market: the execution, with `reason` and `text`.", (EXECUTION,)
    ),
    answers.TOO_MANY: Reply(
        "Nothing was done: `too_many_commands` wait already, the account has sent as many orders "
        "in this second as it may (`order_rate`), or as many commands of this key were rejected "
        "in it (`too_many_rejects`). Cancels go through in the last two cases.",
        (ERROR,),
        retry=True,
    ),
    answers.REFUSED: Reply(
        "Refused before the log, nothing was done: the order service or NATS is away, or the log "
        "is nearly full.",
        (ERROR,),
        retry=True,
    ),
}
"""What may become of any command."""
DONE: Replies = {answers.OK: Reply("Done: the execution.", (EXECUTION,))} | TROUBLES


def read(kind: Kind, text: str, missing: str = "") -> Replies:
    """The replies to a question to the books that anybody may ask."""
    replies = {answers.OK: Reply(text, (refer(kind),)), answers.MALFORMED: MALFORMED}
    if missing:
        replies[NOT_FOUND] = Reply(missing, (ERROR,))
    away = "The broker is away, or has not booked yet what was asked for."
    return replies | {answers.REFUSED: Reply(away, (ERROR,), retry=True)}


def own(kind: Kind, text: str, missing: str = "") -> Replies:
    """The same of one that needs a key."""
    return read(kind, text, missing) | KEY_TROUBLES
