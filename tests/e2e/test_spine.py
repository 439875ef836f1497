"""From an order over HTTP to every place where its execution is shown."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import nats
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from chaos.guest import secrets_in
from chaos.line import split
from chaos.service import PATIENCE_S, until
from chaos.venue import GATEWAY, Venue
from outcry.log.jetstream import JetStreamLog
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import EXECUTIONS, ORDER_COMPLETED
from tests.waiting import settled

pytestmark = pytest.mark.asyncio(loop_scope="module")

Fields = dict[str, Any]


class Trade:
    """What a client does at the gateway."""

    def __init__(self, http: httpx.AsyncClient, symbol: str) -> None:
        self.http = http
        self.symbol = symbol

    def terms(self, side: str, quantity: str, price: str, **more: str) -> Fields:
        return {"symbol": self.symbol, "side": side, "quantity": quantity, "price": price, **more}

    async def order(self, side: str, quantity: str, price: str, **more: str) -> Fields:
        """An order that is accepted."""
        response = await self.http.post("/order", json=self.terms(side, quantity, price, **more))
        assert response.status_code == 201, response.text
        execution: Fields = response.json()
        return execution

    async def get(self, path: str, **query: str) -> Fields:
        response = await self.http.get(path, params=query)
        assert response.status_code == 200, response.text
        answer: Fields = response.json()
        return answer


@pytest.fixture(scope="module")
def symbols() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"STK{next(numbers)}"


@pytest_asyncio.fixture(loop_scope="module")
async def trade(venue: Venue, symbols: Callable[[], str]) -> AsyncIterator[Trade]:
    """A client, and an instrument that nobody else trades."""
    symbol = symbols()
    await venue.list_instrument(symbol)
    await venue.customers.open("ann", "bob")
    async with venue.client() as http:
        yield Trade(http, symbol)


@asynccontextmanager
async def completions(venue: Venue) -> AsyncIterator["asyncio.Queue[bytes]"]:
    """What a guest of NATS sees on order.completed."""
    guest = await nats.connect(venue.nats_url())
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    async def keep(message: Any) -> None:
        seen.put_nowait(message.data)

    await guest.subscribe(ORDER_COMPLETED, cb=keep)
    await settled(guest)
    try:
        yield seen
    finally:
        await guest.close()


async def test_an_execution_is_the_same_wherever_it_is_shown(venue: Venue, trade: Trade) -> None:
    """One execution: in the answer, on the stream and in the log byte for byte, for whoever may see
    everything; and what is public of it on the open stream and on NATS."""
    key = venue.customers.headers()
    async with (
        completions(venue) as seen,
        connect(venue.ws_url, additional_headers=key, proxy=None) as stream,
        connect(venue.ws_url, proxy=None) as open_stream,
    ):
        response = await trade.http.post("/order", json=trade.terms("buy", "10", "189.50"))
        assert response.status_code == 201
        async with asyncio.timeout(PATIENCE_S):
            assert await stream.recv(decode=False) == response.content
            shown = await open_stream.recv(decode=False)
            assert split(await seen.get()) == [shown]
    told = json.loads(shown)
    assert told["order"].items() < response.json()["order"].items()
    assert not secrets_in(shown)
    log = JetStreamLog(await venue.connect(OPERATOR), EXECUTIONS)
    stored = await log.get(response.json()["entry"])
    assert stored is not None and split(stored.body) == [response.content]


async def test_an_order_is_in_the_books_as_soon_as_it_is_answered(trade: Trade) -> None:
    """A client reads its own writes, whatever it reads."""
    for number in range(1, 20):
        execution = await trade.order("buy", "10", f"189.{number:02}", account="ann")
        order_id = execution["order"]["order_id"]
        found = await trade.get(f"/order/{order_id}")
        assert found["order"].items() >= execution["order"].items()
        assert found["order"]["created_seq"] == execution["seq"]
        listed = await trade.get("/orders", account="ann", symbol=trade.symbol)
        assert [one["order_id"] for one in listed["orders"]].count(order_id) == 1
        book = await trade.get(f"/book/{trade.symbol}")
        assert book["bids"][0][:2] == [f"189.{number:02}".rstrip("0"), "10"]
        assert len(book["bids"]) == min(number, 10) and book["asks"] == []


async def test_two_orders_trade(trade: Trade) -> None:
    """A trade is in the taker's execution, in both orders, both positions and the trades."""
    maker = await trade.order("sell", "10", "100.5", account="ann")
    taker = await trade.order("buy", "4", "101", account="bob")
    assert taker["order"]["status"] == "filled"
    assert taker["order"]["average_price"] == "100.5"
    (fill,) = taker["trades"]
    assert fill["maker_order_id"] == maker["order"]["order_id"]
    (change,) = taker["changed"]
    assert (change["status"], change["leaves_quantity"]) == ("partially_filled", "6")
    (booked,) = (await trade.get("/trades", symbol=trade.symbol))["trades"]
    assert (
        booked.items()
        >= {
            "trade_id": fill["trade_id"],
            "price": "100.5",
            "quantity": "4",
            "side": "buy",
            "taker_account": "bob",
            "maker_account": "ann",
        }.items()
    )
    for account, quantity in (("ann", "-4"), ("bob", "4")):
        read = await trade.get("/positions", account=account, symbol=trade.symbol)
        assert [one["quantity"] for one in read["positions"]] == [quantity]
    made = await trade.get(f"/order/{maker['order']['order_id']}")
    assert made["order"]["filled_quantity"] == "4"
    assert [one["trade_id"] for one in made["trades"]] == [fill["trade_id"]]


