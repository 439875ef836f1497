"""The HTTP side of a gateway on a real port, over an exchange in memory."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, cast

import httpx

from outcry.gateway.admin_http import AdminRoutes
from outcry.gateway.admission import Admission
from outcry.gateway.asgi import BODY_MAX
from outcry.gateway.gate import Gate
from outcry.gateway.http_protocol import order_entry_protocol
from outcry.gateway.order_entry import Bounds
from outcry.gateway.orders_http import OrderRoutes, post_commands
from outcry.gateway.reads import Reads
from outcry.gateway.routes import gateway_app
from outcry.gateway.sent import Door
from outcry.log.connection import Connection
from tests.gateway.conftest import WAIT_S, Serve, Served
from tests.gateway.exchange import BOUNDS, TRADER, Exchange, an_exchange, answering


class Front:
    """`http` speaks to it; there is no broker behind it."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.admission = Admission(exchange.entry)
        senders = exchange.senders
        self.gate = Gate(exchange.entry, self.admission, senders, "given", singly=False)
        self.gate.suffix = exchange.suffix
        self.app = gateway_app(
            OrderRoutes(self.gate, senders),
            AdminRoutes(self.gate, senders),
            Reads(cast(Connection, None), cast(Any, None), senders),
            exchange.registry,
            lambda: ("", {}),
        )
        post_orders = partial(post_commands, self.gate, Door.ORDERS)
        self.protocol = order_entry_protocol(senders.of_header, post_orders, BODY_MAX)
        self.http: httpx.AsyncClient
        self.served: Served

    async def order(self, body: Any, **options: Any) -> httpx.Response:
        return await self.http.post("/order", json=body, **options)

    async def raw(self, body: bytes) -> httpx.Response:
        return await self.http.post("/order", content=body)


@asynccontextmanager
async def a_front(
    serve: Serve, bounds: Bounds = BOUNDS, answers: bool = True
) -> AsyncIterator[Front]:
    """With `answers` the engine answers by itself. `http` has the key of a trader."""
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(an_exchange(bounds))
        front = Front(exchange)
        if answers:
            await stack.enter_async_context(answering(exchange))
        front.served = await serve(front.app, http=front.protocol)
        url = f"http://127.0.0.1:{front.served.port}"
        headers = {"authorization": f"Bearer {TRADER}"}
        client = httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=WAIT_S)
        front.http = await stack.enter_async_context(client)
        yield front
