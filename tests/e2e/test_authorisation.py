"""Who may do what at the gateway: every address and channel, tried with every kind of key.

`ann` and `bob` have accounts and keys to trade. What is asked is about ann: her account, her order.
Whoever asks for more than is his learns nothing, not even whether there is such a thing.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from chaos.customers import ADMIN, id_of, key_of
from chaos.service import until
from chaos.venue import Venue
from outcry.domain.types import Role
from outcry.wire.keys import parse_key

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN = 200, 200, 200, 200, 200, 200
TABLE = {
    # address                      ann  bob  reader admin revoked nobody
    "POST /order":                 (201, 403, 403, 201, 401, 401),
    "GET /order":                  (200, 403, 200, 200, 401, 401),
    "PATCH /order":                (200, 403, 403, 200, 401, 401),
    "DELETE /order":               (200, 403, 403, 200, 401, 401),
    "GET /order/{order_id}":       (200, 404, 200, 200, 401, 401),
    "PATCH /order/{order_id}":     (200, 403, 403, 200, 401, 401),
    "DELETE /order/{order_id}":    (200, 403, 403, 200, 401, 401),
    "GET /ws":                     (101, 403, 403, 101, 401, 401),
    "GET /orders":                 (200, 403, 200, 200, 401, 401),
    "GET /trades":                 (200, 403, 200, 200, 401, 401),
    "GET /positions":              (200, 403, 200, 200, 401, 401),
    "GET /accounts":               (200, 200, 200, 200, 401, 401),
    "GET /accounts/{account}":     (200, 403, 200, 200, 401, 401),
    "GET /activities":             (200, 403, 200, 200, 401, 401),
    "POST /admin":                 (403, 403, 403, 201, 401, 401),
    "GET /audit":                  (403, 403, 403, 200, 401, 401),
    "POST /keys":                  (403, 403, 403, 201, 401, 401),
    "GET /keys":                   (403, 403, 403, 200, 401, 401),
    "DELETE /keys/{key_id}":       (403, 403, 403, 200, 401, 401),
    "GET /instruments":            OPEN,
    "GET /book/{symbol}":          OPEN,
    "GET /tape":                   OPEN,
    "GET /healthz":                OPEN,
    "GET /readyz":                 OPEN,
    "GET /metrics":                OPEN,
    "GET /openapi.json":           OPEN,
    "GET /docs":                   OPEN,
}  # fmt: skip
"""The status of each, by who asks."""
SENDERS = ("ann", "bob", "reader", "admin", "revoked", "nobody")

BUY = {"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "1.50"}
SECRET = "anns-own-name"


class House:
    """A venue, the keys of those who ask, and what can be asked about ann."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.keys: dict[str, str] = {
            "ann": key_of("ann"),
            "bob": key_of("bob"),
            "admin": key_of(ADMIN),
            "nobody": "",
        }
        self._number = 0

    def http(self, who: str) -> httpx.AsyncClient:
        key = self.keys[who]
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(base_url=self.venue.url, headers=headers, trust_env=False)

    async def ask(self, who: str, method: str, address: str, body: Any = None) -> httpx.Response:
        async with self.http(who) as http:
            content = None if body is None else json.dumps(body)
            return await http.request(method, address, content=content)

    async def new_key(self, role: str, *accounts: str) -> str:
        body = {"role": role, "accounts": list(accounts)}
        response = await self.ask("admin", "POST", "/keys", body)
        assert response.status_code == 201
        text: str = response.json()["secret"]
        return text

    async def order(self, **terms: Any) -> dict[str, Any]:
        """An order of ann, resting."""
        self._number += 1
        named = {"client_order_id": f"{SECRET}-{self._number}"}
        response = await self.ask("ann", "POST", "/order", BUY | named | terms)
        assert response.status_code == 201, response.text
        order: dict[str, Any] = response.json()["order"]
        return order

    @asynccontextmanager
    async def session(self, who: str, query: str = "") -> AsyncIterator[ClientConnection]:
        """Its key as a browser sends it."""
        url = f"{self.venue.url.replace('http', 'ws')}/ws{query}"
        offered: Any = ["outcry", self.keys[who]] if self.keys[who] else None
        async with connect(url, subprotocols=offered, proxy=None) as client:
            assert client.subprotocol == "outcry"
            yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(open_venue: Venue) -> House:
    await open_venue.customers.open("ann", "bob")
    house = House(open_venue)
    house.keys["reader"] = await house.new_key("read", "ann")
    house.keys["revoked"] = await house.new_key("trade", "ann")
    parts = parse_key(house.keys["revoked"])
    assert parts is not None
    gone = await house.ask("admin", "DELETE", f"/keys/{parts.key_id}")
    assert gone.status_code == 200
    return house


class Request(NamedTuple):
    method: str
    address: str
    body: Any = None