async def test_an_array_is_answered_by_an_array(trade: Trade) -> None:
    """Orders that are sent together are answered together, each by what became of it."""
    orders = [
        trade.terms("buy", "1", "10"),
        trade.terms("buy", "1", "10.001"),
        {"symbol": trade.symbol},
        trade.terms("sell", "1", "10", account="bob"),
    ]
    response = await trade.http.post("/order", json=orders)
    assert response.status_code == 200
    bought, rejected, malformed, sold = response.json()
    assert bought["result"] == "accepted"
    assert (rejected["result"], rejected["reason"]) == ("rejected", "tick_size")
    assert malformed["error"]["field"] == "side"
    assert sold["order"]["status"] == "filled"
    assert sold["entry"] == bought["entry"]


async def test_a_thousand_orders_travel_together(trade: Trade) -> None:
    """The largest array is one entry; a larger one is refused whole."""
    orders = [trade.terms("buy", "1", f"{number}.01") for number in range(1, 1_001)]
    executions = (await trade.http.post("/order", json=orders)).json()
    assert [one["result"] for one in executions] == ["accepted"] * 1_000
    assert {one["entry"] for one in executions} == {executions[0]["entry"]}
    refused = await trade.http.post("/order", json=[*orders, orders[0]])
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "too_many_commands"


async def test_two_gateways_do_nothing_twice(venue: Venue, trade: Trade) -> None:
    """The same order through two gateways at once is one order, and both are told of it."""
    other = await venue.another(GATEWAY)
    await until(other.ready, "a second gateway")
    async with venue.client(url=other.url) as http:
        for number in range(20):
            terms = trade.terms("buy", "1", "7", client_order_id=f"{trade.symbol}-{number}")
            both = await asyncio.gather(
                trade.http.post("/order", json=terms), http.post("/order", json=terms)
            )
            assert sorted(answer.status_code for answer in both) == [200, 201]
            assert both[0].json()["order"]["order_id"] == both[1].json()["order"]["order_id"]


async def test_an_order_is_replaced_and_cancelled(trade: Trade) -> None:
    """A replaced order keeps its id; a cancelled one is over, by either of its names."""
    order_id = (await trade.order("buy", "10", "50", client_order_id="r1"))["order"]["order_id"]
    replaced = await trade.http.patch(f"/order/{order_id}", json={"quantity": "4", "price": "51"})
    assert replaced.status_code == 200, replaced.text
    assert replaced.json()["order"]["order_id"] == order_id
    found = (await trade.get(f"/order/{order_id}"))["order"]
    assert (found["quantity"], found["price"], found["status"]) == ("4", "51", "new")
    cancelled = await trade.http.delete("/order", params={"client_order_id": "r1"})
    assert cancelled.status_code == 200, cancelled.text
    found = (await trade.get("/order", client_order_id="r1", account="demo"))["order"]
    assert (found["status"], found["reason"]) == ("canceled", "requested")
    again = await trade.http.delete(f"/order/{order_id}")
    assert (again.status_code, again.json()["reason"]) == (422, "unknown_order")


