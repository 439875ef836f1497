"""How fast the order service is back, and how little it stops for a snapshot.

Real processes and a real NATS on this machine; the service is killed, never asked to stop, before
what is measured. The log is written without syncs: reading it back is what counts here.
"""

import asyncio
import contextlib
import gc
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import httpx
import uvloop
from prometheus_client import CollectorRegistry

from bench.engine import BATCH, FIRST, KEY, as_bytes, batches
from bench.flow import ACCOUNT, SYMBOL, flow_file, read_flow, synthetic_flow
from bench.venue import resident_mb
from outcry.log.archive import Archive
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.whole import WholeLog
from outcry.orders.metrics import Metrics
from outcry.orders.service import open_order_service
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import OPERATOR, ORDER_SERVICE
from outcry.runtime.nats_server import NatsServer, start_nats_server
from outcry.runtime.ports import claim_ports
from outcry.runtime.settings import Durability
from outcry.wire.subjects import EXECUTIONS, ORDER_COMPLETED, ORDER_CREATED, ORDERS, SNAPSHOT_TAKE

HOST = "127.0.0.1"
MESSAGES = 300_000
SEED = 23
CLIENT_IDS = 1_000_000
ACCOUNTS = 500
ADMIN = "a" * 16
CASH = "9000000000"
MARGIN: dict[str, object] = {"type": "margin", "shorting": True}
RESTING_SHARE = 5
"""Of the orders with these ids every fifth rests."""
BEHIND = 50_000
"""Commands after the snapshot."""
ROUNDS = 3
WINDOW = 64
FILL = 1_000
PROBE_S = 3.0
READY_S = 300.0


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as in the service
        runner.run(measure())


async def measure() -> None:
    with tempfile.TemporaryDirectory(prefix="outcry-bench-") as folder:
        async with running(Path(folder), lockstep=True) as place:
            await show_replay(place)
    with tempfile.TemporaryDirectory(prefix="outcry-bench-") as folder:
        async with running(Path(folder)) as place:
            await show_start(place)


async def show_replay(place: "Place") -> None:
    """From the first entry to the end of EXECUTIONS, through the reader of NATS and the desk."""
    path = flow_file()
    flow = list(read_flow(path, MESSAGES) if path else synthetic_flow(SEED, MESSAGES))
    entries = list(batches(flow, client_order_ids=True))
    await place.start()
    await place.open_venue()
    assert await place.orders.last_seq() == FIRST - 1
    await place.enter(ORDER_CREATED, map(as_bytes, entries))
    await place.kill()
    count = sum(map(len, entries))
    print(f"Replay of {count:,} commands, {BATCH} an entry, median of {ROUNDS}")
    rates, costs = [], []
    for _ in range(ROUNDS):
        seconds, cpu = await replay(place)
        rates.append(count / seconds)
        costs.append(cpu / count * 1e6)
    print(
        f"  {statistics.median(rates):,.0f} commands/s, {statistics.median(costs):.1f} µs CPU each"
        f"   (worst {min(rates):,.0f}, best {max(rates):,.0f})"
    )


async def replay(place: "Place") -> tuple[float, float]:
    nc = await connect(place.server.url(ORDER_SERVICE), ORDER_SERVICE)
    gc.disable()
    orders, answers = (
        WholeLog(JetStreamLog(nc, stream), Archive(place.folder / "archive", stream))
        for stream in (ORDERS, EXECUTIONS)
    )
    service = await open_order_service(
        orders,
        answers,
        Metrics(CollectorRegistry()),
        lockstep=True,
    )
    begin, cpu = time.perf_counter(), time.process_time()
    await service.reader.start()
    await service.caught_up.wait()
    took = time.perf_counter() - begin, time.process_time() - cpu
    await service.drain()
    await nc.close()
    gc.enable()
    return took


