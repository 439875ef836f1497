"""A service as a child process: started, watched, started again when it dies, stopped.

Rule 1: a child never outlives us (`supervised`). Rule 2: it is in a session of its own, so that
Ctrl-C reaches us alone and we end the services in their order. Rule 3: passwords reach it in its
environment, which others cannot read, and never as arguments, which they can.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping

from outcry.cli.supervised import VARIABLE
from outcry.log.log import Foreign
from outcry.runtime.lifecycle import FOREIGN, REFUSED, SUPERSEDED, Refused, Superseded
from outcry.runtime.nats_monitor import MonitorError, ask_monitor

BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses before it is started again; the last one from then on."""
STEADY_S = 30.0
"""Who ran for so long begins with the first pause again."""
LINE_MAX = 1 << 16
_MESSAGE = b"outcry: "

Say = Callable[[str], None]


class Child:
    """One service. `environment` holds its settings; `url` is where it answers /readyz."""

    def __init__(self, name: str, environment: Mapping[str, str], url: str, say: Say) -> None:
        self.name = name
        self.state: dict[str, object] = {}
        """What /readyz said when it was ready."""
        self.trouble = "it has not answered yet"
        self._environment = {**_inherited(), **environment, VARIABLE: "1"}
        self._url = url
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._last_words = ""
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Run it until `stop`. Raises what it said: Refused, it could not start; Foreign, what is
        in the log is not what was, on which a new start would go on as if nothing had happened;
        Superseded, the log is for a newer version from here on."""
        deaths = 0
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            started = clock()
            code = await self._run()
            if self._stopping.is_set():
                return
            if code == SUPERSEDED:
                raise Superseded(self._last_words)
            if code == FOREIGN:
                raise Foreign(self._last_words)
            if code == REFUSED and not self.state:
                raise Refused(self._last_words or f"{self.name} refused to start")
            deaths = 1 if clock() - started > STEADY_S else deaths + 1
            pause = BACK_OFF_S[min(deaths, len(BACK_OFF_S)) - 1]
            why = f": {self._last_words}" if self._last_words else ""
            self._say(f"{self.name} ended ({_ending(code)}){why}; starting it again in {pause} s")
            await asyncio.sleep(pause)

    async def ready(self) -> bool:
        """Whether it can do its work; if not, `trouble` says as much as it told."""
        try:
            self.state = await ask_monitor(self._url, "/readyz", verified=False)
        except MonitorError as error:
            self.trouble = self._last_words or str(error)
            return False
        return True

    async def stop(self, patience: asyncio.Event, seconds: float) -> None:
        """End it: politely, then, after `seconds` or when `patience` is set, surely."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        ended = asyncio.ensure_future(process.wait())
        hastened = asyncio.ensure_future(patience.wait())
        await asyncio.wait((ended, hastened), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        hastened.cancel()
        if not ended.done():
            self._say(f"{self.name} did not drain in time; killing it, nothing is lost")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await ended

    async def _run(self) -> int:
        self._last_words = ""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "outcry.cli",
            self.name,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=LINE_MAX,
        )
        self._process = process
        if self._stopping.is_set():  # while it was being started
            process.kill()
        try:
            assert process.stderr is not None
            await self._pass_on(process.stderr)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _pass_on(self, lines: asyncio.StreamReader) -> None:
        """Its log lines are ours; only the line that says why it ends is kept for that moment."""
        held = b""
        while chunk := await lines.read(LINE_MAX):
            whole, newline, held = (held + chunk).rpartition(b"\n")
            if len(held) > LINE_MAX:
                whole, newline, held = whole + newline + held, b"\n", b""
            for line in whole.split(b"\n") if newline else ():
                if line.startswith(_MESSAGE):
                    self._last_words = line.removeprefix(_MESSAGE).decode(errors="replace")
                elif line:
                    sys.stderr.buffer.write(line + b"\n")
            sys.stderr.buffer.flush()


def _inherited() -> dict[str, str]:
    """Our environment without our own settings: what a child takes, it is given."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OUTCRY_") and name not in ("NATS_URL", "NATS_MONITOR_URL")
    }


def _ending(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
