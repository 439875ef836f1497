"""Order entry over a real uvicorn server, spoken to byte by byte."""

import asyncio
import json
from typing import Any

import pytest

from outcry.domain.types import Role
from outcry.gateway.answers import Answer
from outcry.gateway.http_protocol import order_entry_protocol
from outcry.gateway.room import SHARE_MIN, Room
from outcry.gateway.senders import NEEDS_KEY, Sender
from outcry.wire.access import Key
from tests.gateway.conftest import Desk, Respond, Serve, Served, anybody
from tests.waiting import until

BODY_LIMIT = 1000


def echo(_: Sender, body: bytes, respond: Respond) -> None:
    respond(Answer(201, body))


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Says what it was asked."""
    text = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} ".encode()
    while True:
        message = await receive()
        text += message["body"]
        if not message["more_body"]:
            break
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def post(body: bytes, target: str = "/order", headers: str = "", version: str = "1.1") -> bytes:
    head = (
        f"POST {target} HTTP/{version}\r\nhost: x\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode()


async def order_server(serve: Serve, handler: Any, **settings: Any) -> Served:
    protocol = settings.pop("http", None) or order_entry_protocol(anybody, handler, BODY_LIMIT)
    return await serve(app, http=protocol, **settings)


async def test_an_order_is_answered_by_the_handler(serve: Serve) -> None:
    """The answer carries the handler's status, body and headers, and the server's own headers."""

    def handler(_: Sender, body: bytes, respond: Respond) -> None:
        respond(Answer(503, b"[" + body + b"]", 1))

    client = await (await order_server(serve, handler)).client()
    await client.send(post(b"1"))
    reply = await client.reply()
    assert (reply.status, reply.body) == (503, b"[1]")
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["retry-after"] == "1"
    assert {"date", "server"} <= reply.headers.keys()
    assert "connection" not in reply.headers


async def test_an_answer_is_one_write(serve: Serve) -> None:
    """Head and body leave together."""
    writes = []

    class Spy:
        def __init__(self, transport: asyncio.Transport) -> None:
            self.transport = transport

        def write(self, data: bytes) -> None:
            writes.append(data)
            self.transport.write(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.transport, name)

    class Spied(order_entry_protocol(anybody, echo, BODY_LIMIT)):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(Spy(transport))

    client = await (await order_server(serve, echo, http=Spied)).client()
    for body in (b"1", b"2"):
        await client.send(post(body))
        assert (await client.reply()).body == body
    assert len(writes) == 2


async def test_an_order_may_carry_a_query(serve: Serve) -> None:
    """`POST /order?x=1` is order entry."""
    client = await (await order_server(serve, echo)).client()
    await client.send(post(b"1", "/order?x=1"))
    assert (await client.reply()).status == 201


@pytest.mark.parametrize(
    ("request_bytes", "body"),
    [
        (get("/order"), b"GET /order? "),
        (get("/order?a=b"), b"GET /order?a=b "),
        (post(b"1", "/orders"), b"POST /orders? 1"),
        (post(b"1", "/order/7"), b"POST /order/7? 1"),
        (post(b"1" * 90_000, "/else"), b"POST /else? " + b"1" * 90_000),
        (post(b"1").replace(b"POST", b"PUT"), b"PUT /order? 1"),
        (post(b"1").replace(b"POST", b"DELETE"), b"DELETE /order? 1"),
    ],
)
async def test_every_other_request_is_asgi(serve: Serve, request_bytes: bytes, body: bytes) -> None:
    """Only POST to exactly /order goes below ASGI; the body limit is for orders only."""
    client = await (await order_server(serve, Desk())).client()
    for _ in range(2):
        await client.send(request_bytes)
        assert (await client.reply()).body == body


async def test_head_is_asgi(serve: Serve) -> None:
    """HEAD /order is no order."""
    client = await (await order_server(serve, Desk())).client()
    await client.send(get("/order").replace(b"GET", b"HEAD"))
    assert await client.line() == b"HTTP/1.1 200 OK\r\n"


async def test_a_connection_is_kept(serve: Serve) -> None:
    """Many orders follow each other on one connection, also after requests to the application."""
    served = await order_server(serve, echo)
    client = await served.client()
    for number in range(3):
        await client.send(post(b"%d" % number))
        assert (await client.reply()).body == b"%d" % number
        await client.send(get("/x"))
        assert (await client.reply()).body == b"GET /x? "
    assert served.server.server_state.total_requests == 6


@pytest.mark.parametrize(
    "request_bytes",
    [post(b"1", headers="connection: close\r\n"), post(b"1", version="1.0")],
    ids=["connection: close", "HTTP/1.0"],
)
async def test_a_connection_is_closed(serve: Serve, request_bytes: bytes) -> None:
    """After `Connection: close`, as with HTTP/1.0, the server closes and takes no other order."""
    desk = Desk()
    client = await (await order_server(serve, desk)).client()
    await client.send(request_bytes + post(b"2"))
    await desk.answer()
    reply = await client.reply()
    assert (reply.status, reply.headers["connection"]) == (201, "close")
    assert await client.rest() == b""
    assert desk.taken.empty()


async def test_pipelined_requests_are_answered_in_order(serve: Serve) -> None:
    """A request waits for the answers before it, whoever gives them."""
    desk = Desk()
    client = await (await order_server(serve, desk)).client()
    await client.send(post(b"1") + get("/2") + get("/3") + post(b"4") + post(b"5") + get("/6"))
    for number in (b"1", b"4", b"5"):
        body, respond = await desk.next()
        assert body == number
        assert desk.taken.empty()
        respond(Answer(201, body))
    bodies = [(await client.reply()).body for _ in range(6)]
    assert bodies == [b"1", b"GET /2? ", b"GET /3? ", b"4", b"5", b"GET /6? "]


async def test_connections_are_answered_in_any_order(serve: Serve) -> None:
    """An answer that comes late holds up its own connection only."""
    desk = Desk()
    served = await order_server(serve, desk)
    clients = [await served.client() for _ in range(3)]
    responds = []
    for number, client in enumerate(clients):
        await client.send(post(b"%d" % number))
        responds.append((await desk.next())[1])
    for number in (2, 0, 1):
        responds[number](Answer(201, b"%d" % number))
        assert (await clients[number].reply()).body == b"%d" % number


async def test_a_long_queue_is_answered(serve: Serve) -> None:
    """Thousands of orders behind a late answer, answered at once, do not pile up calls."""
    count = 3000
    first: list[Respond] = []

    def handler(_: Sender, body: bytes, respond: Respond) -> None:
        if body == b"0":
            first.append(respond)
        else:
            respond(Answer(201, body))

    client = await (await order_server(serve, handler)).client()
    client.writer.write(b"".join(post(b"%d" % number) for number in range(count)))
    await until(lambda: first)
    first[0](Answer(201, b"0"))
    bodies = [(await client.reply()).body for _ in range(count)]
    assert bodies == [b"%d" % number for number in range(count)]


async def test_a_body_may_come_in_pieces(serve: Serve) -> None:
    """A request is complete when its last byte is there, however the network cuts it."""
    desk = Desk()
    client = await (await order_server(serve, desk)).client()
    for byte in post(b'{"a":1}'):
        await client.send(bytes([byte]))
    await desk.answer()
    assert (await client.reply()).body == b'{"a":1}'


CHUNKED = b"POST /order HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"


async def test_a_body_may_be_chunked(serve: Serve) -> None:
    """Chunks are joined; trailers are read over."""
    client = await (await order_server(serve, echo)).client()
    await client.send(CHUNKED + b"3\r\n[1,\r\n2;x=y\r\n2]\r\n0\r\na: b\r\n\r\n" + post(b"3"))
    assert (await client.reply()).body == b"[1,2]"
    assert (await client.reply()).body == b"3"


async def test_an_order_may_be_empty(serve: Serve) -> None:
    """What an empty body means is for the handler to say."""
    client = await (await order_server(serve, echo)).client()
    await client.send(b"POST /order HTTP/1.1\r\nhost: x\r\n\r\n")
    reply = await client.reply()
    assert (reply.status, reply.body) == (201, b"")


@pytest.mark.parametrize(
    "request_bytes",
    [
        post(b"1" * (BODY_LIMIT + 1)),
        post(b"1" * (BODY_LIMIT + 1)).replace(b"1001", b"1000000000"),
        CHUNKED + b"3e8\r\n" + b"1" * 1000 + b"\r\n1\r\n1",
    ],
    ids=["whole", "declared far longer", "chunked"],
)
async def test_a_long_body_is_refused(serve: Serve, request_bytes: bytes) -> None:
    """One byte over the limit is answered 413 at once; nothing more of the connection is read."""
    desk = Desk()
    client = await (await order_server(serve, desk)).client()
    await client.send(request_bytes)
    reply = await client.reply()
    assert (reply.status, reply.headers["connection"]) == (413, "close")
    assert json.loads(reply.body)["error"]["code"] == "body_too_large"
    assert await client.rest() == b""
    await client.send(post(b"1") * 10)
    assert desk.taken.empty()


async def test_all_bodies_together_are_bounded(serve: Serve) -> None:
    """Who sends more than there is room for comes back later; small orders always fit."""
    body = b"x" * (SHARE_MIN + 1)
    room = Room(len(body) * 2)
    served = await order_server(
        serve, Desk(), http=order_entry_protocol(anybody, echo, 1 << 20, room=room)
    )
    waiting = [await served.client() for _ in range(2)]
    for client in waiting:
        await client.send(post(body)[:-1])
    await until(lambda: room.taken == len(body) * 2 - 2)
    late = await served.client()
    await late.send(post(body))
    reply = await late.reply()
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (503, "too_much_at_once")
    small = await served.client()
    await small.send(post(b"small"))
    assert (await small.reply()).status == 201
    for client in waiting:
        await client.send(b"x")
        assert (await client.reply()).status == 201
    await late.close()
    await until(lambda: room.taken == 0)


async def test_a_body_at_the_limit_is_taken(serve: Serve) -> None:
    """The limit is the longest body allowed."""
    client = await (await order_server(serve, echo)).client()
    await client.send(post(b"1" * BODY_LIMIT))
    assert (await client.reply()).body == b"1" * BODY_LIMIT


EXPECT = "expect: 100-continue\r\n"


async def test_a_client_may_ask_first(serve: Serve) -> None:
    """`Expect: 100-continue` is answered when it is the request's turn."""
    desk = Desk()
    client = await (await order_server(serve, desk)).client()
    await client.send(post(b"1") + post(b"2", headers=EXPECT).removesuffix(b"2"))
    await desk.answer()
    assert (await client.reply()).body == b"1"
    assert await client.line() == b"HTTP/1.1 100 Continue\r\n"
    assert await client.line() == b"\r\n"
    await client.send(b"2")
    await desk.answer()
    assert (await client.reply()).body == b"2"


