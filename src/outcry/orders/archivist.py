"""Has the beginning of the streams archived when they grow large.

It looks at their size, takes a snapshot, and leaves the work to a process of its own: order entry
waits for none of it. Ended with the order service, or by itself, that one loses nothing.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Sequence

import structlog

from outcry.log.log import Log, LogError, StreamState, Unanswered
from outcry.orders.archive_process import Task, run_process
from outcry.orders.keeper import Keeper, SnapshotFailed
from outcry.orders.metrics import Metrics
from outcry.orders.service import OrderService
from outcry.runtime.settings import OrderServiceSettings

LOOK_S = 1.0
PAUSE_S = 10.0
"""After a run that left a stream too large, for want of anything old enough."""
FAILED_S = 60.0
SHARE = 0.5
"""Of the room of a stream: beyond it, it is large, whatever `above_bytes` says."""


class Archivist:
    """Of one order service, which has snapshots. `keep` runs for ever."""

    def __init__(
        self,
        settings: OrderServiceSettings,
        streams: Sequence[Log],
        service: OrderService,
        metrics: Metrics,
    ) -> None:
        self._task = Task(
            nats_url=settings.nats_url,
            archive_dir=str(settings.archive_dir),
            snapshot_dir=str(settings.snapshot_dir),
            min_age_s=settings.archive_min_age,
            log_format=settings.log_format.value,
            log_level=settings.log_level.value,
        )
        self._above_bytes = settings.archive_above_bytes
        self._streams = streams
        self._service = service
        self._snapshot_at = -math.inf
        self._runs = self._failures = 0
        self._bytes = 0
        metrics.show("log_bytes", "Bytes of ORDERS and EXECUTIONS in NATS.", lambda: self._bytes)
        metrics.show("archive_runs", "Runs of the archiver.", lambda: self._runs)
        metrics.show("archive_failures", "Runs that failed.", lambda: self._failures)

    async def keep(self) -> None:
        """Archive whenever it is due."""
        keeper = self._service.keeper
        while keeper is not None:
            await asyncio.sleep(LOOK_S)
            if self._service.publisher.standing_by or not await self._is_due():
                continue
            await self._have_snapshot(keeper)
            self._runs += 1
            if not await run_process(self._task):
                self._failures += 1
                await asyncio.sleep(FAILED_S)
            elif await self._is_due():
                await asyncio.sleep(PAUSE_S)

    async def _have_snapshot(self, keeper: Keeper) -> None:
        """Take one, unless the last one is beyond all that is old enough to go."""
        now = time.monotonic()
        if now - self._snapshot_at < self._task.min_age_s:
            return
        with contextlib.suppress(SnapshotFailed):  # told; an older one may do
            await keeper.take()
            self._snapshot_at = now

    async def _is_due(self) -> bool:
        try:
            states = [await log.info() for log in self._streams]
        except LogError as error:
            if not isinstance(error, Unanswered):  # which is asked again soon
                structlog.get_logger().warning("archive.failed", why=str(error))
                await asyncio.sleep(FAILED_S)
            return False
        self._bytes = sum(state.bytes for state in states)
        return any(map(self._is_large, states))

    def _is_large(self, state: StreamState) -> bool:
        room = int(SHARE * state.max_bytes) if state.max_bytes > 0 else self._above_bytes
        return state.bytes > min(self._above_bytes, room)
