"""Order entry over WebSocket: a real uvicorn server, and the `websockets` client or raw bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from outcry.gateway.asgi import Unacceptable, malformed
from outcry.gateway.http_protocol import order_entry_protocol
from outcry.gateway.room import SHARE_MIN
from outcry.gateway.senders import NEEDS_KEY, TWO_KEYS
from outcry.gateway.ws_protocol import (
    PIECE,
    Close,
    SendText,
    SessionBounds,
    SessionFactory,
    order_session_protocol,
)
from tests.gateway.conftest import WAIT_S, Client, Desk, Serve, Served, anybody
from tests.waiting import until


class EchoSession:
    """Answers each message with `times` times its text; `close` closes, `fail` fails."""

    def __init__(self, send_text: SendText, close: Close, times: int = 1) -> None:
        self.send_text = send_text
        self.close = close
        self.times = times
        self.heard: list[bytes] = []
        self.closed = 0

    def on_text(self, data: bytes) -> None:
        self.heard.append(data)
        if data == b"close":
            self.close(4000, "you asked")
        elif data == b"fail":
            raise ValueError(data)
        else:
            self.send_text(data * self.times)

    def on_shutdown(self) -> None:
        self.close(1001, "going down")

    def on_closed(self) -> None:
        self.closed += 1


class Sessions(list[EchoSession]):
    """Opens sessions and remembers them."""

    def __init__(self, times: int = 1) -> None:
        self.times = times
        self.keys: list[str] = []
        """What the clients that were let in, or not, said of themselves."""

    def admit(self, query: str, key: str) -> SessionFactory:
        self.keys.append(key)
        if query not in ("", "x=1"):
            raise malformed("there is no such session")
        return self

    def __call__(self, send_text: SendText, close: Close) -> EchoSession:
        self.append(EchoSession(send_text, close, self.times))
        return self[-1]


async def app(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body"})


async def session_server(
    serve: Serve, sessions: Sessions, bounds: SessionBounds | None = None, **settings: Any
) -> Served:
    http = order_entry_protocol(anybody, Desk(), 1000)
    ws = settings.pop("ws", None) or order_session_protocol(sessions.admit, "/ws", bounds)
    return await serve(app, http=http, ws=ws, **settings)


@asynccontextmanager
async def connected(served: Served, target: str = "/ws") -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{served.port}{target}", proxy=None) as client:
        yield client


async def closed_with(client: ClientConnection) -> tuple[int, str]:
    await asyncio.wait_for(client.wait_closed(), WAIT_S)
    assert client.close_code is not None and client.close_reason is not None
    return client.close_code, client.close_reason


class RawClient:
    """A client that reads when it is told to."""

    def __init__(self, client: Client, served: Served) -> None:
        self.client = client
        self.frames = ClientProtocol(parse_uri(f"ws://127.0.0.1:{served.port}/ws"))

    async def open(self, piece: int = 1000) -> None:
        """Send the upgrade request in pieces of that many bytes."""
        self.frames.send_request(self.frames.connect())
        request = b"".join(self.frames.data_to_send())
        for start in range(0, len(request), piece):
            await self.client.send(request[start : start + piece])
        self.frames.receive_data(
            await asyncio.wait_for(self.client.reader.readuntil(b"\r\n\r\n"), WAIT_S)
        )
        self.frames.events_received()

    def text(self, data: bytes) -> bytes:
        self.frames.send_text(data)
        return b"".join(self.frames.data_to_send())

    async def rest(self, answers: bool = True) -> list[Frame]:
        """All frames until the server closes. Answers pings and the close frame, or nothing."""
        while data := await asyncio.wait_for(self.client.reader.read(2**16), WAIT_S):
            self.frames.receive_data(data)
            if answers:
                await self.client.send(b"".join(self.frames.data_to_send()))
        return [event for event in self.frames.events_received() if isinstance(event, Frame)]

    def stop_reading(self) -> None:
        self.client.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def read_on(self) -> None:
        self.client.writer.transport.resume_reading()  # type: ignore[attr-defined]


async def raw(served: Served, **options: int) -> RawClient:
    client = RawClient(await served.client(**options), served)
    await client.open()
    return client


async def test_messages_go_to_the_session_and_back(serve: Serve) -> None:
    """One session a client; text in, text out, also empty and in other scripts."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    async with connected(served) as one, connected(served, "/ws?x=1") as two:
        for text in ("1", "", "Größe ✓", "x" * 100_000):
            await one.send(text)
            assert await one.recv() == text
        await two.send("2")
        assert await two.recv() == "2"
    assert [len(session.heard) for session in sessions] == [4, 1]
    await until(lambda: [session.closed for session in sessions] == [1, 1])