async def test_a_client_that_asks_first_is_told_that_its_body_is_too_long(serve: Serve) -> None:
    """A declared body over the limit gets its 413 before it is sent."""
    client = await (await order_server(serve, echo)).client()
    await client.send(
        b"POST /order HTTP/1.1\r\ncontent-length: 1001\r\n" + EXPECT.encode() + b"\r\n"
    )
    assert (await client.reply()).status == 413


async def test_a_client_may_vanish(serve: Serve) -> None:
    """An answer for a client that is gone does no harm."""
    desk = Desk()
    served = await order_server(serve, desk)
    client = await served.client()
    await client.send(post(b"1"))
    _, respond = await desk.next()
    await client.close()
    await until(lambda: not served.connections)
    respond(Answer(201, b"1"))
    other = await served.client()
    await other.send(post(b"2"))
    await desk.answer()
    assert (await other.reply()).body == b"2"


async def test_an_answer_is_given_once(serve: Serve) -> None:
    """A second answer to one order is a bug of the handler and says so."""
    desk = Desk()
    client = await (await order_server(serve, desk)).client()
    await client.send(post(b"1"))
    _, respond = await desk.next()
    respond(Answer(201, b"1"))
    with pytest.raises(RuntimeError, match="once"):
        respond(Answer(201, b"2"))


