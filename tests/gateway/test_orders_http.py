"""Order commands over real HTTP, answered by the real engine."""

import asyncio
from typing import Any

import httpx
import pytest

from outcry.gateway import order_entry
from outcry.gateway.asgi import BODY_MAX
from outcry.gateway.order_entry import Bounds
from tests.gateway.conftest import Serve
from tests.gateway.exchange import ADMIN, OPENING, TRADER
from tests.gateway.front import a_front
from tests.waiting import until

BY_KEY = f"authorization: Bearer {TRADER}\r\n"
BUY = {"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "1"}
SELL = BUY | {"side": "sell", "account": "other"}


def error_of(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field of an error that is well formed."""
    assert response.headers["content-type"] == "application/json"
    error: dict[str, str] = response.json()["error"]
    assert {"code", "message"} <= error.keys() <= {"code", "message", "field"}
    assert error["message"]
    return response.status_code, error["code"], error.get("field")


async def test_an_order_is_answered_by_its_execution(serve: Serve) -> None:
    """POST /order gives 201 and the execution: id, status, trades, average price."""
    async with a_front(serve) as front:
        await front.order(SELL | {"quantity": "4"})
        response = await front.order(BUY)
        assert response.status_code == 201
        execution = response.json()
        assert execution["result"] == "accepted"
        assert execution["order"]["status"] == "partially_filled"
        assert execution["order"]["filled_quantity"] == "4"
        assert execution["order"]["average_price"] == "1"
        assert [trade["quantity"] for trade in execution["trades"]] == ["4"]


async def test_a_repeat_is_a_duplicate(serve: Serve) -> None:
    """The same order with the same client order id is done once and answered 200."""
    async with a_front(serve) as front:
        first = await front.order(BUY | {"client_order_id": "a1"})
        again = await front.order(BUY | {"client_order_id": "a1"})
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json()["first_seq"] == first.json()["seq"]


async def test_a_rejected_order_has_the_execution_in_its_answer(serve: Serve) -> None:
    """What the market refuses is answered 422 with the reason and the execution."""
    async with a_front(serve) as front:
        response = await front.order(BUY | {"price": "1.005"})
        assert response.status_code == 422
        execution = response.json()
        assert (execution["result"], execution["reason"]) == ("rejected", "tick_size")
        assert execution["field"] == "price"


async def test_an_array_is_answered_by_an_array(serve: Serve) -> None:
    """Each element has its answer in its place; one bad one spoils none of the others."""
    async with a_front(serve) as front:
        response = await front.order([BUY, {"symbol": "AAPL"}, BUY | {"price": "1.005"}, SELL])
        assert response.status_code == 200
        first, second, third, fourth = response.json()
        assert first["result"] == fourth["result"] == "accepted"
        assert second["error"]["field"] == "side"
        assert third["reason"] == "tick_size"


async def test_an_array_that_failed_alike_has_one_answer(serve: Serve) -> None:
    """When all of an array failed for one reason, that is the answer, with its status."""
    async with a_front(serve) as front:
        front.exchange.executions.connected = False
        response = await front.order([BUY, SELL])
        assert error_of(response) == (503, "not_accepting", None)
        assert response.headers["retry-after"] == "1"


async def test_an_array_of_one_is_answered_by_an_array(serve: Serve) -> None:
    """An array of one order is answered by an array of one."""
    async with a_front(serve) as front:
        response = await front.order([BUY])
        assert (response.status_code, len(response.json())) == (200, 1)


async def test_too_much_at_once_is_refused(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound of waiting commands the answer is 429 with a Retry-After."""
    monkeypatch.setattr(order_entry, "WAITING_MAX", 1)
    async with a_front(serve) as front:
        response = await front.order([BUY, SELL])
        assert error_of(response) == (429, "too_many_commands", None)
        assert response.headers["retry-after"] == "1"


async def test_no_answer_in_time_is_unknown(serve: Serve) -> None:
    """When the engine does not answer in time it is 202, with the client order id to ask for."""
    async with a_front(serve, Bounds(1_000, answer_timeout_s=0.0), answers=False) as front:
        waiting = asyncio.create_task(front.order(BUY))
        await front.exchange.entered(1)
        front.exchange.entry.expire()
        response = await waiting
        assert response.status_code == 202
        assert response.json()["status"] == "unknown"
        assert response.json()["client_order_id"] == "given-1"


async def test_a_replace_and_a_cancel_by_id(serve: Serve) -> None:
    """PATCH changes and DELETE cancels the order of the address; both answer 200."""
    async with a_front(serve) as front:
        order = (await front.order(BUY)).json()["order"]
        address = f"/order/{order['order_id']}"
        replaced = await front.http.patch(address, json={"quantity": 7, "price": "1.5"})
        assert replaced.status_code == 200
        assert replaced.json()["order"]["quantity"] == "7"
        cancelled = await front.http.delete(address)
        assert cancelled.status_code == 200
        assert cancelled.json()["order"]["status"] == "canceled"
        again = await front.http.delete(address)
        assert (again.status_code, again.json()["reason"]) == (422, "unknown_order")


async def test_a_replace_and_a_cancel_by_client_order_id(serve: Serve) -> None:
    """The order may be named in the query, with its account."""
    async with a_front(serve) as front:
        await front.order(SELL | {"client_order_id": "a/1 u?"})
        named = {"client_order_id": "a/1 u?", "account": "other"}
        patched = await front.http.patch(
            "/order", params=named, json={"price": 2, "new_client_order_id": "a2"}
        )
        assert patched.json()["order"]["price"] == "2"
        wrong_account = await front.http.delete("/order?client_order_id=a2")
        assert wrong_account.json()["blocked"]
        gone = await front.http.delete("/order?client_order_id=a2&account=other")
        assert gone.json()["order"]["status"] == "canceled"


UNCLEAR: list[tuple[str, str, bytes, str | None]] = [
    ("DELETE", "/order", b"", "order_id"),
    ("DELETE", "/order/nonsense", b"", "order_id"),
    ("DELETE", "/order?client_order_id=", b"", "client_order_id"),
    ("DELETE", "/order?client_order_id=%ff", b"", "client_order_id"),
    ("DELETE", "/order?client_order_id=a&client_order_id=b", b"", "client_order_id"),
    ("DELETE", "/order?client_order_id=a&account=%0a", b"", "account"),
    ("DELETE", "/order?op=new&symbol=AAPL&side=buy&quantity=1&price=1", b"", "op"),
    ("DELETE", "/order?client_order_id=a&quantity=1", b"", "quantity"),
    ("DELETE", "/order?client_order_id=a", b'{"client_order_id":"b"}', "client_order_id"),
    ("DELETE", "/order?client_order_id=a", b'{"op":"new"}', "op"),
    ("DELETE", "/order?client_order_id=a", b'{"price":"1"}', "price"),
    ("DELETE", "/order?client_order_id=a", b"[]", None),
    ("DELETE", "/order?client_order_id=a", b"{", None),
    ("DELETE", "/order?client_order_id=a", b"\xff", None),
    ("PATCH", "/order?client_order_id=a", b"", "quantity"),
    ("PATCH", "/order?client_order_id=a", b'{"price":1e400}', "price"),
    ("PATCH", "/order?client_order_id=a", b'{"price":NaN}', None),
    ("PATCH", "/order?client_order_id=a", b'{"quantity":[[[[[[[[[1]]]]]]]]]}', None),
    ("PATCH", "/order?client_order_id=a", b"[" * 100_000, None),
    ("PATCH", "/order/a?client_order_id=a", b'{"price":1}', "order_id"),
    ("PATCH", "/order?client_order_id=a", b'{"price":1,"\\u0000":1}', "a name that is none"),
]


async def test_what_is_unclear_of_a_named_order_is_400(serve: Serve) -> None:
    """Address and body say each thing once, and nothing that does not belong there."""
    async with a_front(serve) as front:
        for method, address, body, field in UNCLEAR:
            response = await front.http.request(method, address, content=body)
            assert error_of(response) == (400, "malformed", field), (method, address, body)
        assert await front.exchange.orders.last_seq() == OPENING


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/order"),
        ("POST", "/%6frder"),
        ("PATCH", "/order?client_order_id=a"),
        ("GET", "/orders"),
        ("GET", "/audit"),
        ("POST", "/admin"),
        ("POST", "/keys"),
    ],
)
async def test_who_shows_two_keys_is_nobody(serve: Serve, method: str, address: str) -> None:
    """Which of them counts would be anybody's guess: 400, and nothing is done, though both are
    good."""
    async with a_front(serve) as front:
        both = [("authorization", f"Bearer {key}") for key in (TRADER, ADMIN)]
        response = await front.http.request(method, address, content=b"{}", headers=both)
        assert error_of(response) == (400, "malformed", None)
        assert "more than one Authorization header" in response.text
        assert await front.exchange.orders.last_seq() == OPENING


