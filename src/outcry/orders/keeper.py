"""Takes snapshots of the engine: when it has gone far enough since the last one, and on request.

Rule 1: order entry waits for the fork and for nothing else; a child dumps, writes and syncs.
Rule 2: a snapshot gets its name when the answer to its entry is stored, not before: it never is
ahead of the log.
Rule 3: one at a time, and in all no more than a tenth of the time.
"""

import asyncio
import contextlib
import time
from pathlib import Path

import structlog

from outcry.domain import snapshot
from outcry.orders import snapshots
from outcry.orders.answer import Desk
from outcry.orders.forked import Forked, forked
from outcry.orders.metrics import Metrics
from outcry.orders.publisher import Publisher
from outcry.orders.snapshots import Header

EXECUTIONS_DUE = 50_000
ENTRIES_DUE = 10_000
"""How far the engine goes from one to the next; either takes a second or less to replay."""
IDLE_TIMES = 9
"""After one that took a second, none is begun for so many."""
FAILED_S = 60.0
"""Pause after one that failed."""
CHILD_S = 120.0
"""A child that takes longer hangs; it is killed."""
STOP_S = 4.0
"""What the last one may take, at a clean stop."""
POLL_S = 0.02


class SnapshotFailed(Exception):
    """There is no new snapshot; the text says why. Orders are not touched by it."""


class Keeper:
    """Keeps the snapshots of one desk in `folder`; `newest` is the one it began with."""

    def __init__(
        self,
        folder: Path,
        desk: Desk,
        publisher: Publisher,
        metrics: Metrics,
        newest: Header | None,
    ) -> None:
        self.newest = newest
        self._folder = folder
        self._engine = desk.engine
        self._publisher = publisher
        self._metrics = metrics
        self._taken_at = time.time()
        self._longest_pause = self._longest = 0.0
        self._last = (newest.seq, newest.entry) if newest else (0, 0)
        self._not_before = 0.0
        self._taking: asyncio.Task[Header] | None = None
        self._show(metrics)

    def _show(self, metrics: Metrics) -> None:
        show = metrics.show
        show("snapshot_entry", "Entry of the newest snapshot.", lambda: self.entry)
        show(
            "snapshot_age_seconds",
            "Time since the newest snapshot was taken, or found at the start.",
            lambda: time.time() - self._taken_at,
        )
        show("snapshot_seconds", "Longest time a snapshot took.", lambda: self._longest)
        show(
            "snapshot_pause_seconds",
            "Longest pause of order entry for a snapshot.",
            lambda: self._longest_pause,
        )

    @property
    def entry(self) -> int:
        """Of the newest snapshot; 0: there is none."""
        return self.newest.entry if self.newest else 0

    def look(self) -> None:
        """Between two entries: begin a snapshot where one is due."""
        engine, (seq, entry) = self._engine, self._last
        if engine.seq - seq < EXECUTIONS_DUE and engine.entry - entry < ENTRIES_DUE:
            return
        if self._taking is None and time.monotonic() >= self._not_before:
            self._begin()

    async def take(self) -> Header:
        """A snapshot of now, or of later. Raises SnapshotFailed."""
        while self._taking is not None:
            await asyncio.wait((self._taking,))
        if self.newest is not None and self.newest.entry == self._engine.entry:
            return self.newest
        return await asyncio.shield(self._begin())

    async def finish(self) -> None:
        """At a clean stop: one more, if there is something new and it can be had in time."""
        with contextlib.suppress(SnapshotFailed, TimeoutError):
            async with asyncio.timeout(STOP_S):
                if self._engine.venue is not None:
                    await self.take()
        await self.close()

    async def close(self) -> None:
        """Leave no child behind."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.wait((self._taking,))

    def _begin(self) -> "asyncio.Task[Header]":
        self._last = (self._engine.seq, self._engine.entry)
        self._taking = asyncio.ensure_future(self._take())
        self._taking.add_done_callback(self._done)
        return self._taking

    def _done(self, taking: "asyncio.Task[Header]") -> None:
        self._taking = None
        if taking.cancelled():
            return
        error = taking.exception()
        if error is not None:
            self._metrics.snapshot_failed()
            self._not_before = time.monotonic() + FAILED_S
            structlog.get_logger().warning("snapshot.failed", why=str(error) or repr(error))

    async def _take(self) -> Header:
        engine, begin = self._engine, time.perf_counter()
        if engine.venue is None:
            raise SnapshotFailed("the venue is not open yet: there is nothing to keep")
        entry = engine.entry
        name = snapshots.file_name(snapshots.header_of(engine, ()))
        written = snapshots.unfinished(self._folder, name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # if somebody removed it
            child = self._fork(written)
            pause = time.perf_counter() - begin
            await self._ended(child)
            seconds = time.perf_counter() - begin
            while self._publisher.tail < entry:  # noqa: ASYNC110 - it may not come for hours
                await asyncio.sleep(POLL_S)
            header = snapshots.read_header(written)
            # In a thread: to sync a folder, and to remove a big file, may take its time.
            await asyncio.get_running_loop().run_in_executor(None, snapshots.publish, written, name)
        except (OSError, snapshots.Unusable) as error:
            raise SnapshotFailed(f"{written} could not be written: {error}") from error
        finally:
            with contextlib.suppress(OSError):  # as of a disk that was lost; a start clears it away
                written.unlink()
        self._note(header, pause, seconds)
        return header

    def _fork(self, path: Path) -> Forked:
        engine = self._engine

        def work() -> None:
            parts = snapshot.dump(engine)
            snapshots.write(path, snapshots.header_of(engine, parts), parts)

        return forked(work)

    async def _ended(self, child: Forked) -> None:
        """Wait for a child. Raises SnapshotFailed; whatever happens, no child is left."""
        trouble: str | None = None
        try:
            async with asyncio.timeout(CHILD_S):
                while (trouble := child.ended()) is None:  # noqa: ASYNC110 - sets no event
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise SnapshotFailed(f"its child took more than {CHILD_S:.0f} s; killed it") from None
        finally:
            if trouble is None:
                child.kill()
        if trouble:
            raise SnapshotFailed(f"its child failed: {trouble}")

    def _note(self, header: Header, pause: float, seconds: float) -> None:
        self.newest = header
        self._taken_at = time.time()
        self._longest = max(self._longest, seconds)
        self._longest_pause = max(self._longest_pause, pause)
        self._not_before = time.monotonic() + IDLE_TIMES * seconds
        structlog.get_logger().info(
            "snapshot.taken",
            entry=header.entry,
            seq=header.seq,
            bytes=header.size,
            seconds=round(seconds, 3),
            pause_ms=round(1000 * pause, 2),
        )
