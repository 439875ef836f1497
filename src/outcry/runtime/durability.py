"""What an acknowledged message survives, as the NATS server itself says on its monitoring port.

Rule 1: under `disk` nobody serves on a server that does not sync, nor on one that does not say.
Rule 2: a connection that was lost may come back to another server, or to the same one with another
configuration. So it is asked again each time.
"""

import asyncio

import structlog

from outcry.log.connection import Connection
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_monitor import MonitorError, ask_monitor
from outcry.runtime.settings import Durability

MONITOR_TRIES = 20
MONITOR_WAIT_S = 0.25
_UNCHECKED = "an acknowledged order may not survive a loss of power: --durability unchecked"


class Unproven(Refused):
    """The NATS server does not keep the promise of `disk`, or does not say that it does."""


class _Silent(Unproven):
    """Nothing was said of the server that the connection is with."""


async def prove(nc: Connection, monitor_url: str, durability: Durability) -> None:
    """Make sure that the server of `nc` keeps the promise; under UNCHECKED say that nobody does.

    monitor_url: http://host:port. Raises Unproven.
    """
    if durability is Durability.DISK:
        await _prove(nc, monitor_url, MONITOR_TRIES)
    elif durability is Durability.UNCHECKED:
        try:
            await _prove(nc, monitor_url, 1)
            found = "NATS syncs every message now; nobody checks that it goes on"
        except Unproven as doubt:
            found = str(doubt)
        structlog.get_logger().warning(_UNCHECKED, found=found)


def prove_again(nc: Connection, monitor_url: str, durability: Durability) -> None:
    """Prove it after each reconnect as well; `nc.unfit` carries the Unproven."""
    work: dict[asyncio.Task[None], None] = {}

    async def check() -> None:
        try:
            await prove(nc, monitor_url, durability)
        except Unproven as doubt:
            if nc.is_connected and not nc.unfit.done():  # else it is proven when it is back
                nc.unfit.set_exception(doubt)

    def regained() -> None:
        task = asyncio.ensure_future(check())
        work[task] = None
        task.add_done_callback(work.pop)

    nc.on_regained.append(regained)


async def _prove(nc: Connection, monitor_url: str, tries: int) -> None:
    if not monitor_url:
        raise Unproven(
            "--durability disk can only be promised when NATS says so: give the address of its "
            "monitoring with --nats-monitor-url (http://host:8222); where you know that it syncs, "
            "use --durability unchecked"
        )
    for _ in range(tries - 1):
        try:
            await _ask(nc, monitor_url)
        except _Silent:  # one of the two may not be there yet
            await asyncio.sleep(MONITOR_WAIT_S)
        else:
            return
    await _ask(nc, monitor_url)


async def _ask(nc: Connection, monitor_url: str) -> None:
    try:
        status = await ask_monitor(monitor_url, "/jsz")
    except MonitorError as error:
        raise _Silent(
            f"NATS monitoring does not answer: {error}; check --nats-monitor-url; where you know "
            "that NATS syncs, use --durability unchecked"
        ) from error
    if status.get("server_id") != nc.server_id and not nc.in_cluster:
        raise _Silent(
            f"{monitor_url} is the monitoring of another NATS server than the one of --nats-url"
        )
    if status.get("config", {}).get("sync_always") is not True:
        raise Unproven(
            "this NATS server does not write every message to disk before it answers; set "
            "`sync_interval: always` in its jetstream block, or use --durability process"
        )
