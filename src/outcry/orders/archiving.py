"""Moves the beginning of both streams from NATS into the archive.

Rule 1: nothing is purged that is not, of both streams, in a segment that was read back.
Rule 2: the newest snapshot that counts says how far: its entry and all after it stay, so that a
start needs neither the archive nor more than what is replayed from there.
Rule 3: what is young stays: the stream knows an entry that is sent again while it holds the first.
Rule 4: one archiver at a time works on a folder. Ended at any point, the next one goes on.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import structlog

from outcry.log.archive import Archive
from outcry.log.archiver import OnSegment, extend
from outcry.log.folders import lock_file, make_folder
from outcry.log.log import Log, LogError
from outcry.log.whole import WholeLog
from outcry.orders.start import beginning
from outcry.wire.subjects import EXECUTIONS, ORDERS

PURGE_BYTES = 8 << 20
PURGE_PAUSE_S = 0.02
_NS = 1_000_000_000


class Archived(NamedTuple):
    """What a run came to: the first entry that stays in NATS, and the bytes it made room for."""

    first: int
    freed_bytes: int
    why: str = ""
    """Why it could not take more out; empty: it took all up to the newest snapshot."""


class AnotherArchives(LogError):
    """Another process works on the same archive now."""


async def archive(
    orders: Log,
    answers: Log,
    archive_dir: Path,
    snapshot_dir: Path,
    *,
    min_age_s: float,
    on_segment: OnSegment = lambda _: None,
) -> Archived:
    """Take out of the streams what may go. Raises LogError or Refused: why nothing may."""
    with sole_archiver(archive_dir):
        kept = [Archive(archive_dir, stream) for stream in (ORDERS, EXECUTIONS)]
        lives = [orders, answers]
        wholes = [WholeLog(*pair) for pair in zip(lives, kept, strict=True)]
        states = [await log.info() for log in lives]
        snapshot = (await beginning(snapshot_dir, wholes[0], wholes[1])).snapshot
        if snapshot is None:
            why = f"no snapshot in {snapshot_dir} counts; take one with `outcry snapshot take`"
            return Archived(states[0].first_seq, 0, why)
        before = await _settled(orders, snapshot.entry, min_age_s)
        for live, stored in zip(lives, kept, strict=True):
            await extend(stored, live, snapshot.log, before - 1, on_segment=on_segment)
        for live in lives:
            await _purge(live, before)
        after = [await log.info() for log in lives]
    freed = sum(was.bytes - now.bytes for was, now in zip(states, after, strict=True))
    structlog.get_logger().info("archived", first=after[0].first_seq, freed_bytes=freed)
    young = before < snapshot.entry
    why = f"entries younger than {min_age_s:g} s stay" if young else ""
    return Archived(after[0].first_seq, freed, why)


async def _purge(log: Log, before: int) -> None:
    """Purge step by step: the server takes no order meanwhile, a third of a second a gigabyte."""
    state = await log.info()
    entries = state.last_seq - state.first_seq + 1
    step = max(entries * PURGE_BYTES // max(state.bytes, 1), 1)
    for seq in range(state.first_seq + step, before, step):
        await log.purge(seq)
        await asyncio.sleep(PURGE_PAUSE_S)
    await log.purge(before)


@contextlib.contextmanager
def sole_archiver(folder: Path) -> Iterator[None]:
    """Hold an archive while the block runs. Raises AnotherArchives, LogError."""
    try:
        make_folder(folder)
        held = lock_file(folder / "lock")
    except BlockingIOError as error:
        raise AnotherArchives(f"another process writes to the archive {folder} now") from error
    except OSError as error:
        raise LogError(f"the archive {folder} cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(held)


async def _settled(orders: Log, last: int, min_age_s: float) -> int:
    """The first entry up to `last` that is younger than `min_age_s`; `last` when none is."""
    young_ns = time.time_ns() - int(min_age_s * _NS)
    low, high = max((await orders.info()).first_seq, 1), last
    while low < high:
        middle = (low + high) // 2
        entry = await orders.get(middle)
        if entry is not None and entry.ts_ns > young_ns:
            high = middle
        else:
            low = middle + 1
    return max(low, 1)
