"""From a body to the answers of its commands, with the real engine behind logs in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from outcry.gateway import order_entry
from outcry.gateway.admission import Admission
from outcry.gateway.answers import Answer
from outcry.gateway.gate import Gate, in_flight_name
from outcry.gateway.order_entry import Bounds
from outcry.gateway.sent import Door
from tests.gateway.exchange import BOUNDS, OPENING, TRADER, Exchange, an_exchange, key_fields
from tests.waiting import until

BUY = {"symbol": "AAPL", "side": "buy", "quantity": "2", "price": "1"}
LOCKSTEP = Bounds(commands_an_entry=1, answer_timeout_s=30.0)
NO_TICK = BUY | {"price": "1.005"}


class Threshold:
    """A gate, and what it answers."""

    def __init__(self, exchange: Exchange, singly: bool, rejects_max: int) -> None:
        self.admission = Admission(exchange.entry)
        self.gate = Gate(
            exchange.entry,
            self.admission,
            exchange.senders,
            "given",
            singly=singly,
            rejects_max=rejects_max,
        )
        self.gate.suffix = exchange.suffix
        self.exchange = exchange
        self.answers: list[Answer] = []

    def take(self, commands: Any) -> None:
        self.take_bytes(msgspec.json.encode(commands))

    def take_bytes(self, body: bytes) -> None:
        self.gate.take(self.exchange.sender(), Door.SESSION, body, self.answers.extend)

    async def answered(self, commands: Any) -> list[Answer]:
        self.take(commands)
        await until(lambda: self.answers or self.exchange.entry.appended)
        await self.exchange.answer()
        await until(lambda: self.answers)
        answers, self.answers = self.answers, []
        return answers

    async def ask(self, commands: Any) -> list[Any]:
        return [msgspec.json.decode(answer.body) for answer in await self.answered(commands)]


@asynccontextmanager
async def a_door(
    bounds: Bounds = BOUNDS, singly: bool = False, rejects_max: int = 0
) -> AsyncIterator[Threshold]:
    async with an_exchange(bounds) as exchange:
        yield Threshold(exchange, singly, rejects_max)


async def test_each_command_of_an_array_has_its_answer_in_its_place() -> None:
    """Good, bad and rejected commands of an array are answered one by one, in their order."""
    async with a_door() as door:
        good, bad, rejected, also = await door.answered(
            [BUY | {"client_order_id": "a1"}, {"symbol": "AAPL"}, NO_TICK, BUY]
        )
        assert [a.status for a in (good, bad, rejected, also)] == [201, 400, 422, 201]
        assert msgspec.json.decode(bad.body)["error"]["field"] == "side"
        assert msgspec.json.decode(rejected.body)["reason"] == "tick_size"


async def test_what_is_not_understood_never_enters_the_log() -> None:
    """A request of bad commands alone is answered at once and leaves no entry."""
    async with a_door() as door:
        (answer,) = await door.ask([{"symbol": "AAPL"}])
        assert answer["error"]["code"] == "malformed"
        assert await door.exchange.orders.last_seq() == OPENING


async def test_an_order_without_a_name_is_given_one() -> None:
    """Every new order can be asked for by a client order id: its own, or one that it is given."""
    async with a_door() as door:
        first, second, own = await door.ask([BUY, BUY, BUY | {"client_order_id": "mine"}])
        assert first["order"]["client_order_id"] == "given-1"
        assert second["order"]["client_order_id"] == "given-2"
        assert own["order"]["client_order_id"] == "mine"


async def test_under_lockstep_commands_enter_singly_and_unnamed() -> None:
    """Under lockstep every command is an entry of its own, and no name comes of a count."""
    async with a_door(LOCKSTEP, singly=True) as door:
        door.take([BUY, NO_TICK, BUY])
        await door.exchange.entered(3)
        await door.exchange.answer()
        assert [answer.status for answer in door.answers] == [201, 422, 201]
        executions = await door.exchange.answers()
        assert [execution.entry for execution in executions] == [
            OPENING + number for number in (1, 2, 3)
        ]
        assert not any(e.order.client_order_id for e in executions if e.order)


async def test_before_the_venue_is_open_commands_are_refused() -> None:
    """Until the log is known a command is refused, and one that is bad is told so all the same."""
    async with a_door() as door:
        door.gate.suffix = ""
        door.take([BUY, {"symbol": "AAPL"}])
        assert [answer.status for answer in door.answers] == [503, 400]


async def test_cancels_pass_a_closed_door() -> None:
    """Of one array the new orders are refused and the cancels enter while the door is closed."""
    async with a_door() as door:
        door.admission._full = "ORDERS"
        new, cancel, replace, everything, disarmed = await door.answered(
            [
                BUY,
                {"op": "cancel", "client_order_id": "none"},
                {"op": "replace", "client_order_id": "none", "quantity": "1"},
                {"op": "cancel_all"},
                {"op": "cancel_all_after", "timeout": 0},
            ]
        )
        assert (new.status, cancel.status, replace.status) == (503, 201, 503)
        assert (everything.status, disarmed.status) == (201, 201)


async def test_a_request_for_which_there_is_no_room_is_refused_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond the bound of waiting commands each is told 429, what was bad is told so still."""
    monkeypatch.setattr(order_entry, "WAITING_MAX", 1)
    async with a_door() as door:
        door.take([BUY, {"symbol": "AAPL"}, BUY])
        assert [answer.status for answer in door.answers] == [429, 400, 429]
        assert await door.exchange.orders.last_seq() == OPENING


