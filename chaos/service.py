"""One service of a venue: a process that can be killed, paused, stopped, and started again.

It reads a pipe whose other end is ours: however we end, it ends too.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from chaos.cable import Cable
from outcry.cli.supervised import VARIABLE

PATIENCE_S = 30.0
POLL_S = 0.02
LOG_TAIL_BYTES = 6_000


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
        self.program: tuple[str, ...] = ("-m", "outcry.cli", name)
        """What Python is to run."""
        self.log = log
        self.cable: Cable | None = None
        """Its line to NATS, where the venue is wired."""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def label(self) -> str:
        """Its name, with a number where it is one more of its kind."""
        return self.log.stem

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
                *(*self.program, *options),
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


def _surroundings() -> dict[str, str]:
    """Our environment without settings that somebody made for an exchange of his own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OUTCRY_")}
