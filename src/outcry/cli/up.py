"""`outcry up`: NATS and the four services as one, from start to stop.

Rule 1: nothing is started before ports and folder are known to be ours.
Rule 2: whatever goes wrong, nothing is left running, and one line says what it was.
Rule 3: it stops against the stream of orders: the gateway first, NATS last.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console

from outcry.cli.bus import bus_of
from outcry.cli.child import Child
from outcry.cli.data_folder import Addresses, held_folder, published
from outcry.cli.demo import open_demo_market
from outcry.cli.demo_keys import DemoKeys, demo_keys
from outcry.cli.failed import Failed
from outcry.cli.gateway_client import Gateway, OwnGateway
from outcry.cli.operator import operator_at
from outcry.cli.plan import BusUrls, http, plan_services, wanted_ports
from outcry.cli.welcome import show_welcome
from outcry.runtime.lifecycle import Refused, run
from outcry.runtime.nats_config import OPERATOR
from outcry.runtime.observe import configure_logging
from outcry.runtime.ports import claim_ports, local_host
from outcry.runtime.settings import LogFormat, UpSettings

READY_S = 120.0
"""How long services may say nothing new while they get ready."""
SAY_S = 5.0
POLL_S = 0.05
HEAD_START_S = 3.0
DRAIN_S = 10.0
"""How long a service may take to stop; then it is killed, which loses nothing."""


def up(settings: UpSettings | None = None) -> int:
    """The whole exchange on this machine: NATS and the four services.

    Ctrl-C drains and stops all of it (twice: at once). The next start on the same data folder
    goes on where it stopped.
    """
    chosen = settings or UpSettings()
    configure_logging("up", chosen.log_format, chosen.log_level)
    return run(lambda stop: serve(chosen, stop))


async def serve(settings: UpSettings, stop: asyncio.Event) -> None:
    """Run everything until `stop`; then stop it in order."""
    hasten = _second_signal(stop)
    with held_folder(settings.data_dir):
        keys = _demo_keys(settings)
        ports = claim_ports(settings.host, wanted_ports(settings))
        async with bus_of(settings, ports, say, stop) as bus:
            children = _children(settings, ports, bus)
            async with _kept(children, hasten) as keeping:
                opening = asyncio.ensure_future(_open(settings, ports, bus, children, keys))
                await _until(stop, opening, keeping)
                if opening.done():
                    addresses, key = opening.result()
                    with published(settings.data_dir, addresses):
                        _welcome(settings, addresses, bus, children[0], key)
                        await _until(stop, keeping)
                else:
                    opening.cancel()
                say("stopping: gateway, order service, broker and stream, NATS")


async def _open(
    settings: UpSettings,
    ports: dict[str, int],
    bus: BusUrls,
    children: list[Child],
    keys: DemoKeys | None,
) -> tuple[Addresses, str]:
    """Wait until everything is ready, open the demo market.

    Gives where everything is, and the key of the account `demo`; empty: there is none.
    """
    await _ready(children)
    host = local_host(settings.host)
    shown = "localhost" if host == "127.0.0.1" else host
    scheme = http(settings)
    gateway = OwnGateway(url=f"{scheme}://{host}:{ports['--http-port']}")
    known = keys and await _open_demo(bus, gateway, keys)
    addresses = Addresses(
        http_url=f"{scheme}://{shown}:{ports['--http-port']}",
        ws_url=f"{scheme.replace('http', 'ws')}://{shown}:{ports['--ws-port']}/ws",
        nats_url=bus.urls[OPERATOR],
        nats_monitor_url=bus.monitor_url.replace("127.0.0.1", "localhost"),
        pid=os.getpid(),
    )
    return addresses, keys.demo if keys and known else ""


def _welcome(
    settings: UpSettings, addresses: Addresses, bus: BusUrls, order_service: Child, key: str
) -> None:
    nats = urlsplit(bus.urls[OPERATOR])
    show_welcome(
        Console(),
        addresses,
        guest_url=f"nats://{nats.hostname}:{nats.port or 4222}".replace("127.0.0.1", "localhost"),
        folder=settings.data_dir,
        durability=settings.durability.value,
        log_id=str(order_service.state.get("log", "")),
        embedded=not settings.nats_url,
        key=key,
    )


def _demo_keys(settings: UpSettings) -> DemoKeys | None:
    """None: no demo market is asked for. In a lockstep venue that only this machine reaches they
    are no secret, so that the same session has the same digest."""
    if not settings.demo:
        return None
    alone = settings.host == "localhost" or settings.host.startswith("127.")
    return demo_keys(settings.data_dir, secret=not (settings.lockstep and alone))


async def _open_demo(bus: BusUrls, gateway: Gateway, keys: DemoKeys) -> bool:
    """Whether the venue has the demo market, and these keys."""
    try:
        async with operator_at(bus.urls[OPERATOR]) as operator:
            await open_demo_market(operator, gateway, keys)
        return await asyncio.to_thread(replace(gateway, key=keys.demo).knows_key)
    except Failed as error:
        raise Refused(
            f"the demo market could not be opened: {error}; start again, or with --no-demo"
        ) from error


async def _ready(children: list[Child]) -> None:
    clock = asyncio.get_running_loop().time
    heard = said = clock()
    before: list[str] = []
    while not all(await asyncio.gather(*(child.ready() for child in children))):
        now = clock()
        troubles = [f"{child.name}: {child.trouble}" for child in children if not child.state]
        if troubles != before:
            before, heard = troubles, now
        if now - heard > READY_S:
            raise Refused(f"not ready after {READY_S:.0f} s without news: {'; '.join(troubles)}")
        if now - said > SAY_S:
            said = now
            say(f"waiting for {', '.join(child.name for child in children if not child.state)}")
        await asyncio.sleep(POLL_S)


def _children(settings: UpSettings, ports: dict[str, int], bus: BusUrls) -> list[Child]:
    form = settings.log_format
    if form is LogFormat.AUTO:  # a child sees a pipe; what counts is what we write to
        form = LogFormat.CONSOLE if sys.stderr.isatty() else LogFormat.JSON
    return [
        Child(service.name, service.environment, service.url, say)
        for service in plan_services(settings, ports, bus, form)
    ]


@contextlib.asynccontextmanager
async def _kept(
    children: list[Child], hasten: asyncio.Event
) -> AsyncIterator["asyncio.Future[Any]"]:
    """All children run while the block does; then they are stopped in order."""
    first = asyncio.ensure_future(_head_start(children[0]))
    keeping = [asyncio.ensure_future(_keep(child, first)) for child in children]
    failed = asyncio.gather(*keeping)
    try:
        yield failed
    finally:
        first.cancel()
        by_name = {child.name: child for child in children}
        for together in (
            ("gateway",),
            ("order-service",),
            ("broker-service", "trade-stream-service"),
        ):
            await asyncio.gather(*(by_name[name].stop(hasten, DRAIN_S) for name in together))
        for keeper in keeping:
            keeper.cancel()
        await asyncio.gather(*keeping, failed, return_exceptions=True)


async def _keep(child: Child, started: "asyncio.Future[None]") -> None:
    if child.name in ("gateway", "trade-stream-service"):
        await asyncio.shield(started)
    await child.keep()


async def _head_start(first: Child) -> None:
    """The order service makes the log that the others would wait for, with a line each.

    The broker takes longer to start than that, so it need not be held back.
    """
    for _ in range(round(HEAD_START_S / POLL_S)):
        if await first.ready():
            return
        await asyncio.sleep(POLL_S)


async def _until(stop: asyncio.Event, *watched: "asyncio.Future[Any]") -> None:
    """Wait for `stop` or the end of one of `watched`; raises what that one carries."""
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((stopped, *watched), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    for future in watched:
        if future.done():
            future.result()


def _second_signal(stop: asyncio.Event) -> asyncio.Event:
    """Set by a signal that comes after the one that set `stop`."""
    hasten = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard() -> None:
        (hasten if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, heard)
    return hasten


def say(text: str) -> None:
    print(f"outcry: {text}", file=sys.stderr, flush=True)
