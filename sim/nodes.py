"""Where services run: each node starts one, and starts it again after every end."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import outcry.broker.__main__ as broker
import outcry.gateway.__main__ as gateway
import outcry.orders.__main__ as orders
import outcry.stream.__main__ as stream
from outcry.domain.limits import Bounds
from outcry.runtime.settings import (
    BrokerServiceSettings,
    GatewaySettings,
    OrderServiceSettings,
    TradeStreamServiceSettings,
)
from sim.broken import hold
from sim.service import Serve, Service
from sim.truth import Truth

if TYPE_CHECKING:
    from sim.world import World

STOP_END_S = 30.0
ANSWER_TIMEOUT_S = 2.0
ARCHIVE_AGE_S = 9.0
"""More than a request is late, a gateway stands still and a clock goes back, at most."""


class Node:
    def __init__(self, world: "World", kind: str, number: int, serve: Serve, settings: Any) -> None:
        self.kind = kind
        self.name = f"{kind} {number}"
        self.service: Service
        self._world = world
        self._serve = serve
        self._settings = settings

    def boot(self) -> None:
        """Start it, unless it runs."""
        if hasattr(self, "service") and self.service.runs:
            return
        world = self._world
        self.service = service = world.process(self.name)
        service.boot(self._serve, self._settings, world.failed)
        world.tell(self.name, "starts")

    def kill(self) -> None:
        self.service.kill()
        self._world.loop.go_on(self.service)

    async def stop(self) -> None:
        """Ask it to stop; it has to, as long as it is not kept from it."""
        service = self.service
        service.call(service.stop.set)
        for _ in range(int(STOP_END_S / 0.05)):
            if not service.runs or service.still or not service.link.is_connected:
                break
            await asyncio.sleep(0.05)
        self.kill()  # nothing outlives the end of a process

    def freeze(self, still: bool) -> None:
        self.service.still = still
        if not still:
            self._world.loop.go_on(self.service)

    def heal(self) -> None:
        self.freeze(False)
        self.service.link.regain()
        self.boot()

    def position(self) -> int:
        shown = self._shown()
        return int(shown.get("position", 0)) if shown else -1

    def check(self, truth: Truth) -> None:
        """What it shows of itself is of the one history."""
        shown = self._shown()
        if not shown or not shown.get("log") or not shown.get("digest"):
            return
        position, digest = shown["position"], shown["digest"]
        if position < len(truth.digests):
            same = truth.digests[position] == digest
            hold(same, "one history has one digest", self.name, position)

    def _shown(self) -> dict[str, Any]:
        service = self.service
        if not service.runs or service.show is None:
            return {}
        return service.show()[1]


def nodes(world: "World") -> list[Node]:
    return list(_nodes(world))


def _nodes(world: "World") -> Iterator[Node]:
    disk, plan = world.disk, world.plan
    for number in (1, 2):
        settings = OrderServiceSettings(
            snapshot_dir=disk / ("snapshots" if plan.one_disk else f"snapshots-{number}"),
            archive_dir=disk / "archive",
            archive_above_bytes=plan.archive_above_bytes,
            archive_min_age=ARCHIVE_AGE_S,
        )
        bounds = Bounds(touches=plan.touches, looks=plan.looks, due=plan.due)
        serve = partial(orders.serve, bounds=bounds)
        yield Node(world, "orders", number, serve, settings)
    for number in (1, 2):
        gateway_settings = GatewaySettings(
            answer_timeout=ANSWER_TIMEOUT_S, rejects_max=plan.rejects_max
        )
        yield Node(world, "gateway", number, gateway.serve, gateway_settings)
    for number in (1, 2):
        broker_settings = BrokerServiceSettings(archive_dir=disk / "archive")
        yield Node(world, "broker", number, broker.serve, broker_settings)
    yield Node(world, "stream", 1, stream.serve, TradeStreamServiceSettings())
