"""Wires the order service: `outcry order-service`."""

import asyncio
import contextlib
import gc

import cyclopts
from prometheus_client import CollectorRegistry

from outcry.domain.limits import BOUNDS, Bounds
from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits, ensure_streams
from outcry.log.whole import WholeLog
from outcry.orders.access import access_requests
from outcry.orders.archivist import Archivist
from outcry.orders.metrics import Metrics
from outcry.orders.requests import snapshot_requests
from outcry.orders.service import Readiness, open_order_service
from outcry.orders.ticker import Ticker
from outcry.runtime.lifecycle import run, unless, until, working
from outcry.runtime.nats import connect_service
from outcry.runtime.observe import configure_logging
from outcry.runtime.ops import ops_server
from outcry.runtime.settings import OrderServiceSettings
from outcry.wire.subjects import EXECUTIONS, ORDERS

NAME = "order-service"
DRAIN_S = 5.0


def main(settings: OrderServiceSettings) -> int:
    configure_logging(NAME, settings.log_format, settings.log_level)
    return run(lambda stop: serve(settings, stop))


async def serve(
    settings: OrderServiceSettings, stop: asyncio.Event, bounds: Bounds = BOUNDS
) -> None:
    """Run until `stop` is set; then store what was answered, leave a snapshot, and end.

    `bounds` are those of the version of the engine.
    """
    metrics = Metrics(CollectorRegistry())
    state = Readiness(settings.durability)
    async with ops_server(settings.host, settings.ops_port, metrics.registry, state.show):
        nc = await unless(stop, connect_service(settings, NAME))
        try:
            await unless(stop, ensure_streams(nc, Limits(settings.orders_max_bytes)))
            orders, answers = (
                WholeLog(JetStreamLog(nc, stream), Archive(settings.archive_dir, stream))
                for stream in (ORDERS, EXECUTIONS)
            )
            gc.disable()  # the engine unlinks what it drops; nothing else makes cycles
            service = await unless(
                stop,
                open_order_service(
                    orders,
                    answers,
                    metrics,
                    lockstep=settings.lockstep,
                    snapshot_dir=settings.snapshot_dir,
                    bounds=bounds,
                ),
            )
            state.begin(service, lambda: nc.is_connected)
            await service.reader.start()
            archivist = Archivist(settings, (orders, answers), service, metrics)
            ticker = Ticker(orders, service)
            async with (
                snapshot_requests(nc, service.keeper),
                access_requests(nc, service.desk),
                working(service.open_venue(), archivist.keep(), ticker.keep()) as work,
            ):
                await until(stop, nc.unfit, *work, service.reader.failed, service.publisher.failed)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await service.drain()
            await service.finish()
        finally:
            await nc.close()


if __name__ == "__main__":
    cyclopts.run(main)