async def test_a_repeat_is_answered_by_what_became_of_the_first(trade: Trade) -> None:
    """The same client order id does nothing twice, and means one order for ever."""
    terms = trade.terms("buy", "10", "20", client_order_id=f"{trade.symbol}-1")
    first = await trade.http.post("/order", json=terms)
    repeat = await trade.http.post("/order", json=terms)
    assert (first.status_code, repeat.status_code) == (201, 200)
    assert repeat.json()["result"] == "duplicate"
    assert repeat.json()["first_seq"] == first.json()["seq"]
    assert repeat.json()["order"] == first.json()["order"]
    other = await trade.http.post("/order", json=terms | {"quantity": "11"})
    assert (other.status_code, other.json()["reason"]) == (422, "client_order_id_reused")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"symbol": "NONE"}, "unknown_symbol"),
        ({"price": "10.001"}, "tick_size"),
        ({"quantity": "1.5"}, "lot_size"),
        ({"quantity": "2000000000"}, "max_quantity"),
    ],
)
async def test_what_the_market_refuses_is_booked(trade: Trade, change: Fields, reason: str) -> None:
    """A rejection says why, has an execution like any answer, and stands in the books."""
    response = await trade.http.post("/order", json=trade.terms("buy", "1", "10") | change)
    execution = response.json()
    assert (response.status_code, execution["reason"]) == (422, reason)
    assert execution["text"]
    found = (await trade.get(f"/order/{execution['order']['order_id']}"))["order"]
    assert (found["status"], found["reason"]) == ("rejected", reason)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b"\xff", None),
        (b'"AAPL"', None),
        (b'{"symbol":"AAPL","side":"up","quantity":"1","price":"1"}', "side"),
        (b'{"symbol":"AAPL","side":"buy","quantity":1e400,"price":"1"}', "quantity"),
        (b'{"symbol":"AAPL","side":"buy","quantity":NaN,"price":"1"}', "quantity"),
        (b'{"symbol":"AAPL","side":"buy","quantity":"1","price":"1","colour":"red"}', "colour"),
        (b'{"symbol":' + b"[" * 100 + b"]" * 100 + b"}", None),
    ],
)
async def test_what_cannot_be_understood_never_enters(
    trade: Trade, body: bytes, field: str | None
) -> None:
    """A body that is no command is answered 400 with the field, and the log does not grow."""
    before = (await trade.http.get("/readyz")).json()["position"]
    response = await trade.http.post("/order", content=body)
    assert response.status_code == 400, response.text
    assert response.json()["error"].get("field") == field
    assert (await trade.order("buy", "1", "1"))["entry"] == before + 1


async def test_an_id_is_unknown_only_when_its_entry_is_booked(trade: Trade) -> None:
    """An id from the past that no order has is 404; one that is still to come is pending."""
    order_id = (await trade.order("buy", "1", "1"))["order"]["order_id"]
    past = f"00000000-0001{order_id[13:]}"
    future = f"00000000-ffff{order_id[13:]}"
    assert (await trade.http.get(f"/order/{past}")).status_code == 404
    assert (await trade.get(f"/order/{future}"))["order"]["status"] == "pending"
    unheard = {"client_order_id": "unheard-of", "account": "demo"}
    assert (await trade.http.get("/order", params=unheard)).status_code == 404


async def test_orders_over_a_websocket(venue: Venue, trade: Trade) -> None:
    """Many frames in flight, each answered under its id by what HTTP would have said."""
    url = venue.url.replace("http", "ws") + "/ws"
    key = venue.customers.headers()
    async with (
        connect(url, additional_headers=key, proxy=None) as client,
        asyncio.timeout(PATIENCE_S),
    ):
        for number in range(50):
            terms = trade.terms("buy", "1", "5", client_order_id=f"{trade.symbol}-{number}")
            await client.send(json.dumps({"id": number, "order": terms}))
        answers = [json.loads(await client.recv()) for _ in range(50)]
        assert [answer["id"] for answer in answers] == list(range(50))
        assert all(answer["execution"]["result"] == "accepted" for answer in answers)
        cancels = [
            {"op": "cancel", "client_order_id": f"{trade.symbol}-0"},
            {"op": "cancel", "client_order_id": f"{trade.symbol}-0"},
        ]
        await client.send(json.dumps({"id": "c", "orders": cancels}))
        answer = json.loads(await client.recv())
        results = [one["execution"]["result"] for one in answer["results"]]
        assert (answer["id"], results) == ("c", ["accepted", "rejected"])
        await client.send(json.dumps({"id": "e", "order": {}}))
        answer = json.loads(await client.recv())
        assert (answer["id"], answer["error"]["field"]) == ("e", "side")
    (order,) = (await trade.get("/orders", symbol=trade.symbol, limit="1"))["orders"]
    assert order["client_order_id"] == f"{trade.symbol}-49"
