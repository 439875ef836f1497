"""The bounds that hold for every request, over a real uvicorn server."""

import asyncio
import json
from typing import Any

import pytest

from outcry.gateway.answers import Answer
from outcry.gateway.http_bounds import OVERHEAD_LIMIT
from outcry.gateway.http_protocol import OrderHandler, order_entry_protocol
from outcry.gateway.senders import Sender
from tests.gateway.conftest import WAIT_S, Client, Desk, Respond, Serve, Served, anybody
from tests.waiting import until

SOON_S = 0.2
"""A request timeout that a test can wait out."""


class App:
    """Reads a request and says `done`; `/hasty`: unread; `/idle`: at `gone`; `/deaf`: too late."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.begun.set()
        if scope["path"] == "/idle":
            await self.gone.wait()
        if scope["path"] == "/deaf":
            await receive()
            assert (await receive())["type"] == "http.disconnect"
            self.gone.set()
        more = scope["path"] not in ("/hasty", "/deaf")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
            more = message.get("more_body", False)
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"done"})


ORDER = b"POST /order HTTP/1.1\r\ncontent-length: 1\r\n\r\n1"
GET = b"GET / HTTP/1.1\r\n\r\n"
HEADERS_CUT = b"GET / HTTP/1.1\r\nhost:"
ORDER_CUT = b"POST /order HTTP/1.1\r\ncontent-length: 5\r\n\r\n1"
PUT_CUT = b"PUT / HTTP/1.1\r\ncontent-length: 5\r\n\r\n1"


def answer_at_once(_: Sender, body: bytes, respond: Respond) -> None:
    respond(Answer(201, body))


async def bounded(
    serve: Serve, handler: OrderHandler, app: Any = None, timeout_s: float = 10.0, **settings: Any
) -> Served:
    protocol = order_entry_protocol(
        anybody, handler, body_limit=100_000, request_timeout_s=timeout_s
    )
    return await serve(app or App(), http=protocol, **settings)


async def refusal(client: Client) -> tuple[int, str]:
    """The status and code of an error after which the server closes."""
    reply = await client.reply()
    assert reply.headers["connection"] == "close"
    assert await client.rest() == b""
    return reply.status, json.loads(reply.body)["error"]["code"]


@pytest.mark.parametrize("sent", [b"", b"\r\n", HEADERS_CUT, ORDER_CUT, PUT_CUT])
async def test_a_client_has_limited_time_for_a_request(serve: Serve, sent: bytes) -> None:
    """A request that is not complete in time is answered 408, wherever it stalled."""
    client = await (await bounded(serve, Desk(), timeout_s=SOON_S)).client()
    await client.send(sent)
    assert await refusal(client) == (408, "request_timeout")


async def test_a_client_that_trickles_gains_no_time(serve: Serve) -> None:
    """The time is for the whole request, however often another byte comes."""
    client = await (await bounded(serve, Desk(), timeout_s=SOON_S)).client()
    await client.send(HEADERS_CUT)

    async def trickle() -> None:
        while True:
            await client.send(b"x")
            await asyncio.sleep(SOON_S / 20)

    trickling = asyncio.create_task(trickle())
    assert (await client.reply()).status == 408
    trickling.cancel()


async def test_each_request_has_its_own_time(serve: Serve) -> None:
    """The second of two requests gets its 408, the first its answer."""
    desk = Desk()
    client = await (await bounded(serve, desk, timeout_s=SOON_S)).client()
    await client.send(ORDER + HEADERS_CUT)
    await desk.answer()
    assert (await client.reply()).status == 201
    assert await refusal(client) == (408, "request_timeout")


@pytest.mark.parametrize("cut", [HEADERS_CUT, ORDER_CUT, PUT_CUT])
async def test_a_refusal_waits_for_its_turn(serve: Serve, cut: bytes) -> None:
    """While an order is unanswered, the one behind it may time out but is not answered first."""
    desk = Desk()
    served = await bounded(serve, desk, timeout_s=SOON_S)
    client = await served.client()
    await client.send(ORDER + cut)
    (connection,) = await connections(served, 1)
    await until(lambda: connection.reading.name == "OVER" or connection.flow.read_paused)
    await desk.answer()
    assert (await client.reply()).status == 201
    assert await refusal(client) == (408, "request_timeout")


async def connections(served: Served, count: int) -> list[Any]:
    await until(lambda: len(served.connections) == count)
    return served.connections


async def test_an_application_learns_that_its_request_timed_out(serve: Serve) -> None:
    """An ASGI application that waits for the body is told of a disconnect."""
    app = App()
    client = await (await bounded(serve, Desk(), app, timeout_s=SOON_S)).client()
    await client.send(PUT_CUT)
    await asyncio.wait_for(app.gone.wait(), WAIT_S)
    assert await refusal(client) == (408, "request_timeout")


async def test_an_application_learns_that_its_client_is_gone(serve: Serve) -> None:
    """It is told of the disconnect, also when the client has sent more requests after its own."""
    app = App()
    served = await bounded(serve, Desk(), app)
    client = await served.client()
    await client.send(GET.replace(b"/", b"/deaf", 1) + GET)
    await asyncio.wait_for(app.begun.wait(), WAIT_S)
    served.connections[0].transport.abort()
    await asyncio.wait_for(app.gone.wait(), WAIT_S)


async def test_an_answer_before_the_body_is_not_followed_by_another(serve: Serve) -> None:
    """A body that never comes, of a request that was answered, closes the connection only."""
    client = await (await bounded(serve, Desk(), timeout_s=SOON_S)).client()
    await client.send(PUT_CUT.replace(b"/", b"/hasty", 1))
    assert (await client.reply()).body == b"done"
    assert await client.rest() == b""


async def test_an_application_that_does_not_read_is_no_fault_of_the_client(serve: Serve) -> None:
    """Time stands still while the server does not read what the client has sent."""
    app = App()
    served = await bounded(serve, Desk(), app, timeout_s=0.02)
    client = await served.client()
    head = b"PUT /idle HTTP/1.1\r\ncontent-length: 5000000\r\n\r\n"
    client.writer.write(head + b"x" * 5_000_000)
    await asyncio.wait_for(app.begun.wait(), WAIT_S)
    (connection,) = served.connections
    deadline = connection.deadline
    await until(lambda: connection.deadline > deadline)
    app.gone.set()
    assert (await client.reply()).status == 200


@pytest.mark.parametrize(
    "endless",
    [
        b"GET / HTTP/1.1\r\nx: ",
        b"POST /order HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx: ",
        b"PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;x=",
    ],
    ids=["headers", "trailers", "chunk extension"],
)
async def test_headers_have_a_limit(serve: Serve, endless: bytes) -> None:
    """Headers without an end are answered 431, and so is all else that is not body."""
    client = await (await bounded(serve, Desk())).client()
    client.writer.write(endless + b"x" * 10 * OVERHEAD_LIMIT)
    assert await refusal(client) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "bad",
    [
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"POST /order HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /order HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /order HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        b"PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
    ],
)
@pytest.mark.parametrize("before", [0, 1, 2])
async def test_what_is_not_http_is_refused(serve: Serve, bad: bytes, before: int) -> None:
    """It is answered 400, after the answers to the requests before it."""
    desk = Desk()
    client = await (await bounded(serve, desk)).client()
    await client.send(ORDER * before + bad + ORDER)
    for _ in range(before):
        await desk.answer()
        assert (await client.reply()).status == 201
    assert await refusal(client) == (400, "malformed_http")
    assert desk.taken.empty()


async def test_a_refused_client_may_finish_sending(serve: Serve) -> None:
    """Its connection is not reset under the error that it has still to read."""
    client = await (await bounded(serve, Desk())).client()
    await client.send(b"HELLO\r\n\r\n" + b"x" * 3_000_000)
    assert await refusal(client) == (400, "malformed_http")


async def test_a_refused_client_that_stays_is_disconnected(serve: Serve) -> None:
    """It has the keep-alive time to leave by itself."""
    served = await bounded(serve, Desk(), timeout_s=SOON_S, timeout_keep_alive=0)
    client = await served.client()
    await client.send(b"HELLO\r\n\r\n")
    assert (await client.reply()).status == 400
    await until(lambda: not served.connections)


@pytest.mark.parametrize("request_bytes", [ORDER, GET])
async def test_an_idle_connection_is_closed(serve: Serve, request_bytes: bytes) -> None:
    """Uvicorn's keep-alive time holds after every answer."""
    served = await bounded(serve, answer_at_once, timeout_s=SOON_S, timeout_keep_alive=0)
    client = await served.client()
    await client.send(request_bytes)
    assert "connection" not in (await client.reply()).headers
    assert await client.rest() == b""