async def test_a_handler_that_fails_is_answered_for(serve: Serve) -> None:
    """The client gets 500, and the connection goes on."""

    def handler(_: Sender, body: bytes, respond: Respond) -> None:
        if body == b"bad":
            raise ValueError(body)
        respond(Answer(201, body))

    client = await (await order_server(serve, handler)).client()
    await client.send(post(b"bad") + post(b"good"))
    reply = await client.reply()
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (500, "internal")
    assert (await client.reply()).status == 201


async def test_too_many_clients_are_refused(serve: Serve) -> None:
    """One client too many is answered 503; those who are in go on, and leave room when they go."""
    served = await order_server(serve, echo, limit_concurrency=1)
    client, other = await served.client(), await served.client()
    await until(lambda: len(served.connections) == 2)
    await other.send(post(b"1"))
    reply = await other.reply()
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (503, "too_many_clients")
    assert not await other.rest()
    await client.send(post(b"1"))
    assert (await client.reply()).status == 201
    await other.close()
    await client.close()
    await until(lambda: not served.connections)
    late = await served.client()
    await late.send(post(b"2"))
    assert (await late.reply()).status == 201


async def test_shutdown_waits_for_the_answer(serve: Serve) -> None:
    """A server that stops answers the orders it has taken, closes, and takes no others."""
    desk = Desk()
    served = await order_server(serve, desk)
    idle, client = await served.client(), await served.client()
    await client.send(post(b"1"))
    _, respond = await desk.next()
    stopping = asyncio.create_task(served.stop())
    assert await idle.rest() == b""
    await client.send(post(b"2"))
    assert not stopping.done()
    respond(Answer(201, b"1"))
    reply = await client.reply()
    assert (reply.body, reply.headers["connection"]) == (b"1", "close")
    assert await client.rest() == b""
    await stopping
    assert desk.taken.empty()