async def show_start(place: "Place") -> None:
    """With a million client ids: the pause for a snapshot, and the start from one."""
    await place.start()
    await place.open_venue()
    await place.enter(ORDER_CREATED, [opening_of_accounts()])
    await place.enter(ORDER_CREATED, filling(CLIENT_IDS))
    resting = await place.gauge("outcry_orders_resting")
    print(f"\n{CLIENT_IDS:,} client order ids, {resting:,.0f} resting orders")
    place.show_memory("filled")
    await place.stop()
    await place.start()
    place.show_memory("started from a snapshot")
    quiet = await place.probe(PROBE_S)
    busy, taken = await place.probe_while_taking()
    await place.stop()
    print(f"  pause of order entry for a snapshot, the longest of {taken}: {place.pause_ms:.1f} ms")
    for when, (p50, p99, longest) in (("alone", quiet), ("while they are written", busy)):
        print(
            f"  order to answer, one at a time, {when}: p50 {p50:.2f}  p99 {p99:.2f}  "
            f"max {longest:.1f} ms"
        )
    kept = place.folder / "kept"
    shutil.copytree(place.snapshots, kept)
    size = max(path.stat().st_size for path in kept.iterdir())
    print(f"  a snapshot has {size / 1e6:.0f} MB")
    await place.start()
    await place.enter(ORDER_CREATED, filling(BEHIND, BATCH, "b"))
    await place.kill()
    took = []
    for _ in range(ROUNDS):
        shutil.rmtree(place.snapshots)
        shutil.copytree(kept, place.snapshots)
        took.append(await place.start())
        await place.kill()
    print(
        f"  from the start of the process to ready, snapshot {BEHIND:,} commands old, {BATCH} an "
        f"entry: {statistics.median(took):.2f} s   (worst {max(took):.2f})"
    )


def opening_of_accounts() -> bytes:
    """The accounts that fill the venue, which need no key."""
    commands: list[dict[str, object]] = []
    for number in range(ACCOUNTS):
        name = f"a{number}"
        opened = {"op": "account.open", "account": name, "access": "open", **MARGIN}
        commands.append(opened)
        commands.append({"op": "account.deposit", "account": name, "amount": CASH})
    return json.dumps([command | {"key": ADMIN} for command in commands]).encode()


def filling(count: int, batch: int = FILL, run: str = "a") -> Iterator[bytes]:
    """New orders that never meet, each with a client order id of 36 characters."""
    for first in range(0, count, batch):
        orders = []
        for number in range(first, min(first + batch, count)):
            side, price = ("buy", 99) if number % 2 else ("sell", 101)
            time_in_force = "ioc" if number % RESTING_SHARE else "gtc"
            orders.append(
                f'{{"symbol":"{SYMBOL}","side":"{side}","quantity":"10",'
                f'"price":"{price}.{number % 90 + 10}","time_in_force":"{time_in_force}",'
                f'"account":"a{number % ACCOUNTS}","client_order_id":"{run}-{number:034d}"}}'
            )
        yield f"[{','.join(orders)}]".encode()