async def test_frames_of_one_turn_are_one_write(serve: Serve) -> None:
    """A hundred answers given in one turn of the loop leave in one write."""
    sessions = Sessions()
    writes: list[bytes] = []

    class Spy:
        def __init__(self, transport: asyncio.Transport) -> None:
            self.transport = transport

        def write(self, data: bytes) -> None:
            writes.append(data)
            self.transport.write(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.transport, name)

    class Spied(order_session_protocol(sessions.admit)):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(Spy(transport))

    async with connected(await session_server(serve, sessions, ws=Spied)) as client:
        await client.send("1")
        await client.recv()
        writes.clear()
        for number in range(100):
            sessions[0].send_text(b"%d" % number)
        assert [await client.recv() for _ in range(100)] == [str(n) for n in range(100)]
        assert len(writes) == 1


@pytest.mark.parametrize("path", ["/", "/ws/", "/order", "/wss"])
async def test_there_is_one_path(serve: Serve, path: str) -> None:
    """A WebSocket at any other path is refused with 404 and a word on where it is."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    with pytest.raises(InvalidStatus) as refused:
        async with connected(served, path):
            pass
    assert refused.value.response.status_code == 404
    assert b"/ws" in (refused.value.response.body or b"")
    assert not sessions


async def test_what_there_is_not_is_refused(serve: Serve) -> None:
    """An address that asks for something unknown is refused with 400 and a sentence."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    with pytest.raises(InvalidStatus) as refused:
        async with connected(served, "/ws?x=2"):
            pass
    assert refused.value.response.status_code == 400
    assert b"no such session" in (refused.value.response.body or b"")
    assert not sessions


async def test_too_many_clients_are_refused(serve: Serve) -> None:
    """Over uvicorn's concurrency limit a client gets 503."""
    served = await session_server(serve, Sessions(), limit_concurrency=1)
    async with connected(served) as client:
        with pytest.raises(InvalidStatus) as refused:
            async with connected(served):
                pass
        assert refused.value.response.status_code == 503
        await client.send("1")
        assert await client.recv() == "1"


async def test_a_bad_handshake_is_refused(serve: Serve) -> None:
    """An upgrade without a key is answered 400, another method 405."""
    served = await session_server(serve, Sessions())
    upgrade = b" /ws HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    for method, status in ((b"GET", 400), (b"POST", 405)):
        client = await served.client()
        await client.send(method + upgrade)
        assert (await client.reply()).status == status
        assert await client.rest() == b""


async def test_the_port_is_shared_with_http(serve: Serve) -> None:
    """A connection may make HTTP requests first, and may send its upgrade a byte at a time."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    client = RawClient(await served.client(), served)
    await client.client.send(b"GET / HTTP/1.1\r\n\r\n")
    assert (await client.client.reply()).status == 200
    await client.open(piece=1)
    await client.client.send(client.text(b"1"))
    await until(lambda: sessions[0].heard == [b"1"])


async def test_a_message_may_come_in_fragments(serve: Serve) -> None:
    """Fragments are joined, also when a ping comes between them and a character is cut."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    client = await raw(served)
    frames = client.frames
    frames.send_text("Größ".encode()[:3], fin=False)
    frames.send_ping(b"?")
    frames.send_continuation("Größ".encode()[3:], fin=False)
    frames.send_continuation(b"e", fin=True)
    await client.client.send(b"".join(frames.data_to_send()))
    await until(lambda: sessions and sessions[0].heard == ["Größe".encode()])


@pytest.mark.parametrize("message", ["x" * 1001, ["x" * 500, "x" * 501]], ids=["whole", "pieces"])
async def test_a_long_message_is_refused(serve: Serve, message: Any) -> None:
    """A message over the limit closes with 1009, whole or in fragments."""
    sessions = Sessions()
    served = await session_server(serve, sessions, SessionBounds(message_max=1000))
    async with connected(served) as client:
        await client.send("x" * 1000)
        assert len(await client.recv()) == 1000
        await client.send(message)
        assert (await closed_with(client))[0] == 1009
    assert len(sessions[0].heard) == 1


