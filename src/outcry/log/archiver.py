"""Writes the archive of a stream: what is not in it yet, as far as it may go.

Rule 1: it goes on where the archive ends, whatever ended the one before it: a segment that is there
is whole, one that is not has no name.
Rule 2: a segment counts when it was read back from the file and found to be what was read.
"""

import asyncio
from collections.abc import Callable

from outcry.log.archive import Archive
from outcry.log.log import Damaged, Entry, Log, LogError
from outcry.log.segments import RAW_BYTES_MAX, Segment, SegmentWriter, read_segment

OnSegment = Callable[[Segment], None]


async def extend(
    archive: Archive,
    source: Log,
    log: str,
    last: int,
    *,
    raw_bytes_max: int = RAW_BYTES_MAX,
    on_segment: OnSegment = lambda _: None,
) -> None:
    """Have the entries of `source` up to `last` in `archive`, of the log with the id `log`.

    Raises LogError: the two do not fit together, or the files cannot be written.
    """
    first = await _check(archive, source, log, last)
    if first > last:
        return
    try:
        copy = _Copy(archive, log, first, last, raw_bytes_max, on_segment)
        await _read(source, first, copy)
    except OSError as error:
        raise LogError(f"the archive {archive.folder} cannot be written: {error}") from error


async def _read(source: Log, first: int, copy: "_Copy") -> None:
    reader = source.reader(first, copy.take, name="archive")
    await reader.start()
    done = asyncio.ensure_future(copy.done.wait())
    try:
        await asyncio.wait((done, reader.failed), return_when=asyncio.FIRST_COMPLETED)
    finally:
        done.cancel()
        await reader.stop()
        copy.close()
    if not copy.done.is_set():
        reader.failed.result()


async def _check(archive: Archive, source: Log, log: str, last: int) -> int:
    """The first entry that is to be added to the archive. Raises LogError."""
    state = await source.info()
    if state.last_seq < last:
        raise LogError(f"{archive.stream} ends at {state.last_seq}, before {last}")
    archive.segments()
    end = archive.last_seq
    if state.first_seq > end + 1:
        raise LogError(
            f"{archive.stream} begins at {state.first_seq}, and {archive.folder} ends at {end}: "
            "what is between them is nowhere. Name the archive of this log with --archive-dir, "
            "or put back its files"
        )
    if end and archive.log != log:
        raise LogError(f"{archive.folder} is the archive of log {archive.log}, and this is {log}")
    if end >= state.first_seq:  # as after an end before the purge
        stored = await source.get(end)
        kept = archive.get(end)
        if stored is None or kept is None or kept.body != stored.body:
            raise LogError(
                f"{archive.folder} holds something else at {end} than {archive.stream}: it is of "
                "another history; name the archive of this log with --archive-dir"
            )
    return end + 1


class _Copy:
    """The segments in the making, of entries `first` to `last`."""

    def __init__(
        self,
        archive: Archive,
        log: str,
        first: int,
        last: int,
        raw_bytes_max: int,
        on_segment: OnSegment,
    ) -> None:
        self.done = asyncio.Event()
        self._archive = archive
        self._log = log
        self._last = last
        self._raw_bytes_max = raw_bytes_max
        self._on_segment = on_segment
        self._writer: SegmentWriter | None = self._begin(first)

    async def take(self, entry: Entry) -> None:
        writer = self._writer
        if writer is None or entry.seq > self._last:  # what comes in meanwhile
            return
        writer.add(entry)
        if writer.raw_bytes < self._raw_bytes_max and entry.seq < self._last:
            return
        segment = writer.seal()
        self._writer = None
        _read_back(segment)
        self._on_segment(segment)
        if entry.seq < self._last:
            self._writer = self._begin(entry.seq + 1)
        else:
            self.done.set()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.discard()

    def _begin(self, first: int) -> SegmentWriter:
        return SegmentWriter(self._archive.folder, self._log, self._archive.stream, first)


def _read_back(segment: Segment) -> None:
    """Raises Damaged, and takes the file away: the disk did not take it as it was written."""
    try:
        for _ in read_segment(segment.path):
            pass
    except Damaged:
        segment.path.unlink()
        raise
