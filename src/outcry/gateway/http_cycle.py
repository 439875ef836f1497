"""A request that is answered without ASGI: no task, no scope, one write.

Rule: a `DirectCycle` takes the place of uvicorn's `RequestResponseCycle` in the protocol's queue,
so that uvicorn's graceful shutdown and request count, and our bounds, hold for it too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from outcry.gateway.answers import Answer, headers_of

if TYPE_CHECKING:
    from outcry.gateway.http_bounds import BoundedHttpProtocol


class DirectCycle(RequestResponseCycle):
    """One request from its headers to its answer."""

    message_event = asyncio.Event()  # uvicorn sets it; nobody waits for it

    def __init__(self, protocol: BoundedHttpProtocol, keep_alive: bool) -> None:
        # Not super().__init__(), whose preparations for ASGI cost more than all that happens here.
        self.protocol = protocol
        self.transport = protocol.transport
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_started = False
        self.response_complete = False

    def start(self) -> None:
        """Its turn has come: every earlier request of the connection is answered."""
        raise NotImplementedError

    def add_body(self, piece: bytes) -> None:
        raise NotImplementedError

    def end_body(self) -> None:
        raise NotImplementedError

    def respond(self, answer: Answer) -> None:
        """Write the answer. A client that is gone gets none, which does no harm."""
        if self.response_complete:
            raise RuntimeError("a request is answered once")
        self.response_started = self.response_complete = True
        if self.transport.is_closing():
            return
        self.transport.write(self._encode(answer))
        if not self.keep_alive:
            self.hang_up()
        self.protocol.on_response_complete()

    def hang_up(self) -> None:
        self.protocol.close()

    def _encode(self, answer: Answer) -> bytes:
        defaults = self.protocol.server_state.default_headers
        more = "".join([f"{name}: {value}\r\n" for name, value in headers_of(answer).items()])
        return b"%b%bcontent-type: application/json\r\ncontent-length: %d\r\n%b%b\r\n%b" % (
            STATUS_LINE[answer.status],
            b"".join([b"%b: %b\r\n" % header for header in defaults]),
            len(answer.body),
            more.encode(),
            b"" if self.keep_alive else b"connection: close\r\n",
            answer.body,
        )


class Refusal(DirectCycle):
    """An error in answer to a request that broke a bound. No request is read after it."""

    def __init__(self, protocol: BoundedHttpProtocol, answer: Answer) -> None:
        super().__init__(protocol, keep_alive=False)
        self.answer = answer

    def start(self) -> None:
        if not self.transport.is_closing():
            self.respond(self.answer)

    def hang_up(self) -> None:
        # Our half only: a close with unread input resets the connection, and the client might never
        # learn why. The client closes the other half; if it does not, the keep-alive time ends it.
        if self.transport.can_write_eof():
            self.transport.write_eof()
