"""Puts answers into EXECUTIONS: message n answers entry n, and is written once (invariant 2).

Rule 1: answer n goes out with the expectation that n-1 is the last one. Of two writers one wins.
Rule 2: an answer is computed once. What went wrong is found out by asking the stream how far it
is, never by sending again blindly; then the same bytes follow what is stored.
Rule 3: who loses against another writer stands by: it keeps the answers that are not stored yet,
and publishes again when the other one has stopped.
"""

import asyncio
import random
from collections import deque
from functools import partial

import structlog

from outcry.log.history import Diverged
from outcry.log.log import Conflict, Log, LogError, Unanswered, once_answered

UNACKED_MAX = 64
UNACKED_BYTES_MAX = 4 << 20
"""Answers under way at once, and their bytes; each expects the one before it. More would wait in
front of the server for longer than an acknowledgement is waited for."""
WINDOW_MAX = 4_096
WINDOW_BYTES_MAX = 64 << 20
"""Answers that wait to be stored, and their bytes; beyond either, no further entry is read."""
STANDBY_S = 0.5
"""How long another writer may be silent, with an answer due, before this one takes over; up to
JITTER times that."""
JITTER = 1.5
LOOKS = 5
"""How often it is looked at in that time."""
REFUSED_S = 1.0
"""Pause after the stream refused an answer for what it is, before it is offered again."""


class Publisher:
    """Publishes the answers of one order service, beginning after `tail`.

    `failed` carries what it cannot go on after.
    """

    def __init__(self, log: Log, subject: str, tail: int) -> None:
        self.tail = tail
        """The newest answer that is known to be stored."""
        self.standing_by = False
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._log = log
        self._subject = subject
        self._window: deque[bytes] = deque()
        """The answers tail+1, tail+2, …"""
        self._bytes = 0
        """Of all of these."""
        self._sent = tail
        self._unacked_bytes = 0
        """Of those up to `_sent`."""
        self._verify_at = tail
        self._epoch = 0
        self._moved = asyncio.Event()
        self._resync: asyncio.Task[None] | None = None
        self._pumping = False

    @property
    def waiting(self) -> int:
        """Answers that are not known to be stored."""
        return len(self._window)

    async def publish(self, seq: int, body: bytes) -> None:
        """Take answer `seq`, the one after the last taken; waits while too many are not stored."""
        if seq == self._verify_at:
            await self._verify(seq, body)
        if seq <= self.tail:
            return
        self._window.append(body)
        self._bytes += len(body)
        await self._pump()
        while len(self._window) >= WINDOW_MAX or self._bytes >= WINDOW_BYTES_MAX:
            self._moved.clear()
            await self._moved.wait()

    async def drained(self) -> None:
        """Wait until every answer taken is stored."""
        while self._window:
            self._moved.clear()
            await self._moved.wait()

    async def _pump(self) -> None:
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._resync is None and self._is_due():
                seq = self._sent + 1
                body = self._window[seq - self.tail - 1]
                epoch = self._epoch
                sending = await self._log.send(self._subject, body, expected_last=seq - 1)
                sending.add_done_callback(partial(self._on_ack, seq, epoch))
                if epoch == self._epoch:  # else a resync meanwhile says what comes next
                    self._sent = seq
                    self._unacked_bytes += len(body)
        except LogError as error:
            self._stop_sending(error)
        finally:
            self._pumping = False

    def _is_due(self) -> bool:
        under_way = self._sent - self.tail
        if self._unacked_bytes >= UNACKED_BYTES_MAX:
            return False
        return under_way < min(len(self._window), UNACKED_MAX)

    def _on_ack(self, seq: int, epoch: int, ack: "asyncio.Future[int]") -> None:
        error = ack.exception() if not ack.cancelled() else Unanswered("cancelled")
        if epoch != self._epoch:
            return
        if error is None and ack.result() == seq == self.tail + 1:
            self._advance(seq)
            if self._sent - self.tail < len(self._window):
                self._spawn_pump()
        else:
            self._stop_sending(error or Unanswered(f"an ack for {seq} came out of order"))

    def _spawn_pump(self) -> None:
        pump = asyncio.ensure_future(self._pump())
        pump.add_done_callback(self._carry)

    def _advance(self, tail: int) -> None:
        for seq in range(self.tail + 1, min(tail, self.tail + len(self._window)) + 1):
            size = len(self._window.popleft())
            self._bytes -= size
            if seq <= self._sent:
                self._unacked_bytes -= size
        self.tail = tail
        self._sent = max(self._sent, tail)
        self._moved.set()

    def _stop_sending(self, error: BaseException) -> None:
        """Acks of what was sent up to now no longer count; ask the stream where it is."""
        self._epoch += 1
        if self._resync is None:
            self._resync = asyncio.ensure_future(self._catch_up(error))
            self._resync.add_done_callback(self._carry)

    def _carry(self, task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and task.exception() and not self.failed.done():
            self.failed.set_exception(task.exception())  # type: ignore[arg-type]

    async def _catch_up(self, error: BaseException) -> None:
        log = structlog.get_logger()
        log.warning("executions.resync", why=str(error), tail=self.tail, waiting=self.waiting)
        stored = await once_answered(self._log.last_seq)
        if isinstance(error, Conflict):
            self.standing_by = True
            stored = await self._stand_by(stored)
            self.standing_by = False
            log.warning("executions.takeover", tail=self.tail, waiting=self.waiting)
        elif not isinstance(error, Unanswered):  # the disk is full, for one: it may pass
            await asyncio.sleep(REFUSED_S)
        await self._follow(stored)
        self._sent = self.tail
        self._unacked_bytes = 0
        self._resync = None
        await self._pump()

    async def _stand_by(self, stored: int) -> int:
        """Follow the other writer until it is silent for too long; gives the end of the stream.

        Of several that stand by each waits for another while, so that mostly one takes over; when
        two do, one of them loses again.
        """
        now = asyncio.get_running_loop().time
        patience = STANDBY_S * random.uniform(1, JITTER)  # noqa: S311 - nobody gains by guessing
        silent_since = now()
        while now() - silent_since < patience:
            await self._follow(stored)
            await asyncio.sleep(STANDBY_S / LOOKS)
            if not self._window:  # the other one owes nothing
                silent_since = now()
                continue
            before, stored = stored, await once_answered(self._log.last_seq)
            if stored != before:
                silent_since = now()
        return stored

    async def _follow(self, stored: int) -> None:
        """Take note that answers up to `stored` are in the stream, and that they are ours."""
        if stored < self.tail:
            raise Diverged(
                f"EXECUTIONS ends at {stored}, but {self.tail} was stored: it lost its tail; "
                "start the order service anew, and it will answer from there"
            )
        if stored == self.tail:
            return
        computed = stored - self.tail
        if computed <= len(self._window):
            await self._verify(stored, self._window[computed - 1])
        else:
            self._verify_at = stored
        self._advance(stored)

    async def _verify(self, seq: int, body: bytes) -> None:
        """Compare an answer with the stored one; digests make it stand for all before it."""
        stored = await once_answered(partial(self._log.get, seq))
        if stored is None or stored.body != body:
            raise Diverged(
                f"EXECUTIONS holds another answer to entry {seq} than this engine gives: the "
                "stream is damaged, or of another log; `outcry verify` says where, and `outcry "
                "executions rebuild` makes it anew from ORDERS"
            )
