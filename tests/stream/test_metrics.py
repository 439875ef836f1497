"""Operators see who listens, how far the stream is, and why clients left."""

import asyncio

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from outcry.log.log import Entry
from outcry.runtime.settings import Durability
from outcry.stream.hub import Hub
from outcry.stream.metrics import StreamMetrics, readiness
from outcry.stream.ring import Ring
from outcry.stream.server import Limits, StreamServer


async def test_metrics_and_readiness() -> None:
    """Metrics and readiness show the position of the stream and its clients by cause of leaving."""
    server = StreamServer(Hub(Ring(10, 1000)), Limits())
    registry = CollectorRegistry()
    registry.register(StreamMetrics(server))
    server.open_at(7)
    assert readiness(server, Durability.DISK)[0] == "the stream starts or stops"
    body = msgspec.json.encode([{"seq": 41, "log": "0123456789abc"}, {"seq": 42}])
    await server.on_entry(Entry(7, 0, "executions.0", body))
    server.closed["slow"] += 1
    await asyncio.sleep(0)
    state = {"log": "0123456789abc", "position": 7, "seq": 42, "clients": 0}
    state |= {"digest": "", "durability": "disk"}
    assert readiness(server, Durability.DISK) == ("", state)
    text = generate_latest(registry).decode()
    assert "outcry_stream_seq 42.0" in text
    assert "outcry_stream_ring_frames 2.0" in text
    assert 'outcry_stream_clients_closed_total{cause="slow"} 1.0' in text
