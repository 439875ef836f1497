"""Everything a service meets outside of itself, and what stands there in the simulator.

Services run as they are, wiring included; only here is something else put in their way: sockets,
clocks, chance, files. Whatever is not in this list is the real code.
"""

import contextlib
import functools
import gc
import os
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import structlog

import outcry.broker.__main__ as broker
import outcry.gateway.__main__ as gateway
import outcry.orders.__main__ as orders
import outcry.stream.__main__ as stream
from outcry.gateway.reads import Reads
from outcry.orders import archive_process, archivist, keeper, snapshots, venue
from outcry.stream.server import StreamServer
from sim.children import Child, archive_apart
from sim.dice import Dice
from sim.link import Link
from sim.link_log import LinkLog
from sim.loop import VirtualLoop
from sim.plan import Plan
from sim.process import PROCESS
from sim.server import START_NS
from sim.service import Service, here

Logged = Callable[[str, str], None]
"""Takes who logs, and what."""


@contextlib.contextmanager
def outside(loop: VirtualLoop, dice: Dice, plan: Plan, logged: Logged) -> Iterator[None]:
    """Put the simulated outside in the way of the services."""
    fakes = (*_network(), *_chance(loop, dice), *_machine(dice), *_sizes(plan))
    with contextlib.ExitStack() as stack:
        for place, name, fake in fakes:
            stack.enter_context(patch.object(place, name, fake))
        before = structlog.get_config()
        stack.callback(lambda: structlog.configure(**before))
        structlog.configure(
            processors=[functools.partial(_log, logged)],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=False,
        )
        yield


Fakes = list[tuple[Any, str, Any]]


def _network() -> Fakes:
    services: tuple[ModuleType, ...] = (orders, gateway, stream, broker)
    fakes: Fakes = [(service, "connect_service", _connect) for service in services]
    fakes += [(service, "JetStreamLog", _log_of) for service in services]
    fakes += [(service, "ops_server", _ops_server) for service in (orders, stream, broker)]
    return [
        *fakes,
        (orders, "ensure_streams", _ensure_streams),
        (orders, "snapshot_requests", lambda *_: contextlib.nullcontext()),
        (orders, "access_requests", _access_requests),
        (broker, "books_service", _books_service),
        (gateway, "serving", _serving),
        (gateway, "order_entry_protocol", _order_entry_protocol),
        (gateway, "order_session_protocol", _order_session_protocol),
        (gateway, "gateway_app", _gateway_app),
        (gateway, "uvicorn", SimpleNamespace(Config=lambda *_, **__: None)),
        (stream, "listen", lambda *_: contextlib.nullcontext()),
        (StreamServer, "start", _start_stream),
    ]


def _chance(loop: VirtualLoop, dice: Dice) -> Fakes:
    return [
        (time, "monotonic", loop.time),
        (time, "perf_counter", loop.time),
        (time, "time", lambda: START_NS / 1e9 + loop.time()),
        (time, "time_ns", lambda: START_NS + int(loop.time() * 1e9)),
        (random, "random", dice.roll),
        (random, "uniform", dice.between),
        (secrets, "token_hex", lambda size: f"{dice.bits(40):0{size}x}"),
        (secrets, "randbits", lambda count: dice.bits(min(count, 50))),
    ]


def _machine(dice: Dice) -> Fakes:
    return [
        (keeper, "forked", functools.partial(Child, dice)),
        (archivist, "run_process", archive_apart),
        (archive_process, "connect", _connect),
        (archive_process, "JetStreamLog", _log_of),
        (snapshots, "_written_at", lambda path: int(path.stem.rpartition("-")[2])),
        (os, "fsync", lambda _: None),
        (os, "getpid", _pid),
        (broker, "open_database", lambda _: here().books),
        (broker, "open_journal", lambda: lambda _: None),
        (orders, "gc", SimpleNamespace(disable=lambda: None, collect=gc.collect, freeze=gc.freeze)),
        (gateway, "room_for", lambda clients: clients),
        (stream, "room_for", lambda clients: clients),
    ]


def _sizes(plan: Plan) -> Fakes:
    """Bounds that take hours to meet are met in the time of a seed."""
    return [
        (venue, "CLIENT_ID_HORIZON", plan.horizon),
        (stream, "RING_FRAMES", plan.ring),
        (keeper, "EXECUTIONS_DUE", plan.snapshot_executions),
        (keeper, "ENTRIES_DUE", plan.snapshot_executions),
    ]


async def _connect(*_: object) -> Link:
    link = here().link
    while not link.is_connected:
        await link.regained()
    return link


def _log_of(link: Link, name: str, **_: object) -> LinkLog:
    return link.log(name)


@contextlib.asynccontextmanager
async def _ops_server(_: str, __: int, ___: object, show: Any) -> AsyncIterator[None]:
    here().show = show
    yield


async def _ensure_streams(*_: object) -> None:
    """They are there."""


@contextlib.asynccontextmanager
async def _access_requests(_: Link, desk: Any) -> AsyncIterator[None]:
    here().desk = desk
    yield


@contextlib.asynccontextmanager
async def _books_service(_: Link, answering: Any) -> AsyncIterator[None]:
    here().answering = answering
    yield


@contextlib.asynccontextmanager
async def _serving(*_: object) -> AsyncIterator[None]:
    yield


def _order_entry_protocol(identify: Any, post: Any, *_: object) -> None:
    here().identify, here().post = identify, post


def _order_session_protocol(session: Any, *_: object) -> None:
    here().session = session


def _gateway_app(*parts: Any) -> None:
    here().show = next(part for part in parts if getattr(part, "__name__", "") == "readiness")
    here().reads = next(part for part in parts if isinstance(part, Reads))


def _pid() -> int:
    service = PROCESS.get()
    return service.pid if isinstance(service, Service) else 1


async def _start_stream(server: StreamServer, _: object) -> None:
    here().stream = server


def _log(logged: Logged, _: object, level: str, fields: dict[str, Any]) -> Any:
    if level != "debug":
        what = " ".join([fields.pop("event"), *(f"{k}={v}" for k, v in sorted(fields.items()))])
        service = PROCESS.get()
        logged(service.name if service else "", what)
    raise structlog.DropEvent