async def test_address_and_body_may_say_the_same(serve: Serve) -> None:
    """Who sends the whole command to the address of its order is understood."""
    async with a_front(serve) as front:
        await front.order(BUY | {"client_order_id": "a1"})
        named = {"client_order_id": "a1", "account": "demo"}
        whole = named | {"op": "replace", "price": "2"}
        patched = await front.http.patch("/order", params=named, json=whole)
        assert patched.json()["order"]["price"] == "2"
        in_body = await front.http.patch("/order", json={"client_order_id": "a1", "price": "3"})
        assert in_body.json()["order"]["price"] == "3"


async def test_a_body_over_the_bound_is_refused(serve: Serve) -> None:
    """A body of more than a mebibyte is 413, on each way in."""
    async with a_front(serve) as front:
        large = b" " * (BODY_MAX + 1)
        assert error_of(await front.raw(large)) == (413, "body_too_large", None)
        patched = await front.http.patch("/order/a", content=large)
        assert error_of(patched) == (413, "body_too_large", None)


async def test_a_body_at_the_bound_is_read(serve: Serve) -> None:
    """A body of exactly a mebibyte is taken, whatever the white space in it."""
    async with a_front(serve) as front:
        order = b'{"symbol":"AAPL","side":"buy","quantity":1,"price":1}'
        response = await front.raw(order.rjust(BODY_MAX))
        assert response.status_code == 201