class Guard:
    """Lets in who sends `yes`, and notes what it was asked."""

    def __init__(self) -> None:
        self.sender = Sender(Key("0" * 16, Role.TRADE, ("demo",)))
        self.asked: list[bytes] = []

    def __call__(self, authorization: bytes) -> Sender | Answer:
        self.asked.append(authorization)
        return self.sender if authorization == b"yes" else NEEDS_KEY


async def test_who_sends_is_looked_up_when_the_header_changes(serve: Serve) -> None:
    """Once for a connection as a rule; again when the header is another, or the key revoked."""
    guard = Guard()
    served = await order_server(serve, echo, http=order_entry_protocol(guard, echo, BODY_LIMIT))
    client = await served.client()
    yes = post(b"1", headers="Authorization: yes\r\n")
    for request, status in ((yes, 201), (yes, 201), (post(b"1"), 401), (yes, 201), (yes, 201)):
        await client.send(request)
        assert (await client.reply()).status == status
    assert guard.asked == [b"yes", b"", b"yes"]
    old, guard.sender = guard.sender, Sender(Key("1" * 16, Role.TRADE, ("demo",)))
    old.revoke()
    await client.send(yes)
    assert (await client.reply()).status == 201
    assert guard.asked[3:] == [b"yes"]


async def test_without_a_key_nothing_reaches_the_handler(serve: Serve) -> None:
    """It is answered 401 in its turn, says what to send, and the connection is kept."""
    guard, desk = Guard(), Desk()
    served = await order_server(serve, desk, http=order_entry_protocol(guard, desk, BODY_LIMIT))
    client = await served.client()
    yes = post(b"1", headers="authorization: yes\r\n")
    await client.send(yes + post(b"2") + yes)
    await desk.answer()
    assert (await client.reply()).status == 201
    refused = await client.reply()
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    await desk.answer()
    assert (await client.reply()).body == b"1"
    assert desk.taken.empty()