async def test_a_long_message_may_be_sent_to_its_end(serve: Serve) -> None:
    """The reason reaches a client that is still sending."""
    async with connected(await session_server(serve, Sessions())) as client:
        await client.send("x" * 5_000_000)
        assert (await closed_with(client))[0] == 1009


@pytest.mark.parametrize(
    ("message", "as_text", "code"),
    [(b"{}", False, 1003), ([b"{", b"}"], False, 1003), (b"\xff", True, 1007)],
    ids=["binary", "binary in fragments", "not UTF-8"],
)
async def test_only_text_is_taken(serve: Serve, message: Any, as_text: bool, code: int) -> None:
    """Binary messages close with 1003, bad UTF-8 with 1007."""
    sessions = Sessions()
    async with connected(await session_server(serve, sessions)) as client:
        await client.send("1")
        await client.send(message, text=as_text)
        assert await client.recv() == "1"
        assert (await closed_with(client))[0] == code
    await until(lambda: sessions[0].closed)
    assert sessions[0].heard == [b"1"]


async def test_bytes_that_are_no_frames_are_refused(serve: Serve) -> None:
    """A broken frame closes with 1002, and the messages before it count."""
    sessions = Sessions()
    client = await raw(await session_server(serve, sessions))
    await client.client.send(client.text(b"1") + b"\xff\xff\xff")
    (close,) = await client.rest()
    assert int.from_bytes(close.data[:2], "big") == 1002
    assert sessions[0].heard == [b"1"]


async def test_a_message_before_a_close_counts(serve: Serve) -> None:
    """What a client sends just before it closes is handed on."""
    sessions = Sessions()
    client = await raw(await session_server(serve, sessions))
    order = client.text(b"1")
    client.frames.send_close(1000)
    await client.client.send(order + b"".join(client.frames.data_to_send()))
    await until(lambda: sessions[0].closed)
    assert sessions[0].heard == [b"1"]


async def test_the_session_may_close(serve: Serve) -> None:
    """The client gets the session's code and reason; messages after it go nowhere."""
    sessions = Sessions()
    client = await raw(await session_server(serve, sessions))
    await client.client.send(client.text(b"close") + client.text(b"1"))
    client.frames.send_close(1000)
    await client.client.send(b"".join(client.frames.data_to_send()))
    (close,) = await client.rest()
    assert (int.from_bytes(close.data[:2], "big"), close.data[2:]) == (4000, b"you asked")
    sessions[0].send_text(b"late")
    assert sessions[0].heard == [b"close"]


async def test_a_session_that_fails_closes(serve: Serve) -> None:
    """The client gets 1011 and its connection ends; other clients keep theirs."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    async with connected(served) as other, connected(served) as client:
        await client.send("fail")
        assert (await closed_with(client))[0] == 1011
        await other.send("1")
        assert await other.recv() == "1"
    await until(lambda: [session.closed for session in sessions] == [1, 1])


async def test_a_client_may_vanish(serve: Serve) -> None:
    """The session is told once, and what it still sends does no harm."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    client = await raw(served)
    await until(lambda: sessions)
    await client.client.close()
    await until(lambda: sessions[0].closed)
    sessions[0].send_text(b"late")
    sessions[0].close(1000, "late")
    assert not served.connections
    assert sessions[0].closed == 1


SLOW = SessionBounds(waiting_max=200_000, close_timeout=0.1)


async def flood(client: RawClient) -> None:
    for _ in range(1000):
        client.client.writer.write(client.text(b"x" * 100))


async def test_a_client_that_takes_no_answers_is_told(serve: Serve) -> None:
    """With too much waiting for it, it is closed with 1013 after the answers before that."""
    sessions = Sessions(times=100)
    served = await session_server(serve, sessions, SLOW._replace(close_timeout=WAIT_S))
    client = await raw(served, SO_RCVBUF=4096)
    client.stop_reading()
    await flood(client)
    await until(lambda: served.connections[0].is_closing)
    client.read_on()
    *answers, close = await client.rest()
    assert int.from_bytes(close.data[:2], "big") == 1013
    assert len(answers) < 1000
    assert {len(frame.data) for frame in answers} == {10_000}


async def test_a_client_that_takes_no_close_is_dropped(serve: Serve) -> None:
    """It has the close timeout to read what waits for it."""
    sessions = Sessions(times=100)
    served = await session_server(serve, sessions, SLOW)
    client = await raw(served, SO_RCVBUF=4096)
    client.stop_reading()
    await flood(client)
    await until(lambda: sessions[0].closed)
    assert not served.connections