async def test_a_thousand_orders_are_one_entry(serve: Serve) -> None:
    """An array of as many orders as an entry may hold enters whole."""
    async with a_front(serve) as front:
        response = await front.order([BUY] * 1_000)
        assert response.status_code == 200
        assert {execution["entry"] for execution in response.json()} == {OPENING + 1}


async def test_an_address_may_be_written_in_other_ways(serve: Serve) -> None:
    """Whole addresses and escapes name the same order entry."""
    async with a_front(serve) as front:
        order = b'{"symbol":"AAPL","side":"buy","quantity":1,"price":1}'
        head = f"host: x\r\n{BY_KEY}content-length: {len(order)}\r\n\r\n".encode()
        client = await front.served.client()
        for target in (b"http://x/order", b"/%6frder", b"/order?x"):
            await client.send(b"POST " + target + b" HTTP/1.1\r\n" + head + order)
            assert (await client.reply()).status == 201


async def test_an_answer_for_a_request_that_is_gone_harms_nobody(serve: Serve) -> None:
    """A client that leaves before its answer changes nothing for the others."""
    async with a_front(serve, answers=False) as front:
        for line, body in (
            (b"POST /order", b'{"op":"cancel","client_order_id":"a"}'),
            (b"PATCH /order?client_order_id=a", b'{"price":1}'),
            (b"DELETE /order?client_order_id=a", b""),
        ):
            client = await front.served.client()
            head = f" HTTP/1.1\r\nhost: x\r\n{BY_KEY}content-length: {len(body)}\r\n\r\n".encode()
            await client.send(line + head + body)
        await until(lambda: front.exchange.commands_entered() == 3)
        for client in front.served.clients:
            client.writer.transport.abort()
        await until(lambda: not front.served.connections)
        await front.exchange.answer()
        assert (await front.http.get("/healthz")).status_code == 200