async def request_for(house: House, row: str) -> Request:
    """A request to the address of a row, about ann."""
    method, _, path = row.partition(" ")
    ann = {"account": "ann"}
    match path:
        case "/order" if method == "POST":
            return Request(method, path, BUY | ann)
        case "/order":
            order = await house.order()
            named = f"?client_order_id={order['client_order_id']}&account=ann"
            return Request(method, path + named, {"quantity": "7"} if method == "PATCH" else None)
        case "/order/{order_id}":
            path = f"/order/{(await house.order())['order_id']}"
            path += "" if method == "GET" else "?account=ann"
            return Request(method, path, {"quantity": "7"} if method == "PATCH" else None)
        case "/orders" | "/trades" | "/positions" | "/activities":
            return Request(method, f"{path}?account=ann")
        case "/accounts/{account}":
            return Request(method, "/accounts/ann")
        case "/book/{symbol}":
            return Request(method, "/book/AAPL")
        case "/admin":
            return Request(method, path, {"op": "account.set", "max_open_orders": 900} | ann)
        case "/keys" if method == "POST":
            return Request(method, path, {"role": "trade", "accounts": ["ann"]})
        case "/keys/{key_id}":
            parts = parse_key(await house.new_key("read", "ann"))
            assert parts is not None
            return Request(method, f"/keys/{parts.key_id}")
    return Request(method, path)


async def test_no_address_is_without_its_row(house: House) -> None:
    """Whoever adds an address says here who may do what there."""
    paths = (await house.ask("nobody", "GET", "/openapi.json")).json()["paths"]
    told = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert told == set(TABLE)


@pytest.mark.parametrize("row", TABLE)
async def test_an_address_is_for_whom_it_is_for(house: House, row: str) -> None:
    """Own key, another account's, one to read, the administrator's, a revoked one, none."""
    expected = dict(zip(SENDERS, TABLE[row], strict=True))
    for who in reversed(SENDERS):  # those first that may change nothing
        request = await request_for(house, row)
        if row == "GET /ws":
            status = await handshake(house, who)
        else:
            response = await house.ask(who, *request)
            status = response.status_code
            if status == 401:
                assert response.headers["www-authenticate"] == "Bearer"
                assert response.json()["error"]["code"] == "unauthorized"
            if status == 403:
                assert response.json()["error"]["code"] == "not_allowed"
        assert status == expected[who], who


async def handshake(house: House, who: str) -> int:
    try:
        async with house.session(who, "?cancel_on_disconnect=ann"):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


FORGED: dict[str, Any] = {
    "POST /order": BUY,
    "PATCH /order": {"client_order_id": "a", "quantity": "7"},
    "DELETE /order": {"client_order_id": "a"},
    "PATCH /order/{order_id}": {"quantity": "7"},
    "DELETE /order/{order_id}": {},
    "POST /admin": {"op": "market.release"},
    "POST /keys": {"role": "read", "accounts": ["ann"]},
}


@pytest.mark.parametrize("row", FORGED)
async def test_a_body_does_not_say_whose_key_it_is(house: House, row: str) -> None:
    """A key id in the body is refused, also that of an administrator, and also when it is his."""
    method, _, path = row.partition(" ")
    path = path.replace("{order_id}", "00000000-0009-8000-8000-123456789abc")
    for who in ("bob", "admin"):
        response = await house.ask(who, method, path, FORGED[row] | {"key": id_of(ADMIN)})
        assert response.status_code == 400
        error = response.json()["error"]
        assert (error["code"], error["field"]) == ("malformed", "key")


async def test_a_session_sends_no_more_than_its_key_may(house: House) -> None:
    """Each frame is refused for itself, in the words of HTTP; the session goes on."""
    cases = {
        "reader": [(BUY, "not_allowed"), ({"op": "market.kill"}, "not_allowed")],
        "bob": [
            (BUY | {"account": "ann"}, "not_allowed"),
            (BUY | {"key": id_of("ann")}, "malformed"),
            ({"op": "account.deposit", "account": "bob", "amount": "1"}, "not_allowed"),
        ],
    }
    for who, frames in cases.items():
        async with house.session(who) as session:
            for order, code in frames:
                await session.send(json.dumps({"id": 1, "order": order}))
                assert json.loads(await session.recv())["error"]["code"] == code
    async with house.session("admin") as session:
        both = [{"op": "market.release"}, BUY | {"account": "ann"}]
        await session.send(json.dumps({"id": 1, "orders": both}))
        results = json.loads(await session.recv())["results"]
        assert [one["execution"]["result"] for one in results] == ["accepted", "accepted"]


