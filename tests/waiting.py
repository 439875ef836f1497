"""Waiting for what nothing announces, within bounds; and ports to wait at."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Awaitable, Callable

from nats.aio.client import Client

PATIENCE_S = 30.0
"""How long a test waits for what must happen. Nothing waits for this long to pass."""
POLL_S = 0.005


async def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what threads and sockets do sets no event
            await asyncio.sleep(POLL_S)


async def until_true(condition: Callable[[], Awaitable[object]]) -> None:
    """The same for a condition that must be asked for."""
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(POLL_S)


async def settled(nc: Client) -> None:
    """Wait until NATS has taken all that was sent: a first PING of nats-py overtakes its buffer."""
    await nc.flush()
    await nc.flush()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different.

    They are below those that Linux gives to outgoing connections, which could take one before it is
    used, and drawn by chance, as other tests look for some at the same time.
    """
    with contextlib.ExitStack() as probes:
        ports: list[int] = []
        while len(ports) < count:
            port = 10_000 + secrets.randbelow(20_000)
            with contextlib.suppress(OSError):
                probes.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
    return ports


def free_port() -> int:
    return free_ports(1)[0]