def number(text: str, field: str = "quantity") -> bytes:
    fields: dict[str, Any] = {"quantity": '"1"', "price": '"1"'} | {field: text}
    numbers = ",".join(f'"{name}":{value}' for name, value in fields.items())
    return f'{{"symbol":"AAPL","side":"buy",{numbers}}}'.encode()


async def test_numbers_may_be_written_in_several_ways(serve: Serve) -> None:
    """A quantity may be text or a JSON number, as long as its value is clear."""
    async with a_front(serve) as front:
        for text in ('"10"', "10", "1e1", "1.0", '"0010"', '"9000000.000000000"'):
            assert (await front.raw(number(text))).status_code == 201, text


UNCLEAR_NUMBERS = [
    *("0", "-0", "-1", "0.0", '"0"', '"-1"', '"+1"', '""', '" 1"', '"1 "', '"1e3"', '"1_000"'),
    *('"1,5"', '".5"', '"5."', '"0x10"', '"NaN"', '"Infinity"', '"\u0661"', '"1\\u0000"'),
    *("1e400", "-1e400", "1e-10", "1e-400", "NaN", "Infinity", "-Infinity", "9000000001"),
    *("0.30000000000000004", "100000000000.5", "1" * 400, "true", "[]", "{}", "[1]"),
    *('{"a":1}', '"0.0000000001"', '"9000000000.000000001"'),
]


async def test_a_number_that_is_not_clear_is_400_and_names_its_field(serve: Serve) -> None:
    """What is not a positive decimal within the bounds is refused, never rounded, never read."""
    async with a_front(serve) as front:
        for text in UNCLEAR_NUMBERS:
            for field in ("quantity", "price"):
                response = await front.raw(number(text, field))
                assert error_of(response) == (400, "malformed", field), text


NOT_UNDERSTOOD = [
    (b'{"symbol":"AAPL","side":"buy","quantity":"1","price":"1","colour":"red"}', "colour"),
    (b'{"symbol":"aapl","side":"buy","quantity":"1","price":"1"}', "symbol"),
    (b'{"symbol":7,"side":"buy","quantity":"1","price":"1"}', "symbol"),
    (b'{"symbol":"AAPL","side":"hold","quantity":"1","price":"1"}', "side"),
    (b'{"symbol":"AAPL","side":"buy","type":"market","quantity":1,"price":"1"}', "price"),
    (b'{"symbol":"AAPL","side":"buy","quantity":"1"}', "price"),
    (b'{"symbol":"AAPL","side":"buy","quantity":"1","price":"1","account":""}', "account"),
    (b'{"op":"explode"}', "op"),
    (b'{"op":"replace","client_order_id":"a"}', "quantity"),
    (b'{"op":"cancel"}', "order_id"),
    (b'{"op":"cancel","client_order_id":"\\u00e4"}', "client_order_id"),
    (b'{"op":"cancel","order_id":"00000000-0000-8000-8000-000000000000"}', "order_id"),
]


async def test_what_is_not_understood_names_the_field(serve: Serve) -> None:
    """Every refusal of a command says which field is at fault."""
    async with a_front(serve) as front:
        for body, field in NOT_UNDERSTOOD:
            assert error_of(await front.raw(body)) == (400, "malformed", field), body


async def test_the_last_of_two_equal_keys_counts(serve: Serve) -> None:
    """JSON with a key twice is read as by most readers: the last one counts."""
    async with a_front(serve) as front:
        body = b'{"symbol":"X","symbol":"AAPL","side":"buy","quantity":1,"price":1}'
        assert (await front.raw(body)).status_code == 201