async def test_under_lockstep_there_may_be_room_for_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that enter singly are refused singly, and answered together."""
    monkeypatch.setattr(order_entry, "WAITING_MAX", 2)
    async with a_door(LOCKSTEP, singly=True) as door:
        door.take([BUY, BUY, BUY])
        await door.exchange.entered(2)
        await door.exchange.answer()
        assert [answer.status for answer in door.answers] == [201, 201, 429]


async def test_an_unknown_result_names_the_order() -> None:
    """Who gets no answer in time is told 202 and the client order id."""
    async with a_door(Bounds(1_000, answer_timeout_s=0.0)) as door:
        door.take([BUY, {"op": "cancel", "client_order_id": "a1"}])
        await door.exchange.entered(1)
        door.exchange.entry.expire()
        assert [answer.status for answer in door.answers] == [202, 202]
        told = [msgspec.json.decode(answer.body) for answer in door.answers]
        assert [one["client_order_id"] for one in told] == ["given-1", "a1"]


async def test_what_did_not_enter_is_refused() -> None:
    """A command that could not be put into the log is told 503, to be sent again."""
    async with a_door() as door:
        door.exchange.orders.connected = False
        door.take(BUY)
        await until(lambda: door.answers)
        assert [(a.status, a.retry_after_s) for a in door.answers] == [(503, 1)]


async def test_new_names_are_under_way() -> None:
    """The names that orders will have are under way: of new orders, and new ones of replaces."""
    async with a_door() as door:
        door.take(
            [
                BUY | {"client_order_id": "a1"},
                {"op": "replace", "client_order_id": "old", "quantity": "1"},
                {
                    "op": "replace",
                    "client_order_id": "older",
                    "price": "1",
                    "new_client_order_id": "newer",
                    "account": "other",
                },
                {"op": "cancel", "client_order_id": "gone"},
            ]
        )
        named = [("demo", "a1"), ("other", "newer"), ("demo", "old"), ("demo", "gone")]
        under_way = [door.exchange.entry.is_under_way(in_flight_name(*name)) for name in named]
        assert under_way == [True, True, False, False]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "malformed", None),
        (b"nonsense", "malformed", None),
        (b"[]", "malformed", None),
        (b"[" * 100_000, "malformed", None),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "malformed", None),
        (b"\xff\xfe", "malformed", None),
        (b'"text"', "malformed", None),
        (b"null", "malformed", None),
        (b'{"symbol":"AAPL","side":"buy","quantity":1e400,"price":1}', "malformed", "quantity"),
        (b'{"symbol":"AAPL","side":"buy","quantity":NaN,"price":1}', "malformed", "quantity"),
        (b'{"symbol":"AAPL","side":"buy","quantity":1,"price":1,"x":1}', "malformed", "x"),
        (b"[" + b",".join([b"{}"] * 1_001) + b"]", "too_many_commands", None),
    ],
)
async def test_a_hostile_body_has_one_clear_answer(
    body: bytes, code: str, field: str | None
) -> None:
    """Whatever the body holds, the answer is one error with a code, and the field at fault."""
    async with a_door() as door:
        door.take_bytes(body)
        (answer,) = door.answers
        assert answer.status == 400
        error = msgspec.json.decode(answer.body)["error"]
        assert (error["code"], error.get("field")) == (code, field)
        assert error["message"]


async def test_what_a_sender_may_not_send_never_enters_the_log() -> None:
    """It is refused with 403, in its place among others."""
    async with a_door() as door:
        stranger = BUY | {"account": "mallory"}
        good, bad = await door.answered([BUY, stranger])
        assert [good.status, bad.status] == [201, 403]
        assert msgspec.json.decode(bad.body)["error"]["code"] == "not_allowed"
        assert door.exchange.commands_entered() == 1


async def test_what_the_engine_finds_of_a_sender_is_403_too() -> None:
    """Should his key be revoked while his order is on its way."""
    async with a_door() as door:
        body = msgspec.json.encode({"key_id": key_fields(TRADER)["key_id"]})
        await door.exchange.orders.send("key.revoke", body)
        (answer,) = await door.answered(BUY)
        assert answer.status == 403
        assert msgspec.json.decode(answer.body)["reason"] == "key_revoked"


async def test_orders_beyond_the_rate_of_the_account_stay_outside() -> None:
    """They are refused with 429; cancels pass, and so do orders of other accounts."""
    async with a_door() as door:
        await door.exchange.orders.send("account.set", b'{"account":"demo","max_order_rate":2}')
        await door.exchange.answer()
        other = BUY | {"account": "other"}
        door.take([BUY, BUY, BUY, other, {"op": "cancel_all"}])
        await until(lambda: door.exchange.entry.appended)
        await door.exchange.answer()
        assert [answer.status for answer in door.answers] == [201, 201, 429, 201, 201]
        refused = door.answers[2]
        assert refused.retry_after_s == 1
        assert msgspec.json.decode(refused.body)["error"]["code"] == "order_rate"


async def test_a_rejected_flood_stays_outside() -> None:
    """Who was rejected too often in a second orders no more in it, and may cancel."""
    async with a_door(rejects_max=2) as door:
        first = [answer.status for answer in await door.answered([NO_TICK, NO_TICK])]
        assert first == [422, 422]
        door.take([BUY, BUY | {"account": "other"}, {"op": "cancel_all"}])
        await until(lambda: door.exchange.entry.appended == 2)
        await door.exchange.answer()
        assert [answer.status for answer in door.answers] == [429, 429, 201]
        code = msgspec.json.decode(door.answers[0].body)["error"]["code"]
        assert code == "too_many_rejects"


async def test_under_lockstep_the_clock_of_the_machine_refuses_nothing() -> None:
    """There the engine alone counts, by log time."""
    async with a_door(LOCKSTEP, singly=True, rejects_max=1) as door:
        door.take([NO_TICK, NO_TICK])
        await door.exchange.entered(2)
        await door.exchange.answer()
        door.take(BUY)
        await door.exchange.entered(3)
        await door.exchange.answer()
        assert [answer.status for answer in door.answers] == [422, 422, 201]
