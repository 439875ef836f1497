"""The operations side of a service over HTTP: health, readiness, metrics."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from outcry.runtime.lifecycle import Refused

DRAIN_S = 5
"""Seconds that requests under way have to end when the service stops."""

CONNECTIONS_MAX = 256
CONNECTION_S = 10.0
CONNECTION_BYTES_MAX = 1 << 14
"""What a connection has: who asks here needs little of each. These servers run in the processes of
the engine and the books, which nobody shall hold up by knocking."""

Readiness = Callable[[], tuple[str, Mapping[str, Any]]]
"""Why the service cannot do its work (empty: it can), and what it knows of its state."""


def ops_routes(registry: CollectorRegistry, readiness: Readiness) -> list[BaseRoute]:
    """/healthz: the process answers. /readyz: it can do its work. /metrics: Prometheus."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        why, state = readiness()
        told = {"ready": False, "why": why} if why else {"ready": True}
        return JSONResponse({**told, **state}, 503 if why else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


class BriefProtocol(HttpToolsProtocol):
    """Uvicorn's, but a connection that is one too many, or has had its share, is dropped."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.received = 0
        self.end = self.loop.call_later(CONNECTION_S, transport.abort)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if self.received > CONNECTION_BYTES_MAX:
            self.transport.abort()
        else:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.end.cancel()
        super().connection_lost(exc)


class Server(uvicorn.Server):
    """uvicorn inside a service that handles signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def ops_server(
    host: str, port: int, registry: CollectorRegistry, readiness: Readiness
) -> AsyncIterator[None]:
    """Serve the operations routes while the block runs."""
    app = Starlette(routes=ops_routes(registry, readiness))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        http=BriefProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=DRAIN_S,
    )
    async with serving(config, "--ops-port"):
        yield


@contextlib.asynccontextmanager
async def serving(config: uvicorn.Config, option: str) -> AsyncIterator[Server]:
    """Serve while the block runs. Raises `Refused`: the port that `option` sets is taken."""
    config.load()
    server = Server(config)
    try:
        listener = socket.create_server(
            (config.host, config.port), family=socket.AF_INET, backlog=config.backlog
        )
    except OSError as error:
        raise Refused(
            f"cannot listen on {config.host}:{config.port} ({error.strerror}); "
            f"choose another port with {option}"
        ) from error
    task = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.wait((task,), timeout=0.01)
            if task.done():
                task.result()
                raise Refused(f"the server on {config.host}:{config.port} did not start")
        yield server
    finally:
        server.should_exit = True
        await task
