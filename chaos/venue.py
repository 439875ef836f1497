"""A venue of real parts: a NATS server and the services, each a process of its own.

Rule 1: nothing of it outlives the block it runs in. Each service reads a pipe whose other end is
ours, and NATS dies with us; what was killed, stopped or paused is ended like the rest.
Rule 2: nothing waits for time to pass, only for conditions, and for none without a bound.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from outcry.cli.operator import Operator
from outcry.cli.plan import BusUrls, plan_services, wanted_ports
from outcry.cli.supervised import VARIABLE
from outcry.log.connection import Connection
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import OPERATOR, USERS
from outcry.runtime.nats_folder import passwords
from outcry.runtime.nats_server import NatsServer, start_nats_server
from outcry.runtime.ports import claim_ports
from outcry.runtime.settings import Durability, LogFormat, LogLevel, UpSettings
from outcry.wire.messages import ExecutionMessage

HOST = "127.0.0.1"
PATIENCE_S = 30.0
POLL_S = 0.02
LOG_TAIL_BYTES = 6_000

ORDER_SERVICE = "order-service"
GATEWAY = "gateway"
BROKER = "broker-service"
STREAM = "trade-stream-service"
SERVICES = (ORDER_SERVICE, GATEWAY, BROKER, STREAM)

LISTED = {"AAPL": "0.01", "TSLA": "0.05"}
"""Instruments of every venue here, with their ticks."""


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    """Return when `condition` holds; fail, saying `what` did not come, when that takes too long."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await condition():  # noqa: ASYNC110 - other processes set no event
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE_S:.0f} s: {what}") from None


class Service:
    """One service: a process that can be killed, paused, stopped, and started again."""

    def __init__(self, name: str, environment: dict[str, str], url: str, log: Path) -> None:
        self.name = name
        self.url = url
        """Where it answers /readyz."""
        self.environment = environment
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self, *options: str) -> None:
        """Begin; returns before it is ready."""
        assert not self.runs
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "outcry.cli", self.name, *options),
                env=_surroundings() | self.environment | {VARIABLE: "1"},
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()

    async def kill(self) -> None:
        """End it at whatever it does, as kill -9 does."""
        if self.runs:
            self._signal(signal.SIGKILL)
            await self.ended()

    async def stop(self) -> int:
        """Ask it to end; gives the exit code."""
        self._signal(signal.SIGTERM)
        return await self.ended()

    def pause(self) -> None:
        """Let it stand still, connections and all, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    async def state(self) -> dict[str, Any]:
        """What /readyz says; empty when nobody answers there."""
        try:
            async with httpx.AsyncClient(trust_env=False, verify=False, timeout=2) as http:
                state: dict[str, Any] = (await http.get(f"{self.url}/readyz")).json()
        except httpx.TransportError:
            return {}
        return state

    async def ready(self) -> bool:
        assert self.runs, f"the {self.name} ended: {self.last_words()}"
        return bool((await self.state()).get("ready"))

    async def is_closed(self) -> bool:
        """Whether it answers, and says that it cannot do its work."""
        return (await self.state()).get("ready") is False

    def last_words(self) -> str:
        """The end of its log."""
        with suppress(FileNotFoundError):
            return self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
        return ""

    def _signal(self, number: signal.Signals) -> None:
        if self.runs:
            os.kill(self.pid, number)  # a Popen would first ask for an exit code, and lose it


class Venue:
    """Made by `running_venue`; `services` by name, `extra` are further ones beside them."""

    nats: NatsServer

    def __init__(self, folder: Path, *, lockstep: bool = False) -> None:
        self.folder = folder
        (folder / "nats").mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = UpSettings(
            data_dir=folder,
            durability=Durability.PROCESS,
            lockstep=lockstep,
            log_level=LogLevel.INFO,
        )
        self.ports = claim_ports(HOST, dict.fromkeys(wanted_ports(settings), 0))
        self._passwords = passwords(folder / "nats")
        monitor_url = f"http://{HOST}:{self.ports['--nats-monitor-port']}"
        bus = BusUrls({user: self.nats_url(user) for user in USERS}, monitor_url)
        planned = plan_services(settings, self.ports, bus, LogFormat.JSON)
        self.services = {
            name: Service(name, environment, url, folder / f"{name}.log")
            for name, environment, url in planned
        }
        self.extra: list[Service] = []
        self._connections: list[Connection] = []
        self._nats_runs = False
        self._operator: Operator | None = None

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
            durability=Durability.PROCESS,
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
        await self.list_instruments()
        await self.ready()

    async def list_instruments(self) -> None:
        for symbol, tick in LISTED.items():
            await self.list_instrument(symbol, tick)

    async def list_instrument(self, symbol: str, tick: str = "0.01") -> None:
        """Let an instrument be traded."""
        answer = await self.operate("instrument.list", symbol=symbol, tick=tick)
        assert answer.result == "accepted", answer.text

    async def operate(self, subject: str, **fields: str) -> ExecutionMessage:
        """Put an entry of the operator into the log; gives its execution."""
        if self._operator is None:
            self._operator = Operator(await self.connect(OPERATOR))
        return await self._operator.enter(subject, **fields)

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
        log = self.folder / f"{name}-{len(self.extra) + 2}.log"
        service = Service(name, environment | settings, f"http://{HOST}:{ports[own]}", log)
        self.extra.append(service)
        await service.start()
        return service

    async def connect(self, user: str) -> Connection:
        """A connection of one of the users of NATS."""
        nc = await connect(self.nats_url(user), user)
        self._connections.append(nc)
        return nc

    def logs(self) -> list[tuple[str, str]]:
        """Name and end of every log."""
        everyone = [*self.services.values(), *self.extra]
        logs = [(service.log.name, service.last_words()) for service in everyone]
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
        self.extra.clear()

    async def close(self) -> None:
        for nc in self._connections:
            await nc.close()
        for service in self._running():
            await service.kill()
        if self._nats_runs:
            self.resume_nats()
            await self.stop_nats()

    def _running(self) -> list[Service]:
        return [one for one in [*self.services.values(), *self.extra] if one.runs]


@asynccontextmanager
async def running_venue(
    folder: Path, *, lockstep: bool = False, started: bool = True
) -> AsyncIterator[Venue]:
    """A venue while the block runs; with `started` false nothing of it runs yet."""
    venue = Venue(folder, lockstep=lockstep)
    try:
        if started:
            await venue.start()
        yield venue
    except BaseException as error:
        error.add_note("\n".join(f"--- {name}\n{text}" for name, text in venue.logs()))
        raise
    finally:
        await venue.close()


def _surroundings() -> dict[str, str]:
    """Our environment without settings that somebody made for an exchange of his own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OUTCRY_")}
