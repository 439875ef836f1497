"""Push consumers of the server, for the reader that the services use: outcry.log.reader.

A consumer sends what is stored from a sequence on, numbered; it tells in heartbeats how far it is.
Messages of it may be lost on the way, come twice, and it may vanish.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from outcry.log.consumer import HEARTBEAT_S
from outcry.log.log import Entry, LogError
from sim.server import Stream

if TYPE_CHECKING:
    from sim.link import Link


class Message(NamedTuple):
    """As much of nats.aio.msg.Msg as the reader looks at."""

    subject: str
    reply: str = ""
    data: bytes = b""
    headers: dict[str, str] | None = None


class Mailbox:
    """A subscription: hands messages to its callback, one after the other."""

    def __init__(self, link: "Link", inbox: str, callback: Callable[[Any], Awaitable[None]]):
        self.inbox = inbox
        self._link = link
        self._callback = callback
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._task = asyncio.create_task(self._hand_out())
        link.mailboxes[inbox] = self

    def put(self, message: Message) -> None:
        self._messages.put_nowait(message)

    async def unsubscribe(self) -> None:
        self._link.mailboxes.pop(self.inbox, None)
        if asyncio.current_task() is not self._task:
            self._task.cancel()

    async def _hand_out(self) -> None:
        while True:
            await self._callback(await self._messages.get())


class Consumer:
    """Sends a stream from `start` on to the inbox of a link, as long as that connection lives."""

    def __init__(self, link: "Link", name: str, stream: Stream, start: int, inbox: str) -> None:
        self._link = link
        self._ack = f"$JS.ACK.{stream.name}.{name}.1"
        self._stream = stream
        self._inbox = inbox
        self._number = link.number
        self._next = max(start, stream.first)
        self._nth = 0
        self._arrival = 0.0
        stream.listeners.append(self.send)
        self.send()
        self._beat()

    @property
    def _is_over(self) -> bool:
        gone = self._number != self._link.number or self._link.process.dead
        return gone or self._inbox not in self._link.mailboxes

    def send(self) -> None:
        """Send what is stored and was not sent."""
        if self._is_over:
            self.stop()
            return
        while self._next <= self._stream.end:
            try:
                entry = self._stream.at(self._next)
            except LogError:  # purged meanwhile: it goes on where the stream begins
                self._next = self._stream.first
                continue
            assert entry is not None, "the server is connected with itself"
            self._next += 1
            self._nth += 1
            self._deliver(entry)

    def stop(self) -> None:
        if self.send in self._stream.listeners:
            self._stream.listeners.remove(self.send)

    def _deliver(self, entry: Entry) -> None:
        weather, dice = self._link.weather, self._link.dice
        reply = f"{self._ack}.{entry.seq}.{self._nth}.{entry.ts_ns}.0"
        message = Message(entry.subject, reply, entry.body)
        if not dice.chance(weather.delivery_lost):
            self._put(message)
        if weather.delivery_lost and dice.chance(0.05):
            self._put(message)

    def _put(self, message: Message) -> None:
        link = self._link
        mailbox = link.mailboxes.get(self._inbox)
        if mailbox is not None:
            now = link.loop.time()
            self._arrival = max(self._arrival, now + link.way_s())
            link.process.call(mailbox.put, message, after_s=self._arrival - now)

    def _beat(self) -> None:
        if self._is_over:
            self.stop()
            return
        weather, dice = self._link.weather, self._link.dice
        if weather.delivery_lost and dice.chance(0.2):
            self.stop()  # it vanishes, and says nothing
            return
        self._put(
            Message(self._inbox, headers={"Status": "100", "Nats-Last-Consumer": str(self._nth)})
        )
        self._link.loop.call_later(HEARTBEAT_S, self._beat, context=self._link.process.outside)
