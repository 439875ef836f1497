"""The trade stream's sockets: WebSocket clients in, what happens to them told to the hub.

A write goes past picows to the transport, as whole frames. The transport's high-water mark is 0,
so `pause_writing` says that a client holds unsent bytes and `resume_writing` that all have left:
finding slow clients costs nothing per write. (aiofastnet, the transport of picows, sends at once
and keeps what is left by reference, so that blocked clients share the bytes of a run.)
"""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from typing import NamedTuple

import msgspec
import structlog
from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from outcry.log.log import Entry
from outcry.stream.client import Client, Closing
from outcry.stream.hub import Hub
from outcry.stream.listener import BACKLOG
from outcry.stream.subscription import Refusal, Subscription, parse
from outcry.stream.view import Shown, show, view_of
from outcry.wire.access import Access, Key
from outcry.wire.books import ErrorAnswer, ErrorMessage
from outcry.wire.keys import PROTOCOL, SAID_TWICE, credentials, offers

READ_BYTES = 2048  # read buffer of a client: it has little to say
CLOSED_BY_PICOWS = {  # what picows closes for by itself, by its close code
    WSCloseCode.GOING_AWAY: "unresponsive",
    WSCloseCode.MESSAGE_TOO_BIG: "too_big",
}
GOING_AWAY = Closing(1001, "shutdown", "the service stops: reconnect with ?after=<last seq seen>")
BINARY = Closing(1003, "binary", "this stream takes no binary messages")
REVOKED = Closing(4401, "revoked", "the key of this connection was revoked")
TWO_KEYS = Refusal(400, "authorization", f"{SAID_TWICE[0].upper()}{SAID_TWICE[1:]}.")
UNAUTHORIZED = Refusal(
    401, "unauthorized", "This is no key of this venue, or one that was revoked."
)


class Limits(NamedTuple):
    """Bounds of the server, each with what happens at it."""

    clients_max: int = 10_000  # one more is answered 503
    message_bytes_max: int = 4096  # a larger message from a client closes it with 1009
    handshake_s: float = 5.0  # a connection that has not asked for a WebSocket by then is closed
    ping_idle_s: float = 20.0  # a client that was silent for so long is pinged
    ping_reply_s: float = 20.0  # and closed with 1001 when it does not answer by then
    close_s: float = 5.0  # a client that does not confirm its closing by then is cut off


