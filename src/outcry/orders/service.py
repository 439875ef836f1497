"""The order service: reads ORDERS, lets the engine answer, puts the answers into EXECUTIONS.

After any stop it goes on from its newest snapshot, or from the first entry: it replays ORDERS from
there, without publishing up to what EXECUTIONS holds, compares its newest answer with the stored
one, and is live.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from outcry.domain.limits import BOUNDS, Bounds
from outcry.domain.types import ClockSource
from outcry.log.history import Diverged
from outcry.log.log import Entry, Log, LogError, once_answered
from outcry.orders.answer import Desk
from outcry.orders.keeper import Keeper
from outcry.orders.metrics import Metrics
from outcry.orders.publisher import Publisher
from outcry.orders.start import beginning
from outcry.orders.venue import venue_opening
from outcry.orders.version import check_opening, hand_over
from outcry.runtime.lifecycle import Refused
from outcry.runtime.settings import Durability
from outcry.wire.subjects import VENUE_OPEN, executions

OPEN_AGAIN_S = 0.2
TURN_S = 0.01
"""After so long the others of this process have their turn, however many entries wait."""


class OrderService:
    """One engine between two logs. Made by `open_order_service`."""

    def __init__(
        self,
        orders: Log,
        desk: Desk,
        publisher: Publisher,
        keeper: Keeper | None,
        goal: int,
        metrics: Metrics,
        *,
        lockstep: bool,
        answers: Log,
        bounds: Bounds,
    ) -> None:
        self.desk = desk
        self.publisher = publisher
        self.keeper = keeper
        """None: there are no snapshots."""
        self.caught_up = asyncio.Event()
        self._orders = orders
        self._answers = answers
        self._bounds = bounds
        self._goal = goal
        """The end of ORDERS at the start: what must be replayed before it is ready."""
        self._metrics = metrics
        self._turn_at = 0.0
        self._lockstep = lockstep
        self._show(metrics)
        self.reader = orders.reader(desk.position + 1, self._on_entry, name="order-service")
        if goal == desk.position:
            self.caught_up.set()

    def _show(self, metrics: Metrics) -> None:
        engine, publisher = self.desk.engine, self.publisher
        metrics.show("executions", "Executions since the venue opened.", lambda: engine.seq)
        metrics.show("resting", "Orders that rest in the books.", lambda: len(engine.orders))
        metrics.show("unstored", "Answers not yet stored.", lambda: publisher.waiting)
        metrics.show("stored", "The newest answer that is stored.", lambda: publisher.tail)

    async def _on_entry(self, entry: Entry) -> None:
        begin = time.perf_counter()
        body = self.desk.answer(entry)
        end = time.perf_counter()
        self._metrics.answered(entry, body, end - begin)
        if self.desk.engine.venue is None:
            await check_opening(entry, body, self._answers, self._bounds.version)
        await self.publisher.publish(entry.seq, body)
        if entry.seq == self._goal:
            self.caught_up.set()
        if self.keeper is not None and entry.seq >= self._goal:
            self.keeper.look()
        if end - self._turn_at > TURN_S:
            await asyncio.sleep(0)
            self._turn_at = time.perf_counter()
        if self.desk.engine.rulebook.successor:
            await self.publisher.drained()
            await hand_over(self.keeper, self.desk.engine)

    async def open_venue(self) -> None:
        """Give a log that has no venue its first entry; check that the venue is the kind asked for.

        However often it is sent, the log takes it once, under an id that nobody can use up
        before; of several services the first one opens the venue and the others are refused.
        """
        await self.caught_up.wait()
        opening, msg_id = venue_opening(self._lockstep, self._bounds.version), secrets.token_hex(8)
        while self.desk.engine.venue is None:
            with contextlib.suppress(LogError):
                await (await self._orders.send(VENUE_OPEN, opening, msg_id=msg_id))
            await asyncio.sleep(OPEN_AGAIN_S)
        by_entries = self.desk.engine.venue.clock is ClockSource.ENTRIES
        if by_entries != self._lockstep:
            kind, option = ("a lockstep", "with") if by_entries else ("not a lockstep", "without")
            raise Refused(
                f"this log is {kind} venue; start {option} --lockstep, or use another data folder"
            )
        structlog.get_logger().info("ready", log=self.desk.writer.log, position=self.desk.position)

    async def drain(self) -> None:
        """Read no more, and put what was answered into EXECUTIONS."""
        await self.reader.stop()
        await self.publisher.drained()

    async def finish(self) -> None:
        """Leave a snapshot to start from."""
        if self.keeper is not None:
            await self.keeper.finish()


class Readiness:
    """What /readyz shows."""

    def __init__(self, durability: Durability) -> None:
        self._durability = durability
        self._service: OrderService | None = None
        self._is_connected: Callable[[], bool] = bool

    def begin(self, service: OrderService, is_connected: Callable[[], bool]) -> None:
        """From now on there is something to show."""
        self._service = service
        self._is_connected = is_connected

    def show(self) -> tuple[str, dict[str, Any]]:
        """See ops.Readiness."""
        service = self._service
        if service is None:
            return "waiting for NATS", {}
        engine, publisher = service.desk.engine, service.publisher
        why = ""
        if not self._is_connected():
            why = "no connection to NATS"
        elif not service.caught_up.is_set():
            why = "replaying the log"
        elif engine.venue is None:
            why = "the venue is not open yet"
        return why, {
            "log": service.desk.writer.log,
            "shard": service.desk.writer.shard,
            "position": engine.entry,
            "stored": publisher.tail,
            "seq": engine.seq,
            "digest": engine.digest.hex(),
            "standing_by": publisher.standing_by,
            "snapshot": service.keeper.entry if service.keeper else 0,
            "durability": self._durability.value,
        }


async def open_order_service(
    orders: Log,
    answers: Log,
    metrics: Metrics,
    *,
    lockstep: bool,
    snapshot_dir: Path | None = None,
    bounds: Bounds = BOUNDS,
) -> OrderService:
    """The service between two logs; `bounds` are those of its version of the engine.

    Raises Diverged: EXECUTIONS answers more than ORDERS holds, or tells another history than the
    snapshots; and Refused: the beginning of ORDERS is gone, or another version goes on with it.
    """
    tail = await once_answered(answers.last_seq)
    end = await once_answered(orders.last_seq)
    if tail > end:
        raise Diverged(
            f"EXECUTIONS answers {tail} entries, but ORDERS holds {end}: ORDERS lost its tail or "
            "one of the streams is not of this venue; restore both from one backup"
        )
    desk, newest = await beginning(snapshot_dir, orders, answers, bounds)
    # Another one may go on meanwhile, and leave a snapshot of later than was asked above.
    tail, end = max(tail, desk.position), max(end, desk.position)
    publisher = Publisher(answers, executions(), tail)
    keeper = Keeper(snapshot_dir, desk, publisher, metrics, newest) if snapshot_dir else None
    return OrderService(
        orders,
        desk,
        publisher,
        keeper,
        end,
        metrics,
        lockstep=lockstep,
        answers=answers,
        bounds=bounds,
    )
