"""What NATS promises is found out at the start and after each reconnect."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog

from outcry.runtime import durability as law
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import STREAM
from outcry.runtime.nats_server import NatsServer, start_nats_server
from outcry.runtime.settings import Durability
from tests.waiting import PATIENCE_S, free_port, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    running = await start_nats_server(tmp_path / "disk", port=0, monitor_port=0)
    yield running
    await running.stop()


async def test_a_server_that_syncs_is_taken_for_durable(server: NatsServer) -> None:
    """Its monitoring says that every message is on the disk before it is acknowledged."""
    nc = await connect(
        server.url(STREAM), STREAM, monitor_url=server.monitor_url, durability=Durability.DISK
    )
    assert nc.is_connected
    await nc.close()


async def test_a_server_that_does_not_sync_is_refused(tmp_path: Path) -> None:
    """The message says what to set in the server, and what to give up otherwise."""
    server = await start_nats_server(
        tmp_path, port=0, monitor_port=0, durability=Durability.PROCESS
    )
    with pytest.raises(Refused, match=r"sync_interval: always.* --durability process"):
        await connect(
            server.url(STREAM), STREAM, monitor_url=server.monitor_url, durability=Durability.DISK
        )
    await server.stop()


async def test_durability_is_not_believed_without_monitoring(
    server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when its address is not known, nor when it does not answer."""
    with pytest.raises(Refused, match=r"give the address .* --nats-monitor-url"):
        await connect(server.url(STREAM), STREAM, durability=Durability.DISK)
    monkeypatch.setattr(law, "MONITOR_TRIES", 1)
    with pytest.raises(Refused, match=r"does not answer: .* check --nats-monitor-url"):
        await connect(
            server.url(STREAM),
            STREAM,
            monitor_url=f"http://127.0.0.1:{free_port()}",
            durability=Durability.DISK,
        )


async def test_the_monitoring_of_another_server_proves_nothing(
    server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its identity is compared with that of the connection."""
    monkeypatch.setattr(law, "MONITOR_TRIES", 2)
    other = await start_nats_server(tmp_path / "other", port=0, monitor_port=0)
    with pytest.raises(Refused, match="monitoring of another NATS server"):
        await connect(
            server.url(STREAM), STREAM, monitor_url=other.monitor_url, durability=Durability.DISK
        )
    await other.stop()


@pytest.mark.parametrize("monitored", [True, False])
async def test_whoever_asks_for_no_check_is_told_what_that_means(
    tmp_path: Path, monitored: bool
) -> None:
    """A server that does not sync, or does not say so, is taken, with a warning."""
    server = await start_nats_server(
        tmp_path, port=0, monitor_port=0, durability=Durability.PROCESS
    )
    monitor_url = server.monitor_url if monitored else f"http://127.0.0.1:{free_port()}"
    with structlog.testing.capture_logs() as lines:
        nc = await connect(
            server.url(STREAM), STREAM, monitor_url=monitor_url, durability=Durability.UNCHECKED
        )
    (warning,) = [line for line in lines if line["log_level"] == "warning"]
    assert "may not survive a loss of power" in warning["event"]
    assert ("sync_interval" if monitored else "does not answer") in warning["found"]
    await nc.close()
    await server.stop()


async def test_a_server_that_comes_back_without_syncing_is_left(tmp_path: Path) -> None:
    """The promise is asked for again when the connection was lost: NATS may have another one."""
    first = await start_nats_server(tmp_path, port=0, monitor_port=0)
    nc = await connect(
        first.url(STREAM), STREAM, monitor_url=first.monitor_url, durability=Durability.DISK
    )
    ports = [urlsplit(url).port or 0 for url in (first.guest_url, first.monitor_url)]
    for durability in (Durability.DISK, Durability.PROCESS):
        assert not nc.unfit.done()
        await first.stop()
        await until(lambda: not nc.is_connected)
        first = await start_nats_server(
            tmp_path, port=ports[0], monitor_port=ports[1], durability=durability
        )
        await until(lambda: nc.is_connected)
    with pytest.raises(Refused, match="sync_interval"):
        await asyncio.wait_for(nc.unfit, PATIENCE_S)
    await nc.close()
    await first.stop()