class StreamServer:
    """The clients of one hub. Everything runs in one event loop."""

    def __init__(self, hub: Hub, limits: Limits, tls: ssl.SSLContext | None = None) -> None:
        self.hub = hub
        self.limits = limits
        self.access = Access()
        """Who has which key, as far as executions were taken."""
        self._tls = tls
        self.loop = asyncio.get_running_loop()
        self.position = 0  # the newest entry of EXECUTIONS that was taken
        self.digest: bytes | None = None  # of the history up to there, for who follows it
        self._open_at: int | None = None
        self.connections: set[Connection] = set()
        self.closed: Counter[str] = Counter()  # connections that ended, by cause
        self._server: asyncio.Server | None = None
        self._turn_is_due = False
        self._all_left: asyncio.Future[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether clients are let in; before and after they get 503."""
        return self._open_at is not None and self.position >= self._open_at

    def open_at(self, entry: int) -> None:
        """Let clients in once this entry has been taken: then the ring holds what was newest."""
        self._open_at = entry
        if self.ready:
            self._say_ready()

    async def start(self, listener: socket.socket) -> None:
        """Serve the clients of a listening socket, see listener.py."""
        logger = logging.getLogger("outcry.stream")
        logger.setLevel(logging.ERROR)  # picows has two lines for every client that comes and goes
        self._server = await ws_create_server(
            self._accept,
            sock=listener,
            ssl=self._tls,
            backlog=BACKLOG,
            logger_name=logger,
            websocket_handshake_timeout=self.limits.handshake_s,
            enable_auto_ping=True,
            auto_ping_idle_timeout=self.limits.ping_idle_s,
            auto_ping_reply_timeout=self.limits.ping_reply_s,
            enable_auto_pong=False,  # `Connection` does it, as picows would queue without a bound
            max_frame_size=self.limits.message_bytes_max,
            read_buffer_init_size=READ_BYTES,
            use_aiofastnet=True,
        )

    async def on_entry(self, entry: Entry) -> list[Shown]:
        """Take the next message of EXECUTIONS; clients get it at the end of this turn.

        Whoever came by a key that it revokes is closed.
        """
        executions = show(entry.body)
        self.hub.append(executions)
        self.position = entry.seq
        for shown in executions:
            revoked = self.access.apply(shown.whole)
            if revoked:
                self._close_all_of(revoked)
        if entry.seq == self._open_at:
            self._say_ready()
        self.schedule_turn()
        return executions

    def schedule_turn(self) -> None:
        """Let clients have what is new in the next turn of the event loop."""
        if not self._turn_is_due:
            self._turn_is_due = True
            self.loop.call_soon(self._turn)

    async def stop(self, drain_s: float) -> None:
        """Close every client with 1001, wait for them so long, then cut off the rest."""
        self._open_at = None
        if self._server is not None:
            self._server.close()
        self.hub.turn()
        self._all_left = self.loop.create_future()
        for connection in list(self.connections):
            connection.close(GOING_AWAY)
        await self._wait_until_all_left(drain_s)
        for connection in list(self.connections):
            connection.cut_off()
        await self._wait_until_all_left(1.0)

    def forget(self, connection: "Connection", cause: str) -> None:
        """A connection has ended."""
        self.closed[cause] += 1
        self.connections.discard(connection)
        if self._all_left is not None and not self.connections and not self._all_left.done():
            self._all_left.set_result(None)

    def _say_ready(self) -> None:
        structlog.get_logger().info("ready", log=self.hub.log_id or "", position=self.position)

    def _close_all_of(self, key_id: str) -> None:
        for connection in list(self.connections):
            if connection.key_id == key_id:
                connection.close(REVOKED)

    def _turn(self) -> None:
        self._turn_is_due = False
        if self.hub.turn():
            self.schedule_turn()

    async def _wait_until_all_left(self, timeout_s: float) -> None:
        if self.connections and self._all_left is not None:
            await asyncio.wait([self._all_left], timeout=timeout_s)

    def _accept(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        wish = parse(request.path, request.headers.get("Upgrade", ""))
        if isinstance(wish, Refusal):
            return _refuse(wish)
        if not self.ready:
            return _refuse(Refusal(503, "not_ready", "The stream starts or stops; try again."))
        text = credentials(request.headers.items())
        if text is None:
            return _refuse(TWO_KEYS)
        key = self.access.find(text) if text else None
        if text and key is None:
            return _refuse(UNAUTHORIZED)
        if len(self.connections) >= self.limits.clients_max:
            message = f"All {self.limits.clients_max} places are taken; try again later."
            return _refuse(Refusal(503, "too_many_clients", message))
        if "upgrade" in request.headers.get("Connection", "").lower():
            request.headers["Connection"] = "upgrade"  # picows knows no "keep-alive, Upgrade"
        connection = Connection(self, wish, key)
        if not offers(request.headers.items(), PROTOCOL):
            return connection
        chosen = {"Sec-WebSocket-Protocol": PROTOCOL}
        return WSUpgradeResponseWithListener(
            WSUpgradeResponse.create_101_response(chosen), connection
        )


class Connection(WSListener):
    """One client's WebSocket."""

    def __init__(
        self, server: StreamServer, subscription: Subscription, key: Key | None = None
    ) -> None:
        self._server = server
        self.key_id = key.key_id if key else ""
        self.view = view_of(key)
        self._subscription = subscription
        self._transport: WSTransport
        self._client: Client
        self._cause = ""  # why we closed it
        self._cut_off: asyncio.TimerHandle | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Give the client its place in the stream."""
        server, tcp = self._server, transport.underlying_transport
        self._transport = transport
        self._client = Client(tcp.write, self.close, self.view)
        tcp.set_write_buffer_limits(high=0)
        server.connections.add(self)
        refusal = server.hub.join(self._client, *self._subscription)
        if refusal is not None:
            self.close(refusal)
        elif tcp.get_write_buffer_size():  # not even the handshake has left
            server.hub.block(self._client)
        server.schedule_turn()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Ignore text: a client has nothing to say, but may try."""
        kind = frame.msg_type
        if kind == WSMsgType.PING:
            if not transport.underlying_transport.get_write_buffer_size():
                transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            self.close(Closing(1000, _cause_of(transport), ""))
            transport.disconnect()
        elif kind == WSMsgType.BINARY:
            self.close(BINARY)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Free the client's place."""
        self._server.hub.leave(self._client)
        if self._cut_off is not None:
            self._cut_off.cancel()
        self._server.forget(self, self._cause or _cause_of(transport))

    def pause_writing(self) -> None:
        """The client holds unsent bytes."""
        self._server.hub.block(self._client)

    def resume_writing(self) -> None:
        """All bytes of the client have left."""
        if self._server.hub.unblock(self._client):
            self._server.schedule_turn()

    def close(self, closing: Closing) -> None:
        """Tell the client why, and cut it off if it does not confirm in time."""
        if self._cause:
            return
        self._cause = closing.cause
        self._server.hub.leave(self._client)
        self._transport.send_close(closing.code, closing.text)  # type: ignore[arg-type]
        self._cut_off = self._server.loop.call_later(self._server.limits.close_s, self.cut_off)

    def cut_off(self) -> None:
        """End the connection without waiting for the client."""
        self._transport.disconnect(graceful=False)


def _cause_of(transport: WSTransport) -> str:
    """Why a connection ended that `Connection` did not close."""
    sent = getattr(transport.close_handshake, "sent", None)
    return CLOSED_BY_PICOWS.get(sent.code, "protocol") if sent else "left"


def _refuse(refusal: Refusal) -> WSUpgradeResponseWithListener:
    status, code, message = refusal
    headers = {"Content-Type": "application/json"}
    if status == 503:
        headers["Retry-After"] = "1"
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 426:
        headers["Upgrade"] = "websocket"
    body = msgspec.json.encode(ErrorAnswer(ErrorMessage(code, message)))
    response = WSUpgradeResponse.create_error_response(status, body, headers)
    return WSUpgradeResponseWithListener(response, None)
