"""Archive and stream as one log, from its first entry to its newest.

What the stream still has comes from there; what was purged, from the archive. So whoever reads
need not know what was purged, before it began or meanwhile.
"""

import asyncio

import structlog

from outcry.log.archive import Archive
from outcry.log.log import (
    Entry,
    Foreign,
    Log,
    LogError,
    OnEntry,
    Purged,
    Reader,
    StreamState,
)
from outcry.wire.subjects import EXECUTIONS

TURN_BYTES = 1 << 18
"""Bytes of archived entries after which the others of this process have their turn."""


class WholeLog:
    """See Log. `live` is the stream, `archive` what was taken out of it."""

    def __init__(self, live: Log, archive: Archive) -> None:
        self._live = live
        self._archive = archive
        self._told = False

    async def send(
        self,
        subject: str,
        body: bytes,
        *,
        expected_last: int | None = None,
        msg_id: str | None = None,
    ) -> asyncio.Future[int]:
        """See Log.send."""
        return await self._live.send(subject, body, expected_last=expected_last, msg_id=msg_id)

    async def last_seq(self) -> int:
        """See Log.last_seq. Raises Foreign as `info` does."""
        return (await self.info()).last_seq

    async def get(self, seq: int) -> Entry | None:
        """See Log.get."""
        return await self._live.get(seq) or self._archive.get(seq)

    async def info(self) -> StreamState:
        """See Log.info: `first_seq` is that of the whole, `bytes` are those of the stream.

        Raises Foreign: the stream is not what the archive is the beginning of.
        """
        state = await self._live.info()
        first, last = self._archived()
        if not last:
            return state
        if state.last_seq < last:
            raise Foreign(
                f"{self._archive.folder} holds entries up to {last}, but the stream ends at "
                f"{state.last_seq}: NATS has other data than before, or this is the archive of "
                "another log. Give NATS its data back, or name the archive of this log with "
                f"--archive-dir; {_mend(self._archive.stream)}."
            )
        return state._replace(first_seq=min(first, state.first_seq))

    def _archived(self) -> tuple[int, int]:
        """First and last entry of the archive; 0 where it cannot be read now.

        That stops whoever needs what is in it, and nobody else: orders do not.
        """
        try:
            found = self._archive.first_seq, self._archive.last_seq
        except LogError as error:
            if not self._told:
                structlog.get_logger().warning("archive.unreadable", why=str(error))
            self._told = True
            return 0, 0
        self._told = False
        return found

    async def purge(self, before: int) -> None:
        """See Log.purge: the archive keeps what it has."""
        await self._live.purge(before)

    def reader(
        self, next_seq: int, on_entry: OnEntry, *, name: str = "", acknowledge: bool = False
    ) -> "WholeReader":
        """See Log.reader."""
        return WholeReader(
            self._live, self._archive, next_seq, on_entry, name=name, acknowledge=acknowledge
        )


class WholeReader:
    """See Reader. Reads the stream; whenever that has lost what comes next, the archive."""

    def __init__(
        self,
        live: Log,
        archive: Archive,
        next_seq: int,
        on_entry: OnEntry,
        *,
        name: str,
        acknowledge: bool,
    ) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._live = live
        self._archive = archive
        self._next = next_seq
        self._on_entry = on_entry
        self._name = name
        self._acknowledge = acknowledge
        self._reading: Reader | None = None
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def sure(self) -> bool:
        """See Reader.sure."""
        return self._reading is not None and self._reading.sure

    async def start(self) -> None:
        """See Reader.start."""
        self._task = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """See Reader.stop."""
        self._stop.set()
        if self._reading is not None:
            await self._reading.stop()
        if self._task is not None:
            await self._task

    def acknowledge(self, seq: int) -> None:
        """See Reader.acknowledge."""
        if self._reading is not None:
            self._reading.acknowledge(seq)

    async def _read(self) -> None:
        try:
            while not self._stop.is_set():
                if await self._read_stream():
                    await self._read_archive()
        except Exception as error:  # noqa: BLE001 -- told to whoever owns the reader
            self.failed.set_exception(error)

    async def _read_stream(self) -> bool:
        """Read the stream until `stop`; True: what comes next was purged. Raises what failed."""
        reader = self._live.reader(
            self._next, self._hand_over, name=self._name, acknowledge=self._acknowledge
        )
        await reader.start()
        self._reading = reader
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait((stopped, reader.failed), return_when=asyncio.FIRST_COMPLETED)
        if not reader.failed.done():
            return False
        stopped.cancel()
        self._reading = None
        await reader.stop()
        error = reader.failed.exception()
        if error is not None and not isinstance(error, Purged):
            raise error
        return True

    async def _read_archive(self) -> None:
        """Read what was purged, as far as the archive goes."""
        begin, given = self._next, 0
        for entry in self._archive.read(self._next):
            if self._stop.is_set():
                return
            if entry.seq != self._next:
                break
            await self._hand_over(entry)
            given += len(entry.body)
            if given > TURN_BYTES:
                given = 0
                await asyncio.sleep(0)
        if self._next == begin:
            raise LogError(
                f"entry {begin} of {self._archive.stream} was taken out of the stream, and the "
                f"archive {self._archive.folder} does not hold it; name the archive of this log "
                "with --archive-dir, or start from a snapshot or books that are newer"
            )

    async def _hand_over(self, entry: Entry) -> None:
        await self._on_entry(entry)
        self._next = entry.seq + 1


def _mend(stream: str) -> str:
    if stream == EXECUTIONS:
        return "or, where ORDERS is whole, `outcry executions rebuild` makes EXECUTIONS anew"
    return "what is lost comes back from a backup with `outcry restore`"
