"""A venue that gives the same answers to the same session, everywhere and every time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from chaos.service import Service, until
from chaos.venue import GATEWAY, ORDER_SERVICE, Kind, Venue, running_venue
from outcry.cli.data_folder import find_addresses, read_key
from outcry.cli.demo_keys import FILES

BEGIN_NS = 1_577_836_800_000_000_000
MINUTE_NS = 60_000_000_000
DIGEST = "6b9aa00ae250fbb6f5a50d19919427fc"
"""What this session gives on any machine. It changes with the rules of the engine, and only so."""

DEMO_DIGEST = "12fa4539be3728a442e096d8f68f3222"
"""The same for a session on the demo market; it changes with that market too."""

Disturb = Callable[[], Awaitable[None]]


async def session(venue: Venue, disturb: Disturb | None = None) -> str:
    """A bot's author tries a bot: some trading, a minute passes, some more. Gives the digest."""
    executions: list[dict[str, Any]] = []
    async with venue.client() as http:

        async def send(command: object) -> None:
            answer = (await http.post("/order", json=command)).json()
            executions.extend(answer if isinstance(answer, list) else [answer])

        for step in range(5):
            price = f"{100 + step}.50"
            await send({"symbol": "AAPL", "side": "sell", "quantity": "10", "price": price})
        await send({"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "25"})
        assert [one["ts"] for one in executions] == [str(BEGIN_NS)] * 6
        if disturb is not None:
            await disturb()
        await venue.operate("clock.advance", by=str(MINUTE_NS))
        name = {"account": "bot", "client_order_id": "b1"}
        bid = {"symbol": "AAPL", "side": "buy", "quantity": "3", "price": "99"} | name
        await send([bid, bid, {"op": "replace", **name, "price": "99.5"}, {"op": "cancel", **name}])
        await send({"symbol": "NONE", "side": "buy", "quantity": "1", "price": "1"})
    assert [one["ts"] for one in executions[6:]] == [str(BEGIN_NS + MINUTE_NS)] * 5
    digest: str = executions[-1]["digest"]
    return digest


@asynccontextmanager
async def lockstep_venue(folder: Path, first: str, second: str) -> AsyncIterator[Venue]:
    """A fresh venue of order service and gateway, started in this order."""
    async with running_venue(folder, Kind(lockstep=True), started=False) as venue:
        await venue.start_nats()
        await venue[first].start()
        if first == ORDER_SERVICE:
            await venue.ready(ORDER_SERVICE)
        await venue[second].start()
        await venue.ready()
        await venue.furnish()
        await venue.customers.open("bot")
        yield venue


async def test_the_same_session_gives_the_same_digest(tmp_path: Path) -> None:
    """Fresh venues, whichever service was there first, give one history, known beforehand."""
    async with lockstep_venue(tmp_path / "one", ORDER_SERVICE, GATEWAY) as venue:
        assert await session(venue) == DIGEST
        assert (await venue[ORDER_SERVICE].state())["digest"] == DIGEST
    async with lockstep_venue(tmp_path / "other", GATEWAY, ORDER_SERVICE) as venue:
        assert await session(venue) == DIGEST


async def test_what_happens_to_processes_does_not_show(tmp_path: Path) -> None:
    """The order service and NATS are killed in the middle of a session: the same digest."""
    async with lockstep_venue(tmp_path, ORDER_SERVICE, GATEWAY) as venue:

        async def disturb() -> None:
            await venue.restart(ORDER_SERVICE)
            await venue.kill_nats()
            await venue.start_nats()
            await venue.ready()

        assert await session(venue, disturb) == DIGEST


async def test_a_bot_is_tried_on_the_demo_market(tmp_path: Path) -> None:
    """`outcry up --lockstep`, some orders, one digest: all that a bot's author needs for a test.

    An administrator is told it in answers; anybody is by /readyz.
    """
    settings = {"LOCKSTEP": "true", "DURABILITY": "process", "DATA_DIR": str(tmp_path / "data")}
    settings |= {f"{name}_PORT": "0" for name in ("HTTP", "WS", "NATS", "NATS_MONITOR", "OPS")}
    environment = {f"OUTCRY_{name}": value for name, value in settings.items()}
    up = Service("up", environment, "", tmp_path / "up.log")
    await up.start()
    try:

        async def is_up() -> bool:
            assert up.runs, up.last_words()
            return find_addresses(tmp_path / "data") is not None

        await until(is_up, "an exchange that says where it is")
        addresses = find_addresses(tmp_path / "data")
        assert addresses is not None
        key = {"Authorization": f"Bearer {read_key(tmp_path / 'data' / FILES.admin)}"}
        address = addresses.http_url
        async with httpx.AsyncClient(base_url=address, headers=key, trust_env=False) as http:
            bought = {"symbol": "AAPL", "side": "buy", "type": "market", "quantity": "150"}
            assert (await http.post("/order", json=bought)).json()["order"]["status"] == "filled"
            bid = {"symbol": "AAPL", "side": "sell", "quantity": "50", "price": "189.40"}
            last = (await http.post("/order", json=bid | {"client_order_id": "stop"})).json()
            assert (await http.get("/readyz")).json()["digest"] == last["digest"]
        assert last["digest"] == DEMO_DIGEST
        assert await up.stop() == 0, up.last_words()
    finally:
        await up.kill()
