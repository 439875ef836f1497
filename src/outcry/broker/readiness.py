"""What /readyz shows of the broker."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from outcry.broker.clerk import Clerk
from outcry.broker.metrics import Metrics
from outcry.broker.progress import Progress
from outcry.log.log import Log, LogError
from outcry.runtime.settings import Durability

LOOK_S = 2.0


class Readiness:
    """Ready: what the log held at the start is booked."""

    def __init__(self, durability: Durability) -> None:
        self._durability = durability
        self._progress: Progress | None = None
        self._clerk: Clerk | None = None
        self._goal = 0
        self._last = 0
        self._ready = False
        self._is_connected: Callable[[], bool] = bool

    def begin(
        self, progress: Progress, clerk: Clerk, goal: int, is_connected: Callable[[], bool]
    ) -> None:
        """From now on there is something to show. `goal`: the last entry of the log at the start;
        `is_connected`: whether NATS is there."""
        self._progress, self._clerk = progress, clerk
        self._is_connected = is_connected
        self._goal = self._last = goal
        self.look()

    def look(self) -> None:
        """Tell once that the broker is ready."""
        assert self._progress is not None, "asked before it began"
        position = self._progress.position
        if not self._ready and position.entry >= self._goal:
            self._ready = True
            structlog.get_logger().info("ready", log=position.log, position=position.entry)

    @property
    def lag(self) -> int:
        """Entries of the log that are not booked, as far as is known."""
        return max(self._last - self._progress.position.entry, 0) if self._progress else 0

    async def follow(self, log: Log) -> None:
        """Keep looking how far the log goes."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                self._last = await log.last_seq()
            except LogError:
                continue  # what was known stays until the log can be asked again

    def show(self) -> tuple[str, dict[str, Any]]:
        """See ops.Readiness."""
        if self._progress is None or self._clerk is None:
            return "waiting for NATS", {}
        position = self._progress.position
        why = ""
        if not self._is_connected():
            why = "no connection to NATS"
        elif not self._ready:
            why = "booking what is in the log"
        return why, {
            "log": position.log,
            "shard": position.shard,
            "position": position.entry,
            "seq": position.seq,
            "digest": position.digest.hex(),
            "lag": self.lag,
            "standing_by": self._clerk.standing_by,
            "durability": self._durability.value,
        }

    def measure(self, metrics: Metrics) -> None:
        """Show the same in the metrics."""
        metrics.show("position", "The newest entry that is booked.", lambda: self._at("entry"))
        metrics.show("seq", "The newest execution that is booked.", lambda: self._at("seq"))
        metrics.show("lag", "Entries of the log that are not booked yet.", lambda: self.lag)

    def _at(self, name: str) -> int:
        return int(getattr(self._progress.position, name)) if self._progress else 0
