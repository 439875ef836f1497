"""Stretches of a log, read ahead within bounds and taken many entries at a time."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from outcry.log.log import Entry, Log, Reader

Batch = TypeVar("Batch")
Result = TypeVar("Result")

READ_AHEAD_BYTES = 2 << 20
"""Of each log; and one message more."""

Pair = tuple[Entry, Entry]
"""An entry of ORDERS, and its answer."""


class Tape:
    """Entries of one log up to `last`; made by `tape`."""

    reader: Reader

    def __init__(self, last: int) -> None:
        self._last = last
        self._entries: list[Entry] = []
        self._bytes = 0
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False

    async def put(self, entry: Entry) -> None:
        """Take the next entry from the reader, when there is room."""
        while self._bytes >= READ_AHEAD_BYTES and not self._closed:
            self._room.clear()
            await self._room.wait()
        if entry.seq <= self._last:  # what comes in meanwhile is not looked at
            self._entries.append(entry)
            self._bytes += len(entry.body)
            self._filled.set()

    async def take(self) -> list[Entry]:
        """The next entries, at least one. Raises LogError: the log lacks one."""
        filled = asyncio.ensure_future(self._filled.wait())
        await asyncio.wait((filled, self.reader.failed), return_when=asyncio.FIRST_COMPLETED)
        if not filled.done():
            filled.cancel()
            self.reader.failed.result()
        entries, self._entries, self._bytes = self._entries, [], 0
        self._filled.clear()
        self._room.set()
        return entries

    def close(self) -> None:
        """Nothing more is taken; the reader need not wait for room."""
        self._closed = True
        self._room.set()


@contextlib.asynccontextmanager
async def tape(log: Log, first: int, last: int) -> AsyncIterator[Tape]:
    """Read `log` from entry `first` to `last` while the block runs."""
    reading = Tape(last)
    reading.reader = log.reader(first, reading.put, name="verify")
    await reading.reader.start()
    try:
        yield reading
    finally:
        reading.close()
        await reading.reader.stop()


async def stretch(log: Log, first: int, last: int) -> AsyncGenerator[list[Entry], None]:
    """The entries from `first` to `last`, some at a time."""
    if first > last:
        return
    async with tape(log, first, last) as read:
        done = first - 1
        while done < last:
            entries = await read.take()
            done = entries[-1].seq
            yield entries


async def pairs(
    orders: Log, answers: Log, first: int, last: int
) -> AsyncGenerator[list[Pair], None]:
    """The entries from `first` to `last` with their answers, some at a time."""
    if first > last:
        return
    async with tape(orders, first, last) as entered, tape(answers, first, last) as told:
        left, right = deque[Entry](), deque[Entry]()
        done = first - 1
        while done < last:
            if not left:
                left.extend(await entered.take())
            if not right:
                right.extend(await told.take())
            some = [(left.popleft(), right.popleft()) for _ in range(min(len(left), len(right)))]
            done = some[-1][0].seq
            yield some


async def work_off(
    batches: AsyncGenerator[Batch, None],
    work: Callable[[Batch], Result],
    done: Callable[[Result], None],
) -> None:
    """Let `work` deal with all batches, in a thread, while the next ones are read."""
    loop = asyncio.get_running_loop()
    running: asyncio.Future[Result] | None = None
    with ThreadPoolExecutor(1) as thread:
        async with contextlib.aclosing(batches):
            async for batch in batches:
                if running is not None:
                    done(await running)
                running = loop.run_in_executor(thread, work, batch)
            if running is not None:
                done(await running)
