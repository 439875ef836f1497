"""Wires the gateway: `outcry gateway`."""

import asyncio
import math
import secrets
from functools import partial

import cyclopts
import uvicorn
from prometheus_client import CollectorRegistry

from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway.admin_http import AdminRoutes
from outcry.gateway.admission import Admission
from outcry.gateway.asgi import BODY_MAX
from outcry.gateway.gate import Gate
from outcry.gateway.http_bounds import CLIENTS_MAX
from outcry.gateway.http_protocol import order_entry_protocol
from outcry.gateway.lifelines import Lifelines
from outcry.gateway.metrics import Metrics
from outcry.gateway.order_entry import Bounds, OrderEntry
from outcry.gateway.orders_http import OrderRoutes, post_commands
from outcry.gateway.reads import Reads
from outcry.gateway.routes import gateway_app
from outcry.gateway.senders import Senders
from outcry.gateway.sent import Door
from outcry.gateway.service import GatewayService
from outcry.gateway.session import admit
from outcry.gateway.ws_protocol import order_session_protocol
from outcry.log.jetstream import JetStreamLog
from outcry.runtime.access import fetch_access
from outcry.runtime.descriptors import room_for
from outcry.runtime.lifecycle import run, unless, until, working
from outcry.runtime.nats import connect_service
from outcry.runtime.nats_config import GATEWAY
from outcry.runtime.observe import configure_logging
from outcry.runtime.ops import serving
from outcry.runtime.settings import GatewaySettings
from outcry.runtime.tls import tls_context
from outcry.wire.subjects import EXECUTIONS, ORDERS


def main(settings: GatewaySettings) -> int:
    configure_logging(GATEWAY, settings.log_format, settings.log_level)
    return run(lambda stop: serve(settings, stop))


async def serve(settings: GatewaySettings, stop: asyncio.Event) -> None:
    """Run until `stop` is set; then answer what was taken, and end."""
    tls = tls_context(settings)
    nc = await unless(stop, connect_service(settings, GATEWAY))
    try:
        orders, executions = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
        metrics = Metrics(CollectorRegistry())
        bounds = Bounds(1 if settings.lockstep else COMMANDS_MAX, settings.answer_timeout)
        entry = OrderEntry(orders, executions, secrets.token_hex(16), bounds, metrics)
        admission = Admission(entry)
        senders = Senders()
        gate = Gate(
            entry,
            admission,
            senders,
            secrets.token_hex(6),
            singly=settings.lockstep,
            rejects_max=settings.rejects_max,
        )
        lifelines = Lifelines(gate, by_entries=settings.lockstep)
        service = GatewayService(
            orders, executions, entry, gate, admission, senders, settings.durability
        )
        app = gateway_app(
            OrderRoutes(gate, senders),
            AdminRoutes(gate, senders),
            Reads(nc, service, senders),
            metrics.registry,
            service.readiness,
        )
        post_orders = partial(post_commands, gate, Door.ORDERS)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.http_port,
            http=order_entry_protocol(senders.of_header, post_orders, BODY_MAX),
            ws=order_session_protocol(partial(admit, gate, lifelines, senders)),
            ssl_context_factory=None if tls is None else lambda *_: tls,
            limit_concurrency=room_for(CLIENTS_MAX),
            lifespan="off",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=math.ceil(settings.answer_timeout) + 1,
        )
        background = entry.run(), service.expire(), service.observe(), lifelines.renew()
        async with working(*background) as work:
            async with serving(config, "--http-port"):
                reader = await unless(stop, service.follow(partial(fetch_access, nc)))
                await until(stop, nc.unfit, reader.failed, *work)
            await lifelines.settled()
            await reader.stop()
    finally:
        await nc.close()


if __name__ == "__main__":
    cyclopts.run(main)
