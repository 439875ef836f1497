"""The rules of the fan-out: one ring of executions, and a place in it for every client.

No socket, no clock, no task: the shell hands in entries and what happens to its connections; the
hub calls `write` and `close` of a client. The law:

1. Each client sees executions in order, without a gap, none twice, and of each what its view lets
   it see; what anybody may see is framed once.
2. A client at the front gets all frames of one turn of the event loop in one write.
3. A client whose connection still holds unsent bytes gets nothing more until they have left. Its
   backlog is its place in the ring, a number, so a thousand slow clients cost no more memory
   than one, and the others do not wait for them.
4. A client whose next execution has left the ring is closed with a reason.
"""

from collections.abc import Sequence

import msgspec

from outcry.stream.client import Client, Closing
from outcry.stream.front import Front
from outcry.stream.ring import Ring
from outcry.stream.view import Shown

TURN_BYTES = 1 << 20  # frames waiting for the next turn; more are written at once
CHUNK_BYTES = 1 << 16  # one write to a client that catches up
CHUNKS_PER_TURN = 64  # clients that catch up in one turn, so that those at the front do not wait
TAKE_SNAPSHOT = "take a snapshot (GET /orders), then follow ?after=<its seq>"


class _Head(msgspec.Struct):
    seq: int
    log: str = ""


class Hub:
    """All clients of one trade stream. A client is at the front, catching up, or blocked."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self._front = Front()
        self._catching_up: dict[Client, None] = {}  # in the order of their next chunk
        self._blocked: dict[Client, None] = {}
        self._pending: list[Shown] = []  # of this turn
        self._pending_bytes = 0
        self._sent_seq = 1  # the first execution that the front has not been sent
        self._head = msgspec.json.Decoder(_Head).decode
        self.log_id: str | None = None  # None until the first execution has come
        self.deliveries = 0  # frames written, over all clients

    @property
    def position(self) -> int:
        """The seq of the newest execution; 0 when none has come yet."""
        return self.ring.next_seq - 1

    @property
    def behind(self) -> int:
        """How many clients are not at the front."""
        return len(self._catching_up) + len(self._blocked)

    def append(self, executions: Sequence[Shown]) -> None:
        """Take the executions of one message of EXECUTIONS, the first of which has the next seq.

        Raises ValueError when it has not: the log was changed or skipped, and nobody may go on.
        """
        if not executions:
            raise ValueError("a message of EXECUTIONS is an empty array; it must hold executions")
        self._check(self._head(executions[0].whole))
        for shown in executions:
            self.ring.push(shown)
            self._pending.append(shown)
            self._pending_bytes += len(shown.frame)
        if self._pending_bytes > TURN_BYTES:
            self._write_turn()

    def turn(self) -> bool:
        """Give clients what they have not seen. True when some can take more: turn again soon."""
        self._write_turn()
        self._drop_lost()
        for client in list(self._catching_up)[:CHUNKS_PER_TURN]:
            self._write_chunk(client)
        return bool(self._catching_up)

    def join(self, client: Client, after: int | None = None, log_id: str = "") -> Closing | None:
        """Let a client in: live, or with every execution after seq `after`, or not at all.

        Returns why not. `log_id` is that of the log `after` was seen in, empty when not known.
        """
        self._write_turn()
        if after is None:
            self._front.add(client)
            return None
        refusal = self._refusal(after, log_id)
        if refusal is None:
            client.next_seq = after + 1
            self._place(client)
        return refusal

    def leave(self, client: Client) -> None:
        """Forget a client; harmless for one that is not there."""
        self._front.remove(client)
        self._catching_up.pop(client, None)
        self._blocked.pop(client, None)

    def block(self, client: Client) -> None:
        """Stop writing to a client, as its connection holds unsent bytes."""
        if self._front.remove(client):
            client.next_seq = self._sent_seq
        elif client in self._catching_up:
            del self._catching_up[client]
        else:
            return  # has left, or is being closed
        self._blocked[client] = None

    def unblock(self, client: Client) -> bool:
        """Go on with a client whose unsent bytes have left. True when it needs a turn."""
        if client not in self._blocked:
            return False
        del self._blocked[client]
        self._place(client)
        return client in self._catching_up

    def _check(self, head: _Head) -> None:
        if self.log_id is None:
            self.ring.start_at(head.seq)
            self._sent_seq = head.seq
            self.log_id = head.log
        elif head.seq != self.ring.next_seq:
            raise ValueError(f"execution {head.seq} came where {self.ring.next_seq} was expected")
        elif head.log != self.log_id:
            raise ValueError(f"execution {head.seq} is of log {head.log!r}, not {self.log_id!r}")

    def _refusal(self, after: int, log_id: str) -> Closing | None:
        if log_id and self.log_id and log_id != self.log_id:
            return Closing(4409, "other_log", f"this is log {self.log_id!r}: {TAKE_SNAPSHOT}")
        if after > self.position:
            text = f"newest execution is {self.position}: {TAKE_SNAPSHOT}"
            return Closing(4416, "beyond_end", text)
        if after + 1 < self.ring.first_seq:
            text = f"oldest execution held is {self.ring.first_seq}: {TAKE_SNAPSHOT}"
            return Closing(4410, "gone", text)
        return None

    def _place(self, client: Client) -> None:
        if client.next_seq == self._sent_seq:
            self._front.add(client)
        else:
            self._catching_up[client] = None

    def _write_turn(self) -> None:
        if not self._pending:
            return
        turn, self._pending, self._pending_bytes = self._pending, [], 0
        self._sent_seq = self.ring.next_seq
        self.deliveries += self._front.write(turn)

    def _write_chunk(self, client: Client) -> None:
        """Write to the first client in the queue; it goes on at the queue's end or at the front."""
        seq = client.next_seq
        end = self._sent_seq
        chunk, client.next_seq = self.ring.chunk(seq, end, CHUNK_BYTES, client.view)
        self.deliveries += client.next_seq - seq
        client.write(chunk)
        if client in self._catching_up:  # else the write blocked it
            del self._catching_up[client]
            self._place(client)

    def _drop_lost(self) -> None:
        for client in [*self._blocked, *self._catching_up]:
            if client.next_seq < self.ring.first_seq:
                self.leave(client)
                text = f"too slow, execution {client.next_seq} is gone: {TAKE_SNAPSHOT}"
                client.close(Closing(1013, "slow", text))
