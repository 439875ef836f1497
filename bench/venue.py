"""A whole exchange for a bench: `outcry up` in a folder of its own, on free ports."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx

TICKS = os.sysconf("SC_CLK_TCK")
START_S = 60.0
ACCOUNT = "demo"
SHARES = "1000000000"
CASH = "9000000000"


class Venue(NamedTuple):
    http_port: int
    ws_port: int
    folder: Path
    processes: dict[str, int]
    """Process ids by name: nats-server and the four services."""
    key: str
    """Of the account `demo`, which has much money."""

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each process has used (Linux)."""
        return {name: _cpu(pid) for name, pid in self.processes.items()}

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of each process (Linux)."""
        return {name: resident_mb(pid) for name, pid in self.processes.items()}


@contextlib.contextmanager
def running_venue(symbols: list[str], durability: str = "disk") -> Iterator[Venue]:
    """An exchange that lists `symbols` with a tick of 0.01 and no orders."""
    ports = _free_ports(7)
    with tempfile.TemporaryDirectory(prefix="outcry-bench-") as folder:
        outcry = [sys.executable, "-m", "outcry.cli"]
        options = dict(
            zip(
                ("--http-port", "--ws-port", "--nats-port", "--nats-monitor-port", "--ops-port"),
                map(str, ports),
                strict=False,
            )
        )
        up = subprocess.Popen(
            [*outcry, "up", "--no-demo", "--data-dir", folder, "--durability", durability]
            + [word for option in options.items() for word in option],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_ready(up, ports[0], Path(folder))
            operate = partial(_operate, folder)
            for symbol in symbols:
                operate("instrument", "list", symbol, "--tick", "0.01")
            operate("account", "open", ACCOUNT, "--type", "margin", "--shorting")
            operate("account", "deposit", ACCOUNT, CASH)
            for symbol in symbols:  # an order opens or closes: with shares enough, sells close
                operate("account", "deposit", ACCOUNT, SHARES, "--symbol", symbol)
            key = operate("keys", "create", "--account", ACCOUNT).strip()
            yield Venue(ports[0], ports[1], Path(folder), _children(up.pid), key)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait()


def _operate(folder: str, *words: str) -> str:
    """What a command of the operator prints."""
    command = [sys.executable, "-m", "outcry.cli", *words, "--data-dir", folder]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _wait_ready(up: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    give_up = time.monotonic() + START_S
    while not (folder / "outcry.json").exists():
        if up.poll() is not None or time.monotonic() > give_up:
            raise SystemExit("the exchange did not start")
        time.sleep(0.05)
    httpx.get(f"http://127.0.0.1:{port}/readyz").raise_for_status()


def _free_ports(count: int) -> list[int]:
    """Ports in a row, all free just now."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            first = probe.getsockname()[1]
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for port in range(first, first + count):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return list(range(first, first + count))


def _children(parent: int) -> dict[str, int]:
    """The processes of `outcry up` by what they run."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                words = (stat.parent / "cmdline").read_text().split("\0")
                name = next(
                    (w for w in words if w.endswith("-service") or w == "gateway"), "nats-server"
                )
                found[name] = int(stat.parent.name)
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
