"""The NATS of `outcry up`, and what becomes of it."""

import asyncio
import resource
import sys
from functools import partial
from pathlib import Path

import pytest

from outcry.cli import bus
from outcry.cli.bus import bus_of
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import LogError
from outcry.log.streams import ENTRY_BYTES_MAX, Limits, ensure_streams
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.runtime.settings import Durability, UpSettings
from outcry.wire.subjects import ORDERS, VENUE_OPEN
from tests.waiting import free_ports, until, until_true

FILE_BYTES = 8 << 20
"""After so many bytes at the latest a stream goes on in another file."""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")
async def test_a_server_that_stores_nothing_any_more_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that failed stops a stream of NATS for good, even when its cause has passed."""
    monkeypatch.setattr(bus, "LOOK_S", 0.1)
    port, monitor_port = free_ports(2)
    ports = {"--nats-port": port, "--nats-monitor-port": monitor_port}
    settings = UpSettings(data_dir=tmp_path, durability=Durability.PROCESS)
    said: list[str] = []
    async with bus_of(settings, ports, said.append, asyncio.Event()) as urls:
        nc = await connect(urls.urls[ORDER_SERVICE], ORDER_SERVICE)
        await ensure_streams(nc, Limits())
        log = JetStreamLog(nc, ORDERS)
        pid = int((tmp_path / "nats" / "lock").read_text())
        _, hard = limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, hard))  # no file can be opened
        with pytest.raises(LogError):
            await fill_file(log)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
        await until(lambda: said)
        assert "stores nothing" in said[0] and "starting it again" in said[0]
        await until_true(partial(is_stored, log))
        await nc.close()


async def fill_file(log: JetStreamLog) -> None:
    """Send so much that it takes another file."""
    for _ in range(FILE_BYTES // ENTRY_BYTES_MAX * 2):
        await (await log.send(VENUE_OPEN, bytes(ENTRY_BYTES_MAX)))


async def is_stored(log: JetStreamLog) -> bool:
    """Whether a message could be stored."""
    try:
        await (await log.send(VENUE_OPEN, b"{}"))
    except LogError:
        return False
    return True