class Place:
    """A NATS with one order service, in a folder."""

    def __init__(self, folder: Path, server: NatsServer, nc: Connection, *, lockstep: bool) -> None:
        self.folder = folder
        self.snapshots = folder / "snapshots"
        self.server = server
        self.nc = nc
        self.orders = JetStreamLog(nc, ORDERS)
        self.answers = JetStreamLog(nc, EXECUTIONS)
        self.pause_ms = 0.0
        self._ops = claim_ports(HOST, {"ops": 0})["ops"]
        self._lockstep = lockstep
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start the service; gives the seconds until it is ready."""
        begin = time.perf_counter()
        environment = {
            "OUTCRY_NATS_URL": self.server.url(ORDER_SERVICE),
            "OUTCRY_DURABILITY": "process",
            "OUTCRY_OPS_PORT": str(self._ops),
            "OUTCRY_LOCKSTEP": str(self._lockstep).lower(),
            "OUTCRY_SNAPSHOT_DIR": str(self.snapshots),
            "OUTCRY_ARCHIVE_DIR": str(self.folder / "archive"),
            "OUTCRY_LOG_LEVEL": "warning",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "outcry.cli", "order-service", env=os.environ | environment
        )
        async with httpx.AsyncClient() as client, asyncio.timeout(READY_S):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(self._url("readyz"))).status_code == httpx.codes.OK:
                        return time.perf_counter() - begin
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            await process.wait()

    async def enter(self, subject: str, bodies: Iterable[bytes]) -> None:
        """Put entries into the log and wait until they are answered."""
        under_way: list[asyncio.Future[int]] = []
        for body in bodies:
            under_way.append(await self.orders.send(subject, body))
            if len(under_way) == WINDOW:
                await asyncio.gather(*under_way)
                under_way.clear()
        await asyncio.gather(*under_way)
        end = await self.orders.last_seq()
        while await self.answers.last_seq() < end:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.01)

    async def open_venue(self) -> None:
        """What comes before the flow, and as many entries as `engine.open_venue` has."""
        account = {"account": ACCOUNT, "self_trade_prevention": "none", **MARGIN}
        key = {"hash": "0" * 64, "accounts": [ACCOUNT]}
        entries: tuple[tuple[str, dict[str, object]], ...] = (
            ("instrument.list", {"symbol": SYMBOL, "tick": "0.01"}),
            ("account.open", account),
            ("account.deposit", {"account": ACCOUNT, "amount": CASH}),
            ("key.create", {**key, "key_id": ADMIN, "role": "admin"}),
            ("key.create", {**key, "key_id": KEY, "role": "trade"}),
        )
        for subject, body in entries:
            await self.enter(subject, [json.dumps(body).encode()])

    async def gauge(self, name: str) -> float:
        async with httpx.AsyncClient() as client:
            text = (await client.get(self._url("metrics"))).text
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(line.split()[1])

    def show_memory(self, when: str) -> None:
        if self._process is not None:
            print(f"  {when}: {resident_mb(self._process.pid):.0f} MB resident")

    async def probe(self, seconds: float) -> tuple[float, float, float]:
        """Median, 99th percentile and longest time from order to answer, in milliseconds."""
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        return await self._probe(stop)

    async def probe_while_taking(self) -> tuple[tuple[float, float, float], int]:
        """The same while snapshots are taken, and how many were."""
        stop = asyncio.Event()
        probing = asyncio.ensure_future(self._probe(stop))
        for _ in range(ROUNDS):
            await asyncio.sleep(PROBE_S / 3)
            await self.nc.request(SNAPSHOT_TAKE, b"", timeout=READY_S)
        stop.set()
        self.pause_ms = 1000 * await self.gauge("outcry_orders_snapshot_pause_seconds")
        return await probing, ROUNDS

    async def _probe(self, stop: asyncio.Event) -> tuple[float, float, float]:
        body = next(filling(1, 1, f"p{time.time_ns()}")).replace(b'"gtc"', b'"ioc"')
        times = []
        completed = await self.nc.subscribe(ORDER_COMPLETED)
        while not stop.is_set():
            begin = time.perf_counter()
            await self.nc.publish(ORDER_CREATED, body)
            await completed.next_msg(timeout=READY_S)
            times.append(1000 * (time.perf_counter() - begin))
        await completed.unsubscribe()
        times.sort()
        return statistics.median(times), times[int(len(times) * 0.99)], times[-1]

    def _url(self, what: str) -> str:
        return f"http://{HOST}:{self._ops}/{what}"


@contextlib.asynccontextmanager
async def running(folder: Path, *, lockstep: bool = False) -> AsyncIterator[Place]:
    server = await start_nats_server(
        folder, host=HOST, port=0, monitor_port=0, durability=Durability.PROCESS
    )
    try:
        nc = await connect(server.url(OPERATOR), OPERATOR)
        place = Place(folder, server, nc, lockstep=lockstep)
        try:
            yield place
        finally:
            await place.kill()
            nc.on_lost.clear()
            await nc.close()
    finally:
        await server.stop()
