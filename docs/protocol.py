"""The sections of protocol.md: messages, reasons, life-cycle, bounds, rights."""

import json
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from docs import example
from docs.sections import Document
from docs.tables import code, lifted, said, table
from outcry.broker.questions import QUESTIONS
from outcry.domain import limits
from outcry.domain.limits import BOUNDS, COMMANDS_MAX, Bounds
from outcry.domain.order import LIFE_CYCLE, CancelReason
from outcry.domain.reject import RejectReason
from outcry.gateway import http_bounds, ws_protocol
from outcry.log.streams import Limits
from outcry.runtime.nats_config import USERS, render_config
from outcry.wire import messages
from outcry.wire.messages import Message

_FORMS = {str: "string", int: "number"}


def fields(message: type[Message]) -> str:
    """The fields of a message: those that it always has, then the others."""
    meanings, types = said(message), get_type_hints(message)
    told = [
        (field.required, code(field.name), form(types[field.name]), meanings[field.name])
        for field in msgspec.structs.fields(message)
    ]
    told.sort(key=lambda row: not row[0])
    rows = [(name, kind, "yes" if always else "", text) for always, name, kind, text in told]
    tag = message.__struct_config__.tag
    if tag is not None and "." not in str(tag):  # where the subject says it, it can be left out
        rows.insert(0, (code("op"), code(json.dumps(tag)), "yes", "What is asked."))
    return table(("field", "form", "always", "meaning"), rows)


def form(annotation: Any) -> str:
    """What a type is in JSON."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(args)
    if origin is UnionType:
        return " or ".join(dict.fromkeys(form(arg) for arg in args if arg is not NoneType))
    if origin is tuple:
        one = form(args[0])
        return f"array of {one}s" if Ellipsis in args else f"[{', '.join(map(form, args))}]"
    return _FORMS.get(annotation, "object")


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
    rows = [(f"{most:,}", meanings[name]) for name, most in BOUNDS._asdict().items()]
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
    rows = [(code(f"books.{name}"), code(*known)) for name, known in QUESTIONS.items()]
    return table(("question", "fields"), rows)


PROTOCOL = Document(
    Path(__file__).with_suffix(".md"),
    {
        "new": partial(fields, messages.NewOrderMessage),
        "replace": partial(fields, messages.ReplaceMessage),
        "cancel": partial(fields, messages.CancelMessage),
        "example-asked": partial(example.asked, example.TRADE),
        "example-answered": partial(example.answered, example.TRADE),
        "execution": partial(fields, messages.ExecutionMessage),
        "order": partial(fields, messages.OrderMessage),
        "trade": partial(fields, messages.TradeMessage),
        "change": partial(fields, messages.ChangeMessage),
        "quote": partial(fields, messages.QuoteMessage),
        "instrument": partial(fields, messages.InstrumentMessage),
        "life-cycle": life_cycle,
        "cancels": cancels,
        "rejects": rejects,
        "bounds": bounds,
        "http-bounds": partial(lifted, http_bounds),
        "questions": questions,
        "session-closes": partial(lifted, ws_protocol),
        "rights": rights,
        "venue-open": partial(fields, messages.VenueMessage),
        "instrument-list": partial(fields, messages.ListInstrumentMessage),
        "instrument-state": partial(fields, messages.InstrumentStateMessage),
        "account-set": partial(fields, messages.AccountMessage),
        "clock-advance": partial(fields, messages.ClockMessage),
    },
)