async def test_all_that_waits_is_bounded(serve: Serve) -> None:
    """Where all clients hold too much together, the one that asks for more is closed with 1013."""
    half = SHARE_MIN * 2
    served = await session_server(serve, Sessions(), SessionBounds(room=half * 2))
    patient = await raw(served)
    await patient.client.send(patient.text(b"x" * half)[:-1])
    greedy = await raw(served)
    await greedy.client.send(greedy.text(b"x" * half * 2)[:-1])
    (close,) = await greedy.rest()
    assert int.from_bytes(close.data[:2], "big") == 1013
    async with connected(served) as modest:
        await modest.send("1")
        assert await modest.recv() == "1"
    await until(lambda: len(served.connections) == 1)
    assert served.connections[0].entry.room.taken < half * 1.1


async def test_a_message_takes_no_longer_than_a_ping(serve: Serve) -> None:
    """A client that never ends its message is closed with 1008, pings or not."""
    client = await raw(await session_server(serve, Sessions(), SessionBounds(ping_interval=0.05)))
    client.frames.send_text(b"x" * 100, fin=False)
    await client.client.send(b"".join(client.frames.data_to_send()))
    close = (await client.rest())[-1]
    assert int.from_bytes(close.data[:2], "big") == 1008


async def test_many_frames_leave_others_their_turn(serve: Serve) -> None:
    """What one client has sent at once is read in pieces."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    client = await raw(served)
    await client.client.send(client.text(b"") * (PIECE // 2))
    await until(lambda: len(sessions[0].heard) == PIECE // 2)
    async with connected(served) as other:
        await other.send("1")
        assert await other.recv() == "1"


async def test_a_silent_client_is_closed(serve: Serve) -> None:
    """A client that answers no ping is closed with 1011."""
    client = await raw(await session_server(serve, Sessions(), SessionBounds(ping_interval=0.05)))
    ping, close = await client.rest(answers=False)
    assert ping.opcode.name == "PING"
    assert int.from_bytes(close.data[:2], "big") == 1011


async def test_a_quiet_client_stays(serve: Serve) -> None:
    """A client that answers pings stays, even if it never says anything."""
    served = await session_server(serve, Sessions(), SessionBounds(ping_interval=0.05))
    async with connected(served) as client:
        timers = set()
        for _ in range(4):
            timers.add(served.connections[0].timer)
            await until(lambda: served.connections[0].timer not in timers)
        await client.send("1")
        assert await client.recv() == "1"


async def test_shutdown_closes_the_sessions(serve: Serve) -> None:
    """A server that goes down tells its sessions, which close their clients."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    async with connected(served) as client:
        stopping = asyncio.create_task(served.stop())
        assert (await closed_with(client))[0] == 1001
        await stopping
    assert sessions[0].closed == 1


async def test_a_browser_sends_its_key_among_the_subprotocols(serve: Serve) -> None:
    """It is answered with ours, never with the key; others send a header, and no subprotocol."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    url = f"ws://127.0.0.1:{served.port}/ws"
    offered = [Subprotocol("outcry"), Subprotocol("ook_x")]
    async with connect(url, subprotocols=offered, proxy=None) as client:
        assert client.subprotocol == "outcry"
    header = {"Authorization": "Bearer ook_y"}
    async with connect(url, additional_headers=header, proxy=None) as client:
        assert client.subprotocol is None
    assert sessions.keys == ["ook_x", "ook_y"]


async def test_who_shows_two_keys_opens_no_session(serve: Serve) -> None:
    """HTTP 400 instead of a guess."""
    sessions = Sessions()
    served = await session_server(serve, sessions)
    both = [("Authorization", "Bearer ook_x"), ("authorization", "Bearer ook_y")]
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{served.port}/ws", additional_headers=both, proxy=None)
    response = refused.value.response
    assert (response.status_code, response.body) == (400, TWO_KEYS.body)
    assert not sessions.keys


async def test_who_is_not_let_in_is_told_why(serve: Serve) -> None:
    """By the answer that HTTP would give: its status, its JSON, its headers."""

    def nobody(query: str, key: str) -> SessionFactory:
        raise Unacceptable(NEEDS_KEY)

    ws = order_session_protocol(nobody)
    served = await session_server(serve, Sessions(), ws=ws)
    with pytest.raises(InvalidStatus) as refused:
        async with connected(served):
            pass
    response = refused.value.response
    assert (response.status_code, response.body) == (401, NEEDS_KEY.body)
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/json"
