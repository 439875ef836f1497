"""The log on a JetStream stream.

A publish costs no task and no timer of its own: acks come to one subscription, where each finds
its future by the last token of its subject, and one timer waits for the oldest.
"""

import asyncio

import msgspec
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError

from outcry.log.api import (
    MESSAGE_NOT_FOUND,
    UNAVAILABLE,
    ApiError,
    ApiRefused,
    ask,
    parse_time,
)
from outcry.log.connection import Connection
from outcry.log.log import (
    Busy,
    Conflict,
    Entry,
    Full,
    LogError,
    OnEntry,
    StreamState,
    Unanswered,
)
from outcry.log.reader import JetStreamReader

ACK_TIMEOUT_S = 2.0
WRONG_LAST_SEQUENCE = 10071
TOO_MANY_REQUESTS = 10167
NO_ROOM = frozenset({10077, 10023, 10028, 10047, 10122})
"""Maximum bytes, insufficient resources of the server, memory, storage, account."""


class _PubAck(msgspec.Struct):
    seq: int = 0
    error: ApiError | None = None


class _State(msgspec.Struct):
    first_seq: int
    last_seq: int
    bytes: int


class _Config(msgspec.Struct):
    max_bytes: int


class _StreamInfo(msgspec.Struct):
    config: _Config
    state: _State


class _Message(msgspec.Struct):
    subject: str
    seq: int
    time: str
    data: bytes = b""  # base64 in JSON, which is how msgspec reads bytes


class _StoredMessage(msgspec.Struct):
    message: _Message


class JetStreamLog:
    """One stream; made for as long as its connection lives.

    What is unanswered is bounded by the senders: they wait for acks, this class does not.
    """

    def __init__(
        self, nc: Connection, stream: str, *, ack_timeout_s: float = ACK_TIMEOUT_S
    ) -> None:
        self._nc = nc
        self._stream = stream
        self._ack_timeout_s = ack_timeout_s
        self._loop = asyncio.get_running_loop()
        self._inbox = nc.new_inbox()
        self._listening = False
        self._sent = 0
        self._waiting: dict[str, tuple[float, asyncio.Future[int]]] = {}  # oldest first
        self._timer: asyncio.TimerHandle | None = None
        nc.on_lost.append(self._lose)

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> asyncio.Future[int]:
        """See Log.send."""
        headers = {}  # they cost: the hot path has one at most
        if expected_last is not None:
            headers["Nats-Expected-Last-Sequence"] = str(expected_last)
        if msg_id is not None:
            headers["Nats-Msg-Id"] = msg_id
        if not self._nc.is_connected:
            raise Unanswered("not connected to NATS")
        if not self._listening:
            self._listening = True
            await self._nc.subscribe(f"{self._inbox}.*", cb=self._on_ack)
        self._sent += 1
        token = str(self._sent)
        future: asyncio.Future[int] = self._loop.create_future()
        deadline = self._loop.time() + self._ack_timeout_s
        self._waiting[token] = (deadline, future)
        try:
            await self._nc.publish(subject, body, f"{self._inbox}.{token}", headers or None)
        except NatsError as error:
            self._waiting.pop(token, None)
            future.cancel()
            if isinstance(error, MaxPayloadError):
                raise LogError(f"{len(body)} bytes are more than NATS takes") from error
            raise Unanswered(f"not connected to NATS: {error}") from error
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._expire)
        return future

    async def last_seq(self) -> int:
        """See Log.last_seq."""
        return (await self.info()).last_seq

    async def get(self, seq: int) -> Entry | None:
        """See Log.get. The leader answers: a direct get may come from a replica that lags."""
        try:
            answer = await ask(self._nc, f"STREAM.MSG.GET.{self._stream}", {"seq": seq})
        except ApiRefused as refused:
            if refused.err_code == MESSAGE_NOT_FOUND:
                return None
            raise
        message = msgspec.json.decode(answer, type=_StoredMessage).message
        return Entry(message.seq, parse_time(message.time), message.subject, message.data)

    async def info(self) -> StreamState:
        """See Log.info."""
        answer = await ask(self._nc, f"STREAM.INFO.{self._stream}")
        info = msgspec.json.decode(answer, type=_StreamInfo)
        state = info.state
        return StreamState(state.first_seq, state.last_seq, state.bytes, info.config.max_bytes)

    async def purge(self, before: int) -> None:
        """See Log.purge."""
        state = await self.info()
        if before <= max(state.first_seq, 1):
            return
        if state.last_seq < before:  # the server would take it, and number on from there
            raise LogError(f"{self._stream} has no entry {before} that could become its first")
        await ask(self._nc, f"STREAM.PURGE.{self._stream}", {"seq": before})
        first = (await self.info()).first_seq
        if first < before:
            raise LogError(f"{self._stream} begins at {first} after a purge up to {before}")

    def reader(
        self, next_seq: int, on_entry: OnEntry, *, name: str = "", acknowledge: bool = False
    ) -> JetStreamReader:
        """See Log.reader."""
        return JetStreamReader(
            self._nc,
            self._stream,
            next_seq,
            on_entry,
            self,
            name=name,
            acknowledge=acknowledge,
        )

    async def _on_ack(self, msg: Msg) -> None:
        _, future = self._waiting.pop(msg.subject.rpartition(".")[2], (0.0, None))
        if future is None or future.done():
            return  # too late: its sender was told Unanswered, or did not care to wait
        try:
            future.set_result(_parse_ack(msg.data))
        except LogError as error:
            future.set_exception(error)

    def _expire(self) -> None:
        now = self._loop.time()
        self._timer = None
        while self._waiting:
            token = next(iter(self._waiting))
            deadline, future = self._waiting[token]
            if deadline > now:
                self._timer = self._loop.call_at(deadline, self._expire)
                return
            del self._waiting[token]
            _fail(future, f"no ack of {self._stream} within {self._ack_timeout_s} s")

    def _lose(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for _, future in waiting.values():
            _fail(future, f"the connection broke before {self._stream} acknowledged")


def _fail(future: asyncio.Future[int], text: str) -> None:
    if not future.done():
        future.set_exception(Unanswered(text))


def _parse_ack(body: bytes) -> int:
    """The sequence that an ack names; raises the LogError that it means."""
    if not body:
        raise Unanswered("no stream takes the subject now")
    try:
        ack = msgspec.json.decode(body, type=_PubAck)
    except msgspec.DecodeError as error:
        raise Unanswered(f"an ack that cannot be read: {error}") from error
    if ack.error is None:
        return ack.seq
    text = f"{ack.error.description} ({ack.error.err_code})"
    if ack.error.err_code == WRONG_LAST_SEQUENCE:
        raise Conflict(text)
    if ack.error.err_code == TOO_MANY_REQUESTS:
        raise Busy(text)
    if ack.error.err_code in NO_ROOM:
        raise Full(text)
    if ack.error.code == UNAVAILABLE:
        raise Unanswered(text)
    raise LogError(text)
