"""Order entry over WebSocket without a socket: frames in, frames out, the real engine behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from outcry.gateway import session
from outcry.gateway.admission import Admission
from outcry.gateway.asgi import Unacceptable
from outcry.gateway.gate import Gate
from outcry.gateway.lifelines import Lifelines
from outcry.gateway.order_entry import Bounds
from outcry.gateway.session import ID_BYTES_MAX, admit
from tests.gateway.exchange import (
    ADMIN,
    BOUNDS,
    CLERK,
    OPENING,
    READER,
    REVOKED,
    TRADER,
    Exchange,
    an_exchange,
)
from tests.waiting import until

BUY = {"symbol": "AAPL", "side": "buy", "quantity": "2", "price": "1"}


class Client:
    """One that is connected, and what it was sent."""

    def __init__(self, exchange: Exchange, query: str, key: str = TRADER) -> None:
        admission, senders = Admission(exchange.entry), exchange.senders
        gate = self.gate = Gate(exchange.entry, admission, senders, "given", singly=False)
        gate.suffix = exchange.suffix
        self.exchange = exchange
        self.frames: list[Any] = []
        self.closed_with: list[int] = []
        self.lifelines = Lifelines(gate, by_entries=False)
        open_session = admit(gate, self.lifelines, senders, query, key)
        self.session = open_session(self.on_frame, self.on_close)

    def on_frame(self, data: bytes) -> None:
        self.frames.append(msgspec.json.decode(data))

    def on_close(self, code: int, reason: str) -> None:
        assert reason
        self.closed_with.append(code)

    def send(self, frame: Any) -> None:
        self.session.on_text(frame if type(frame) is bytes else msgspec.json.encode(frame))

    def told(self, frame: Any) -> Any:
        """What it is sent at once."""
        self.frames.clear()
        self.send(frame)
        (told,) = self.frames
        return told


@asynccontextmanager
async def a_client(bounds: Bounds = BOUNDS, query: str = "") -> AsyncIterator[Client]:
    async with an_exchange(bounds) as exchange:
        yield Client(exchange, query)


async def test_an_order_is_answered_under_its_id() -> None:
    """A frame with an order is answered by a frame with the same id and the execution."""
    async with a_client() as client:
        client.send({"id": 7, "order": BUY})
        await client.exchange.entered(1)
        await client.exchange.answer()
        (frame,) = client.frames
        assert frame["id"] == 7
        assert frame["execution"]["order"]["client_order_id"] == "given-1"


async def test_many_may_be_in_flight() -> None:
    """A client need not wait: each frame is answered under its own id."""
    async with a_client() as client:
        for number in range(20):
            client.send({"id": f"n{number}", "order": BUY | {"client_order_id": f"a{number}"}})
        await client.exchange.entered(1)
        await client.exchange.answer()
        answered = {
            frame["id"]: frame["execution"]["order"]["client_order_id"] for frame in client.frames
        }
        assert answered == {f"n{number}": f"a{number}" for number in range(20)}


async def test_orders_of_one_frame_are_answered_in_their_places() -> None:
    """A frame with several commands is answered by their results in order."""
    async with a_client() as client:
        replace = {"op": "replace", "client_order_id": "none", "quantity": "1"}
        client.send({"id": "b", "orders": [BUY, {"symbol": "AAPL"}, replace]})
        await client.exchange.entered(1)
        await client.exchange.answer()
        (frame,) = client.frames
        accepted, malformed, rejected = frame["results"]
        assert frame["id"] == "b"
        assert accepted["execution"]["result"] == "accepted"
        assert malformed["error"]["field"] == "side"
        assert rejected["execution"]["reason"] == "unknown_order"


async def test_an_unknown_result_is_told() -> None:
    """Without an answer in time the frame says so, with the client order id."""
    async with a_client(Bounds(1_000, answer_timeout_s=0.0)) as client:
        client.send({"id": 1, "order": BUY})
        await client.exchange.entered(1)
        client.exchange.entry.expire()
        (frame,) = client.frames
        assert frame["id"] == 1
        assert frame["unknown"]["client_order_id"] == "given-1"


async def test_a_refusal_is_an_error() -> None:
    """What may not enter is answered by an error under its id."""
    async with a_client() as client:
        client.exchange.executions.connected = False
        told = client.told({"id": 1, "order": BUY})
        assert (told["id"], told["error"]["code"]) == (1, "not_accepting")


@pytest.mark.parametrize(
    ("frame", "tag"),
    [
        (b"", None),
        (b"nonsense", None),
        (b"[]", None),
        (b"7", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        ({"order": BUY, "more": 1}, None),
        ({"id": 1}, 1),
        ({"id": 1, "more": 1, "order": BUY}, 1),
        ({"id": 1, "order": BUY, "orders": [BUY]}, 1),
        ({"id": 1, "order": [BUY]}, 1),
        ({"id": 1, "orders": BUY}, 1),
        ({"id": 1, "orders": []}, 1),
        ({"id": 1, "orders": None}, 1),
        ({"id": 1, "order": None}, 1),
        ({"id": 1, "order": 7}, 1),
        ({"id": 1.5, "order": BUY}, None),
        ({"id": {}, "order": BUY}, None),
        ({"id": True, "order": BUY}, None),
        ({"id": "x" * ID_BYTES_MAX, "order": BUY}, None),
        (b'{"id":1,"order":{"quantity":1e400}}', 1),
        (b'{"id":1,"order":{"quantity":NaN}}', None),
        (b'{"id":1,"order":' + b'{"a":' * 50 + b"1" + b"}" * 51, 1),
    ],
)
async def test_a_frame_that_is_not_understood_is_told_so(frame: Any, tag: object) -> None:
    """Whatever a frame holds, the answer is one error, under its id where it has one."""
    async with a_client() as client:
        told = client.told(frame)
        assert told["id"] == tag
        error = told["error"] if "error" in told else told["results"][0]["error"]
        assert error["code"] == "malformed"
        assert error["message"]
        assert await client.exchange.orders.last_seq() == OPENING


async def test_unanswered_frames_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with too many frames unanswered is refused more, until some are answered."""
    monkeypatch.setattr(session, "UNANSWERED_MAX", 2)
    async with a_client() as client:
        for number in range(3):
            client.send({"id": number, "order": BUY})
        (refused,) = client.frames
        assert (refused["id"], refused["error"]["code"]) == (2, "too_many_commands")
        await client.exchange.entered(1)
        await client.exchange.answer()
        client.frames.clear()
        client.send({"id": 3, "order": BUY})
        assert not client.frames


