"""The sections of protocol.md: messages, reasons, life-cycle, bounds, rights."""

import json
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from docs import example
from docs.addresses import addresses, answers_to_commands
from docs.sections import Document
from docs.tables import code, lifted, said, table
from outcry.broker.questions import QUESTIONS, askable
from outcry.domain import limits
from outcry.domain.limits import BOUNDS, COMMANDS_MAX, Bounds
from outcry.domain.order import LIFE_CYCLE, CancelReason
from outcry.domain.reject import RejectReason
from outcry.gateway import http_bounds, ws_protocol
from outcry.gateway.http_bounds import BoundedHttpProtocol
from outcry.gateway.ws_protocol import SessionBounds
from outcry.log.streams import Limits
from outcry.runtime.nats_config import USERS, render_config
from outcry.wire import command_messages, messages, order_requests, requests
from outcry.wire.command_messages import Message
from outcry.wire.glossary import GLOSSARY
from outcry.wire.schema import name_of, schemas
from outcry.wire.views import PublicChange, PublicExecution, PublicOrder, PublicTrade

Schema = dict[str, Any]

ADMINISTRATION: dict[str, type[msgspec.Struct]] = {
    get_args(get_type_hints(kind)["op"])[0]: kind for kind in get_args(requests.AdminCommandRequest)
}
"""What administrators and the operator may ask for, by its op."""

CHOICES_MAX = 9
"""Words that a table lists; more have a table of their own."""


def fields(kind: type[msgspec.Struct]) -> str:
    """The fields of a message: those that it always has, then the others.

    Not its tag: an entry of the operator may leave it out, as its subject says it.
    """
    return _fields(kind, schemas([kind], "")[name_of(kind)])


def new_order_fields() -> str:
    """The same of new orders, which are of many types: each field in the form that it has where it
    may stand, and always those that all types need."""
    kinds = [kind for kind in get_args(order_requests.OrderRequest) if _is_new(kind)]
    told = list(schemas(kinds, "").values())
    words = {name: GLOSSARY[name] for name in ("type", "time_in_force", "order_class")}
    found: dict[str, Schema] = {}
    for one in told:
        for name, shape in one["properties"].items():
            if shape.get("type") != "null":
                found.setdefault(name, words.get(name, shape))
    written = command_messages.NewOrderMessage.__struct_fields__
    names = [*(name for name in written if name in found), *(found.keys() - {*written, "op"})]
    always = [name for name in told[0]["required"] if all(name in one["required"] for one in told)]
    shown = {name: found[name] for name in names}
    return _fields(kinds[0], {"properties": shown, "required": always})


def _is_new(kind: type[msgspec.Struct]) -> bool:
    return issubclass(kind, order_requests.NewOrderRequest)


def _fields(kind: type[msgspec.Struct], told: Schema) -> str:
    always = told["required"]
    meaning = _briefly if issubclass(kind, Message) else str
    rows = [
        (
            code(name),
            form(shape),
            "yes" if name in always else "",
            meaning(shape["description"]),
        )
        for name, shape in told["properties"].items()
        if name != kind.__struct_config__.tag_field
    ]
    rows.sort(key=lambda row: not row[2])
    return table(("field", "form", "always", "meaning"), rows)


def _briefly(text: str) -> str:
    """The first sentence: what is asked of a sender does not belong to an answer."""
    first, stop, _ = text.partition(". ")
    return f"{first}{stop.strip()}"


def form(shape: Schema) -> str:
    """What a value is in JSON, in words."""
    match shape:
        case {"enum": values} if len(values) <= CHOICES_MAX:
            return ", ".join(str(value) for value in values if value is not None)
        case {"enum": _}:
            return "string"
        case {"type": "array", "items": {"$ref": _}}:
            return "array of objects"
        case {"type": "array", "items": {"type": str(kind)}, "minItems": int(count)}:
            return f"[{', '.join([kind] * count)}]"
        case {"type": [*kinds]}:
            return " or ".join(kind for kind in kinds if kind != "null")
        case {"type": kind}:
            return str(kind)
    return "object"


def public() -> str:
    """Which fields of an execution anybody may see, and where else they stand."""
    rows = [
        ("an execution", code(*PublicExecution.__struct_fields__)),
        ("`order`", code(*PublicOrder.__struct_fields__)),
        ("each of `trades`", code(*PublicTrade.__struct_fields__)),
        ("each of `changed`", code(*PublicChange.__struct_fields__)),
    ]
    return table(("of", "public"), rows)


