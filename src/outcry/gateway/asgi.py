"""What the routes share: a request's sender, fields and body, and answers as responses."""

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway.answers import MALFORMED, REFUSED, RETRY_S, Answer, failed, headers_of
from outcry.gateway.room import Room, Share
from outcry.gateway.senders import Sender, Senders, authorization_of

BODY_MAX = 1 << 20
"""Bytes of a request."""
BODIES_MAX = 256 << 20
"""Bytes of requests that come in at the same time, over all clients."""
TOO_LARGE = 413
TOO_MUCH = "too_much_at_once", "too much is sent by all clients at the moment; come back later"
_SHOWN_MAX = 32


class Unacceptable(Exception):
    """A request that is answered without being looked at further."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def malformed(message: str, field: str = "") -> Unacceptable:
    """With the field at fault, unless its name cannot be shown."""
    shown = len(field) <= _SHOWN_MAX and field.isascii() and field.isprintable()
    return Unacceptable(failed(MALFORMED, "malformed", message, field if shown else ""))


def sender_of(request: Request, senders: Senders) -> Sender:
    """Who sends a request. Raises Unacceptable: nobody whose key is good, or two."""
    authorization = authorization_of(request.scope["headers"])
    if isinstance(authorization, Answer):
        raise Unacceptable(authorization)
    sender = senders.of_header(authorization)
    if isinstance(sender, Answer):
        raise Unacceptable(sender)
    return sender


def named_fields(request: Request) -> dict[str, str]:
    """What the path and the query name. Raises Unacceptable: one of them twice."""
    fields: dict[str, str] = {}
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if name in fields:
            raise malformed("a field stands twice in the address; give it once", name)
        fields[name] = value
    return fields


async def read_body(request: Request, room: Room) -> bytes:
    """The body. Raises Unacceptable: it is over BODY_MAX, or too much comes from all clients."""
    pieces = bytearray()
    share = Share(room)
    try:
        async for piece in request.stream():
            pieces += piece
            if len(pieces) > BODY_MAX:
                text = f"the body is over {BODY_MAX} bytes; send fewer orders"
                raise Unacceptable(failed(TOO_LARGE, "body_too_large", text))
            if not share.hold(len(pieces)):
                raise Unacceptable(failed(REFUSED, *TOO_MUCH, retry_after_s=RETRY_S))
    finally:
        share.hold(0)
    return bytes(pieces)


def respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, headers_of(answer), "application/json")


async def told(take: Callable[[Callable[[Answer], None]], None]) -> Answer:
    """Wait for an answer; nobody minds one that comes when the request is gone."""
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    take(lambda answer: None if future.done() else future.set_result(answer))
    return await future
