"""A log at the other end of a link: what services send to, ask and read."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from outcry.log.log import Entry, OnEntry, Reader, StreamState
from outcry.log.memory import MemoryReader
from outcry.log.reader import JetStreamReader
from sim.server import Stream

if TYPE_CHECKING:
    from sim.link import Link


class LinkLog:
    """See Log: one stream at the other end of a link."""

    def __init__(self, link: "Link", stream: Stream) -> None:
        self.stream = stream
        self._link = link
        self._changed = asyncio.Event()

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> "asyncio.Future[int]":
        self._link.need()

        async def store() -> int:
            stored = await self.stream.send(
                subject, body, expected_last=expected_last, msg_id=msg_id
            )
            return await stored

        future: asyncio.Future[int] = self._link.loop.create_future()
        self._link.act(store, future)
        return future

    async def last_seq(self) -> int:
        return (await self.info()).last_seq

    async def get(self, seq: int) -> Entry | None:
        return await self._ask(lambda: self.stream.get(seq))  # type: ignore[no-any-return]

    async def info(self) -> StreamState:
        return await self._ask(self.stream.info)  # type: ignore[no-any-return]

    async def purge(self, before: int) -> None:
        await self._ask(lambda: self.stream.purge(before))

    def reader(
        self, next_seq: int, on_entry: OnEntry, *, name: str = "", acknowledge: bool = False
    ) -> Reader:
        if self._link.pushes:
            nc: Any = self._link
            return JetStreamReader(
                nc, self.stream.name, next_seq, on_entry, self, name=name, acknowledge=acknowledge
            )
        if self._hear not in self.stream.listeners:
            self.stream.listeners.append(self._hear)
            self._link.process.on_death.append(partial(self.stream.listeners.remove, self._hear))
        return MemoryReader(self, next_seq, on_entry)  # type: ignore[arg-type]

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        self._link.need()
        future: asyncio.Future[Any] = self._link.loop.create_future()
        self._link.act(question, future)
        return await future

    # What a MemoryReader asks of its log, from afar -------------------------------------

    @property
    def connected(self) -> bool:
        return self._link.is_connected

    def at(self, seq: int) -> Entry | None:
        return self.stream.at(seq) if self._link.is_connected else None

    async def changed(self) -> None:
        await self._changed.wait()

    def wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    def _hear(self) -> None:
        """Something was stored; it is known here some time later."""
        if self._link.is_connected:
            self._link.process.call(self.wake, after_s=self._link.way_s())
