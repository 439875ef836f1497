"""Entries, logs and archives for tests of the archive."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from outcry.log.archive import Archive
from outcry.log.log import Entry
from outcry.log.memory import MemoryLog
from outcry.log.segments import Segment, SegmentWriter
from outcry.wire.subjects import ORDER_CREATED, ORDERS

LOG = "0123456789abc"


def entries(first: int, last: int) -> list[Entry]:
    """Entries of all sizes, an empty one among them."""
    return [
        Entry(
            seq, 1_700_000_000_000_000_000 + 7 * seq, ORDER_CREATED, b'{"n":%d}' % seq * (seq % 9)
        )
        for seq in range(first, last + 1)
    ]


def sealed(folder: Path, stored: Sequence[Entry], log: str = LOG, stream: str = ORDERS) -> Segment:
    """A segment of these entries in `folder`."""
    writer = SegmentWriter(folder, log, stream, stored[0].seq)
    for entry in stored:
        writer.add(entry)
    return writer.seal()


def archived(folder: Path, *stretches: tuple[int, int], stream: str = ORDERS) -> Archive:
    """An archive with a segment for each stretch."""
    archive = Archive(folder, stream)
    for first, last in stretches:
        sealed(archive.folder, entries(first, last), stream=stream)
    return archive


async def filled(stored: Iterable[Entry], first_seq: int = 1) -> MemoryLog:
    """A log in memory that holds these entries, with their times."""
    times: list[int] = []
    log = MemoryLog(lambda: times[-1], first_seq=first_seq)
    for entry in stored:
        times.append(entry.ts_ns)
        await log.send(entry.subject, entry.body)
    return log
