"""Keys in a running venue: who has one is served, at every gateway, and until it is revoked."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chaos.audit import read_history
from chaos.customers import id_of, key_of
from chaos.service import PATIENCE_S, until
from chaos.venue import GATEWAY, Venue
from outcry.wire.keys import parse_key
from outcry.wire.subjects import ORDER_CREATED

pytestmark = pytest.mark.asyncio(loop_scope="module")

REVOKED = 4401
ORDER = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}


@pytest_asyncio.fixture(loop_scope="module")
async def gateways(venue: Venue) -> AsyncIterator[list[str]]:
    """Two of them."""
    other = await venue.another(GATEWAY)
    await until(other.ready, "a second gateway")
    yield [venue.url, other.url]


async def status(venue: Venue, who: str, url: str) -> int:
    async with venue.client(who, url) as http:
        return (await http.get("/orders")).status_code


async def closing_code(connection: ClientConnection) -> int:
    """The code with which it is closed, whatever comes before."""
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionClosed):
            async for _ in connection:
                pass
    return connection.close_code or 0


async def test_a_revoked_key_is_served_nowhere(venue: Venue, gateways: list[str]) -> None:
    """Every gateway refuses it, its connections are closed, and the engine refuses it at once."""
    await venue.customers.open("leaked")
    headers = venue.customers.headers("leaked")
    for url in gateways:

        async def is_known(url: str = url) -> bool:
            return await status(venue, "leaked", url) == 200

        await until(is_known, "a gateway that knows the key")
    session = f"{venue.url.replace('http', 'ws')}/ws"
    async with (
        connect(session, additional_headers=headers, proxy=None) as orders,
        connect(venue.ws_url, additional_headers=headers, proxy=None) as stream,
    ):
        await orders.send(json.dumps({"id": 1, "order": ORDER}))
        assert json.loads(await orders.recv())["execution"]["result"] == "accepted"
        revoked = await venue.operate("key.revoke", key_id=id_of("leaked"))
        assert revoked.result == "accepted"
        late = ORDER | {"account": "leaked", "key": id_of("leaked")}
        await (await venue.connect("operator")).request(ORDER_CREATED, json.dumps(late).encode())
        assert await closing_code(orders) == REVOKED
        assert await closing_code(stream) == REVOKED
    for url in gateways:

        async def is_refused(url: str = url) -> bool:
            return await status(venue, "leaked", url) == 401

        await until(is_refused, "a gateway that refuses the key")
    with pytest.raises(InvalidStatus, match="401"):
        await connect(venue.ws_url, additional_headers=headers, proxy=None)
    told = (await read_history(venue)).read()
    by_key = [one.get("reason", one["result"]) for one in told if one.get("key") == id_of("leaked")]
    assert by_key == ["accepted", "key_revoked"]


async def test_no_secret_is_in_the_log(venue: Venue) -> None:
    """Whoever reads all of it can act for nobody: it holds ids and hashes."""
    await venue.customers.open("ann", "bob")
    history = await read_history(venue)
    log = b"".join(entry.body for entry in (*history.entries, *history.answers))
    assert id_of("ann").encode() in log
    for who in ("admin", "demo", "ann", "bob"):
        key = parse_key(key_of(who))
        assert key is not None and key.secret.encode() not in log


async def test_who_has_no_key_learns_nothing_from_a_refusal(venue: Venue) -> None:
    """No key, a wrong secret, an id that nobody has, something else: the same answer."""
    right = key_of("demo")
    wrong = (None, right[:-1] + "0", right.replace(right[4:20], "0" * 16), "ook_", "x" * 300)
    answers = []
    async with httpx.AsyncClient(base_url=venue.url, trust_env=False) as http:
        for key in wrong:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            answer = await http.post("/order", json=ORDER, headers=headers)
            answers.append((answer.status_code, answer.content, answer.headers["www-authenticate"]))
    assert len(set(answers)) == 1
    assert answers[0][0] == 401
