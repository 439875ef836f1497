"""Reads: the gateway asks the broker, which owns the books, and passes its answer on.

Rule 1: what is somebody's own is told to who has a key to it; the broker is told whose accounts
these are (`viewer`), and leaves out what is not theirs. An administrator sees everything.
Rule 2: an account that is not the reader's is refused before anybody looks whether there is one.

By default a read waits for the newest execution this gateway has seen, so that a client reads its
own writes; `min_seq` asks for another one, such as one that another gateway told.

A read of an order by its client order id waits for the end of the log instead: what it finds is
all there is, and where it finds nothing it says how far that was looked for.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec
from nats.errors import Error as NatsError
from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway.answers import OK, REFUSED, RETRY_S, Answer, failed, not_allowed
from outcry.gateway.asgi import Unacceptable, malformed, named_fields, respond, sender_of
from outcry.gateway.gate import in_flight_name
from outcry.gateway.senders import Sender, Senders
from outcry.log.connection import Connection
from outcry.log.log import LogError
from outcry.wire.books import BookedMessage, ErrorAnswer, ErrorMessage, UnderWayOrderMessage
from outcry.wire.subjects import BOOKS

TIMEOUT_S = 3.0
"""A little more than the broker waits for an execution to be booked."""
NOT_FOUND = 404
ERROR_CODE = "Nats-Service-Error-Code"
"""Header of an answer that is an error: its status in HTTP."""

_VIEWER = "viewer"
"""Field of a question: the accounts of who asks. No address may have it."""

_NO_ORDER = failed(NOT_FOUND, "unknown_order", "no order with this id was ever accepted here")
_DEFECT = failed(500, "internal", "a defect of the broker; its log says more").body

Endpoint = Callable[[Request], Awaitable[Response]]


class Seen(Protocol):
    """What the gateway knows without the broker."""

    seq: int

    def is_under_way(self, name: str) -> bool: ...

    async def last_entry(self) -> int:
        """The end of ORDERS. Raises LogError."""


class _Found(msgspec.Struct):
    booked: BookedMessage | None = None
    blocked: bool = False
    order: msgspec.Raw = msgspec.Raw()


_found = msgspec.json.Decoder(_Found).decode


class Reads:
    """The read endpoints over one connection."""

    def __init__(self, nc: Connection, seen: Seen, senders: Senders) -> None:
        self._nc = nc
        self._seen = seen
        self._senders = senders

    def public(self, question: str) -> Endpoint:
        """An endpoint whose path and query hold the fields of a question to the books."""

        async def endpoint(request: Request) -> Response:
            return respond(await self._ask(question, _named(request)))

        return endpoint

    def own(self, question: str) -> Endpoint:
        """The same, of the accounts of who asks."""

        async def endpoint(request: Request) -> Response:
            sender = sender_of(request, self._senders)
            return respond(await self._ask_for(sender, question, _fields(request, sender)))

        return endpoint

    def admin(self, question: str) -> Endpoint:
        """The same, for administrators."""

        async def endpoint(request: Request) -> Response:
            if not sender_of(request, self._senders).is_admin:
                raise Unacceptable(not_allowed("this needs a key with role admin"))
            return respond(await self._ask(question, _named(request)))

        return endpoint

    async def order(self, request: Request) -> Response:
        """/order/{order_id} or /order?client_order_id=…&account=…"""
        sender = sender_of(request, self._senders)
        fields = _fields(request, sender)
        if "order_id" not in fields:
            return respond(await self._named_order(sender, fields))
        answer = await self._ask_for(sender, "order", fields)
        return respond(answer if answer.status != OK or _found(answer.body).order else _NO_ORDER)

    async def _named_order(self, sender: Sender, fields: dict[str, str]) -> Answer:
        if "client_order_id" not in fields:
            text = "name the order: /order/{order_id} or /order?client_order_id=…"
            raise malformed(text, "client_order_id")
        if not fields.setdefault("account", sender.account):
            raise malformed("account is missing; your key is for none in particular", "account")
        name = in_flight_name(fields["account"], fields["client_order_id"])
        under_way = self._seen.is_under_way(name)  # asked first: it may be booked meanwhile
        try:
            if not under_way:
                fields["min_entry"] = str(await self._seen.last_entry())
        except LogError as error:
            text = f"the log cannot be asked how far it goes: {error}"
            return failed(REFUSED, "log_away", text, retry_after_s=RETRY_S)
        answer = await self._ask_for(sender, "order", fields)
        found = _found(answer.body) if answer.status == OK else None
        if found is None or len(found.order):
            return answer
        return _pending(answer, fields) if under_way else _none(found, fields)

    async def _ask_for(self, sender: Sender, question: str, fields: Mapping[str, str]) -> Answer:
        """Ask what `sender` may know."""
        if sender.is_admin:
            return await self._ask(question, fields)
        return await self._ask(question, {**fields, _VIEWER: sender.accounts})

    async def _ask(self, question: str, fields: Mapping[str, object]) -> Answer:
        body = msgspec.json.encode({"min_seq": self._seen.seq, **fields})
        try:
            reply = await self._nc.request(f"{BOOKS}.{question}", body, timeout=TIMEOUT_S)
        except (NatsError, TimeoutError):
            text = "the broker does not answer; reads come back when it does"
            return failed(REFUSED, "broker_away", text, retry_after_s=RETRY_S)
        code = (reply.headers or {}).get(ERROR_CODE, "")
        if not code:
            return Answer(OK, reply.data)
        status = int(code)
        return Answer(status, reply.data or _DEFECT, RETRY_S if status == REFUSED else 0)


def _named(request: Request) -> dict[str, str]:
    """What path and query name. Raises Unacceptable."""
    fields = named_fields(request)
    if _VIEWER in fields:
        raise malformed("there is no such field; your key says who asks", _VIEWER)
    return fields


def _fields(request: Request, sender: Sender) -> dict[str, str]:
    """What path and query name. Raises Unacceptable: an account that is not the sender's."""
    fields = _named(request)
    account = fields.get("account")
    if account is not None and not sender.may_see(account):
        raise Unacceptable(not_allowed("this key is not for the account that is named", "account"))
    return fields


def _pending(answer: Answer, fields: Mapping[str, str]) -> Answer:
    """The same with an order that is not booked yet, but on its way into the log."""
    order = UnderWayOrderMessage(fields["account"], fields["client_order_id"], "pending")
    told = msgspec.json.decode(answer.body) | {"order": order}
    return Answer(OK, msgspec.json.encode(told))


def _none(found: _Found, fields: Mapping[str, str]) -> Answer:
    """There is no order of this name, as far as the log goes, and what that is worth."""
    name = f"client_order_id {fields['client_order_id']} of account {fields['account']}"
    at = found.booked
    assert at is not None, "the broker says how far its books go"
    if found.blocked:
        code = "blocked"
        text = f"no order had {name}, and none will: a cancel gave it up"
    else:
        code = "never_seen"
        text = (
            f"no order has or had {name} up to entry {at.entry}, log time {at.ts}. That is final "
            "for one sent with an expire_at (expires_in) before this time; else cancel it by this "
            "client_order_id: then none of this name will be accepted any more"
        )
    error = ErrorMessage(code, text, "client_order_id")
    return Answer(NOT_FOUND, msgspec.json.encode(ErrorAnswer(error, at)))
