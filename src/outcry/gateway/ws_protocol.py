"""Order entry over WebSocket, below ASGI: text frames go straight to a session and back.

Uvicorn hands a connection over after the HTTP upgrade. The frames are the sans-I/O protocol's of
`websockets`; here are the socket, the bounds, and the rule that all frames of one turn of the loop
leave in one write.

| a client that                                       | is closed with       |
|-----------------------------------------------------|----------------------|
| asks for another path                               | HTTP 404             |
| has no key that is good                             | HTTP 401             |
| asks for what is not its own                        | HTTP 403             |
| asks for what there is not, or shows two keys       | HTTP 400             |
| sends a message over `message_max`, in any pieces   | 1009                 |
| sends a binary message                              | 1003                 |
| sends text that is not UTF-8                        | 1007                 |
| takes over `ping_interval` to send a message        | 1008                 |
| lets over `waiting_max` bytes of answers wait       | 1013                 |
| adds to over `room` that wait for all clients       | 1013                 |
| is not heard between two pings                      | 1011                 |
| is connected when the server goes down              | 1001, all answered   |
| does not close within `close_timeout` when asked to | a dropped connection |
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple, Protocol, cast

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from outcry.gateway.answers import Answer, failed, headers_of
from outcry.gateway.asgi import Unacceptable
from outcry.gateway.room import Room, Share
from outcry.gateway.senders import TWO_KEYS
from outcry.wire.keys import PROTOCOL, credentials

FLUSH_AT = 64 * 1024
"""Bytes of answers that are written at once, even if more could join them."""
PIECE = 8 * 1024
"""Bytes of one client that are read in one turn of the loop: a thousand frames may be in them."""


class Session(Protocol):
    """What a client's messages are for."""

    def on_text(self, data: bytes, /) -> None:
        """A whole message, in UTF-8."""

    def on_shutdown(self) -> None:
        """The server goes down: take no more, and close when all is answered."""

    def on_closed(self) -> None:
        """The client is gone. Called once, last."""


SendText = Callable[[bytes], None]
"""Sends a message in UTF-8; sends nothing when the client is gone."""
Close = Callable[[int, str], None]
"""Closes with a code and a reason of at most 123 bytes."""
SessionFactory = Callable[[SendText, Close], Session]
Admit = Callable[[str, str], SessionFactory]
"""What opens the session that the query of an address asks for, for the holder of a key, whose text
comes second. Raises Unacceptable: there is no such session."""


class SessionBounds(NamedTuple):
    """In bytes and seconds."""

    message_max: int = 1 << 20
    waiting_max: int = 8 << 20
    room: int = 256 << 20
    ping_interval: float = 20.0
    close_timeout: float = 10.0


def order_session_protocol(
    admit: Admit, path: str = "/ws", limits: SessionBounds | None = None
) -> type[asyncio.Protocol]:
    """The class for uvicorn's `Config(ws=...)`."""

    class BoundOrderSessionProtocol(OrderSessionProtocol):
        bounds = limits or SessionBounds()
        entry = SessionEntry(admit, path, Room(bounds.room))

    return BoundOrderSessionProtocol


class SessionEntry(NamedTuple):
    admit: Admit
    path: str
    room: Room


