"""A guest on NATS: publishes orders and cancels that nobody confirms, and watches what completes.

What does not complete in time is published again, or given up: then the log has to tell.
"""

import asyncio
import contextlib
import json
import random
import time

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from chaos.ledger import Key, Ledger, Sent, key_of
from chaos.line import Fields, split
from chaos.trader import STUCK_S, Pace, terms
from outcry.wire.subjects import ORDER_COMPLETED, ORDER_CREATED

PATIENCE_S = 2.0
PAUSE_MIN_S = 0.02
BURST_MAX = 8
UNSEEN_MAX = 200
GIVE_UP = 0.5


class Guest:
    """One guest with an account of its own; `work` ends when nothing is unseen after `stop`."""

    def __init__(self, name: str, url: str, ledger: Ledger, chance: random.Random) -> None:
        self.name = name
        self._url = url
        self._ledger = ledger
        self._chance = chance
        self._nc = Client()
        self._unseen: dict[Key, tuple[float, Fields, Sent]] = {}
        self._resting: list[str] = []
        self._count = 0

    async def work(self, stop: asyncio.Event, pace: Pace) -> None:
        await self._nc.connect(
            self._url,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,  # type: ignore[arg-type]
            error_cb=_forget,
        )
        try:
            await self._nc.subscribe(ORDER_COMPLETED, cb=self._on_completed)
            while not stop.is_set():
                if len(self._unseen) < UNSEEN_MAX:
                    for _ in range(self._chance.randrange(1, BURST_MAX)):
                        await self._publish(self._command())
                await asyncio.sleep(max(pace.pause(self._chance), PAUSE_MIN_S))
                await self._look_after()
            async with asyncio.timeout(STUCK_S):
                while self._unseen:
                    await asyncio.sleep(PATIENCE_S / 10)
                    await self._look_after()
        finally:
            await self._nc.close()

    async def _publish(self, fields: Fields) -> None:
        sent = self._ledger.send(fields)
        self._unseen[sent.key] = time.monotonic(), fields, sent
        with contextlib.suppress(NatsError):
            await self._nc.publish(ORDER_CREATED, json.dumps(fields).encode())

    async def _look_after(self) -> None:
        """Publish again what was not seen in time, or give it up."""
        late = time.monotonic() - PATIENCE_S
        overdue = [one for one in self._unseen.values() if one[0] < late]
        for _, fields, sent in overdue:
            if self._chance.random() < GIVE_UP:
                del self._unseen[sent.key]
                self._ledger.give_up(sent)
            else:
                await self._publish(fields)

    async def _on_completed(self, message: Msg) -> None:
        for execution in split(message.data):
            told = json.loads(execution)
            fields = told["order"] if told["op"] == "new" else told.get("command", {})
            if fields.get("account") != self.name or "client_order_id" not in fields:
                continue
            key = key_of(fields | {"op": told["op"]})
            if key in self._unseen:
                self._ledger.answered(self._unseen.pop(key)[2], execution, told["result"])
                if told["op"] == "new" and told["result"] == "accepted":
                    self._resting.append(key[2])

    def _command(self) -> Fields:
        if self._resting and self._chance.random() < 0.3:
            name = self._resting.pop(self._chance.randrange(len(self._resting)))
            return {"op": "cancel", "account": self.name, "client_order_id": name}
        self._count += 1
        own = {"account": self.name, "client_order_id": f"{self.name}-{self._count}"}
        return own | terms(self._chance)


async def _forget(error: Exception) -> None:
    """What nats-py reports is what the run does to it."""