async def test_a_client_that_is_gone_is_told_nothing() -> None:
    """What a client sent before it left goes on, and nothing is sent to it."""
    async with a_client() as client:
        client.send({"id": 1, "order": BUY})
        client.session.on_closed()
        await client.exchange.entered(1)
        await client.exchange.answer()
        assert not client.frames
        assert (await client.exchange.answers())[-1].result == "accepted"


async def test_a_session_that_ends_answers_what_it_took() -> None:
    """When the gateway goes down: answers first, refusals for what is new, and then the end."""
    async with a_client() as client:
        client.send({"id": 1, "order": BUY})
        await client.exchange.entered(1)
        client.session.on_shutdown()
        assert client.told({"id": 2, "order": BUY})["error"]["code"] == "not_accepting"
        assert not client.closed_with
        client.frames.clear()
        await client.exchange.answer()
        assert client.frames[0]["execution"]["result"] == "accepted"
        assert client.closed_with == [1001]


async def test_an_idle_session_ends_at_once() -> None:
    """When the gateway goes down a client that waits for nothing is closed."""
    async with a_client() as client:
        client.session.on_shutdown()
        assert client.closed_with == [1001]


async def test_orders_live_no_longer_than_their_session() -> None:
    """Before its first order the account's switch is armed; at its end all orders are cancelled."""
    async with a_client(query="cancel_on_disconnect=bob") as client:
        client.send({"id": 1, "order": BUY | {"account": "bob"}})
        client.send({"id": 2, "order": BUY | {"account": "eve"}})
        await until(lambda: client.exchange.commands_entered() == 3)
        client.session.on_closed()
        await until(lambda: client.exchange.commands_entered() == 5)
        await client.exchange.answer()
        armed, bobs, eves, gone, disarmed = await client.exchange.answers()
        assert (armed.op, armed.result) == ("cancel_all_after", "accepted")
        assert [change.order_id for change in gone.changed] == [bobs.id]
        assert disarmed.op == "cancel_all_after" and not disarmed.fires_at
        assert next(iter(client.exchange.desk.engine.orders.values())).account == "eve"
        assert eves.order is not None and not client.closed_with


