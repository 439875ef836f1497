"""From commands to entries of ORDERS and from EXECUTIONS back to who asked.

While a publish is under way the commands that arrive wait, and leave together in the next entry;
none waits when nothing is under way. That is one fsync for many orders, and one publish in flight.

Rule 1: an answer belongs to a command by its place and nothing else: entry n, command i. What
nobody sent stands in front of the answers and between them, and its `index` says so.
Rule 2: an entry without an ack is sent again with the same bytes under the same id, until it has
one. Its commands may be in the log: nobody is told otherwise.
Rule 3: nothing is sent to a log that is not known to be the one that was read.
Rule 4: an answer may overtake the ack; it waits for it in a bounded buffer, and is read from the
log when the buffer has lost it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import msgspec
import structlog

from outcry.domain.limits import DUE_INDEX
from outcry.gateway.metrics import Metrics
from outcry.gateway.ticket import Deliver, Fate, Ticket
from outcry.log.log import Busy, Entry, Log, LogError, Reader, Unanswered, once_answered
from outcry.wire.entries import join_commands
from outcry.wire.subjects import ORDER_CREATED

ENTRY_BYTES_MAX = 256 * 1024
"""Bytes of commands that leave together; more would keep the first of them waiting."""
WAITING_MAX = 20_000
"""Commands that wait to leave; more are refused (HTTP 429)."""
EARLY_MAX = 128
"""Answers kept while an ack is due, in case that one of them is ours; any can be read again."""
UNANSWERED_MAX = 10_000
"""Entries that wait for their answer; the oldest is forgotten, its commands told `unknown`."""
NO_ANSWER = b"[]"
RESEND_S = 0.1
BUSY_S = 0.02
BUSY_END_S = 2.0
"""How often and how long an entry is offered to a log for which others send too much."""
RESENDS_END_S = 60.0
"""Well inside the stream's window for duplicates; after it an entry is given up as unknown."""


class _Placed(msgspec.Struct):
    """As much of an execution as tells its place."""

    index: int = 0


_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_placed = msgspec.json.Decoder(_Placed).decode


class Bounds(NamedTuple):
    commands_an_entry: int
    answer_timeout_s: float


