"""Real clients on real sockets: they get every execution, or a reason why not."""

import asyncio
import os
import resource
import socket

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from outcry.stream.hub import Hub
from outcry.stream.ring import Ring
from outcry.stream.server import Limits, StreamServer
from tests.stream.executions import LOG
from tests.stream.serving import PATIENCE_S, Venue, a_venue, closing_of, seqs
from tests.waiting import until


async def test_it_says_when_clients_are_let_in() -> None:
    """One line, when the newest executions of the log have been taken."""
    server = StreamServer(Hub(Ring(1000, 1 << 24)), Limits())
    venue = Venue(server, 0)
    with capture_logs() as lines:
        server.open_at(2)
        await venue.executions()
        assert not lines
        await venue.executions()
        await venue.executions()
    assert [(line["event"], line["position"], line["log"]) for line in lines] == [("ready", 2, LOG)]


async def test_every_client_sees_every_execution(venues: list[Venue]) -> None:
    """Every execution reaches every client as one text frame, in order."""
    venue = await a_venue(venues)
    async with venue.client() as one, venue.client() as two:
        await venue.executions(3)
        await venue.executions(2)
        assert await seqs(one, 5) == [1, 2, 3, 4, 5]
        assert await seqs(two, 5) == [1, 2, 3, 4, 5]
        assert len(venue.server.connections) == 2


@pytest.mark.parametrize("size", [100, 126, 70_000, 3_000_000])
async def test_executions_of_any_size(venues: list[Venue], size: int) -> None:
    """Small and large executions arrive whole, whatever length their frames need."""
    venue = await a_venue(venues)
    url = f"ws://127.0.0.1:{venue.port}/ws"
    async with connect(url, max_size=None, proxy=None) as client:
        await venue.executions(2, size=size)
        assert await seqs(client, 2) == [1, 2]


async def test_client_resumes_where_it_was(venues: list[Venue]) -> None:
    """A client that comes back with the last seq it saw misses nothing and sees nothing twice."""
    venue = await a_venue(venues)
    async with venue.client() as client:
        await venue.executions(4)
        assert await seqs(client, 2) == [1, 2]
    await venue.executions(3)
    async with venue.client(f"?after=2&log={LOG}") as client:
        await venue.executions(1)
        assert await seqs(client, 6) == [3, 4, 5, 6, 7, 8]


async def test_client_catches_up_with_much_more_than_its_socket_holds(
    venues: list[Venue],
) -> None:
    """A long backlog arrives as fast as the client reads, while new executions come."""
    venue = await a_venue(venues)
    await venue.executions(200, size=60_000)
    async with venue.client("?after=0") as client:
        await venue.executions(1)
        assert await seqs(client, 201) == list(range(1, 202))
    assert venue.server.hub.position == 201


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("?after=2", 4410, "oldest execution held is 6"),
        ("?after=9", 4416, "newest execution is 8"),
        ("?after=8&log=fffffffffffff", 4409, LOG),
    ],
)
async def test_resume_that_cannot_be_served(
    venues: list[Venue], query: str, code: int, said: str
) -> None:
    """A place that is not in the ring is refused, and the client is told to take a snapshot."""
    venue = await a_venue(venues, Ring(3, 1 << 20))
    await venue.executions(8)
    async with venue.client(query) as client:
        found, reason = await closing_of(client)
    assert found == code
    assert said in reason
    assert "snapshot" in reason


async def test_slow_client_is_closed_and_harms_no_one(venues: list[Venue]) -> None:
    """A client that does not read is closed with 1013 once the ring has passed it; others go on."""
    venue = await a_venue(venues, Ring(1000, 1 << 21))
    url = f"ws://127.0.0.1:{venue.port}/ws"
    async with venue.client() as fast, connect(url, max_queue=1, proxy=None) as slow:
        sent = 0
        while not venue.server.hub.behind:  # the sockets of the slow client take their fill first
            await venue.executions(10, size=20_000)
            sent += 10
            assert (await seqs(fast, 10))[-1] == sent
        for _ in range(6):
            await venue.executions(10, size=20_000)
            assert len(await seqs(fast, 10)) == 10
        assert not venue.server.hub.behind
        code, reason = await closing_of(slow)
    assert code == 1013
    assert "too slow" in reason


async def test_one_client_too_many(venues: list[Venue]) -> None:
    """Over the bound a client gets 503 with a JSON error; a place that is freed can be taken."""
    venue = await a_venue(venues, limits=Limits(clients_max=1))
    async with venue.client():
        with pytest.raises(InvalidStatus) as refused:
            await venue.client()
        assert refused.value.response.status_code == 503
        assert msgspec.json.decode(refused.value.response.body)["error"]["code"] == (
            "too_many_clients"
        )
    await until(lambda: not venue.server.connections)
    async with venue.client():
        pass


