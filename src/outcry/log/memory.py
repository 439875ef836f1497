"""The log in memory: for tests. One thread, no clock but the one it is given."""

import asyncio
from collections.abc import Callable

from outcry.log.log import (
    Conflict,
    Entry,
    Foreign,
    Full,
    LogError,
    OnEntry,
    Purged,
    StreamState,
    Unanswered,
)


class MemoryLog:
    """One stream. Faults are switched by its attributes and hold until switched back."""

    def __init__(
        self, clock: Callable[[], int], *, max_bytes: int = -1, first_seq: int = 1
    ) -> None:
        """An empty log whose first entry will have `first_seq`."""
        self._clock = clock
        self._purged = first_seq - 1
        """The newest entry that is not here any more."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: list[Entry] = []
        self._ids: dict[str, int] = {}
        self._changed = asyncio.Event()
        self.connected = True
        """False: nothing is sent, asked or read."""
        self.acknowledges = True
        """False: messages are stored, but their senders are told Unanswered."""

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> asyncio.Future[int]:
        """See Log.send. The future is done at once."""
        self._need_connection()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        try:
            seq = self._append(subject, body, expected_last, msg_id)
        except LogError as error:
            future.set_exception(error)
            return future
        if self.acknowledges:
            future.set_result(seq)
        else:
            future.set_exception(Unanswered("the acknowledgement was lost"))
        return future

    async def last_seq(self) -> int:
        """See Log.last_seq."""
        self._need_connection()
        return self._last

    async def get(self, seq: int) -> Entry | None:
        """See Log.get."""
        self._need_connection()
        return self._entries[seq - self._purged - 1] if self._purged < seq <= self._last else None

    async def info(self) -> StreamState:
        """See Log.info."""
        self._need_connection()
        first = self._purged + 1 if self._last else 0
        return StreamState(first, self._last, self._bytes, self._max_bytes)

    async def purge(self, before: int) -> None:
        """See Log.purge."""
        self._need_connection()
        if before > max(self._last, 1):
            raise LogError(f"there is no entry {before} that could become the first")
        count = max(before - self._purged - 1, 0)
        self._bytes -= sum(len(e.subject) + len(e.body) for e in self._entries[:count])
        del self._entries[:count]
        self._purged += count

    def reader(
        self,
        next_seq: int,
        on_entry: OnEntry,
        *,
        name: str = "",  # there is no monitoring here
        acknowledge: bool = False,
    ) -> "MemoryReader":
        """See Log.reader."""
        return MemoryReader(self, next_seq, on_entry)

    def reconnect(self) -> None:
        """End a time without connection."""
        self.connected = True
        self.wake()

    def wake(self) -> None:
        """Have the readers look again."""
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def changed(self) -> None:
        """Return when there may be something new to read."""
        await self._changed.wait()

    def at(self, seq: int) -> Entry | None:
        """What a reader finds at `seq`, None: not yet; raises Foreign beyond the next one."""
        last = self._last
        if not self.connected or seq == last + 1:
            return None
        if seq > last:
            raise Foreign(
                f"the log is shorter than what was read: it ends at {last}, and {seq - 1} was read"
            )
        if seq <= self._purged:
            raise Purged(f"the log begins at {self._purged + 1}, and {seq} is to be read")
        return self._entries[seq - self._purged - 1]

    @property
    def _last(self) -> int:
        return self._purged + len(self._entries)

    def _append(
        self, subject: str, body: bytes, expected_last: int | None, msg_id: str | None
    ) -> int:
        last = self._last
        if expected_last is not None and expected_last != last:
            raise Conflict(f"the last sequence is {last}, not {expected_last}")
        if msg_id is not None and msg_id in self._ids:
            return self._ids[msg_id]
        size = len(subject) + len(body)
        if 0 <= self._max_bytes < self._bytes + size:
            raise Full(f"{self._max_bytes} bytes are used up")
        self._bytes += size
        self._entries.append(Entry(last + 1, self._clock(), subject, body))
        if msg_id is not None:
            self._ids[msg_id] = last + 1
        self.wake()
        return last + 1

    def _need_connection(self) -> None:
        if not self.connected:
            raise Unanswered("not connected")


class MemoryReader:
    """See Reader."""

    def __init__(self, log: MemoryLog, next_seq: int, on_entry: OnEntry) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.acknowledged = 0
        self._log = log
        self._next = next_seq
        self._on_entry = on_entry
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """See Reader.start."""
        self._task = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """See Reader.stop."""
        self._stopping = True
        self._log.wake()
        if self._task is not None:
            await self._task

    @property
    def sure(self) -> bool:
        """See Reader.sure."""
        return self._log.connected and not self.failed.done()

    def acknowledge(self, seq: int) -> None:
        """See Reader.acknowledge."""
        self.acknowledged = seq

    async def _read(self) -> None:
        try:
            while not self._stopping:
                entry = self._log.at(self._next)
                if entry is None:
                    await self._log.changed()
                    continue
                await self._on_entry(entry)
                self._next += 1
                await asyncio.sleep(0)  # as with a server, others have their turn between two
        except Exception as error:  # noqa: BLE001 -- told to whoever owns the reader
            self.failed.set_exception(error)