class OrderEntry:
    """The way into the log of one gateway.

    `run` names this run of it in the ids of its messages: no other has the same, and nobody may
    learn it, as who knows the id of the next message could have another one stored in its place.
    """

    def __init__(
        self, orders: Log, executions: Log, run: str, bounds: Bounds, metrics: Metrics
    ) -> None:
        self.position = 0
        """The newest answer seen: entry number."""
        self.appended = 0
        self.reader: Reader | None = None
        """Reads the answers, and knows whether the log is still the one that was read."""
        self.waiting = 0
        """Commands that wait to leave."""
        self._orders = orders
        self._executions = executions
        self._run = run
        self._bounds = bounds
        self._metrics = metrics
        metrics.show("waiting", "Commands that wait to leave.", lambda: self.waiting)
        metrics.show(
            "unanswered", "Entries that wait for their answer.", lambda: len(self._batches)
        )
        metrics.show(
            "appended", "Entries this gateway put into the log: fsyncs.", lambda: self.appended
        )
        self._queue: deque[Ticket] = deque()
        self._open: deque[Ticket] = deque()
        """All tickets in order of their deadlines, until answered or told `unknown`."""
        self._work = asyncio.Event()
        self._sending: Sequence[Ticket] = ()
        """What is in the entry that has no ack yet."""
        self._sending_since = 0.0
        self._batches: dict[int, tuple[float, Sequence[Ticket]]] = {}
        """Entries that have an ack and no answer, oldest first, with the time of the ack."""
        self._early: dict[int, bytes] = {}

    def submit(self, commands: Sequence[bytes], names: Sequence[str], deliver: Deliver) -> bool:
        """Let commands enter, in the order of the calls; False: too many wait already."""
        if self.waiting + len(commands) > WAITING_MAX:
            return False
        deadline = time.monotonic() + self._bounds.answer_timeout_s
        ticket = Ticket(commands, names, deliver, deadline)
        self.waiting += ticket.count
        self._queue.append(ticket)
        self._open.append(ticket)
        self._work.set()
        return True

    def is_under_way(self, name: str) -> bool:
        """Whether a client order id is in an entry, or waits for one, that has no answer yet.

        Looks through all of them: reads that find no order are rare, orders are not.
        """
        batches = [tickets for _, tickets in self._batches.values()]
        return any(name in ticket.names for ticket in chain(self._queue, self._sending, *batches))

    @property
    def connected(self) -> bool:
        """Whether the log is there, and is still the one that was read."""
        return self.reader is not None and self.reader.sure

    @property
    def unacked_s(self) -> float:
        """How long the entry that is being sent has waited for its ack."""
        return time.monotonic() - self._sending_since if self._sending else 0.0

    @property
    def unanswered_s(self) -> float:
        """How long the oldest entry with an ack has waited for its answer."""
        for since, _ in self._batches.values():
            return time.monotonic() - since
        return 0.0

    async def run(self) -> None:
        """Send entries, one at a time, for ever."""
        number = 0
        while True:
            await self._work.wait()
            tickets = self._take()
            if not tickets:
                self._work.clear()
                continue
            number += 1
            body = join_commands([command for ticket in tickets for command in ticket.commands])
            for ticket in tickets:
                ticket.commands = ()
            await self._append(f"{self._run}.{number}", body, tickets)

    def _take(self) -> list[Ticket]:
        """What leaves in the next entry; a ticket is never divided."""
        taken: list[Ticket] = []
        commands = size = 0
        queue = self._queue
        while queue:
            ticket = queue[0]
            commands += ticket.count
            size += ticket.size
            if taken and (commands > self._bounds.commands_an_entry or size > ENTRY_BYTES_MAX):
                break
            taken.append(queue.popleft())
            self.waiting -= ticket.count
        return taken

    async def _append(self, msg_id: str, body: bytes, tickets: list[Ticket]) -> None:
        """Put one entry into the log and note where it stands."""
        self._sending, self._sending_since = tickets, time.monotonic()
        try:
            seq = await self._send(msg_id, body)
        except LogError as error:
            fate = Fate.UNKNOWN if isinstance(error, Unanswered) else Fate.REFUSED
            self._give_up(tickets, fate, str(error))
        else:
            await self._await_answer(seq, tickets)
        finally:
            self._sending = ()
            self._early.clear()

    async def _await_answer(self, seq: int, tickets: Sequence[Ticket]) -> None:
        now = time.monotonic()
        self.appended += 1
        self._metrics.appended(sum([t.count for t in tickets]), now - self._sending_since)
        self._sending = ()
        if len(self._batches) >= UNANSWERED_MAX:
            del self._batches[next(iter(self._batches))]
        self._batches[seq] = (now, tickets)
        if seq <= self.position:
            answer = self._early.get(seq)
            if answer is None:  # it went by before the ack and is not in the buffer
                entry = await once_answered(partial(self._executions.get, seq))
                answer = entry.body if entry else NO_ANSWER
            self._deliver(seq, _split(answer))

    async def _send(self, msg_id: str, body: bytes) -> int:
        """The place of an entry in ORDERS.

        Raises Unanswered: it may be stored. Any other LogError: it is not, and will not be.
        """
        began = time.monotonic()
        stored_perhaps = False
        while True:
            pause = RESEND_S
            try:
                ack = await self._offer(msg_id, body)
            except Unanswered as error:  # no connection: nothing was sent
                if not stored_perhaps:
                    raise LogError(str(error)) from error
            else:
                try:
                    return await ack
                except Unanswered:
                    stored_perhaps = True
                except LogError as error:
                    waits = isinstance(error, Busy) and time.monotonic() < began + BUSY_END_S
                    if not waits and stored_perhaps:
                        raise Unanswered(str(error)) from error
                    if not waits:
                        raise
                    pause = BUSY_S
            if time.monotonic() > began + RESENDS_END_S:
                raise Unanswered(f"no ack in {RESENDS_END_S:.0f} s")
            await asyncio.sleep(pause)

    async def _offer(self, msg_id: str, body: bytes) -> "asyncio.Future[int]":
        """Hand an entry to the log. Raises Unanswered: it is not there, nothing was sent."""
        if not self.connected:
            raise Unanswered("not connected to the log")
        return await self._orders.send(ORDER_CREATED, body, msg_id=msg_id)

    def on_answer(self, entry: Entry, executions: Sequence[bytes]) -> None:
        """Take message n of EXECUTIONS, split into its elements."""
        self.position = entry.seq
        if entry.seq in self._batches:
            self._deliver(entry.seq, executions)
        elif self._sending:
            self._early[entry.seq] = entry.body
            if len(self._early) > EARLY_MAX:
                del self._early[next(iter(self._early))]

    def _deliver(self, seq: int, executions: Sequence[bytes]) -> None:
        since, tickets = self._batches.pop(seq)
        count = sum([ticket.count for ticket in tickets])
        if len(executions) > count:
            executions = [one for one in executions if _placed(one).index < DUE_INDEX]
        if len(executions) != count:
            text = f"entry {seq} has {count} commands and {len(executions)} answers"
            return self._give_up(tickets, Fate.UNKNOWN, text)
        self._metrics.answered(time.monotonic() - since)
        self._metrics.ended(Fate.ANSWERED.value, count)
        begin = 0
        for ticket in tickets:
            end = begin + ticket.count
            ticket.end(Fate.ANSWERED, executions[begin:end])
            begin = end
        return None

    def expire(self) -> None:
        """Tell those who have waited too long; to be called several times a second."""
        now = time.monotonic()
        while self._open and (self._open[0].deliver is None or self._open[0].deadline <= now):
            ticket = self._open.popleft()
            if self._queue and self._queue[0] is ticket:  # it has not left
                self._queue.popleft()
                self.waiting -= ticket.count
                self._end(ticket, Fate.REFUSED)
            else:
                self._end(ticket, Fate.UNKNOWN)

    def _give_up(self, tickets: Sequence[Ticket], fate: Fate, why: str) -> None:
        structlog.get_logger().warning("entry.given_up", fate=fate.value, why=why)
        for ticket in tickets:
            self._end(ticket, fate)

    def _end(self, ticket: Ticket, fate: Fate) -> None:
        """End a ticket without an answer."""
        if ticket.deliver is not None:
            self._metrics.ended(fate.value, ticket.count)
            ticket.end(fate)
