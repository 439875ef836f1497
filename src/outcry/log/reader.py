"""Reads a stream over a push consumer of its own: every entry, in order, exactly once.

nats-py's ordered consumer may begin again at 1, comes back late, drops in silence and skips what
its callback raised on; hence this one. What it relies on:

Rule 1: only sequence `next` is handed over, and `next` moves after the callback returned. So
neither a consumer that begins too early nor one that delivers twice does harm.
Rule 2: a consumer is never mended, only replaced by one that begins at `next`: after a gap in its
own count, a heartbeat that counts otherwise, silence, or a new connection.
Rule 3: each consumer has an inbox and a generation; messages of an older one do not count.
Rule 4: no consumer is opened before the log was found to hold what was read of it last.
"""

import asyncio
import contextlib
import functools
from typing import Protocol

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from outcry.log.api import STREAM_NOT_FOUND, ApiRefused, ask
from outcry.log.connection import Connection
from outcry.log.consumer import (
    HEARTBEAT_S,
    Delivery,
    consumer_name,
    consumer_request,
    parse_delivery,
)
from outcry.log.log import (
    Entry,
    Foreign,
    LogError,
    OnEntry,
    Purged,
    StreamState,
    Unanswered,
    advice,
)

SILENCE_S = 3 * HEARTBEAT_S
RETRY_S = 0.1


class Stream(Protocol):
    """What a reader asks of its log."""

    async def info(self) -> StreamState: ...

    async def get(self, seq: int) -> Entry | None: ...


