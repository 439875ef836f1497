"""What `outcry up` starts: the settings of each service, as the environment of its process."""

from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from outcry.cli.data_folder import ARCHIVE, BOOKS, SNAPSHOTS
from outcry.runtime.nats_config import BROKER, GATEWAY, ORDER_SERVICE, STREAM
from outcry.runtime.ports import local_host
from outcry.runtime.settings import (
    BrokerServiceSettings,
    GatewaySettings,
    LogFormat,
    OrderServiceSettings,
    Settings,
    TradeStreamServiceSettings,
    UpSettings,
)

OPS = ("order-service", "broker-service", "trade-stream-service")
"""Who has an operations port of its own, in the order of the ports from --ops-port."""


class BusUrls(NamedTuple):
    """A NATS for the services: the address of each user, and of the monitoring."""

    urls: dict[str, str]
    monitor_url: str


class Service(NamedTuple):
    """One to start: its command, its environment, where it answers /readyz."""

    name: str
    environment: dict[str, str]
    url: str


def wanted_ports(settings: UpSettings) -> dict[str, int]:
    """The ports that an `outcry up` needs, by their options."""
    ports = {"--http-port": settings.http_port, "--ws-port": settings.ws_port}
    for number, name in enumerate(OPS):
        ports[ops_option(name)] = settings.ops_port + number if settings.ops_port else 0
    if not settings.nats_url:
        ports["--nats-port"] = settings.nats_port
        ports["--nats-monitor-port"] = settings.nats_monitor_port
    return ports


def ops_option(name: str) -> str:
    return f"--ops-port (of the {name})"


def plan_services(
    settings: UpSettings, ports: dict[str, int], bus: BusUrls, log_format: LogFormat
) -> list[Service]:
    """The four services, in the order in which they are started."""

    def shared(user: str) -> dict[str, Any]:
        return {
            "nats_url": bus.urls[user],
            "nats_monitor_url": bus.monitor_url,
            "durability": settings.durability,
            "host": settings.host,
            "log_format": log_format,
            "log_level": settings.log_level,
        }

    tls: dict[str, Any] = {
        "tls_cert": _absolute(settings.tls_cert),
        "tls_key": _absolute(settings.tls_key),
    }
    books = (settings.data_dir / BOOKS).resolve()
    archive = (settings.data_dir / ARCHIVE).resolve()
    order_service, broker, stream = (ports[ops_option(name)] for name in OPS)
    planned: list[tuple[str, Settings, int]] = [
        (
            "order-service",
            OrderServiceSettings(
                **shared(ORDER_SERVICE),
                ops_port=order_service,
                lockstep=settings.lockstep,
                orders_max_bytes=settings.orders_max_bytes,
                snapshot_dir=(settings.data_dir / SNAPSHOTS).resolve(),
                archive_dir=archive,
                archive_above_bytes=settings.archive_above_bytes,
            ),
            order_service,
        ),
        (
            "broker-service",
            BrokerServiceSettings(
                **shared(BROKER),
                ops_port=broker,
                database_url=settings.database_url or f"sqlite:///{books}",
                archive_dir=archive,
            ),
            broker,
        ),
        (
            "trade-stream-service",
            TradeStreamServiceSettings(
                **shared(STREAM), **tls, ops_port=stream, ws_port=ports["--ws-port"]
            ),
            stream,
        ),
        (
            "gateway",
            GatewaySettings(
                **shared(GATEWAY),
                **tls,
                http_port=ports["--http-port"],
                lockstep=settings.lockstep,
            ),
            ports["--http-port"],
        ),
    ]
    host = local_host(settings.host)
    return [
        Service(name, environment(own), f"{_scheme(own)}://{host}:{port}")
        for name, own, port in planned
    ]


def _scheme(settings: Settings) -> str:
    """Where a service answers /readyz: the gateway does where it answers clients."""
    secure = isinstance(settings, GatewaySettings) and settings.tls_cert
    return "https" if secure else "http"


def http(settings: UpSettings) -> str:
    """The scheme of addresses that clients connect to; "ws" and "wss" go with it."""
    return "https" if settings.tls_cert else "http"


def environment(settings: Settings) -> dict[str, str]:
    """The variables from which a service's command reads these settings."""
    chosen = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        f"OUTCRY_{name.upper()}": _text(value)
        for name, value in chosen.items()
        if value is not None
    }


def _absolute(path: Path | None) -> Path | None:
    return path and path.resolve()


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return str(value).lower() if isinstance(value, bool) else str(value)