async def test_a_session_ends_with_its_key(house: House) -> None:
    """Who loses his key loses his session; the dead man's switch then takes his orders along."""
    house.keys["brief"] = await house.new_key("trade", "bob")
    parts = parse_key(house.keys["brief"])
    assert parts is not None
    async with house.session("brief", "?cancel_on_disconnect=bob") as session:
        await session.send(json.dumps({"id": 1, "order": BUY}))
        order = json.loads(await session.recv())["execution"]["order"]
        await house.ask("admin", "DELETE", f"/keys/{parts.key_id}")
        assert json.loads(await session.recv())["error"]["code"] == "unauthorized"
        await session.wait_closed()
        assert session.close_code == 4401

    async def is_cancelled() -> bool:
        told = (await house.ask("bob", "GET", f"/order/{order['order_id']}")).json()
        return bool(told["order"]["status"] == "canceled")

    await until(is_cancelled, "the cancel of the orders of who lost his key")


NAMING = (
    ("GET", "/orders?account={}", None),
    ("GET", "/trades?account={}", None),
    ("GET", "/positions?account={}", None),
    ("GET", "/activities?account={}", None),
    ("GET", "/accounts/{}", None),
    ("GET", "/order?client_order_id=a&account={}", None),
    ("POST", "/order", BUY),
    ("POST", "/order", {"op": "cancel_all"}),
    ("PATCH", "/order?client_order_id=a&account={}", {"quantity": "7"}),
    ("DELETE", "/order?client_order_id=a&account={}", None),
)


async def test_nobody_learns_which_accounts_there_are(house: House) -> None:
    """What is refused of another's account is refused of none, word for word."""
    for method, address, body in NAMING:
        told = []
        for account in ("ann", "zed"):
            named = body | {"account": account} if body and "{" not in address else body
            response = await house.ask("bob", method, address.format(account), named)
            told.append((response.status_code, response.text.replace(account, "…")))
        assert told[0] == told[1], (method, address)
        assert told[0][0] == 403


async def test_nobody_learns_which_orders_there_are(house: House) -> None:
    """Another's order is as unknown as one that never was, whatever is tried with its id."""
    order_id = (await house.order())["order_id"]
    none = f"{order_id[:14]}8fff{order_id[18:]}"
    for method, body in (("GET", None), ("PATCH", {"quantity": "7"}), ("DELETE", None)):
        told = []
        for one in (order_id, none):
            response = await house.ask("bob", method, f"/order/{one}", body)
            answer = response.json()
            told.append((response.status_code, answer.get("error"), answer.get("reason")))
        assert told[0] == told[1], method


async def test_a_trade_tells_nothing_of_the_other_side(house: House) -> None:
    """Taker and maker: price and quantity are known to both, names, fees and balances to one."""
    await house.order(price="1.60", quantity="3")
    sold = await house.ask("bob", "POST", "/order", BUY | {"side": "sell", "quantity": "3"})
    seq = sold.json()["seq"]
    assert sold.json()["trades"]
    reads = ("/orders", "/trades", "/positions", "/accounts", "/activities", "/tape")
    seen = [sold, *[await house.ask("bob", "GET", f"{read}?min_seq={seq}") for read in reads]]
    assert [response.status_code for response in seen] == [201] + [200] * 6
    for response in seen:
        assert '"ann"' not in response.text, response.url
        assert SECRET not in response.text, response.url
    own = await house.ask("ann", "GET", "/trades?limit=1")
    assert '"bob"' not in own.text
    whole = await house.ask("admin", "GET", "/trades?limit=1")
    assert '"ann"' in whole.text and '"bob"' in whole.text


async def test_the_stream_shows_everybody_what_is_his(house: House) -> None:
    """The same execution, at the same place, to each as much as he may see; a revoked key opens
    nothing, none opens what is public."""
    url = house.venue.ws_url
    seen: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        streams = {}
        for who in SENDERS:
            key = house.keys[who]
            headers = {"authorization": f"Bearer {key}"} if key else {}
            if who == "revoked":
                with pytest.raises(InvalidStatus) as refused:
                    await connect(url, additional_headers=headers, proxy=None)
                assert refused.value.response.status_code == 401
            else:
                stream = connect(url, additional_headers=headers, proxy=None)
                streams[who] = await stack.enter_async_context(stream)
        order_id = (await house.order())["order_id"]
        for who, client in streams.items():
            while json.loads(frame := str(await client.recv(decode=True)))["id"] != order_id:
                pass
            seen[who] = frame
    knows = {who: SECRET in frame and '"ann"' in frame for who, frame in seen.items()}
    assert knows == {"ann": True, "bob": False, "reader": True, "admin": True, "nobody": False}
    assert json.loads(seen["bob"]) == json.loads(seen["nobody"])
    assert not any(word in seen["bob"] for word in ('"ann"', SECRET, "balances", "digest"))


async def test_every_role_is_tried(house: House) -> None:
    """The table has a sender of every role that a key can have."""
    keys = (await house.ask("admin", "GET", "/keys?limit=1000")).json()["keys"]
    assert {key["role"] for key in keys} == {role.value for role in Role}
    assert not any("hash" in key or "secret" in key for key in keys)
