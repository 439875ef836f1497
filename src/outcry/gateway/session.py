"""Order entry over WebSocket: the protocol of one client, without the socket.

A client sends text frames, many at a time if it likes:

    {"id": 7, "order": {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "189.50"}}
    {"id": "b", "orders": [{…}, {"op": "cancel", "client_order_id": "a1"}]}

and gets one frame for each, when it is answered, with the same `id`:

    {"id": 7, "execution": {…}}            the execution, or
    {"id": 7, "error": {"code", "message", "field"}}, or {"id": 7, "unknown": {…}}
    {"id": "b", "results": [{"execution": {…}}, {"error": {…}}]}

Who sends is settled by the key of the handshake. With one for an administrator his commands may
stand among the others.

At /ws?cancel_on_disconnect=ACCOUNT the orders of that account are cancelled when the session ends,
however it ends; see `lifelines`. Without a value it is the first account of the key.

When the gateway goes down, what was taken is answered, what still comes is refused, and then the
client is closed with 1001. When its key is revoked the client is told by an error without an id at
once; what was taken is answered, if that takes no longer than LEAVE_S, what still comes is refused,
and then it is closed with 4401.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl

import msgspec
from websockets.frames import CloseCode

from outcry.domain.types import Role
from outcry.gateway.answers import (
    MALFORMED,
    TOO_MANY,
    UNAUTHORIZED,
    UNKNOWN,
    Answer,
    failed,
    not_allowed,
    refused,
)
from outcry.gateway.asgi import Unacceptable, malformed
from outcry.gateway.gate import Gate
from outcry.gateway.lifelines import Lifelines
from outcry.gateway.senders import Sender, Senders
from outcry.gateway.sent import Door
from outcry.wire.requests import ACCOUNT

UNANSWERED_MAX = 1_000
"""Frames of one client that may wait for their answers; more are refused at once."""
ID_BYTES_MAX = 128
_ON_DISCONNECT = "cancel_on_disconnect"
GOING_DOWN = "the gateway goes down; connect again later"
REVOKED = 4401
KEY_REVOKED = "the key was revoked"
LEAVE_S = 0.75
"""How long a session whose key was revoked waits for its answers."""
NOT_WATCHED = "cancel on disconnect cannot be promised now; connect again later"


_REVOKED = failed(UNAUTHORIZED, "unauthorized", KEY_REVOKED)


class _Frame(msgspec.Struct, forbid_unknown_fields=True):
    id: msgspec.Raw = msgspec.Raw(b"null")
    order: msgspec.Raw = msgspec.Raw()
    orders: msgspec.Raw = msgspec.Raw()


class _Tag(msgspec.Struct):
    id: msgspec.Raw


_read = msgspec.json.Decoder(_Frame).decode
_is_id = msgspec.json.Decoder(str | int | None).decode


class Session:
    """Frames in, frames out through `send`; `close` ends it with a code and a reason.

    With an `account` its orders live no longer than its sessions.
    """

    def __init__(
        self,
        gate: Gate,
        lifelines: Lifelines,
        sender: Sender,
        account: str,
        send: Callable[[bytes], None],
        close: Callable[[int, str], None],
    ) -> None:
        self._gate = gate
        self._lifelines = lifelines
        self._sender = sender
        self._account = account
        self._send = send
        self._close = close
        self._end: tuple[int, str] | None = None
        """What it is to be closed with; None: it goes on."""
        self._unanswered = 0
        self._closed = False
        sender.watch(self.on_revoked)
        if account:
            not_watched = partial(close, CloseCode.TRY_AGAIN_LATER, NOT_WATCHED)
            lifelines.hold(sender, account, not_watched)

    def on_text(self, data: bytes) -> None:
        try:
            frame = _read(data)
            _is_id(frame.id)
            if len(frame.id) > ID_BYTES_MAX:
                raise ValueError
        except (msgspec.DecodeError, ValueError, RecursionError):
            text = (
                'a frame is {"id": text or number, "order": {…}} or {"id": …, "orders": [{…}, …]}'
            )
            self._refuse(_id_of(data), failed(MALFORMED, "malformed", text))
            return
        tag = bytes(frame.id)
        order, orders = bytes(frame.order), bytes(frame.orders)
        if bool(order) is bool(orders):
            text = "a frame holds either order or orders"
            self._refuse(tag, failed(MALFORMED, "malformed", text))
        elif order.startswith(b"[") or (orders and not orders.startswith(b"[")):
            text = "order is an object, orders an array"
            self._refuse(tag, failed(MALFORMED, "malformed", text))
        elif self._end is not None:
            self._refuse(tag, _REVOKED if self._sender.revoked else refused(GOING_DOWN))
        elif self._unanswered >= UNANSWERED_MAX:
            text = f"{UNANSWERED_MAX} frames wait for their answers; read them first"
            self._refuse(tag, failed(TOO_MANY, "too_many_commands", text))
        else:
            self._unanswered += 1
            answered = partial(self._answer, tag, bool(orders))
            self._gate.take(self._sender, Door.SESSION, order or orders, answered)

    def on_shutdown(self) -> None:
        """Take no more, and close when all is answered."""
        if self._end is None:
            self._end = CloseCode.GOING_AWAY, GOING_DOWN
        self._end_if_answered()

    def on_revoked(self) -> None:
        """The same, at once, with a word to the client, and without patience."""
        self._end = REVOKED, KEY_REVOKED
        self._refuse(b"null", _REVOKED)
        self._release()
        asyncio.get_running_loop().call_later(LEAVE_S, self._close, *self._end)
        self._end_if_answered()

    def on_closed(self) -> None:
        """The client is gone; what it sent goes on, and nobody is told."""
        self._closed = True
        self._sender.unwatch(self.on_revoked)
        self._release()

    def _release(self) -> None:
        account, self._account = self._account, ""
        if account:
            self._lifelines.release(self._sender, account)

    def _refuse(self, tag: bytes, answer: Answer) -> None:
        self._send(_frame(tag, _part(answer)))

    def _answer(self, tag: bytes, many: bool, answers: list[Answer]) -> None:
        self._unanswered -= 1
        if self._closed:
            return
        if many:
            results = b",".join([b"{" + _part(answer) + b"}" for answer in answers])
            self._send(_frame(tag, b'"results":[' + results + b"]"))
        else:
            self._send(_frame(tag, _part(answers[0])))
        self._end_if_answered()

    def _end_if_answered(self) -> None:
        if self._end is not None and not self._unanswered:
            self._close(*self._end)


def admit(
    gate: Gate, lifelines: Lifelines, senders: Senders, query: str, key: str
) -> Callable[[Callable[[bytes], None], Callable[[int, str], None]], Session]:
    """See ws_protocol.Admit."""
    sender = senders.find(key)
    if isinstance(sender, Answer):
        raise Unacceptable(sender)
    return partial(Session, gate, lifelines, sender, _watched(sender, query) if query else "")


def _watched(sender: Sender, query: str) -> str:
    """The account that `query` wants to be watched over. Raises Unacceptable."""
    fields = parse_qsl(query, keep_blank_values=True)
    if len(fields) != 1 or fields[0][0] != _ON_DISCONNECT:
        raise malformed(f"only {_ON_DISCONNECT}=ACCOUNT can be asked for, once")
    account = fields[0][1] or sender.account
    if not re.fullmatch(ACCOUNT, account, re.ASCII):
        text = f"{_ON_DISCONNECT} is an account: 1 to 32 letters, digits and . _ -"
        raise malformed(text, _ON_DISCONNECT)
    if sender.role is Role.READ or not sender.may_see(account):
        text = f"this key may not cancel orders of account {account}"
        raise Unacceptable(not_allowed(text, _ON_DISCONNECT))
    return account


def _id_of(data: bytes) -> bytes:
    """The id of a frame that is wrong otherwise, if it has one."""
    with contextlib.suppress(msgspec.DecodeError, ValueError, RecursionError):
        tag = msgspec.json.decode(data, type=_Tag).id
        if len(tag) <= ID_BYTES_MAX:
            _is_id(tag)
            return bytes(tag)
    return b"null"


def _frame(tag: bytes, part: bytes) -> bytes:
    return b'{"id":' + tag + b"," + part + b"}"


def _part(answer: Answer) -> bytes:
    """One answer as a member of a JSON object."""
    if answer.is_error:
        return answer.body[1:-1]
    if answer.status == UNKNOWN:
        return b'"unknown":' + answer.body
    return b'"execution":' + answer.body
