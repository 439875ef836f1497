"""What the API document is made of: operations, the fields of their addresses, their replies."""

from typing import Any, NamedTuple, get_args

from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway import answers, examples
from outcry.gateway.asgi import BODY_MAX, TOO_LARGE
from outcry.gateway.reads import NOT_FOUND
from outcry.wire import books, messages, requests
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
    """`name` is its name in programs."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    text: str
    replies: Replies
    fields: tuple[Field, ...] = ()
    body: Body | None = None


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


EXECUTION = refer(messages.ExecutionMessage)
ERROR = refer(books.ErrorAnswer)
ANY_COMMAND: Schema = {"anyOf": [refer(kind) for kind in get_args(requests.OrderRequest)]}
COMMANDS = ANY_COMMAND | {"description": "One command."}
SEVERAL: Schema = {"type": "array", "items": ANY_COMMAND, "minItems": 1, "maxItems": COMMANDS_MAX}
RESULT: Schema = {"anyOf": [EXECUTION, ERROR, refer(messages.UnknownAnswer)]}
RESULTS: Schema = {"type": "array", "items": RESULT, "minItems": 1, "maxItems": COMMANDS_MAX}

MALFORMED = Reply(
    "Not understood: what was wrong, and the field.",
    (ERROR,),
    examples={"field": {"summary": "A field at fault", "value": examples.ERROR}},
)
TROUBLES: Replies = {
    answers.UNKNOWN: Reply(
        "The result did not come in time: the command may have been executed, or may be yet. Ask "
        "GET /order for its client order id, or send the same order again under it.",
        (refer(messages.UnknownAnswer),),
    ),
    answers.MALFORMED: MALFORMED,
    TOO_LARGE: Reply(f"The body is over {BODY_MAX} bytes.", (ERROR,)),
    answers.REJECTED: Reply(
        "Rejected by the market: the execution, with `reason` and `text`.", (EXECUTION,)
    ),
    answers.TOO_MANY: Reply("Too much at once; nothing was done.", (ERROR,), retry=True),
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
    """The replies to a question to the books."""
    replies = {answers.OK: Reply(text, (refer(kind),)), answers.MALFORMED: MALFORMED}
    if missing:
        replies[NOT_FOUND] = Reply(missing, (ERROR,))
    away = "The broker is away, or has not booked yet what was asked for."
    return replies | {answers.REFUSED: Reply(away, (ERROR,), retry=True)}
