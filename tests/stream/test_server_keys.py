"""Real clients with keys on real sockets: what they see, and when they are let in no more."""

import asyncio
import json
import ssl
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from outcry.runtime.settings import TlsSettings
from outcry.runtime.tls import tls_context
from outcry.stream.ring import Ring
from outcry.wire.keys import PROTOCOL, new_key
from tests.certificate import CERT, KEY, client_tls
from tests.stream.executions import answer, execution
from tests.stream.serving import PATIENCE_S, Venue, a_venue, closing_of, seqs
from tests.waiting import until


async def order(venue: Venue, account: str, *makers: str) -> None:
    """The next execution is of an order of this account."""
    seq = venue.server.hub.position + 1
    await venue.entry(answer(execution(seq, account, *makers, digest="0")))


async def seen(client: ClientConnection) -> dict[str, Any]:
    """The next execution that a client gets."""
    told: dict[str, Any] = json.loads(await asyncio.wait_for(client.recv(), PATIENCE_S))
    return told


async def test_a_key_shows_what_is_its_own(venues: list[Venue]) -> None:
    """Who has none sees nobody's account, an administrator everything as it is."""
    venue = await a_venue(venues)
    trader, reader = await venue.key("trade", "alice"), await venue.key("read", "bob", "carol")
    admin = await venue.key("admin")
    async with (
        venue.client() as nobody,
        venue.client(key=trader) as alice,
        venue.client(key=reader) as bob,
        venue.client(key=admin) as operator,
    ):
        await order(venue, "alice", "bob")
        anybody, alices, bobs, whole = [
            await seen(client) for client in (nobody, alice, bob, operator)
        ]
    assert "account" not in anybody["order"]
    assert (alices["order"]["account"], "account" in alices["changed"][0]) == ("alice", False)
    assert ("account" in bobs["order"], bobs["changed"][0]["account"]) == (False, "bob")
    assert (whole["order"]["account"], whole["digest"]) == ("alice", "0")


async def test_a_client_with_a_key_resumes(venues: list[Venue]) -> None:
    """It sees after its return what it would have seen."""
    venue = await a_venue(venues)
    key = await venue.key("trade", "alice")
    await order(venue, "alice")
    await order(venue, "bob")
    async with venue.client("?after=1", key) as client:
        assert (await seen(client))["order"]["account"] == "alice"
        assert "account" not in (await seen(client))["order"]
        await order(venue, "alice")
        assert (await seen(client))["order"]["account"] == "alice"


async def test_a_browser_sends_its_key_as_a_subprotocol(venues: list[Venue]) -> None:
    """A page can set no header on a WebSocket; the server chooses the other subprotocol."""
    venue = await a_venue(venues)
    key = await venue.key("trade", "alice")
    async with venue.client(subprotocols=[PROTOCOL, key]) as client:
        assert client.subprotocol == PROTOCOL
        await order(venue, "alice")
        assert (await seen(client))["order"]["account"] == "alice"


@pytest.mark.parametrize("key", ["wrong", "ook_", "something else", "unknown"])
async def test_what_is_no_key_is_refused(venues: list[Venue], key: str) -> None:
    """Whoever says that he has a key is not taken for somebody without one."""
    venue = await a_venue(venues)
    if key == "wrong":
        key = await venue.key("trade", "alice")
        key = key[:-1] + ("0" if key[-1] != "0" else "1")
    elif key == "unknown":
        key = new_key()
    with pytest.raises(InvalidStatus) as refused:
        await venue.client(key=key)
    response = refused.value.response
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert json.loads(response.body)["error"]["code"] == "unauthorized"


async def test_who_shows_two_keys_is_refused(venues: list[Venue]) -> None:
    """Though both are good: which of them counts would be a guess."""
    venue = await a_venue(venues)
    keys = [await venue.key("trade", "alice"), await venue.key("admin")]
    both = [("Authorization", f"Bearer {key}") for key in keys]
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://localhost:{venue.port}/ws", additional_headers=both, proxy=None)
    assert refused.value.response.status_code == 400
    error = json.loads(refused.value.response.body)["error"]
    assert error["message"].startswith("There is more than one Authorization header")


async def test_a_revoked_key_sees_nothing_more(venues: list[Venue]) -> None:
    """Its connections are closed at once, and it opens none; those of others go on."""
    venue = await a_venue(venues)
    key, other = await venue.key("trade", "alice"), await venue.key("trade", "alice")
    async with venue.client(key=key) as client, venue.client(key=other) as stays:
        await order(venue, "alice")
        assert (await seen(client))["seq"] == 3
        await venue.revoke(key)
        await order(venue, "alice")
        code, reason = await closing_of(client)
        assert (code, "revoked" in reason) == (4401, True)
        assert await seqs(stays, 3) == [3, 4, 5]
    with pytest.raises(InvalidStatus) as refused:
        await venue.client(key=key)
    assert refused.value.response.status_code == 401
    assert venue.server.closed["revoked"] == 1


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = tls_context(TlsSettings(tls_cert=CERT, tls_key=KEY))
    assert context is not None
    return context


async def test_the_stream_speaks_tls(venues: list[Venue], tls: ssl.SSLContext) -> None:
    """With a certificate everything is as without, for who trusts it."""
    venue = await a_venue(venues, tls=tls)
    async with venue.client(ssl=client_tls()) as client:
        await venue.executions(3, size=70_000)
        assert await seqs(client, 3) == [1, 2, 3]
    with pytest.raises(ssl.SSLCertVerificationError):
        await venue.client(ssl=ssl.create_default_context())


async def test_a_slow_client_harms_no_one_over_tls(
    venues: list[Venue], tls: ssl.SSLContext
) -> None:
    """What it has not read is not kept for it either."""
    venue = await a_venue(venues, Ring(1000, 1 << 21), tls=tls)
    async with (
        venue.client(ssl=client_tls()) as fast,
        venue.client(ssl=client_tls(), max_queue=1) as slow,
    ):
        lagged = False
        while venue.server.hub.behind or not lagged:  # until the ring has passed the slow one
            await venue.executions(10, size=20_000)
            assert len(await seqs(fast, 10)) == 10
            lagged = lagged or venue.server.hub.behind > 0
            held = [
                one._transport.underlying_transport.get_write_buffer_size()
                for one in venue.server.connections
            ]
            assert max(held) < 1 << 21
        assert (await closing_of(slow))[0] == 1013
    await until(lambda: not venue.server.connections)