class OrderSessionProtocol(asyncio.Protocol):
    """One client connection, from the upgrade request on."""

    entry: ClassVar[SessionEntry]
    bounds: ClassVar[SessionBounds]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.loop = _loop or asyncio.get_running_loop()
        self.connections: set[Any] = server_state.connections
        self.frames = ServerProtocol(
            select_subprotocol=_subprotocol, max_size=self.bounds.message_max
        )
        self.session: Session | None = None
        self.is_closing = False
        self.eof_written = False
        self.unread = b""
        self.reads_later = False
        self.message = bytearray()
        self.message_since: float | None = None
        self.share = Share(self.entry.room)
        self.unflushed = 0
        self.flush_is_due = False
        self.was_heard = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.connections.add(self)
        self.timer = self.loop.call_later(self.bounds.close_timeout, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self)
        self.timer.cancel()
        self.is_closing = True
        self.unread = b""
        self.share.hold(0)
        session, self.session = self.session, None
        if session is not None:
            session.on_closed()

    def data_received(self, data: bytes) -> None:
        self.was_heard = True
        self.unread += data
        if len(self.unread) == len(data):  # else a turn is due
            self._read_piece()

    def _read_piece(self) -> None:
        """Read on, but no more than others can wait for."""
        if not self.unread:  # the client has gone meanwhile
            return
        piece, self.unread = self.unread[:PIECE], self.unread[PIECE:]
        self.frames.receive_data(piece)
        for event in self.frames.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif not self.is_closing:
                self._receive(cast(Frame, event))
        self._flush()
        self._weigh()
        if self.unread:
            self.loop.call_soon(self._read_piece)
        self._read_later(bool(self.unread))

    def _read_later(self, later: bool) -> None:
        """Let the socket wait while there is something left to read."""
        if later is self.reads_later or self.transport.is_closing():
            return
        self.reads_later = later
        if later:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def resume_writing(self) -> None:
        """The client has taken its answers."""
        self._weigh()

    def _weigh(self) -> None:
        """See how much is held for the client."""
        partial = len(self.message) + len(self.frames.reader.buffer)
        if not partial:
            self.message_since = None
        elif self.message_since is None:
            self.message_since = self.loop.time()
        waiting = self.transport.get_write_buffer_size()
        if not self.share.hold(partial + len(self.unread) + waiting):
            self._fail(CloseCode.TRY_AGAIN_LATER, "too much waits for all clients; come back later")

    def shutdown(self) -> None:
        """Uvicorn calls this when the server goes down, and waits for the connection to end."""
        if self.session is not None:
            self.session.on_shutdown()
        else:
            self.transport.close()

    def send_text(self, data: bytes) -> None:
        if self.frames.state is not State.OPEN:
            return
        self.frames.send_text(data)
        self.unflushed += len(data)
        if self.unflushed > FLUSH_AT:
            self._flush()
        else:
            self._flush_soon()

    def close(self, code: int, reason: str) -> None:
        if self.frames.state is State.OPEN:
            self.frames.send_close(code, reason)
            self._flush_soon()
            self._await_close()

    def _open(self, request: Request) -> None:
        path, _, query = request.path.partition("?")
        if path != self.entry.path:
            text = f"there is no WebSocket at {path}, only at {self.entry.path}"
            self._turn_away(failed(HTTPStatus.NOT_FOUND, "not_found", text))
            return
        key = credentials(request.headers.raw_items())
        if key is None:
            self._turn_away(TWO_KEYS)
            return
        try:
            open_session = self.entry.admit(query, key)
        except Unacceptable as error:
            self._turn_away(error.answer)
            return
        self.frames.send_response(self.frames.accept(request))
        if self.frames.state is State.OPEN:
            self.session = open_session(self.send_text, self.close)
            if not self.is_closing:  # it may have closed at once
                self._ping_later()

    def _turn_away(self, answer: Answer) -> None:
        response = self.frames.reject(answer.status, answer.body.decode())
        del response.headers["content-type"]
        response.headers["content-type"] = "application/json"
        response.headers.update(headers_of(answer))
        self.frames.send_response(response)

    def _receive(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.CONT:
            self.message += frame.data
            if frame.fin:
                message, self.message = bytes(self.message), bytearray()
                self.message_since = None
                self._deliver(message)
        elif frame.opcode is Opcode.BINARY:
            self._fail(CloseCode.UNSUPPORTED_DATA, "send orders as text, not binary")

    def _deliver(self, message: bytes) -> None:
        assert self.session is not None
        try:
            message.decode()
        except UnicodeDecodeError:
            self._fail(CloseCode.INVALID_DATA, "a message is not UTF-8")
            return
        try:
            self.session.on_text(message)
        except Exception:
            logging.getLogger(__name__).exception("the session failed")
            self._fail(CloseCode.INTERNAL_ERROR, "the message could not be handled")

    def _fail(self, code: CloseCode, reason: str) -> None:
        """Close without waiting for the client to agree."""
        self.is_closing = True
        self.message.clear()
        if self.frames.state is State.OPEN:
            self.frames.fail(code, reason)
            self._flush()

    def _ping(self) -> None:
        since = self.message_since
        if since is not None and self.loop.time() - since > self.bounds.ping_interval:
            self._fail(CloseCode.POLICY_VIOLATION, "a message took too long to come")
        elif self.was_heard:
            self.was_heard = False
            self.frames.send_ping(b"")
            self._flush()
            self._ping_later()
        else:
            self._fail(CloseCode.INTERNAL_ERROR, "a ping was not answered in time")

    def _ping_later(self) -> None:
        self.timer.cancel()
        self.timer = self.loop.call_later(self.bounds.ping_interval, self._ping)

    def _await_close(self) -> None:
        self.is_closing = True
        self.timer.cancel()
        self.timer = self.loop.call_later(self.bounds.close_timeout, self.transport.abort)

    def _flush_soon(self) -> None:
        if not self.flush_is_due:
            self.flush_is_due = True
            self.loop.call_soon(self._flush_due)

    def _flush_due(self) -> None:
        self.flush_is_due = False
        self._flush()

    def _flush(self) -> None:
        """Write all frames that wait. A close frame is the last of them."""
        data = b"".join(self.frames.data_to_send())
        self.unflushed = 0
        if self.transport.is_closing():
            return
        if data:
            self.transport.write(data)
            if self.transport.get_write_buffer_size() > self.bounds.waiting_max:
                self.close(CloseCode.TRY_AGAIN_LATER, "too many answers wait; read them sooner")
            self._weigh()
        if self.frames.eof_sent and not self.eof_written:
            self.eof_written = True
            self._await_close()
            self._hang_up()

    def _hang_up(self) -> None:
        if self.frames.close_rcvd is not None:
            self.transport.close()
        elif self.transport.can_write_eof():
            # Our half only: a close with unread input resets the connection under the reason.
            self.transport.write_eof()


def _subprotocol(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """The one that is not the key which a browser sends beside it."""
    ours = Subprotocol(PROTOCOL)
    return ours if ours in offered else None
