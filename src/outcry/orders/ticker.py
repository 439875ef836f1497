"""Lets what is due happen where nobody writes an entry: the active order service writes a tick.

One that stands by does too when a while has passed: the active one may be gone, and a tick that
nobody answers is what shows it.

Rule 1: a tick is an entry like any other; that one more was written changes nothing.
Rule 2: of several services at one position one tick is stored: its identity is the digest of all
history, which nobody could know, and so use up, before the newest answer was there.
"""

import asyncio
import time

import structlog

from outcry.log.log import Log, LogError
from outcry.orders.service import OrderService
from outcry.wire.subjects import CLOCK_TICK

LOOK_S = 0.05
AGAIN_S = 0.3
"""Pause after a tick that was refused or fired nothing: the clock of NATS may be behind ours."""
ANSWER_S = 2.0
STANDBY_NS = 1_000_000_000
"""How much longer than the active service one waits that stands by."""


class Ticker:
    """Ticks for `service` into its log."""

    def __init__(self, orders: Log, service: OrderService) -> None:
        self._orders = orders
        self._service = service

    async def keep(self) -> None:
        """Look for what is due, until cancelled."""
        pause = LOOK_S
        while True:
            await asyncio.sleep(pause)
            pause = await self._tick() if self._is_wanted() else LOOK_S

    def _is_wanted(self) -> bool:
        """Whether something is due, and it is for this service to write."""
        service = self._service
        due_ns = service.desk.engine.next_due_ns
        if due_ns is None or service.publisher.waiting or not service.caught_up.is_set():
            return False
        late_ns = time.time_ns() - due_ns
        return late_ns >= (STANDBY_NS if service.publisher.standing_by else 0)

    async def _tick(self) -> float:
        """Write one and wait until it was applied; gives the pause after it."""
        engine = self._service.desk.engine
        due_ns = engine.next_due_ns
        try:
            sent = await self._orders.send(CLOCK_TICK, b"{}", msg_id=f"tick-{engine.digest.hex()}")
            seq = await sent
            async with asyncio.timeout(ANSWER_S):
                while engine.entry < seq:  # noqa: ASYNC110 - an engine sets no event
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return AGAIN_S
        except LogError as error:
            structlog.get_logger().warning("tick.refused", why=str(error))
            return AGAIN_S
        return AGAIN_S if engine.next_due_ns == due_ns else 0.0
