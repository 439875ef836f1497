"""Order commands over HTTP: POST /order, and PATCH and DELETE of one order."""

from collections.abc import Callable
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway.answers import ACCEPTED, OK, Answer
from outcry.gateway.asgi import (
    BODIES_MAX,
    malformed,
    named_fields,
    read_body,
    respond,
    sender_of,
    told,
)
from outcry.gateway.gate import Gate
from outcry.gateway.room import Room
from outcry.gateway.senders import Sender, Senders
from outcry.gateway.sent import Door

_ARRAY = b"["
_NAMES = frozenset({"order_id", "client_order_id", "account"})
"""What an address may say of an order; all else belongs into the body."""
_NAMED = (
    "an address takes order_id, client_order_id and account, to name the order; anything else goes "
    "into the body"
)
_ALL = ', and {"op": "cancel_all"} to POST /order cancels all that are open'

_read_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def post_commands(
    gate: Gate, door: Door, sender: Sender, body: bytes, told: Callable[[Answer], None]
) -> None:
    """A command, answered by its execution, or an array, answered by an array."""
    if body.lstrip()[:1] == _ARRAY:
        gate.take(sender, door, body, lambda answers: told(_joined(answers)))
    else:
        gate.take(sender, door, body, lambda answers: told(answers[0]))


def _joined(answers: list[Answer]) -> Answer:
    """200 with one answer for each element. An array that failed alike is answered by that."""
    first = answers[0]
    if first.is_error and all(answer == first for answer in answers):
        return first
    return Answer(OK, b"[" + b",".join([answer.body for answer in answers]) + b"]")


class OrderRoutes:
    """The same through ASGI, and PATCH and DELETE."""

    def __init__(self, gate: Gate, senders: Senders) -> None:
        self._gate = gate
        self._senders = senders
        self._room = Room(BODIES_MAX)

    async def post(self, request: Request) -> Response:
        """POST /order, should its address be written in a way that only ASGI understands."""
        sender = sender_of(request, self._senders)
        body = await read_body(request, self._room)
        take = partial(post_commands, self._gate, Door.ORDERS, sender, body)
        return respond(await told(take))

    async def replace(self, request: Request) -> Response:
        return await self._command(request, "replace")

    async def cancel(self, request: Request) -> Response:
        return await self._command(request, "cancel")

    async def _command(self, request: Request, op: str) -> Response:
        """The fields of the body, if there are any, for the order that path or query name."""
        sender = sender_of(request, self._senders)
        named = named_fields(request)
        try:
            fields = _read_object(await read_body(request, self._room) or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise malformed("the body is not a JSON object") from error
        for name in named:
            if name not in _NAMES:
                raise malformed(f"{_NAMED}{_ALL if op == 'cancel' else ''}", name)
        said = {"op": op, **named}
        for name, value in said.items():
            if name in fields and bytes(fields[name]) != msgspec.json.encode(value):
                raise malformed("the body says something else than method and address", name)
        body = msgspec.json.encode({**fields, **said})
        answer = await told(partial(post_commands, self._gate, Door.ORDERS, sender, body))
        return respond(answer._replace(status=OK) if answer.status == ACCEPTED else answer)
