"""The books are asked over a real NATS server."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry

from outcry.broker.answering import Answering
from outcry.broker.metrics import Metrics
from outcry.broker.progress import Progress
from outcry.broker.service import books_service
from outcry.log.connection import Connection
from outcry.runtime.nats_config import BROKER, GATEWAY, OPERATOR
from tests.broker.keeping import Keeper, Recorded
from tests.running_nats import RunningNats


class Asking:
    """A gateway's side, and how far the broker's books are."""

    def __init__(self, gateway: Connection, progress: Progress, registry: CollectorRegistry):
        self.gateway = gateway
        self.progress = progress
        self.registry = registry

    async def ask(self, question: str, **fields: Any) -> Msg:
        body = json.dumps(fields).encode()
        return await self.gateway.request(f"books.{question}", body, timeout=10)


@pytest.fixture
async def asking(nats: RunningNats, keeper: Keeper) -> AsyncIterator[Asking]:
    venue = Recorded("ACME", bare=True)
    assert keeper.book(venue.entries)
    registry = CollectorRegistry()
    progress = Progress(keeper.position, lambda: None)
    answering = Answering(keeper.database.reader, progress, Metrics(registry), wait_s=0.3)
    async with books_service(await nats.connect(BROKER), answering):
        yield Asking(await nats.connect(GATEWAY), progress, registry)


def refusal(answer: Msg) -> tuple[str, str, str | None]:
    error = json.loads(answer.data)["error"]
    headers = answer.headers or {}
    assert headers["Nats-Service-Error"] == error["message"]
    return headers["Nats-Service-Error-Code"], error["code"], error.get("field")


async def test_a_question_is_answered(asking: Asking) -> None:
    """The answer is JSON and says which execution the books were at."""
    answer = await asking.ask("instruments")
    assert answer.headers is None
    body = json.loads(answer.data)
    assert body["seq"] == 2 and body["instruments"][0]["symbol"] == "ACME"


async def test_a_bad_question_is_refused(asking: Asking) -> None:
    """The headers of a NATS micro service say what kind of error it is, the body all of it."""
    assert refusal(await asking.ask("orders", limit=0)) == ("400", "bad_request", "limit")
    assert refusal(await asking.ask("book", symbol="NONE")) == ("404", "unknown_symbol", "symbol")
    errors = asking.registry.get_sample_value
    assert errors("outcry_broker_read_errors_total", {"code": "bad_request"}) == 1


async def test_a_question_waits_for_its_execution_and_no_other(asking: Asking) -> None:
    """A read waits until `min_seq` is booked, for a while; others go past it meanwhile."""
    late = asyncio.ensure_future(asking.ask("orders", min_seq=3))
    assert refusal(await asking.ask("orders", min_seq=99)) == ("503", "not_booked_yet", "min_seq")
    assert refusal(await late) == ("503", "not_booked_yet", "min_seq")
    waiting = asyncio.ensure_future(asking.ask("orders", min_seq=3))
    await asking.ask("orders")
    assert not waiting.done()
    asking.progress.move(asking.progress.position._replace(seq=3))
    assert (await waiting).headers is None


async def test_a_question_waits_for_an_entry_of_the_log(asking: Asking) -> None:
    """Who asks for the end of the log is answered when that is booked, and told if it is not."""
    named = {"client_order_id": "a1", "min_entry": 3}
    assert refusal(await asking.ask("order", **named)) == ("503", "not_booked_yet", "min_entry")
    waiting = asyncio.ensure_future(asking.ask("order", **named))
    await asking.ask("orders")
    assert not waiting.done()
    asking.progress.move(asking.progress.position._replace(entry=3))
    assert "order" not in json.loads((await waiting).data)


async def test_too_many_questions_are_refused(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits is bounded: one more is told to come again, and who need not wait is answered."""
    monkeypatch.setattr("outcry.broker.answering.WAITING_MAX", 2)
    waiting = asyncio.gather(*(asking.ask("orders", min_seq=99) for _ in range(3)))
    assert (await asking.ask("orders", min_seq=2)).headers is None
    assert not waiting.done()
    codes = sorted(refusal(answer)[1] for answer in await waiting)
    assert codes == ["busy", "not_booked_yet", "not_booked_yet"]
    assert len(asking.progress) == 0


async def test_too_many_readings_are_refused(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is what reads."""
    monkeypatch.setattr("outcry.broker.answering.READING_MAX", 0)
    assert refusal(await asking.ask("orders")) == ("503", "busy", None)


async def test_trouble_with_the_books_is_told_and_survived(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that fails is an error of ours: it is logged, answered, and ends nothing."""
    with monkeypatch.context() as broken:
        broken.setattr("outcry.broker.answering.READS", {})
        assert refusal(await asking.ask("orders")) == ("500", "internal", None)
    assert (await asking.ask("orders")).headers is None


async def test_nats_tools_see_the_books(asking: Asking, nats: RunningNats) -> None:
    """It is a micro service: asked who is there, it says its name and what it answers."""
    operator = await nats.connect(OPERATOR)
    info = json.loads((await operator.request("$SRV.INFO.books", b"", timeout=5)).data)
    assert info["name"] == "books"
    assert "books.orders" in [endpoint["subject"] for endpoint in info["endpoints"]]
