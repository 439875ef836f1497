"""Reads: the gateway asks the broker, which owns the books, and passes its answer on.

By default a read waits for the newest execution this gateway has seen, so that a client reads its
own writes; `min_seq` asks for another one, such as one that another gateway told.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from nats.errors import Error as NatsError
from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway.answers import MALFORMED, REFUSED, Answer, failed
from outcry.gateway.gate import in_flight_name
from outcry.log.connection import Connection
from outcry.wire.commands import DEFAULT_ACCOUNT
from outcry.wire.subjects import BOOKS

TIMEOUT_S = 3.0
"""A little more than the broker waits for an execution to be booked."""
OK = 200
NOT_FOUND = 404
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_NUMBERS = frozenset({"limit", "depth", "min_seq"})


class Seen(Protocol):
    """What the gateway knows without the broker."""

    seq: int

    def is_under_way(self, name: str) -> bool: ...


class Reads:
    """The read endpoints over one connection."""

    def __init__(self, nc: Connection, seen: Seen) -> None:
        self._nc = nc
        self._seen = seen

    async def listing(self, request: Request) -> Response:
        """/orders, /trades, /positions, /instruments: filters are query parameters."""
        what = request.url.path.strip("/")
        return respond(await self._ask(what, dict(request.query_params)))

    async def book(self, request: Request) -> Response:
        fields = {**request.query_params, "symbol": request.path_params["symbol"]}
        return respond(await self._ask("book", fields))

    async def order(self, request: Request) -> Response:
        """/order/{order_id}"""
        fields = {**request.query_params, "order_id": request.path_params["order_id"]}
        return respond(self._found(await self._ask("order", fields), fields))

    async def order_by_client_id(self, request: Request) -> Response:
        """/order?client_order_id=…&account=…"""
        fields = dict(request.query_params)
        if "client_order_id" not in fields:
            text = "name the order: /order/{order_id} or /order?client_order_id=…"
            return respond(failed(MALFORMED, "malformed", text, "client_order_id"))
        fields.setdefault("account", DEFAULT_ACCOUNT)
        return respond(self._found(await self._ask("order", fields), fields))

    def _found(self, answer: Answer, fields: Mapping[str, str]) -> Answer:
        """The order; `pending` while its entry is under way; else 404."""
        if answer.status != OK or msgspec.json.decode(answer.body)["order"] is not None:
            return answer
        client_order_id = fields.get("client_order_id", "")
        account = fields.get("account", "")
        if client_order_id and self._seen.is_under_way(in_flight_name(account, client_order_id)):
            order = {"client_order_id": client_order_id, "account": account, "status": "pending"}
            return Answer(OK, msgspec.json.encode({"order": order, "trades": []}))
        return failed(NOT_FOUND, "unknown_order", "no order with this id was ever accepted here")

    async def _ask(self, what: str, fields: Mapping[str, str]) -> Answer:
        question: dict[str, Any] = {"min_seq": self._seen.seq}
        for name, value in fields.items():
            if name in _NUMBERS:
                if not _WHOLE.fullmatch(value):
                    text = f"{name} is a whole number"
                    return failed(MALFORMED, "malformed", text, name)
                question[name] = int(value)
            else:
                question[name] = value
        try:
            reply = await self._nc.request(
                f"{BOOKS}.{what}", msgspec.json.encode(question), timeout=TIMEOUT_S
            )
        except (NatsError, TimeoutError):
            text = "the broker does not answer; reads come back when it does"
            return failed(REFUSED, "broker_away", text, retry_after_s=1)
        code = (reply.headers or {}).get("Nats-Service-Error-Code", "")
        status = int(code) if code else OK
        return Answer(status, reply.data, 1 if status == REFUSED else 0)


def respond(answer: Answer) -> Response:
    headers = {"retry-after": str(answer.retry_after_s)} if answer.retry_after_s else None
    return Response(answer.body, answer.status, headers, "application/json")
