"""Wires the trade stream: `outcry trade-stream-service`."""

import asyncio
from functools import partial

import cyclopts
import structlog
from prometheus_client import CollectorRegistry

from outcry.log.history import digest_before, follow
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry
from outcry.runtime.access import access_before, fetch_access
from outcry.runtime.descriptors import room_for
from outcry.runtime.lifecycle import Refused, run, unless, until
from outcry.runtime.nats import connect_service
from outcry.runtime.nats_config import STREAM
from outcry.runtime.observe import configure_logging
from outcry.runtime.ops import ops_server
from outcry.runtime.settings import TradeStreamServiceSettings
from outcry.runtime.tls import tls_context
from outcry.stream.guests import tell_guests
from outcry.stream.hub import Hub
from outcry.stream.listener import listen
from outcry.stream.metrics import StreamMetrics, readiness
from outcry.stream.ring import Ring
from outcry.stream.server import Limits, StreamServer
from outcry.stream.tail import find_tail
from outcry.wire.subjects import EXECUTIONS

NAME = "trade-stream-service"
RING_FRAMES = 1 << 16
RING_BYTES = 64 << 20
"""Of executions with their public frames, which are no larger."""
DRAIN_S = 3.0


def main(settings: TradeStreamServiceSettings) -> int:
    configure_logging(NAME, settings.log_format, settings.log_level)
    return run(lambda stop: serve(settings, stop))


async def serve(settings: TradeStreamServiceSettings, stop: asyncio.Event) -> None:
    """Run until `stop` is set; then close the clients, and end."""
    limits = Limits(clients_max=room_for(Limits().clients_max))
    tls = tls_context(settings)
    server = StreamServer(Hub(Ring(RING_FRAMES, RING_BYTES)), limits, tls)
    registry = CollectorRegistry()
    registry.register(StreamMetrics(server))
    host, port = settings.host, settings.ws_port
    try:
        listener = listen(host, port)
    except OSError as error:
        text = f"cannot listen on {host}:{port} ({error.strerror})"
        raise Refused(f"{text}; choose another port with --ws-port") from error
    with listener:
        show = partial(readiness, server, settings.durability)
        async with ops_server(host, settings.ops_port, registry, show):
            await server.start(listener)
            url = f"{'wss' if tls else 'ws'}://{host}:{port}/ws"
            structlog.get_logger().info("serving", url=url, **limits._asdict())
            try:
                await feed(settings, server, stop)
            finally:
                await server.stop(DRAIN_S)


async def feed(
    settings: TradeStreamServiceSettings, server: StreamServer, stop: asyncio.Event
) -> None:
    """Give the server the newest executions and all that follow, until `stop` is set."""
    nc = await unless(stop, connect_service(settings, STREAM))
    try:
        log = JetStreamLog(nc, EXECUTIONS)
        keys = access_before(log, partial(fetch_access, nc))
        server.access, begin = await unless(stop, keys)
        bytes_max = RING_BYTES // 2
        tail = await unless(stop, find_tail(log, entries_max=RING_FRAMES, bytes_max=bytes_max))
        first = min(tail.first, begin)
        server.digest = await unless(stop, digest_before(log, first))

        async def on_entry(entry: Entry) -> None:
            server.digest = follow(entry, server.digest)
            executions = await server.on_entry(entry)
            if settings.guests and entry.seq > tail.last:
                await tell_guests(nc, executions)

        server.open_at(tail.last)
        reader = log.reader(first, on_entry, name=STREAM)
        await reader.start()
        await until(stop, nc.unfit, reader.failed)
        await reader.stop()
    finally:
        await nc.close()


if __name__ == "__main__":
    cyclopts.run(main)
