"""The operations routes, and what may not be done to the services through them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from outcry.runtime import ops
from outcry.runtime.nats_monitor import MonitorRefused, ask_monitor
from outcry.runtime.ops import ops_server
from tests.waiting import PATIENCE_S, free_port

HOST = "127.0.0.1"


class Service:
    """One whose readiness a test decides."""

    def __init__(self) -> None:
        self.port = free_port()
        self.why = ""

    def readiness(self) -> tuple[str, dict[str, Any]]:
        return self.why, {"position": 7}

    async def ask(self, path: str) -> dict[str, Any]:
        return await ask_monitor(f"http://{HOST}:{self.port}", path)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    async with ops_server(HOST, service.port, CollectorRegistry(), service.readiness):
        yield service


async def dropped(service: Service, *sent: bytes) -> bool:
    """Whether a connection that sends this ends without an answer."""
    reader, writer = await asyncio.open_connection(HOST, service.port)
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.writelines(sent)
            return await reader.read() == b""
    except ConnectionError:
        return True
    finally:
        writer.close()


async def test_a_service_tells_whether_it_can_work(service: Service) -> None:
    """It is ready, or says why not."""
    assert await service.ask("/healthz") == {"status": "ok"}
    assert await service.ask("/readyz") == {"ready": True, "position": 7}
    service.why = "waiting for NATS"
    with pytest.raises(MonitorRefused, match="waiting for NATS"):
        await service.ask("/readyz")


async def test_endless_headers_are_not_read(service: Service) -> None:
    """They would be kept in memory, in the process of the engine."""
    line = b"a: " + b"x" * 1_000 + b"\r\n"
    many = ops.CONNECTION_BYTES_MAX // len(line) + 1
    assert await dropped(service, b"GET /healthz HTTP/1.1\r\n", line * many)
    assert await dropped(service, b"GET /healthz HTTP/1.1\r\na: ", line * many)
    assert await service.ask("/healthz")


async def test_who_says_nothing_is_dropped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection takes a descriptor, which the log may need."""
    monkeypatch.setattr(ops, "CONNECTION_S", 0.05)
    assert await dropped(service)


async def test_connections_are_bounded(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is dropped; when others have gone it is served."""
    monkeypatch.setattr(ops, "CONNECTIONS_MAX", 0)
    assert await dropped(service)
    monkeypatch.undo()
    assert await service.ask("/healthz")
