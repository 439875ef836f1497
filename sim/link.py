"""The connection of one process to the server, with everything that can happen on the way.

Rule 1: requests of one connection arrive in their order, and so do their answers, but for one that
is late: it hung in the cluster, and may be stored long after its sender gave it up.
Rule 2: what was sent when the connection breaks may have arrived or not; no answer comes.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError

from outcry.log.log import LogError, Unanswered
from outcry.wire.subjects import ACCESS, ORDER_PUBLIC
from sim.consumers import Consumer, Mailbox, Message
from sim.dice import Dice
from sim.link_log import LinkLog
from sim.process import Process
from sim.server import Server

TIMEOUT_S = 2.0
LATE_S = (2.2, 5.0)


class Weather:
    """How the ways are at the moment; shares of what is lost, and seconds that a way takes."""

    def __init__(self) -> None:
        self.request_lost = self.answer_lost = self.late = self.delivery_lost = 0.0
        self.way_s = (0.0001, 0.001)


class Link:
    """Stands for `outcry.log.connection.Connection` where a service looks at it."""

    def __init__(
        self,
        process: Process,
        server: Server,
        weather: Weather,
        dice: Dice,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.process = process
        self.weather = weather
        self.dice = dice
        self.loop = loop
        self.is_connected = True
        self.unfit: asyncio.Future[None] = loop.create_future()
        self.on_lost: list[Callable[[], object]] = []
        self.on_regained: list[Callable[[], object]] = []
        self.logs = {name: LinkLog(self, stream) for name, stream in server.streams.items()}
        self._arrival = self._answer = 0.0
        self._waiting: dict[asyncio.Future[Any], None] = {}
        self._inboxes = 0
        self.is_closed = False
        self.ask_books: Callable[[int, str, bytes], Awaitable[Message]]
        """Any of the brokers, the number says which, answers a question."""
        self.ask_access: Callable[[int, bytes], Awaitable[Message]]
        """The same of the order services: which keys there are."""
        self.hear: Callable[[bytes], None]
        """What guests hear."""
        self.pushes = True
        """Whether readers read by consumers of the server, as in real life, or directly."""
        self.mailboxes: dict[str, Mailbox] = {}
        self._back = asyncio.Event()
        self.number = 0
        """Of this connection: what was sent on an older one may be lost, and is not answered."""
        process.on_death.append(self._cut)

    def log(self, stream: str) -> "LinkLog":
        return self.logs[stream]

    def lose(self) -> None:
        if self.is_connected:
            self._cut()
            for tell in self.on_lost:
                self.process.call(tell)
            self.process.call(_break, list(self._waiting))

    def regain(self) -> None:
        if self.is_connected or self.process.dead:
            return
        self.is_connected = True
        self._back.set()
        for tell in self.on_regained:
            self.process.call(tell)
        for log in self.logs.values():
            self.process.call(log.wake)

    async def regained(self) -> None:
        await self._back.wait()

    async def close(self) -> None:
        """The service is done with it."""

    def new_inbox(self) -> str:
        self._inboxes += 1
        return f"_INBOX.{self._inboxes}"

    async def subscribe(self, subject: str, cb: Callable[[Any], Awaitable[None]]) -> Mailbox:
        return Mailbox(self, subject, cb)

    async def publish(self, subject: str, body: bytes = b"") -> None:
        """What readers publish, acknowledgements and the like, changes nothing."""
        if not self.is_connected:
            raise ConnectionClosedError
        if subject == ORDER_PUBLIC:
            self.hear(body)

    async def request(self, subject: str, body: bytes, timeout: float) -> Message:  # noqa: ASYNC109 - as in nats-py
        """Ask JetStream for a consumer, the books a question, or which keys there are."""
        if not self.is_connected:
            raise ConnectionClosedError
        if subject.startswith("books."):
            question = subject.removeprefix("books.")
            chosen = self.dice.below(2)
            return await self._reply(lambda: self.ask_books(chosen, question, body))
        if subject == ACCESS:
            chosen = self.dice.below(2)
            return await self._reply(lambda: self.ask_access(chosen, body))
        stream, name = subject.removeprefix("$JS.API.CONSUMER.CREATE.").split(".")
        config = json.loads(body)["config"]

        async def create() -> Message:
            start, inbox = config["opt_start_seq"], config["deliver_subject"]
            Consumer(self, name, self.logs[stream].stream, start, inbox)
            return Message(inbox, data=b"{}")

        return await self._reply(create)

    async def _reply(self, act: Callable[[], Awaitable[Message]]) -> Message:
        future: asyncio.Future[Message] = self.loop.create_future()
        self.act(act, future)
        try:
            return await future
        except Unanswered as error:
            raise NatsTimeoutError from error

    def need(self) -> None:
        if not self.is_connected:
            raise Unanswered("not connected")

    def way_s(self) -> float:
        return self.dice.between(*self.weather.way_s)

    def act(self, act: Callable[[], Awaitable[Any]], future: "asyncio.Future[Any]") -> None:
        """Let `act` happen at the server, and `future` hear of it, or not."""
        weather, dice, loop = self.weather, self.dice, self.loop
        self._waiting[future] = None
        timeout = loop.call_later(TIMEOUT_S, self._expire, future)
        future.add_done_callback(partial(self._settled, timeout))
        if dice.chance(weather.request_lost):
            return
        if dice.chance(weather.late):
            arrival = loop.time() + dice.between(*LATE_S)
        else:
            arrival = self._arrival = max(self._arrival, loop.time() + self.way_s())
        outside = self.process.outside
        loop.call_at(arrival, self._arrive, self.number, act, future, context=outside)

    def _arrive(
        self, number: int, act: Callable[[], Awaitable[Any]], future: "asyncio.Future[Any]"
    ) -> None:
        if number != self.number and self.dice.chance(0.5):
            return  # it broke before this had left
        self.loop.create_task(self._act(number, act, future))

    async def _act(
        self, number: int, act: Callable[[], Awaitable[Any]], future: "asyncio.Future[Any]"
    ) -> None:
        result: Any = None
        error: Exception | None = None
        try:
            result = await act()
        except (LogError, NatsError) as refusal:
            error = refusal
        if number != self.number or self.dice.chance(self.weather.answer_lost):
            return
        self._answer = max(self._answer, self.loop.time() + self.way_s())
        at = self._answer - self.loop.time()
        self.process.call(_settle, future, result, error, after_s=at)

    def _settled(self, timeout: asyncio.TimerHandle, future: "asyncio.Future[Any]") -> None:
        self._waiting.pop(future, None)
        timeout.cancel()

    def _expire(self, future: "asyncio.Future[Any]") -> None:
        _settle(future, None, Unanswered(f"no answer in {TIMEOUT_S} s"))

    def _cut(self) -> None:
        self.is_connected = False
        self._back.clear()
        self.number += 1


def _break(waiting: list["asyncio.Future[Any]"]) -> None:
    for future in waiting:
        _settle(future, None, Unanswered("the connection broke"))


def _settle(future: "asyncio.Future[Any]", result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
        future.exception()  # whoever does not look was not interested
