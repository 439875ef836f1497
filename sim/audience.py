"""Clients of the trade stream: live or from a place on, slow, gone, and back again."""

import asyncio
import json
from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

from outcry.stream.server import Connection
from sim.broken import hold
from sim.dice import Dice
from sim.service import Service
from sim.truth import Truth
from sim.views import seen

PLACE_LOST = {1013, 4410}
"""Closed because what follows is not in the ring any more: the client is told to look anew."""
TRY_AGAIN = {1001, 4401, 4416}
REST_S = 0.2
TakeKey = Callable[[bool], str]
"""Gives a key, another one if the one before was perhaps not good."""


class Socket:
    """The far end of a connection, which can be slow; stands for picows' transport."""

    def __init__(self, viewer: "Viewer") -> None:
        self.connection: Connection
        self.underlying_transport = self
        self.close_handshake = SimpleNamespace(sent=None)
        self.open = True
        self.slow = False
        self._viewer = viewer
        self._unsent: list[bytes] = []

    def write(self, frames: bytes) -> None:
        if self.slow:
            if not self._unsent:
                self.connection.pause_writing()
            self._unsent.append(frames)
        elif self.open:
            self._viewer.see(self, frames)

    def drain(self) -> None:
        self.slow = False
        unsent, self._unsent = self._unsent, []
        for frames in unsent:
            self._viewer.see(self, frames)
        if unsent and self.open:
            self.connection.resume_writing()

    def set_write_buffer_limits(self, **_: int) -> None:
        """High water is 0 here always."""

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._unsent))

    def send_close(self, code: int, _: str) -> None:
        self._viewer.closed(self, int(code))
        self.disconnect()

    def disconnect(self, **_: bool) -> None:
        if self.open:
            self.open = False
            told: Any = self.connection.on_ws_disconnected
            asyncio.get_running_loop().call_soon(told, self)


class Viewer:
    """Sees every execution once and in order from where it began, or is told that it cannot."""

    def __init__(
        self,
        name: str,
        truth: Truth,
        dice: Dice,
        sees: Collection[str] | None = (),
        take_key: TakeKey | None = None,
    ) -> None:
        self.name = name
        self._sees = sees
        """The accounts of its key; None: it is an administrator's."""
        self._take_key = take_key
        self._key_id = ""
        self._is_lost = False
        """Refused, perhaps for its key."""
        self.last: int | None = None
        """The newest execution seen; None: it begins with whatever comes."""
        self.seen = 0
        self.socket: Socket | None = None
        self.service: Service | None = None
        self._truth = truth
        self._dice = dice
        self._from_start = dice.chance(0.3)

    @property
    def connected(self) -> bool:
        return (
            self.socket is not None
            and self.socket.open
            and self.service is not None
            and self.service.runs
        )

    def connect(self, service: Service) -> None:
        """Ask a trade stream for what follows; refused while it is not ready."""
        self.service, self.socket = service, Socket(self)
        service.call(self._arrive, service, self.socket)

    def leave(self) -> None:
        if self.socket is not None and self.service is not None:
            self.service.call(self.socket.disconnect)
            self.socket.open = False

    def _arrive(self, service: Service, socket: Socket) -> None:
        path = "/ws"
        if self.last is not None:
            path += f"?after={self.last}"
        elif self._from_start:
            path += "?after=0"
        headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
        if self._take_key is not None:
            key = self._take_key(self._is_lost)
            self._key_id = key[4:20]
            headers["Authorization"] = f"Bearer {key}"
        request: Any = SimpleNamespace(path=path.encode(), headers=headers)
        assert service.stream is not None, "only a stream that listens is asked"
        accepted = service.stream._accept(request)
        self._is_lost = not isinstance(accepted, Connection)
        if isinstance(accepted, Connection):
            socket.connection = accepted
            accepted.on_ws_connected(socket)  # type: ignore[arg-type]
        else:
            socket.open = False

    def closed(self, socket: Socket, code: int) -> None:
        if socket is not self.socket:
            return
        hold(code in PLACE_LOST | TRY_AGAIN, "a client of the log is not refused", self.name, code)
        if code in PLACE_LOST:
            self.last, self._from_start = None, False

    def see(self, socket: Socket, frames: bytes) -> None:
        if socket is not self.socket:
            return
        for payload in unframed(frames):
            self._execution(payload)

    def _execution(self, payload: bytes) -> None:
        if self.last is None:
            self.last = self._find(payload) if not self._from_start else 1
        else:
            self.last += 1
        self.seen += 1
        frames = self._truth.frames
        hold(self.last <= len(frames), "the stream shows what is stored", self.name, self.last)
        self._check_key(self.last)
        if self._sees is None:
            same = frames[self.last - 1] == payload
        else:
            same = seen(self._truth.told[self.last - 1], self._sees) == json.loads(payload)
        what = "the stream is the log, as far as it may be seen"
        hold(same, what, self.name, self.last, payload.decode())

    def _check_key(self, seq: int) -> None:
        """What comes after the entry that revoked its key is not shown."""
        truth = self._truth
        revoked_seq = truth.ledger.money.revoked_seq(self._key_id)
        if revoked_seq:
            end = truth.told[revoked_seq - 1]["entry"]
            late = truth.told[seq - 1]["entry"] > end
            hold(not late, "who has a revoked key sees no more", self.name, seq, revoked_seq)

    def _find(self, payload: bytes) -> int:
        head = payload[: payload.index(b",")]
        return int(head.rpartition(b":")[2])


def unframed(frames: bytes) -> list[bytes]:
    """The payloads of WebSocket frames of a server."""
    payloads, at = [], 0
    while at < len(frames):
        size, begin = frames[at + 1], at + 2
        if size == 126:
            size, begin = int.from_bytes(frames[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            size, begin = int.from_bytes(frames[at + 2 : at + 10], "big"), at + 10
        payloads.append(frames[begin : begin + size])
        at = begin + size
    return payloads