async def test_not_ready_is_said(venues: list[Venue]) -> None:
    """Until the newest executions are in the ring, clients are asked to try again."""
    venue = await a_venue(venues)
    venue.server.open_at(2)
    await venue.executions()
    with pytest.raises(InvalidStatus) as refused:
        await venue.client()
    assert refused.value.response.status_code == 503
    assert refused.value.response.headers["Retry-After"] == "1"
    await venue.executions()
    async with venue.client("?after=0") as client:
        assert await seqs(client, 2) == [1, 2]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/", 404, "not_found"), ("/ws", 426, "upgrade_required"), ("/ws?after=x", 426, "")],
)
async def test_plain_http(venues: list[Venue], path: str, status: int, code: str) -> None:
    """Plain HTTP is answered in JSON with what there is."""
    venue = await a_venue(venues)
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{venue.port}{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert code in answer.json()["error"]["code"]


async def test_text_is_ignored_and_pings_are_answered(venues: list[Venue]) -> None:
    """A client may send text and pings; executions go on."""
    venue = await a_venue(venues)
    async with venue.client() as client:
        await client.send("hello")
        await asyncio.wait_for(await client.ping(), PATIENCE_S)
        await venue.executions()
        assert await seqs(client, 1) == [1]


@pytest.mark.parametrize(("said", "code"), [(b"x", 1003), ("x" * 5000, 1009)])
async def test_what_a_client_may_not_send(
    venues: list[Venue], said: str | bytes, code: int
) -> None:
    """Binary and oversized messages close the client."""
    venue = await a_venue(venues)
    async with venue.client() as client:
        await client.send(said)
        assert (await closing_of(client))[0] == code
    await until(lambda: not venue.server.connections)
    assert venue.server.closed == {"binary" if code == 1003 else "too_big": 1}


async def test_stopping_says_goodbye(venues: list[Venue]) -> None:
    """A service that stops hands out what it has and closes its clients with 1001."""
    venue = await a_venue(venues)
    async with venue.client() as client:
        await venue.executions(2)
        await venue.server.stop(drain_s=PATIENCE_S)
        assert await seqs(client, 2) == [1, 2]
        assert (await closing_of(client))[0] == 1001
    assert venue.server.closed == {"shutdown": 1}


def handshake(connection_header: str = "Upgrade") -> bytes:
    """The opening handshake of a client of our own making."""
    return (
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        f"Connection: {connection_header}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


async def a_raw_client(venue: Venue, opening: bytes) -> socket.socket:
    """A client with a small receive buffer that does only what the test says."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", venue.port))
    await loop.sock_sendall(raw, opening)
    return raw


async def test_browser_that_keeps_alive(venues: list[Venue]) -> None:
    """A handshake with `Connection: keep-alive, Upgrade`, as Firefox sends it, is accepted."""
    venue = await a_venue(venues)
    with await a_raw_client(venue, handshake("keep-alive, Upgrade")) as raw:
        answer = await asyncio.get_running_loop().sock_recv(raw, 4096)
    assert answer.startswith(b"HTTP/1.1 101 ")


async def test_dead_peer_is_found(venues: list[Venue]) -> None:
    """A peer that answers no ping is closed, so that its place is free again."""
    venue = await a_venue(venues, limits=Limits(ping_idle_s=0.05, ping_reply_s=0.05))
    with await a_raw_client(venue, handshake()):
        await until(lambda: venue.server.closed["unresponsive"] == 1)
    assert not venue.server.connections


async def test_peer_that_does_not_confirm_its_closing(venues: list[Venue]) -> None:
    """A client that is closed and stays silent is cut off."""
    venue = await a_venue(venues, limits=Limits(close_s=0.05))
    binary = bytes((0x82, 0x81, 0, 0, 0, 0, 1))
    with await a_raw_client(venue, handshake() + binary):
        await until(lambda: venue.server.closed["binary"] == 1)


async def test_pings_of_a_client_that_does_not_read(venues: list[Venue]) -> None:
    """Pongs do not pile up for a client that sends pings and reads nothing."""
    venue = await a_venue(venues)
    ping = bytes((0x89, 0x80 | 100)) + bytes(4) + bytes(100)
    with await a_raw_client(venue, handshake()) as raw:
        await until(lambda: len(venue.server.connections) == 1)
        (connection,) = venue.server.connections
        for _ in range(60):
            await asyncio.get_running_loop().sock_sendall(raw, ping * 1000)
        held = connection._transport.underlying_transport.get_write_buffer_size()
    assert held <= 102


async def test_out_of_descriptors(
    venues: list[Venue], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without descriptors the service says so once, rests, and then lets clients in again."""
    monkeypatch.setattr("aiofastnet.constants.ACCEPT_RETRY_DELAY", 0.1)
    monkeypatch.setattr("outcry.stream.listener.REST_S", 0.05)
    venue = await a_venue(venues)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as raw:
        next_free = os.dup(0)
        os.close(next_free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (next_free, hard))
        try:
            raw.setblocking(False)
            await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", venue.port))
            await until(lambda: "out of system resource" in caplog.text)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        async with venue.client():
            pass
    assert len(caplog.records) < 5
