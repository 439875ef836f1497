"""Clients that retry, and clients that are gone: nobody is left in doubt, or with orders open."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from chaos.customers import id_of
from chaos.service import PATIENCE_S, until
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, Venue

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUY = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
DAY_MS = 86_400_000


class Trader:
    """Somebody with an account of their own."""

    def __init__(self, venue: Venue, http: httpx.AsyncClient, account: str) -> None:
        self.venue = venue
        self.http = http
        self.account = account

    async def order(self, command: dict[str, Any]) -> tuple[int, Any]:
        response = await self.http.post("/order", json=command | {"account": self.account})
        return response.status_code, response.json()

    async def named(self, name: str) -> tuple[int, Any]:
        asked = {"client_order_id": name, "account": self.account}
        response = await self.http.get("/order", params=asked)
        return response.status_code, response.json()

    async def reason_of(self, name: str) -> str:
        """Why the order is no more; empty: it is open."""
        return str((await self.named(name))[1].get("order", {}).get("reason", ""))

    async def gone(self, name: str, reason: str) -> None:
        async def is_gone() -> bool:
            return await self.reason_of(name) == reason

        await until(is_gone, f"an order that is canceled: {reason}")

    def session(self) -> connect:
        url = self.venue.url.replace("http", "ws")
        address = f"{url}/ws?cancel_on_disconnect={self.account}"
        key = self.venue.customers.headers(self.account)
        return connect(address, additional_headers=key, proxy=None)


@pytest_asyncio.fixture(loop_scope="module")
async def trader(venue: Venue, request: pytest.FixtureRequest) -> AsyncIterator[Trader]:
    account = request.node.name[5:37].rstrip("_-[")
    await venue.customers.open(account)
    async with venue.client(account, timeout=PATIENCE_S) as http:
        yield Trader(venue, http, account)


async def test_an_order_that_never_came_can_be_proven_dead(trader: Trader) -> None:
    """Once log time has passed its expire_at, `never_seen` is final, as it would be rejected."""
    _, first = await trader.order(BUY)
    expire_at = int(first["ts"]) + 1
    await trader.order(BUY)
    status, answer = await trader.named("lost")
    assert (status, answer["error"]["code"]) == (404, "never_seen")
    assert int(answer["as_of"]["ts"]) > expire_at
    late = BUY | {"client_order_id": "lost", "expire_at": str(expire_at)}
    status, answer = await trader.order(late)
    assert (status, answer["reason"]) == (422, "expired")
    assert (await trader.order(late | {"expire_at": None, "expires_in": DAY_MS}))[0] == 201
    status, answer = await trader.order(late)
    assert (status, answer["result"]) == (200, "duplicate")


async def test_a_cancel_by_its_name_ends_all_doubt(trader: Trader) -> None:
    """An order that comes after it is rejected, and whoever asks is told that it is so."""
    status, answer = await trader.order({"op": "cancel", "client_order_id": "lost"})
    assert (status, answer["blocked"]) == (201, True)
    status, answer = await trader.named("lost")
    assert (status, answer["error"]["code"]) == (404, "blocked")
    status, answer = await trader.order(BUY | {"client_order_id": "lost"})
    assert (status, answer["reason"]) == (422, "client_order_id_blocked")


async def test_nothing_is_told_before_the_end_of_the_log_is_booked(trader: Trader) -> None:
    """While entries have no answer nobody can know: 503 says so; what is there is found later."""
    await trader.order(BUY)
    trader.venue[ORDER_SERVICE].pause()
    nc = await trader.venue.connect("operator")
    order = BUY | {"client_order_id": "by-nats", "account": trader.account}
    order["key"] = id_of(trader.account)
    await nc.request("order.created", json.dumps(order).encode(), timeout=PATIENCE_S)
    status, answer = await trader.named("by-nats")
    assert (status, answer["error"]["code"]) == (503, "not_booked_yet")
    trader.venue[ORDER_SERVICE].resume()
    await until(lambda: _found(trader, "by-nats"), "the order")
    trader.venue[BROKER].pause()
    assert (await trader.named("by-nats"))[0] == 503
    trader.venue[BROKER].resume()


async def _found(trader: Trader, name: str) -> bool:
    return (await trader.named(name))[0] == 200


async def test_a_switch_fires_though_nobody_sends_anything(trader: Trader) -> None:
    """`cancel_all_after` cancels when its time has come, with no other entry in the log."""
    await trader.order(BUY | {"client_order_id": "a1"})
    assert (await trader.order({"op": "cancel_all_after", "timeout": 100}))[0] == 201
    await trader.gone("a1", "dead_mans_switch")


async def test_a_session_takes_its_orders_along(trader: Trader) -> None:
    """Cancel on disconnect: at once, when the client has gone; the others' orders stay."""
    await trader.order(BUY | {"client_order_id": "before"})
    async with trader.session() as session:
        order = BUY | {"client_order_id": "a1", "account": trader.account}
        await session.send(json.dumps({"id": 1, "order": order}))
        assert json.loads(await session.recv())["execution"]["result"] == "accepted"
    for name in ("a1", "before"):
        await trader.gone(name, "requested")


async def test_a_killed_gateway_takes_the_orders_of_its_sessions_along(trader: Trader) -> None:
    """The switch that the gateway kept armed fires, with nobody there to renew it."""
    async with trader.session() as session:
        order = BUY | {"client_order_id": "a1", "account": trader.account}
        await session.send(json.dumps({"id": 1, "order": order}))
        await session.recv()
        await trader.venue[GATEWAY].kill()
    await trader.venue[GATEWAY].start()
    await trader.venue.ready(GATEWAY)
    assert await trader.reason_of("a1") in ("", "dead_mans_switch")
    await trader.gone("a1", "dead_mans_switch")


async def test_a_gateway_that_stops_cancels_for_its_sessions(trader: Trader) -> None:
    """SIGTERM closes them; what they wished for is done before the gateway has ended."""
    async with trader.session() as session:
        order = BUY | {"client_order_id": "a1", "account": trader.account}
        await session.send(json.dumps({"id": 1, "order": order}))
        await session.recv()
        assert await trader.venue[GATEWAY].stop() == 0
    await trader.venue[GATEWAY].start()
    await trader.venue.ready(GATEWAY)
    assert await trader.reason_of("a1") == "requested"