class JetStreamReader:
    """See Reader. `log` is the one that is read, for what a consumer cannot tell."""

    def __init__(
        self,
        nc: Connection,
        stream: str,
        next_seq: int,
        on_entry: OnEntry,
        log: Stream,
        *,
        name: str,
        acknowledge: bool,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.failed: asyncio.Future[None] = self._loop.create_future()
        self.sure = False
        self._nc = nc
        self._stream = stream
        self._next = next_seq
        self._newest: Entry | None = None
        """What was handed over last."""
        self._on_entry = on_entry
        self._log = log
        self._name = name
        self._acknowledge = acknowledge
        self._logger = structlog.get_logger().bind(stream=stream, reader=name)
        self._generation = 0
        self._inbox = ""
        self._consumer = ""
        self._subscription: Subscription | None = None
        self._count = 0  # deliveries of this generation
        self._latest: Delivery | None = None
        self._heard_at = 0.0
        self._handing = asyncio.Lock()  # held while a message is being dealt with
        self._stale = asyncio.Event()
        self._stopping = False
        self._keeper: asyncio.Task[None] | None = None
        self._ack_due = 0
        self._acking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """See Reader.start."""
        self._nc.on_lost.append(self._doubt)
        self._nc.on_regained.append(self._stale.set)
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """See Reader.stop."""
        if self._keeper is None:
            return
        self._nc.on_lost.remove(self._doubt)
        self._nc.on_regained.remove(self._stale.set)
        self._stopping = True  # a cancellation alone can get lost: wait_for of Python 3.11
        self._keeper.cancel()
        await asyncio.gather(self._keeper, return_exceptions=True)
        self._keeper = None
        await self._drop()

    def _doubt(self) -> None:
        self.sure = False

    def acknowledge(self, seq: int) -> None:
        """See Reader.acknowledge. What is called in one turn of the loop is sent as one."""
        self._ack_due = seq
        if self._acking is None or self._acking.done():
            self._acking = self._loop.create_task(self._send_ack())

    async def _keep(self) -> None:
        """Have a consumer; have another whenever it is not what it should be."""
        try:
            while not (self._stopping or self.failed.done()):
                await self._drop()
                await self._open()
                await self._watch()
        except Exception as error:  # noqa: BLE001 -- told to whoever owns the reader
            self._fail(error)
        await self._drop()

    async def _drop(self) -> None:
        """Leave the consumer, after the callback is done with its entry."""
        async with self._handing:
            self._generation += 1
            subscription, self._subscription = self._subscription, None
            self._latest = None
        if subscription is None:
            return
        with contextlib.suppress(NatsError):  # without a connection there is nothing to leave
            await subscription.unsubscribe()
            await self._nc.publish(f"$JS.API.CONSUMER.DELETE.{self._stream}.{self._consumer}")

    async def _open(self) -> None:
        """Get a consumer that begins at `next`, however long that takes."""
        told = False
        while True:
            self._stale.clear()
            try:
                await self._try_to_open()
            except (Unanswered, NatsError) as error:
                if self._nc.is_closed:
                    raise LogError("the connection to NATS was closed for good") from error
                if not told:
                    self._logger.warning("reader waits for the log", why=str(error))
                told = True
                await asyncio.sleep(RETRY_S)
            else:
                self._heard_at = self._loop.time()
                self.sure = not (self.failed.done() or self._stale.is_set())
                if told:
                    self._logger.info("reader goes on", next_seq=self._next)
                return

    async def _try_to_open(self) -> None:
        try:
            await self._drop()  # one that was made late must not move `next` during the check
            await self._check()
            await self._subscribe()
            request = consumer_request(
                self._stream,
                self._consumer,
                self._inbox,
                self._next,
                acknowledge=self._acknowledge,
            )
            await ask(self._nc, f"CONSUMER.CREATE.{self._stream}.{self._consumer}", request)
        except ApiRefused as refused:
            if refused.err_code != STREAM_NOT_FOUND:
                raise
            if self._next > 1:
                raise Foreign(
                    f"the stream {self._stream} is gone, which was read up to {self._next - 1}. "
                    f"{advice(self._stream)}"
                ) from refused
            # whoever creates it may not be up yet
            raise Unanswered(f"there is no stream {self._stream}") from refused

    async def _subscribe(self) -> None:
        self._count = 0
        self._heard_at = self._loop.time()
        self._consumer = consumer_name(self._name)
        self._inbox = self._nc.new_inbox()
        self._subscription = await self._nc.subscribe(
            self._inbox, cb=functools.partial(self._on_message, self._generation)
        )

    async def _check(self) -> None:
        """Refuse a log that is not the one read so far."""
        state = await self._log.info()
        if state.last_seq < self._next - 1:
            raise Foreign(
                f"{self._stream} is shorter than what was read: it ends at {state.last_seq}, "
                f"and {self._next - 1} was read. {advice(self._stream)}"
            )
        if state.first_seq > self._next:
            raise Purged(
                f"{self._stream} begins at {state.first_seq}, and {self._next} is to be read: "
                "what is between them was archived meanwhile. Start the service again: it goes on "
                "at the end of the log, or reads the archive where it was given one"
            )
        newest = self._newest
        if newest is None or state.first_seq > newest.seq:  # archived meanwhile
            return
        stored = await self._log.get(newest.seq)
        if stored is None and (await self._log.info()).first_seq > newest.seq:
            return  # in between
        if stored is None or stored.body != newest.body:
            raise Foreign(
                f"{self._stream} holds something else at {newest.seq} than what was read there. "
                f"{advice(self._stream)}"
            )

    async def _watch(self) -> None:
        """Return when the consumer has to be replaced."""
        while not (self._stale.is_set() or self._stopping):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._stale.wait()
            busy = self._handing.locked()
            if not busy and self._loop.time() - self._heard_at > SILENCE_S:
                self._replace("silence")

    def _replace(self, why: str) -> None:
        if not self._stale.is_set():
            self._logger.info("reader replaces its consumer", why=why, next_seq=self._next)
        self._stale.set()

    def _fail(self, error: Exception) -> None:
        self._generation += 1
        self.sure = False
        if not self.failed.done():
            self.failed.set_exception(error)
        self._stale.set()

    async def _on_message(self, generation: int, msg: Msg) -> None:
        async with self._handing:
            if generation != self._generation or self._stopping:
                return
            # What marks a control message is where it was sent to. Its headers could also come
            # from whoever published an entry.
            if msg.subject == self._inbox:
                await self._on_control(msg)
            else:
                await self._on_delivery(msg)
            self._heard_at = self._loop.time()

    async def _on_control(self, msg: Msg) -> None:
        headers = msg.headers or {}
        request = msg.reply or headers.get("Nats-Consumer-Stalled")
        if request:  # flow control; here all data before it has been handed over
            with contextlib.suppress(NatsError):
                await self._nc.publish(request)
        count = headers.get("Nats-Last-Consumer")
        if headers.get("Status") != "100":
            self._replace(f"the server says {headers.get('Description')}")
        elif count is not None and int(count) != self._count:
            self._replace(f"{int(count) - self._count} messages lost on the way")

    async def _on_delivery(self, msg: Msg) -> None:
        delivery = parse_delivery(msg.reply)
        if self._stale.is_set():
            return
        self._count += 1
        if delivery.nth != self._count:
            self._replace(f"{delivery.nth - self._count} messages lost on the way")
        elif delivery.seq == self._next:
            self._latest = delivery
            await self._hand_over(Entry(delivery.seq, delivery.ts_ns, msg.subject, msg.data))
        elif delivery.seq > self._next and delivery.nth == 1:
            await self._miss()
        elif delivery.seq > self._next:
            self._replace(f"{delivery.seq} came instead of {self._next}")

    async def _miss(self) -> None:
        """Its first delivery shows that `next` is not there. It may just have been purged."""
        try:
            state = await self._log.info()
        except LogError as error:
            self._replace(str(error))
            return
        if state.first_seq > self._next:  # which _check finds too, and words
            self._replace("its beginning was removed")
        else:
            what_to_do = advice(self._stream)
            self._fail(Foreign(f"entry {self._next} is missing in {self._stream}. {what_to_do}"))

    async def _hand_over(self, entry: Entry) -> None:
        try:
            await self._on_entry(entry)
        except Exception as error:  # noqa: BLE001 -- told to whoever owns the reader
            self._fail(error)
        else:
            self._next = entry.seq + 1
            self._newest = entry

    async def _send_ack(self) -> None:
        latest = self._latest
        if latest is None or self._ack_due > latest.seq:
            return  # read by an earlier consumer; the next ack covers it
        if latest.nth > latest.seq - self._ack_due:
            with contextlib.suppress(NatsError):
                await self._nc.publish(latest.ack_subject(self._ack_due))
