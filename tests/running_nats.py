"""A real NATS server for a test."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from outcry.log.connection import Connection
from outcry.log.streams import Limits, ensure_streams
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import OPERATOR, ORDER_SERVICE
from outcry.runtime.nats_server import NatsServer, start_nats_server
from outcry.runtime.settings import Durability


class RunningNats:
    """A real NATS server with both streams, on ports of its own, that a test may kill."""

    server: NatsServer

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._port = self._monitor_port = 0
        self._connections: list[Connection] = []

    async def start(self) -> None:
        """Start the server, a second time on the ports that it had."""
        self.server = await start_nats_server(
            self._data_dir,
            port=self._port,
            monitor_port=self._monitor_port,
            durability=Durability.PROCESS,
        )
        self._port = urlsplit(self.server.guest_url).port or 0
        self._monitor_port = urlsplit(self.server.monitor_url).port or 0

    async def kill(self) -> None:
        """End the server as a power cut would, and wait until it is gone."""
        self.server.process.kill()
        await self.server.stop()

    @contextmanager
    def standing(self) -> Iterator[None]:
        """The server stands still while the block runs, with all its threads."""
        pid = self.server.process.pid
        os.kill(pid, signal.SIGSTOP)
        os.waitpid(pid, os.WUNTRACED)  # until then some of its threads go on
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    async def connect(self, user: str = OPERATOR) -> Connection:
        nc = await connect(self.server.url(user), user)
        self._connections.append(nc)
        return nc

    async def close(self) -> None:
        for nc in self._connections:
            await nc.close()
        await self.server.stop()


@asynccontextmanager
async def running_nats(data_dir: Path) -> AsyncIterator[RunningNats]:
    running = RunningNats(data_dir)
    await running.start()
    try:
        await ensure_streams(await running.connect(ORDER_SERVICE), Limits())
        yield running
    finally:
        await running.close()
