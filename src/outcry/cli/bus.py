"""The NATS of `outcry up`: embedded and kept running, or one that is there already."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from outcry.cli.child import BACK_OFF_S, Say
from outcry.cli.plan import BusUrls
from outcry.log.streams import Limits
from outcry.runtime.lifecycle import Refused, unless, working
from outcry.runtime.nats_config import USERS
from outcry.runtime.nats_server import NatsServer, start_nats_server
from outcry.runtime.settings import UpSettings

LOOK_S = 1.0
UNWELL_LOOKS = 3
"""A server that says so often in a row that it stores nothing is started again."""


@contextlib.asynccontextmanager
async def bus_of(
    settings: UpSettings, ports: dict[str, int], say: Say, stop: asyncio.Event
) -> AsyncIterator[BusUrls]:
    """A NATS while the block runs.

    Raises Refused when it does not start, Stopped when `stop` is set before it has.
    """
    if settings.nats_url:
        yield BusUrls(dict.fromkeys(USERS, settings.nats_url), settings.nats_monitor_url)
        return
    server = await unless(stop, _start(settings, ports))
    async with working(_keep(server, settings, ports, say)):
        yield BusUrls({user: server.url(user) for user in USERS}, server.monitor_url)


async def _keep(
    server: NatsServer | None, settings: UpSettings, ports: dict[str, int], say: Say
) -> None:
    """Follow a server that dies by another one on the same ports; stop it when cancelled."""
    deaths, why = 0, ""
    try:
        while True:
            if server is not None:
                why = await _end_of(server)
                dead, server = server, None
                await dead.stop()  # gives the folder back
            pause = BACK_OFF_S[min(deaths, len(BACK_OFF_S) - 1)]
            say(f"nats-server {why}; starting it again in {pause} s")
            await asyncio.sleep(pause)
            deaths += 1
            try:
                server = await _start(settings, ports)
            except Refused as refused:
                why = f"did not start: {refused}"
    finally:
        if server is not None:
            await server.stop()


async def _end_of(server: NatsServer) -> str:
    """Wait until a server has ended, or has stored nothing for a while; gives what it was."""
    ended = asyncio.ensure_future(server.wait())
    unwell = 0
    try:
        while True:
            await asyncio.wait((ended,), timeout=LOOK_S)
            if ended.done():
                return f"ended (exit code {ended.result()})"
            trouble = await server.trouble()
            unwell = unwell + 1 if trouble else 0
            if unwell == UNWELL_LOOKS:
                return f"stores nothing ({trouble})"
    finally:
        ended.cancel()


async def _start(settings: UpSettings, ports: dict[str, int]) -> NatsServer:
    return await start_nats_server(
        settings.data_dir,
        host=settings.host,
        port=ports["--nats-port"],
        monitor_port=ports["--nats-monitor-port"],
        durability=settings.durability,
        limits=Limits(settings.orders_max_bytes),
    )
