"""Order entry below ASGI: `POST /order` goes straight from the parser to a handler.

Who sends is looked up when the headers change, and not for each order of a connection, unless the
key was revoked meanwhile.

Every other request is an ASGI request as ever, on the same port and in the same queue: pipelined
requests are answered in the order they came in, and an order is handed over when all before it are
answered. Orders leave no line in uvicorn's access log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from outcry.gateway.answers import Answer, failed
from outcry.gateway.asgi import BODIES_MAX, TOO_MUCH
from outcry.gateway.http_bounds import BoundedHttpProtocol
from outcry.gateway.http_cycle import DirectCycle
from outcry.gateway.room import Room, Share
from outcry.gateway.senders import Sender, authorization_of

OrderHandler = Callable[[Sender, bytes, Callable[[Answer], None]], None]
"""Takes who sends, the body of a request, and a function to call once, at once or later, with the
answer."""
Identify = Callable[[bytes], Sender | Answer]
"""Who sends an Authorization header, or what to answer instead."""


class Intake(NamedTuple):
    """Who may send, where orders go, the bytes a request may have, and those that all may have
    together."""

    identify: Identify
    handler: OrderHandler
    body_limit: int
    room: Room


def order_entry_protocol(
    identify: Identify,
    handler: OrderHandler,
    body_limit: int,
    request_timeout_s: float = 10.0,
    room: Room | None = None,
) -> type[HttpToolsProtocol]:
    """The class for uvicorn's `Config(http=...)`."""

    class BoundOrderEntryProtocol(OrderEntryProtocol):
        intake = Intake(identify, handler, body_limit, room or Room(BODIES_MAX))
        request_timeout = request_timeout_s

    return BoundOrderEntryProtocol


class OrderEntryProtocol(BoundedHttpProtocol):
    """One client connection."""

    intake: ClassVar[Intake]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.share = Share(self.intake.room)
        self.authorization = b""
        self.known_sender: Sender | None = None
        """Who sent the header above."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.share.hold(0)
        super().connection_lost(exc)

    def begin_request(self) -> None:
        is_order = self.url == b"/order" or self.url.startswith(b"/order?")
        if is_order and self.parser.get_method() == b"POST":
            self._begin_order()
        else:
            self.begin_asgi_request()

    def sender(self) -> Sender | Answer:
        """Who sends the request whose headers are complete, or what to answer instead."""
        authorization = authorization_of(self.headers)
        if isinstance(authorization, Answer):
            return authorization
        known = self.known_sender
        if known is not None and not known.revoked and authorization == self.authorization:
            return known
        found = self.intake.identify(authorization)
        self.authorization = authorization
        self.known_sender = found if isinstance(found, Sender) else None
        return found

    def _begin_order(self) -> None:
        if self.expect_100_continue and self._declared_length() > self.intake.body_limit:
            self.refuse_body()
        else:
            keep_alive = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
            self.enqueue(OrderCycle(self, keep_alive))

    def refuse_body(self) -> None:
        limit = self.intake.body_limit
        self.refuse(413, "body_too_large", f"The body is over {limit} bytes; send fewer orders.")

    def refuse_share(self) -> None:
        self.refuse(503, *TOO_MUCH)
        self.share.hold(0)

    def _declared_length(self) -> int:
        return int(dict(self.headers).get(b"content-length", 0))


class OrderCycle(DirectCycle):
    """One order request."""

    protocol: OrderEntryProtocol

    def __init__(self, protocol: OrderEntryProtocol, keep_alive: bool) -> None:
        super().__init__(protocol, keep_alive)
        self.sender = protocol.sender()
        self.body = bytearray()
        self.body_limit = protocol.intake.body_limit
        self.body_complete = False
        self.its_turn = False
        self.waiting_for_100_continue = protocol.expect_100_continue

    def start(self) -> None:
        self.its_turn = True
        if self.body_complete:
            self._submit()
        elif self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def add_body(self, piece: bytes) -> None:
        if len(self.body) + len(piece) > self.body_limit:
            self.protocol.refuse_body()
        elif not self.protocol.share.hold(len(self.body) + len(piece)):
            self.protocol.refuse_share()
        else:
            self.body += piece

    def end_body(self) -> None:
        self.body_complete = True
        self.protocol.share.hold(0)
        if self.its_turn:
            self._submit()

    def _submit(self) -> None:
        if self.transport.is_closing():
            return  # nobody would learn what became of the order
        sender = self.sender
        if not isinstance(sender, Sender):
            self.respond(sender)
            return
        try:
            self.protocol.intake.handler(sender, bytes(self.body), self.respond)
        except Exception:
            logging.getLogger(__name__).exception("the order handler failed")
            if not self.response_complete:
                self.respond(failed(500, "internal", "The order could not be handled."))
