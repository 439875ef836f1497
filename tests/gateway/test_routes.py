"""Every address of the gateway, and what is none, over real HTTP."""

import httpx
import msgspec

from tests.gateway.conftest import Serve
from tests.gateway.front import a_front

METHODS = {
    "/order": "DELETE, GET, HEAD, PATCH, POST",
    "/order/a": "DELETE, GET, HEAD, PATCH",
    "/orders": "GET, HEAD",
    "/trades": "GET, HEAD",
    "/positions": "GET, HEAD",
    "/accounts": "GET, HEAD",
    "/accounts/a": "GET, HEAD",
    "/activities": "GET, HEAD",
    "/instruments": "GET, HEAD",
    "/book/AAPL": "GET, HEAD",
    "/book/BTC/USD": "GET, HEAD",
    "/tape": "GET, HEAD",
    "/admin": "POST",
    "/keys": "GET, HEAD, POST",
    "/keys/0123456789abcdef": "DELETE",
    "/audit": "GET, HEAD",
    "/healthz": "GET, HEAD",
    "/readyz": "GET, HEAD",
    "/metrics": "GET, HEAD",
}


def code_of(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/json"
    error: dict[str, str] = response.json()["error"]
    assert error["message"]
    return error["code"]


async def test_a_wrong_method_is_told_the_right_ones(serve: Serve) -> None:
    """405 says in Allow what the address takes, on all of its routes together."""
    async with a_front(serve) as front:
        for address, methods in METHODS.items():
            response = await front.http.put(address)
            assert (response.status_code, code_of(response)) == (405, "method_not_allowed")
            assert response.headers["allow"] == methods, address


async def test_who_sends_orders_to_the_list_of_them_is_told_where(serve: Serve) -> None:
    """One to place, and one to cancel them all; so is who asks for that by a query."""
    async with a_front(serve) as front:
        for method in ("POST", "DELETE"):
            response = await front.http.request(method, "/orders")
            assert (response.status_code, code_of(response)) == (405, "method_not_allowed")
            assert 'POST /order; {"op": "cancel_all"}' in response.json()["error"]["message"]
        response = await front.http.delete("/order?all=true")
        assert (response.status_code, code_of(response)) == (400, "malformed")
        assert '{"op": "cancel_all"} to POST /order' in response.json()["error"]["message"]
        response = await front.http.patch("/order?all=true")
        assert "cancel_all" not in response.json()["error"]["message"]


async def test_an_unknown_address_is_404_in_json(serve: Serve) -> None:
    """What is not there is an error like any other, and no address has a second form."""
    async with a_front(serve) as front:
        for address in ("/nothing", "/orders/", "/order/", "/book", "/ORDERS", "/order/a/b"):
            response = await front.http.get(address)
            assert (response.status_code, code_of(response)) == (404, "not_found"), address


async def test_the_websocket_is_no_page(serve: Serve) -> None:
    """A plain GET of /ws is told to upgrade."""
    async with a_front(serve) as front:
        response = await front.http.get("/ws")
        assert (response.status_code, code_of(response)) == (426, "upgrade_required")


async def test_the_host_header_says_nothing_of_the_address(serve: Serve) -> None:
    """A Host header with a path in it leads nowhere else."""
    async with a_front(serve) as front:
        response = await front.http.get("/healthz", headers={"host": "x/orders?y"})
        assert response.json() == {"status": "ok"}


async def test_operations_are_served_on_the_same_port(serve: Serve) -> None:
    """Health, readiness and metrics of the gateway are on its own port."""
    async with a_front(serve) as front:
        await front.order({"symbol": "AAPL", "side": "buy", "quantity": 1, "price": 1})
        assert (await front.http.get("/readyz")).json() == {"ready": True}
        metrics = (await front.http.get("/metrics")).text
        assert 'outcry_gateway_commands_total{fate="answered"} 1.0' in metrics


async def test_a_defect_tells_nothing_of_itself(serve: Serve) -> None:
    """A bug is answered 500 in the same form, without its text."""
    async with a_front(serve) as front:  # it has no broker, which only a defect can bring about
        response = await front.http.get("/orders")
        assert (response.status_code, code_of(response)) == (500, "internal")
        assert "NoneType" not in response.text


HOSTILE = [
    b"GET /%",
    b"GET /%ff",
    b"GET /%00",
    b"GET /%zz",
    b"GET //",
    b"GET /../../etc/passwd",
    b"DELETE /order%2fx",
    b"DELETE /order/\xc3\xa4",
    b"GET /" + b"a" * 60_000,
    b"PATCH /order?" + b"client_order_id=a&" * 3_000,
    b"DELETE /order?%ff=%ff",
    b"DELETE /order?" + b"&" * 60_000,
    b"DELETE /order?client_order_id=" + b"%41" * 20_000,
    b"PATCH /order/%2e%2e?account=%00",
    b"OPTIONS *",
    b"TRACE /order",
    b"POST /orders",
    b"POST /order/",
]


async def test_whatever_is_asked_is_answered_by_an_error_in_json(serve: Serve) -> None:
    """Strange addresses, bad escapes and huge queries: a 4xx with a code, and no harm done."""
    async with a_front(serve) as front:
        for line in HOSTILE:
            client = await front.served.client()
            await client.send(line + b" HTTP/1.1\r\nhost: x\r\n\r\n")
            reply = await client.reply()
            assert 400 <= reply.status < 500, line[:80]
            error = msgspec.json.decode(reply.body)["error"]
            assert error["code"] and error["message"], line[:80]
        assert (await front.http.get("/healthz")).status_code == 200
