"""A venue of real parts: a NATS server and the services, each a process of its own.

Rule 1: nothing of it outlives the block it runs in. Each service reads a pipe whose other end is
ours, and NATS dies with us; what was killed, stopped or paused is ended like the rest.
Rule 2: nothing waits for time to pass, only for conditions, and for none without a bound.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from chaos.cable import Cable
from chaos.customers import ADMIN, Customers
from chaos.service import Service, until
from outcry.cli.operator import Operator
from outcry.cli.plan import BusUrls, plan_services, wanted_ports
from outcry.log.connection import Connection
from outcry.log.streams import Limits
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import OPERATOR, USERS
from outcry.runtime.nats_folder import passwords
from outcry.runtime.nats_server import NatsServer, start_nats_server
from outcry.runtime.ports import claim_ports
from outcry.runtime.settings import Durability, LogFormat, LogLevel, UpSettings
from outcry.wire.messages import ExecutionMessage

HOST = "127.0.0.1"

ORDER_SERVICE = "order-service"
GATEWAY = "gateway"
BROKER = "broker-service"
STREAM = "trade-stream-service"
SERVICES = (ORDER_SERVICE, GATEWAY, BROKER, STREAM)

LISTED = {"AAPL": "0.01", "TSLA": "0.05"}
"""Instruments of every venue here, with their ticks."""
FEES = {"TSLA": {"maker_fee": "0.0002", "taker_fee": "0.0005"}}
"""Of those that have any."""


class Kind(NamedTuple):
    """What a venue is to be."""

    lockstep: bool = False
    durability: Durability = Durability.PROCESS
    wired: bool = False
    """Every service has a cable to NATS of its own."""
    limits: Limits = Limits()
    settings: dict[str, str] = {}  # noqa: RUF012 - nobody writes to it
    """Variables of all services, beside those that `outcry up` sets."""


PLAIN = Kind()


class Venue:
    """Made by `running_venue`; `services` by name, `extra` are further ones beside them."""

    nats: NatsServer

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.kind = kind
        (folder / "nats").mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = UpSettings(
            data_dir=folder,
            durability=kind.durability,
            lockstep=kind.lockstep,
            log_level=LogLevel.INFO,
        )
        self.ports = claim_ports(HOST, dict.fromkeys(wanted_ports(settings), 0))
        self._passwords = passwords(folder / "nats")
        monitor_url = f"http://{HOST}:{self.ports['--nats-monitor-port']}"
        bus = BusUrls({user: self.nats_url(user) for user in USERS}, monitor_url)
        planned = plan_services(settings, self.ports, bus, LogFormat.JSON)
        self.services = {
            name: Service(name, environment | kind.settings, url, folder / f"{name}.log")
            for name, environment, url in planned
        }
        self.extra: list[Service] = []
        self._connections: list[Connection] = []
        self._nats_runs = False
        self._operator: Operator | None = None
        self.customers = Customers(self._enter)

    def __getitem__(self, name: str) -> Service:
        return self.services[name]

    @property
    def url(self) -> str:
        return self.services[GATEWAY].url

    @property
    def ws_url(self) -> str:
        return f"ws://{HOST}:{self.ports['--ws-port']}/ws"

    @property
    def books(self) -> Path:
        return self.folder / "books.db"

    def nats_url(self, user: str = "") -> str:
        """Where a user of NATS connects to, or a guest."""
        who = f"{user}:{self._passwords[user]}@" if user else ""
        return f"nats://{who}{HOST}:{self.ports['--nats-port']}"

    async def start_nats(self) -> None:
        self.nats = await start_nats_server(
            self.folder,
            port=self.ports["--nats-port"],
            monitor_port=self.ports["--nats-monitor-port"],
            durability=self.kind.durability,
            limits=self.kind.limits,
        )
        self._nats_runs = True

    async def kill_nats(self) -> None:
        """End NATS as a crash would."""
        os.kill(self.nats.process.pid, signal.SIGKILL)
        await self.nats.wait()
        await self.stop_nats()

    def pause_nats(self) -> None:
        os.kill(self.nats.process.pid, signal.SIGSTOP)

    def resume_nats(self) -> None:
        os.kill(self.nats.process.pid, signal.SIGCONT)

    async def stop_nats(self) -> None:
        self._nats_runs = False
        await self.nats.stop()

    async def start(self) -> None:
        """Start everything and wait until it is ready and the instruments are listed."""
        await self.start_nats()
        await asyncio.gather(*[service.start() for service in self.services.values()])
        await self.ready(ORDER_SERVICE)
        await self.furnish()
        await self.ready()

    async def furnish(self) -> None:
        """List the instruments, and open the account that everybody may use."""
        await self.customers.begin()
        for symbol, tick in LISTED.items():
            await self.list_instrument(symbol, tick, **FEES.get(symbol, {}))

    async def list_instrument(self, symbol: str, tick: str = "0.01", **terms: str) -> None:
        """Let an instrument be traded."""
        answer = await self.operate("instrument.list", symbol=symbol, tick=tick, **terms)
        assert answer.result == "accepted", answer.text

    def client(self, who: str = ADMIN, url: str = "", **options: Any) -> httpx.AsyncClient:
        """A client of the gateway, or of the one at `url`, with the key of an account; or with
        that of the administrator, whose account is `demo` where a request names none."""
        headers = self.customers.headers(who)
        return httpx.AsyncClient(
            base_url=url or self.url, headers=headers, trust_env=False, **options
        )

    async def operate(self, subject: str, **fields: Any) -> ExecutionMessage:
        """Put an entry of the operator into the log; gives its execution."""
        return await (await self._seat()).enter(subject, **fields)

    async def _enter(self, subject: str, body: bytes) -> tuple[ExecutionMessage, ...]:
        return await (await self._seat()).enter_body(subject, body)

    async def _seat(self) -> Operator:
        if self._operator is None:
            self._operator = Operator(await self.connect(OPERATOR))
        return self._operator

    async def ready(self, *names: str) -> None:
        """Wait until these services, or all that run, are ready."""
        for service in [self.services[name] for name in names] or self._running():
            await until(service.ready, f"a ready {service.name}")

    async def restart(self, name: str) -> None:
        """Kill a service and start it again; returns before it is ready."""
        await self.services[name].kill()
        await self.services[name].start()

    async def another(self, name: str, **settings: str) -> Service:
        """One more of a service, on ports of its own; returns before it is ready."""
        own = "OUTCRY_HTTP_PORT" if name == GATEWAY else "OUTCRY_OPS_PORT"
        ports = claim_ports(HOST, {own: 0, "OUTCRY_WS_PORT": 0})
        environment = self.services[name].environment | {n: str(p) for n, p in ports.items()}
        number = 2 + sum(one.name == name for one in self.extra)
        log = self.folder / f"{name}-{number}.log"
        service = Service(name, environment | settings, f"http://{HOST}:{ports[own]}", log)
        self.extra.append(service)
        await self.wire(service)
        await service.start()
        return service

    @property
    def everyone(self) -> list[Service]:
        """The services, and those started beside them."""
        return [*self.services.values(), *self.extra]

    async def wire(self, *services: Service) -> None:
        """Lead services to NATS over cables of their own, where the venue is wired."""
        for service in services if self.kind.wired else ():
            service.cable = Cable(HOST, self.ports["--nats-port"])
            await service.cable.lay()
            url = service.environment["OUTCRY_NATS_URL"].rpartition(":")[0]
            service.environment = service.environment | {
                "OUTCRY_NATS_URL": f"{url}:{service.cable.port}"
            }

    async def connect(self, user: str) -> Connection:
        """A connection of one of the users of NATS."""
        nc = await connect(self.nats_url(user), user)
        self._connections.append(nc)
        return nc

    def logs(self) -> list[tuple[str, str]]:
        """Name and end of every log."""
        logs = [(service.log.name, service.last_words()) for service in self.everyone]
        return [(name, text) for name, text in logs if text]

    async def mend(self) -> None:
        """Let what a test has ended or paused run again."""
        for service in self.services.values():
            service.resume()
            if not service.runs:
                await service.start()
        await self.ready(*self.services)

    async def end_others(self) -> None:
        """End what a test has started beside the services."""
        for service in self.extra:
            await service.kill()
            await self._unwire(service)
        self.extra.clear()

    async def close(self) -> None:
        for nc in self._connections:
            await nc.close()
        for service in self.everyone:
            await service.kill()
            await self._unwire(service)
        if self._nats_runs:
            self.resume_nats()
            await self.stop_nats()

    def _running(self) -> list[Service]:
        return [one for one in self.everyone if one.runs]

    async def _unwire(self, service: Service) -> None:
        if service.cable is not None:
            await service.cable.close()


@asynccontextmanager
async def running_venue(
    folder: Path, kind: Kind = PLAIN, *, started: bool = True
) -> AsyncIterator[Venue]:
    """A venue while the block runs; with `started` false nothing of it runs yet."""
    venue = Venue(folder, kind)
    try:
        await venue.wire(*venue.services.values())
        if started:
            await venue.start()
        yield venue
    except BaseException as error:
        error.add_note("\n".join(f"--- {name}\n{text}" for name, text in venue.logs()))
        raise
    finally:
        await venue.close()
