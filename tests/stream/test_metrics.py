"""Operators see who listens, how far the stream is, and why clients left."""

import asyncio

from prometheus_client import CollectorRegistry, generate_latest

from outcry.domain.types import Role
from outcry.log.log import Entry
from outcry.runtime.settings import Durability
from outcry.stream.hub import Hub
from outcry.stream.metrics import StreamMetrics, readiness
from outcry.stream.ring import Ring
from outcry.stream.server import Connection, Limits, StreamServer
from outcry.stream.subscription import Subscription
from outcry.wire.access import Key
from tests.stream.executions import message


async def test_metrics_and_readiness() -> None:
    """Metrics and readiness show the position of the stream and its clients by cause of leaving."""
    server = StreamServer(Hub(Ring(10, 1000)), Limits())
    registry = CollectorRegistry()
    registry.register(StreamMetrics(server))
    server.open_at(7)
    assert readiness(server, Durability.DISK)[0] == "the stream starts or stops"
    await server.on_entry(Entry(7, 0, "executions.0", message(41, 42)))
    sees = {
        "public": None,
        "own": Key("1", Role.READ, ("alice",)),
        "everything": Key("2", Role.ADMIN, ()),
    }
    server.connections |= {Connection(server, Subscription(), key) for key in sees.values()}
    server.connections.add(Connection(server, Subscription()))
    server.closed["slow"] += 1
    await asyncio.sleep(0)
    state = {"log": "0123456789abc", "position": 7, "seq": 42, "clients": 4}
    state |= {"digest": "", "durability": "disk"}
    assert readiness(server, Durability.DISK) == ("", state)
    text = generate_latest(registry).decode()
    assert "outcry_stream_seq 42.0" in text
    assert "outcry_stream_ring_frames 2.0" in text
    assert 'outcry_stream_clients{view="public"} 2.0' in text
    assert 'outcry_stream_clients{view="own"} 1.0' in text
    assert 'outcry_stream_clients{view="everything"} 1.0' in text
    assert 'outcry_stream_clients_closed_total{cause="slow"} 1.0' in text
