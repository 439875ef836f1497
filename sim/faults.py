"""What goes wrong. Each fault is a function of the world; some last a while and then heal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sim.disk import damage_snapshot
from sim.flow import JUNK
from sim.server import DAY_S

if TYPE_CHECKING:
    from sim.world import World

Fault = Callable[["World"], Awaitable[None]]
SHORT_S = (0.01, 0.6)
LONG_S = (0.6, 3.0)


async def _while(world: "World") -> None:
    await asyncio.sleep(world.chance.between(*world.chance.one_of((SHORT_S, SHORT_S, LONG_S))))


async def kill(world: "World") -> None:
    """A process dies, and is started again some time later."""
    node = world.chance.one_of((*world.nodes, *world.nodes[:2]))  # more often an engine
    world.tell("fault", f"kill {node.name}")
    node.kill()
    await _while(world)
    node.boot()


async def kill_all(world: "World") -> None:
    """All processes of one kind die at once."""
    kind = world.chance.one_of(world.nodes).kind
    world.tell("fault", f"kill every {kind}")
    nodes = [node for node in world.nodes if node.kind == kind]
    for node in nodes:
        node.kill()
    await _while(world)
    for node in nodes:
        node.boot()


async def restart(world: "World") -> None:
    """A service is asked to stop, and started again when it has."""
    node = world.chance.one_of(world.nodes)
    world.tell("fault", f"stop {node.name}")
    await node.stop()
    node.boot()


async def freeze(world: "World") -> None:
    """A process stands still, as a zombie that does not know it, and goes on."""
    node = world.chance.one_of(world.nodes)
    world.tell("fault", f"freeze {node.name}")
    node.freeze(True)
    await _while(world)
    node.freeze(False)


async def disconnect(world: "World") -> None:
    """One process loses its connection."""
    node = world.chance.one_of(world.nodes)
    world.tell("fault", f"disconnect {node.name}")
    link = node.service.link
    link.lose()
    await _while(world)
    link.regain()


async def server_away(world: "World") -> None:
    """The server restarts: nobody is connected, what is stored stays."""
    world.tell("fault", "the server is away")
    links = [node.service.link for node in world.nodes]
    for link in links:
        link.lose()
    await _while(world)
    for link in links:
        await asyncio.sleep(world.chance.between(0, 0.05))
        link.regain()


async def lose_requests(world: "World") -> None:
    await _weather(world, "request_lost", "requests are lost")


async def lose_answers(world: "World") -> None:
    await _weather(world, "answer_lost", "acks are lost")


async def delay_requests(world: "World") -> None:
    await _weather(world, "late", "requests come late")


async def _weather(world: "World", name: str, what: str) -> None:
    world.tell("fault", what)
    setattr(world.weather, name, world.chance.between(0.05, 0.6))
    await _while(world)
    setattr(world.weather, name, 0.0)


async def lose_deliveries(world: "World") -> None:
    await _weather(world, "delivery_lost", "deliveries are lost")


async def slow_ways(world: "World") -> None:
    """All ways take long, and very different times."""
    world.tell("fault", "the ways are slow")
    before = world.weather.way_s
    world.weather.way_s = (0.0, world.chance.between(0.01, 0.4))
    await _while(world)
    world.weather.way_s = before


async def clock(world: "World") -> None:
    """The clock of the server goes back, stands still, or jumps a day."""
    stamps = world.server.stamps
    choice = world.chance.below(3)
    world.tell("fault", ("clock back", "clock stands", "clock jumps a day")[choice])
    if choice == 0:
        stamps.ahead_s = -world.chance.between(0, 3)
    elif choice == 1:
        stamps.stands_at = stamps()
        await _while(world)
        stamps.stands_at = None
    else:
        stamps.ahead_s += DAY_S


async def full(world: "World") -> None:
    """A stream has no room for a while."""
    name, stream = world.chance.one_of(list(world.server.streams.items()))
    world.tell("fault", f"{name} is full")
    stream.room = stream.used + world.chance.below(2_000)
    await _while(world)
    stream.room = -1


async def junk(world: "World") -> None:
    """Somebody writes into ORDERS what is no entry, or is none of his."""
    for _ in range(1 + world.chance.below(5)):
        body, amounts_to = world.chance.one_of(JUNK)
        subject = world.chance.one_of(
            ("order.created", "order.created", "venue.close", "instrument.x.y", "account.gone")
        )
        world.tell("fault", f"junk on {subject}: {body[:40]!r}")
        await world.forge(subject, body, amounts_to)


async def forge(world: "World") -> None:
    """Guests and operators write directly, now and then the same twice."""
    for subject, body in world.forger.entries():
        world.tell("fault", f"forged {subject}: {body[:60]!r}")
        await world.forge(subject, body)


async def damage(world: "World") -> None:
    """A snapshot is not what was written."""
    name = damage_snapshot(world.disk, world.chance)
    if name:
        world.tell("fault", f"damaged {name}")


async def lock_books(world: "World") -> None:
    """Another program writes to the database."""
    world.tell("fault", "the books are locked")
    world.lock.held = True
    await _while(world)
    world.lock.held = False


async def slow_viewer(world: "World") -> None:
    viewer = world.chance.one_of(world.viewers)
    if viewer.connected and viewer.socket is not None:
        world.tell("fault", f"{viewer.name} is slow")
        socket = viewer.socket
        socket.slow = True
        await asyncio.sleep(world.chance.between(0.05, 2.0))
        if viewer.service is not None:
            viewer.service.call(socket.drain)


async def lost_viewer(world: "World") -> None:
    viewer = world.chance.one_of(world.viewers)
    world.tell("fault", f"{viewer.name} vanishes")
    viewer.leave()


FAULTS: tuple[tuple[int, Fault], ...] = (
    (20, kill),
    (3, kill_all),
    (6, restart),
    (12, freeze),
    (10, disconnect),
    (3, server_away),
    (6, lose_requests),
    (8, lose_answers),
    (6, delay_requests),
    (7, lose_deliveries),
    (6, slow_ways),
    (6, clock),
    (5, full),
    (6, junk),
    (6, forge),
    (4, damage),
    (4, lock_books),
    (6, slow_viewer),
    (4, lost_viewer),
)
"""With how often they are chosen."""
OFTEN: tuple[Fault, ...] = tuple(fault for often, fault in FAULTS for _ in range(often))
