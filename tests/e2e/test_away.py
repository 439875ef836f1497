"""Parts that are away: orders are not left to go stale, and everything comes back by itself."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from chaos.service import PATIENCE_S, Service, until
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, Venue, running_venue

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}


def client_of(venue: Venue, gateway: Service) -> httpx.AsyncClient:
    return venue.client(url=gateway.url, timeout=PATIENCE_S)


async def order(http: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    response = await http.post("/order", json=ORDER | more)
    assert response.status_code == 201, response.text
    execution: dict[str, Any] = response.json()
    return execution


async def test_an_order_service_that_is_away_gets_no_stale_orders(venue: Venue) -> None:
    """While nobody matches, new orders are refused before the log, and cancels still enter."""
    async with client_of(venue, venue[GATEWAY]) as http:
        resting = (await order(http))["order"]["order_id"]
        venue[ORDER_SERVICE].pause()
        under_way = asyncio.create_task(http.post("/order", json=ORDER | {"client_order_id": "u"}))
        await until(venue[GATEWAY].is_closed, "a gateway that refuses orders")
        assert not under_way.done(), "it closed before anybody was told that his order is unknown"
        name = {"client_order_id": "u", "account": "demo"}
        assert (await http.get("/order", params=name)).json()["order"]["status"] == "pending"
        refused = await http.post("/order", json=ORDER | {"client_order_id": "late"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["error"]["code"] == "not_accepting"
        replace = await http.patch(f"/order/{resting}", json={"quantity": "2"})
        assert replace.status_code == 503
        cancel = asyncio.create_task(http.delete(f"/order/{resting}"))
        await asyncio.wait([cancel], timeout=0.2)
        assert not cancel.done()
        venue[ORDER_SERVICE].resume()
        assert (await under_way).status_code == 201
        assert (await cancel).json()["order"]["status"] == "canceled"
        await venue.ready(GATEWAY)
        await order(http, client_order_id="late")


async def test_an_order_without_an_answer_is_unknown_and_can_be_asked_for(venue: Venue) -> None:
    """Who gets no answer in time is told so, and a repeat tells what became of it."""
    impatient = await venue.another(GATEWAY, OUTCRY_ANSWER_TIMEOUT="0.5")
    await until(impatient.ready, "a second gateway")
    async with client_of(venue, impatient) as http:
        await venue[ORDER_SERVICE].kill()
        answer = await http.post("/order", json=ORDER)
        assert (answer.status_code, answer.json()["status"]) == (202, "unknown")
        await venue.mend()
        await until(impatient.ready, "a gateway that takes orders again")
        name = answer.json()["client_order_id"]
        repeat = await http.post("/order", json=ORDER | {"client_order_id": name})
        assert (repeat.status_code, repeat.json()["result"]) == (200, "duplicate")
        found = (await http.get("/order", params={"client_order_id": name})).json()
        assert found["order"] | repeat.json()["order"] == found["order"]


async def test_nats_may_go_and_come(venue: Venue) -> None:
    """Without NATS orders are refused; with it again, everything goes on where it was."""
    async with client_of(venue, venue[GATEWAY]) as http:
        first = await order(http)
        for end in (venue.stop_nats, venue.kill_nats):
            await end()
            await until(venue[GATEWAY].is_closed, "a gateway that misses NATS")
            refused = await http.post("/order", json=ORDER)
            assert refused.status_code == 503
            assert "NATS" in refused.json()["error"]["message"]
            await venue.start_nats()
            await venue.ready()
            assert (await order(http))["log"] == first["log"]
        assert all(service.runs for service in venue.services.values())


async def test_nats_may_stand_still(venue: Venue) -> None:
    """A NATS that stopped without a word gets no stale orders either."""
    async with client_of(venue, venue[GATEWAY]) as http:
        venue.pause_nats()
        under_way = asyncio.create_task(http.post("/order", json=ORDER | {"client_order_id": "s"}))
        await until(venue[GATEWAY].is_closed, "a gateway that misses NATS")
        assert not under_way.done(), "it closed before anybody was told that his order is unknown"
        assert (await http.post("/order", json=ORDER)).status_code == 503
        venue.resume_nats()
        assert (await under_way).status_code == 201
        await venue.ready()
        await order(http)


async def test_reads_come_back_with_the_broker(venue: Venue) -> None:
    """Without a broker reads are refused and orders go on; it books later what it missed."""
    async with client_of(venue, venue[GATEWAY]) as http:
        await venue[BROKER].kill()
        order_id = (await order(http))["order"]["order_id"]
        refused = await http.get(f"/order/{order_id}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "broker_away")
        await venue[BROKER].start()
        await venue.ready()
        assert (await http.get(f"/order/{order_id}")).json()["order"]["status"] == "new"


@pytest.mark.parametrize("seed", ["a", "b"])
async def test_services_start_in_any_order(tmp_path: Path, seed: str) -> None:
    """Each waits for NATS, and for the log, and says so."""
    async with running_venue(tmp_path, started=False) as venue:
        *waiting, last = [venue[name] for name in random.Random(seed).sample(SERVICES, 4)]
        for service in waiting:
            await service.start()

        async def all_wait() -> bool:
            return all("waiting for NATS" in service.last_words() for service in waiting)

        await until(all_wait, "services that wait for NATS")
        await venue.start_nats()
        await last.start()
        await venue.ready()
        await venue.furnish()
        async with client_of(venue, venue[GATEWAY]) as http:
            await order(http)