async def test_a_connection_is_idle_when_the_body_follows_the_answer(serve: Serve) -> None:
    """The keep-alive time holds as well when an answer did not wait for the body."""
    served = await bounded(serve, Desk(), timeout_s=SOON_S, timeout_keep_alive=0)
    client = await served.client()
    await client.send(PUT_CUT.replace(b"/", b"/hasty", 1))
    assert (await client.reply()).body == b"done"
    await client.send(b"2345")
    assert await client.rest() == b""


async def test_a_queue_is_answered_before_more_is_read(serve: Serve) -> None:
    """A client that pipelines without end is read again when all it sent is answered."""
    desk = Desk()
    served = await bounded(serve, desk)
    client = await served.client()
    client.writer.write(ORDER * 20_000)
    (connection,) = await connections(served, 1)
    await until(lambda: connection.flow.read_paused)
    waiting = len(connection.pipeline)
    assert 0 < waiting < 20_000
    for left in range(waiting - 1, -1, -1):
        await desk.answer()
        assert len(connection.pipeline) == left
    await desk.answer()
    await until(lambda: connection.pipeline)


def long_answer(_: Sender, body: bytes, respond: Respond) -> None:
    respond(Answer(201, b"x" * 20_000))


async def test_a_client_that_takes_no_answers_is_not_read(serve: Serve) -> None:
    """What waits for it is bounded by what one read brought; when it reads, it gets everything."""
    count = 2000
    served = await bounded(serve, long_answer)
    client = await served.client(SO_RCVBUF=4096)
    (connection,) = await connections(served, 1)
    for _ in range(count):
        client.writer.write(ORDER)
    await until(lambda: connection.flow.write_paused)
    assert connection.flow.read_paused
    for _ in range(count):
        assert len((await client.reply()).body) == 20_000


async def test_a_client_that_takes_no_answers_is_dropped(serve: Serve) -> None:
    """When its time is up, the answers that it did not take are thrown away."""
    served = await bounded(serve, long_answer, timeout_s=0.05, timeout_keep_alive=0)
    client = await served.client(SO_RCVBUF=4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await connections(served, 1)
    client.writer.write(ORDER * 1000)
    await until(lambda: not served.connections)


async def test_an_upgrade_waits_for_the_answers(serve: Serve) -> None:
    """A WebSocket cannot begin on a connection that has an answer to give."""
    desk = Desk()
    client = await (await bounded(serve, desk)).client()
    await client.send(
        ORDER + b"GET /ws HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    )
    await desk.answer()
    assert (await client.reply()).status == 201
    assert await refusal(client) == (400, "early_upgrade")
