"""A guest on NATS: publishes orders and cancels that nobody confirms, and watches what completes.

Nobody tells a guest which of what completes was his. So he publishes an order twice now and then,
and in the end the log has to tell what became of it.
"""

import asyncio
import contextlib
import json
import random

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from chaos.ledger import Ledger
from chaos.line import Fields, split
from chaos.terms import terms
from chaos.trader import Pace
from outcry.wire.subjects import ORDER_COMPLETED, ORDER_CREATED

PAUSE_MIN_S = 0.02
BURST_MAX = 8
AGAIN = 0.2
"""How often an order is published twice."""
SECRETS = (
    *("account", "client_order_id", "balances", "settings", "key", "text", "command", "digest"),
    *("stop_price", "stop_limit_price", "trigger", "trail", "trail_percent", "high_water_mark"),
    *("order_class", "take_profit", "stop_loss", "parent_order_id", "exit_order_id", "notional"),
    *("display_quantity", "displayed_quantity", "untriggered", "unarmed"),
)
"""Fields that nobody is told without a key, wherever they stand."""


def secrets_in(execution: bytes) -> list[str]:
    """The fields of an execution that are nobody's business."""
    return [secret for secret in SECRETS if b'"%b":' % secret.encode() in execution]


class Guest:
    """One guest with an open account of its own; `work` ends some time after `stop`."""

    def __init__(self, name: str, url: str, ledger: Ledger, chance: random.Random) -> None:
        self.name = name
        self.heard = 0
        """Executions that it heard of."""
        self.betrayed: list[bytes] = []
        """Those that told it what it should not know."""
        self._url = url
        self._ledger = ledger
        self._chance = chance
        self._nc = Client()
        self._sent: list[str] = []
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
                for _ in range(self._chance.randrange(1, BURST_MAX)):
                    await self._publish(self._command())
                await asyncio.sleep(max(pace.pause(self._chance), PAUSE_MIN_S))
        finally:
            await self._nc.close()

    async def _publish(self, fields: Fields) -> None:
        sent = self._ledger.send(fields)
        repeated = "op" not in fields and self._chance.random() < AGAIN
        for _ in range(2 if repeated else 1):
            with contextlib.suppress(NatsError):
                await self._nc.publish(ORDER_CREATED, json.dumps(fields).encode())
        await asyncio.sleep(0)
        self._ledger.give_up(sent)

    async def _on_completed(self, message: Msg) -> None:
        for execution in split(message.data):
            self.heard += 1
            if secrets_in(execution):
                self.betrayed.append(execution)

    def _command(self) -> Fields:
        if self._sent and self._chance.random() < 0.3:
            name = self._sent.pop(self._chance.randrange(len(self._sent)))
            return {"op": "cancel", "account": self.name, "client_order_id": name}
        self._count += 1
        name = f"{self.name}-{self._count}"
        self._sent = [*self._sent[-20:], name]
        return {"account": self.name, "client_order_id": name} | terms(self._chance)


async def _forget(error: Exception) -> None:
    """What nats-py reports is what the run does to it."""