def rejects() -> str:
    meanings = said(RejectReason)
    rows = [(reason.value, code(reason.word), meanings[reason.name]) for reason in RejectReason]
    return table(("number", "reason", "meaning"), rows)


def cancels() -> str:
    meanings = said(CancelReason)
    rows = [(code(reason.value), meanings[reason.name]) for reason in CancelReason]
    return table(("reason", "meaning"), rows)


def life_cycle() -> str:
    rows = [
        (code(status.value), code(*after) if after else "nothing: it has ended")
        for status, after in LIFE_CYCLE.items()
    ]
    return table(("status", "may become"), rows)


def bounds() -> str:
    meanings = said(Bounds)
    rows = [
        (f"{most:,}", meanings[name])
        for name, most in BOUNDS._asdict().items()
        if isinstance(most, int)
    ]
    commands = (f"{COMMANDS_MAX:,}", said(limits)["COMMANDS_MAX"])
    return table(("at most", "what"), [commands, *rows])


def rights() -> str:
    """The users of a NATS server that is set up by us, and what each may do there."""
    passwords = dict.fromkeys(USERS, "")
    text = render_config(
        passwords=passwords,
        listen="",
        monitor="",
        store_dir="",
        sync_always=True,
        limits=Limits(),
    )
    accounts = json.loads(text)["accounts"].values()
    rows = []
    for user in [user for account in accounts for user in account["users"]]:
        may = user.get("permissions", {})
        both = [code(*may[what]) if may else "everything" for what in ("publish", "subscribe")]
        rows.append((code(user["user"]), *both))
    return table(("user", "may publish", "may subscribe"), rows)


def questions() -> str:
    rows = [(code(f"books.{name}"), code(*askable(name))) for name in QUESTIONS]
    return table(("question", "fields"), rows)


def bounds_of_requests() -> str:
    values = {
        "request_timeout": f"{BoundedHttpProtocol.request_timeout:.0f}",
        "CLIENTS_MAX": f"{http_bounds.CLIENTS_MAX:,}",
        "OVERHEAD_LIMIT": f"{http_bounds.OVERHEAD_LIMIT:,}",
    }
    return lifted(http_bounds, values)


def closings_of_sessions() -> str:
    most = SessionBounds()
    values = {
        "message_max": f"{most.message_max:,} bytes",
        "ping_interval": f"{most.ping_interval:.0f} s",
        "waiting_max": f"{most.waiting_max:,}",
        "room": f"{most.room:,} bytes",
        "close_timeout": f"{most.close_timeout:.0f} s",
    }
    return lifted(ws_protocol, values)


PROTOCOL = Document(
    Path(__file__).with_suffix(".md"),
    {
        "new": new_order_fields,
        "replace": partial(fields, order_requests.ReplaceOrder),
        "cancel": partial(fields, order_requests.CancelOrder),
        "cancel-all": partial(fields, order_requests.CancelAllOrders),
        "cancel-all-after": partial(fields, order_requests.CancelAllOrdersAfter),
        "example-asked": partial(example.asked, example.TRADE),
        "example-answered": partial(example.answered, example.TRADE),
        "execution": partial(fields, messages.ExecutionMessage),
        "order": partial(fields, messages.OrderMessage),
        "trade": partial(fields, messages.TradeMessage),
        "change": partial(fields, messages.ChangeMessage),
        "quote": partial(fields, messages.QuoteMessage),
        "balance": partial(fields, messages.BalanceMessage),
        "settings": partial(fields, messages.AccountSettingsMessage),
        "instrument": partial(fields, command_messages.InstrumentMessage),
        "life-cycle": life_cycle,
        "cancels": cancels,
        "rejects": rejects,
        "bounds": bounds,
        "addresses": addresses,
        "answers-to-commands": answers_to_commands,
        "http-bounds": bounds_of_requests,
        "questions": questions,
        "session-closes": closings_of_sessions,
        "rights": rights,
        "venue-open": partial(fields, command_messages.VenueMessage),
        "clock-advance": partial(fields, command_messages.ClockMessage),
        "venue-upgrade": partial(fields, command_messages.UpgradeMessage),
        "public": public,
        **{
            f"ask-{op.replace('.', '-')}": partial(fields, kind)
            for op, kind in ADMINISTRATION.items()
        },
    },
)
