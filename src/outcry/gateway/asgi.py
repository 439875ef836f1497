"""What the routes share: a request's fields and body, and answers as responses."""

from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway.answers import MALFORMED, REFUSED, RETRY_S, Answer, failed
from outcry.gateway.room import Room, Share

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
    headers = {"retry-after": str(answer.retry_after_s)} if answer.retry_after_s else None
    return Response(answer.body, answer.status, headers, "application/json")
