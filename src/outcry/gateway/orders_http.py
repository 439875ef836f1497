"""Order commands over HTTP: POST /order, and PATCH and DELETE of one order."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway import http_cycle
from outcry.gateway.answers import MALFORMED, Answer, failed
from outcry.gateway.gate import Gate
from outcry.gateway.reads import respond
from outcry.wire.entries import read_commands

BODY_MAX = 1 << 20
"""Bytes of a request."""
_ARRAY = b"["


def post_orders(gate: Gate, body: bytes, told: Callable[[http_cycle.Answer], None]) -> None:
    """POST /order: a command, answered by its execution, or an array, answered by an array."""
    if body.lstrip()[:1] == _ARRAY:
        gate.take(body, partial(_tell_many, told))
    else:
        gate.take(body, partial(_tell_one, told))


def _tell_one(told: Callable[[http_cycle.Answer], None], answers: list[Answer]) -> None:
    answer = answers[0]
    retry = b"retry-after: %d\r\n" % answer.retry_after_s if answer.retry_after_s else b""
    told(http_cycle.Answer(answer.status, answer.body, retry))


def _tell_many(told: Callable[[http_cycle.Answer], None], answers: list[Answer]) -> None:
    """200 with one answer an element. A whole array that failed alike is answered by that."""
    first = answers[0]
    failed_alike = first.body.startswith(b'{"error"') and all(a == first for a in answers)
    if failed_alike:
        return _tell_one(told, answers)
    told(http_cycle.Answer(200, b"[" + b",".join([a.body for a in answers]) + b"]"))
    return None


class OrderRoutes:
    """PATCH and DELETE, through ASGI."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def replace(self, request: Request) -> Response:
        return await self._command(request, "replace")

    async def cancel(self, request: Request) -> Response:
        return await self._command(request, "cancel")

    async def _command(self, request: Request, op: str) -> Response:
        """The body's fields, if any, with the order that path or query name."""
        try:
            body = await read_body(request)
            fields = msgspec.json.decode(body, type=dict[str, Any]) if body else {}
        except TooLarge:
            return respond(failed(413, "body_too_large", f"the body is over {BODY_MAX} bytes"))
        except (msgspec.DecodeError, RecursionError, ValueError):
            return respond(failed(MALFORMED, "malformed", "the body is not a JSON object"))
        named = {**request.query_params, **request.path_params}
        doubled = sorted(({"op"} | named.keys()) & fields.keys())
        if doubled:
            text = f"{doubled[0]} is in the address already; leave it out of the body"
            return respond(failed(MALFORMED, "malformed", text, doubled[0]))
        command = msgspec.json.encode({"op": op, **named, **fields})
        answers: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._gate.send(read_commands(command, self._gate.suffix), answers.set_result)
        return respond((await answers)[0])


class TooLarge(Exception):
    pass


async def read_body(request: Request) -> bytes:
    """The body, up to BODY_MAX. Raises TooLarge."""
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > BODY_MAX:
            raise TooLarge
    return bytes(pieces)
