"""What is done to a venue: each strike hits at once, and mends what it broke, sooner or later.

None waits until all is well again, so that the next one may meet a venue that recovers.
"""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple

import httpx

from chaos.cable import Cable
from chaos.customers import id_of
from chaos.ledger import Ledger, Sent
from chaos.service import PATIENCE_S, Service, until
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, STREAM, Venue
from outcry.cli.failed import Failed

DOWN_S = 1.5
"""How long at most a service that was killed stays away."""
STILL_S = 3.0
"""How long at most something stands still, or is cut off."""


class Hit(NamedTuple):
    """One strike: when, on whom, and who waited for an answer at that moment."""

    at_s: float
    what: str
    kills: int
    in_flight: tuple[Sent, ...]


class Scene:
    """A venue under load, and what was done to it so far."""

    def __init__(self, venue: Venue, ledger: Ledger, chance: random.Random) -> None:
        self.venue = venue
        self.chance = chance
        self.hits: list[Hit] = []
        self.revoked: list[str] = []
        """Accounts whose keys were revoked."""
        self._ledger = ledger
        self._began = time.monotonic()

    @property
    def kills(self) -> int:
        return sum(hit.kills for hit in self.hits)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def note(self, what: str, kills: int = 0) -> None:
        """Write down a strike, just before it hits."""
        self.hits.append(Hit(self.seconds, what, kills, tuple(self._ledger.in_flight)))

    def any(self, *names: str) -> Service:
        """One of the services of these names."""
        return self.chance.choice([one for one in self.venue.everyone if one.name in names])

    async def wait(self, most_s: float) -> None:
        await asyncio.sleep(self.chance.uniform(0, most_s))


Strike = Callable[[Scene], Coroutine[Any, Any, None]]


async def _kill(scene: Scene, *services: Service) -> None:
    everyone = len(services) == len(scene.venue.everyone)
    whom = "every service" if everyone else ", ".join(one.label for one in services)
    scene.note(f"kill -9 {whom}", len(services))
    await asyncio.gather(*[one.kill() for one in services])
    await scene.wait(DOWN_S)
    for one in services:
        await one.start()


def kill(name: str) -> Strike:
    async def strike(scene: Scene) -> None:
        await _kill(scene, scene.any(name))

    return strike


async def kill_two(scene: Scene) -> None:
    await _kill(scene, *scene.chance.sample(scene.venue.everyone, 2))


async def kill_all(scene: Scene) -> None:
    await _kill(scene, *scene.venue.everyone)


async def kill_nats(scene: Scene) -> None:
    scene.note("kill -9 nats-server", 1)
    await scene.venue.kill_nats()
    await scene.wait(DOWN_S)
    await scene.venue.start_nats()


async def kill_nats_and_one(scene: Scene) -> None:
    one = scene.chance.choice(scene.venue.everyone)
    scene.note(f"kill -9 nats-server, {one.label}", 2)
    await asyncio.gather(scene.venue.kill_nats(), one.kill())
    await one.start()
    await scene.wait(DOWN_S)
    await scene.venue.start_nats()


async def restart_nats(scene: Scene) -> None:
    scene.note("restart nats-server")
    await scene.venue.stop_nats()
    await scene.venue.start_nats()


async def freeze_nats(scene: Scene) -> None:
    scene.note("SIGSTOP nats-server")
    scene.venue.pause_nats()
    await scene.wait(STILL_S)
    scene.venue.resume_nats()


def freeze(name: str) -> Strike:
    """Stand still until another one may have taken over, then go on as if nothing had been."""

    async def strike(scene: Scene) -> None:
        one = scene.any(name)
        scene.note(f"SIGSTOP {one.label}")
        one.pause()
        await scene.wait(STILL_S)
        one.resume()

    return strike


async def restart(scene: Scene) -> None:
    """Ask a service to end, and start it again, as for a new version."""
    one = scene.chance.choice(scene.venue.everyone)
    scene.note(f"SIGTERM {one.label}")
    code = await one.stop()
    assert code in (0, -signal.SIGTERM), f"{one.label} ended with {code}: {one.last_words()}"
    await one.start()


async def cut(scene: Scene) -> None:
    one, cable = _any_cable(scene)
    scene.note(f"cut the line of {one.label}")
    cable.cut()


async def pull(scene: Scene) -> None:
    one, cable = _any_cable(scene)
    scene.note(f"pull the plug of {one.label}")
    cable.pull()
    await scene.wait(STILL_S)
    cable.plug()


async def stall(scene: Scene) -> None:
    """Nothing comes through, and nobody is told."""
    one, cable = _any_cable(scene)
    scene.note(f"block the line of {one.label}")
    cable.stall()
    await scene.wait(STILL_S)
    cable.cut()


async def revoke(scene: Scene) -> None:
    """A key that is in use is taken away: from then on no gateway serves it."""
    number = len(scene.revoked)
    name = f"visitor{number}"
    await _entered(lambda: scene.venue.customers.open(name))
    gateways = [one.url for one in scene.venue.everyone if one.name == GATEWAY]
    for url in gateways:
        await until(partial(_status, scene, name, url, 200), "a key that is known")
    scene.note("revoke a key")
    await _entered(lambda: scene.venue.operate("key.revoke", key_id=id_of(name)))
    for url in gateways:
        await until(partial(_status, scene, name, url, 401), "a key that is not served")
    scene.revoked.append(name)


async def check_revoked(scene: Scene) -> None:
    """No gateway serves a key that was revoked, whatever has struck it since."""
    for name in scene.revoked:
        for one in scene.venue.everyone:
            if one.name == GATEWAY:
                assert await _status(scene, name, one.url, 401), f"{name} is served by {one.label}"


async def _entered(enter: Callable[[], Awaitable[object]]) -> None:
    """Enter something of the operator, again and again while the venue is struck."""

    async def entered() -> bool:
        try:
            await enter()
        except Failed:
            return False
        return True

    await until(entered, "an entry of the operator")


async def _status(scene: Scene, name: str, url: str, status: int) -> bool:
    try:
        async with scene.venue.client(name, url, timeout=PATIENCE_S) as http:
            return (await http.get("/accounts")).status_code == status
    except httpx.TransportError:
        return False


def _any_cable(scene: Scene) -> tuple[Service, Cable]:
    one = scene.chance.choice(scene.venue.everyone)
    assert one.cable is not None
    return one, one.cable


STRIKES: dict[Strike, int] = {
    kill(ORDER_SERVICE): 8,
    kill(GATEWAY): 5,
    kill(BROKER): 3,
    kill(STREAM): 2,
    kill_nats: 5,
    kill_two: 3,
    kill_nats_and_one: 2,
    kill_all: 1,
    freeze(ORDER_SERVICE): 4,
    freeze(GATEWAY): 1,
    freeze(BROKER): 1,
    freeze_nats: 2,
    restart_nats: 1,
    restart: 2,
    cut: 2,
    pull: 2,
    stall: 2,
    revoke: 2,
}
"""How often each comes, against the others."""


def deck(chance: random.Random) -> list[Strike]:
    """All strikes as often as they come, shuffled."""
    cards = [strike for strike, times in STRIKES.items() for _ in range(times)]
    chance.shuffle(cards)
    return cards