async def test_a_session_that_cannot_be_watched_over_ends() -> None:
    """Nobody trades in the belief that orders will be cancelled when they would not."""
    async with an_exchange() as exchange:
        exchange.executions.connected = False
        client = Client(exchange, "cancel_on_disconnect=bob")
        assert client.closed_with == [1013]


@pytest.mark.parametrize(
    "query",
    ["x=1", "cancel_on_disconnect=?", "cancel_on_disconnect=a&cancel_on_disconnect=b", "cancel_on"],
)
async def test_what_a_session_cannot_be_is_refused(query: str) -> None:
    """A misspelt wish is told, and never ignored."""
    async with a_client() as client:
        with pytest.raises(Unacceptable) as refused:
            admit(client.gate, client.lifelines, client.exchange.senders, query, TRADER)
        assert refused.value.answer.status == 400
        assert b"cancel_on_disconnect" in refused.value.answer.body


async def test_an_absent_account_is_the_first_of_the_key() -> None:
    """Who asks for cancel on disconnect and says no account means his own."""
    for query in ("cancel_on_disconnect=", "cancel_on_disconnect"):
        async with a_client(query=query) as client:
            await client.exchange.entered(1)
            await client.exchange.answer()
            (armed,) = await client.exchange.answers()
            assert getattr(armed.command, "account", "") == "demo"


@pytest.mark.parametrize(
    ("key", "query", "status"),
    [
        ("", "", 401),
        (REVOKED, "", 401),
        (REVOKED, "nonsense", 401),
        (READER, "cancel_on_disconnect=demo", 403),
        (TRADER, "cancel_on_disconnect=mallory", 403),
        (TRADER, "cancel_on_disconnect=nobody", 403),
        (ADMIN, "cancel_on_disconnect=", 400),
    ],
)
async def test_nobody_is_let_in_who_may_not(key: str, query: str, status: int) -> None:
    """Without a key that is good, or to watch over an account that is not his."""
    async with an_exchange() as exchange:
        with pytest.raises(Unacceptable) as refused:
            Client(exchange, query, key)
        assert refused.value.answer.status == status


async def test_a_session_whose_key_is_revoked_ends() -> None:
    """It is told at once, gets the answers that are due, is refused more, and is closed."""
    async with a_client() as client:
        client.send({"id": 1, "order": BUY})
        await client.exchange.entered(1)
        client.exchange.sender().revoke()
        (told,) = client.frames
        assert (told["id"], told["error"]["code"]) == (None, "unauthorized")
        assert not client.closed_with
        assert client.told({"id": 2, "order": BUY})["error"]["code"] == "unauthorized"
        client.frames.clear()
        await client.exchange.answer()
        assert client.frames[0]["execution"]["result"] == "accepted"
        assert client.closed_with == [4401]


async def test_a_session_does_not_wait_long_for_its_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When its key is revoked and no order service answers, it is closed all the same."""
    monkeypatch.setattr(session, "LEAVE_S", 0.01)
    async with a_client() as client:
        client.send({"id": 1, "order": BUY})
        client.exchange.sender().revoke()
        assert not client.closed_with
        await until(lambda: client.closed_with)
        assert client.closed_with == [4401]


async def test_who_left_before_is_told_nothing_of_a_revocation() -> None:
    """A session that is over watches its key no more."""
    async with a_client() as client:
        client.session.on_closed()
        client.exchange.sender().revoke()
        assert not client.frames and not client.closed_with


async def test_a_session_of_an_administrator_takes_both_kinds() -> None:
    """Orders and administration are done in the order in which they came."""
    async with an_exchange() as exchange:
        client = Client(exchange, "", CLERK)
        client.send({"id": 1, "orders": [{"op": "market.kill"}, BUY, {"op": "market.release"}]})
        await exchange.entered(1)
        await exchange.answer()
        (frame,) = client.frames
        told = [one["execution"]["result"] for one in frame["results"]]
        assert told == ["accepted", "rejected", "accepted"]
