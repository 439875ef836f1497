"""Reads, asked over a real NATS server of a broker that says what the test wants."""

from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import httpx
import msgspec
import pytest
from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry

from outcry.domain.types import Role
from outcry.gateway.admin_http import AdminRoutes
from outcry.gateway.gate import Gate, in_flight_name
from outcry.gateway.orders_http import OrderRoutes
from outcry.gateway.reads import ERROR_CODE, Reads
from outcry.gateway.routes import gateway_app
from outcry.gateway.senders import Senders
from outcry.log.log import Unanswered
from outcry.runtime.nats_config import BROKER, GATEWAY
from outcry.wire.access import Access, AccessPage, KeyRow
from tests.gateway.exchange import ACCOUNTS, ADMIN, CLERK, KEYS, REVOKED, TRADER, key_fields
from tests.running_nats import RunningNats
from tests.waiting import settled

NO_GATE = cast(Gate, None)
NO_SENDERS = cast(Senders, None)
NONE = b'{"seq":7,"booked":{"seq":7,"entry":3,"log":"0123456789abc","ts":"5"}}'
FOUND = b'{"seq":7,"order":{"order_id":"x","status":"new"}}'


class Seen:
    """What the gateway has seen."""

    seq = 7

    def __init__(self) -> None:
        self.under_way: set[str] = set()
        self.end = 3

    def is_under_way(self, name: str) -> bool:
        return name in self.under_way

    async def last_entry(self) -> int:
        if not self.end:
            raise Unanswered("no answer")
        return self.end


class Books:
    """A broker that notes what it is asked."""

    def __init__(self, http: httpx.AsyncClient, seen: Seen) -> None:
        self.http = http
        self.seen = seen
        self.answer = FOUND
        self.status = ""
        self.asked: list[tuple[str, Any]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def on_question(self, msg: Msg) -> None:
        self.asked.append((msg.subject, msgspec.json.decode(msg.data)))
        self.meanwhile()
        headers = {ERROR_CODE: self.status, "Nats-Service-Error": "why"} if self.status else None
        await msg._client.publish(msg.reply, self.answer, headers=headers)

    async def get(self, address: str) -> tuple[int, Any]:
        response = await self.http.get(address)
        assert response.headers["content-type"] == "application/json"
        return response.status_code, response.json()


def senders() -> Senders:
    """With the keys of an exchange."""
    access = Access()
    rows = []
    for text, role, accounts in KEYS:
        key_id, digest = key_fields(text).values()
        rows.append(KeyRow(key_id, digest, Role(role), accounts, text == REVOKED))
    access.load(AccessPage(1, 1, "0123456789abc", tuple(rows)))
    known = Senders()
    known.begin(access)
    known.open()
    return known


def client_of(reads: Reads, key: str) -> httpx.AsyncClient:
    orders = OrderRoutes(NO_GATE, NO_SENDERS)
    admin = AdminRoutes(NO_GATE, NO_SENDERS)
    app = gateway_app(orders, admin, reads, CollectorRegistry(), lambda: ("", {}))
    headers = {"authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)


@pytest.fixture
async def books(nats: RunningNats) -> AsyncIterator[Books]:
    seen = Seen()
    async with client_of(Reads(await nats.connect(GATEWAY), seen, senders()), TRADER) as http:
        books = Books(http, seen)
        broker = await nats.connect(BROKER)
        await broker.subscribe("books.>", cb=books.on_question)
        await settled(broker)
        yield books


async def test_a_question_is_asked_as_it_came(books: Books) -> None:
    """Path and query are the fields of the question, with the newest execution seen."""
    await books.get("/orders?account=demo&status=open&limit=5")
    await books.get("/trades?order_id=x")
    await books.get("/positions")
    await books.get("/instruments")
    await books.get("/book/BTC/USD?depth=3")
    await books.get("/order/x")
    await books.get("/order?client_order_id=a%2F1")
    await books.get("/accounts/bob")
    await books.get("/tape?symbol=AAPL")
    seen = {"min_seq": 7}
    own = seen | {"viewer": list(ACCOUNTS[:-1])}
    assert books.asked == [
        ("books.orders", own | {"account": "demo", "status": "open", "limit": "5"}),
        ("books.trades", own | {"order_id": "x"}),
        ("books.positions", own),
        ("books.instruments", seen),
        ("books.book", seen | {"symbol": "BTC/USD", "depth": "3"}),
        ("books.order", own | {"order_id": "x"}),
        ("books.order", own | {"client_order_id": "a/1", "account": "demo", "min_entry": "3"}),
        ("books.account", own | {"account": "bob"}),
        ("books.tape", seen | {"symbol": "AAPL"}),
    ]


async def test_who_knows_of_a_newer_execution_may_wait_for_it(books: Books) -> None:
    """`min_seq` takes the place of the newest execution that this gateway has seen."""
    await books.get("/instruments?min_seq=9")
    assert books.asked == [("books.instruments", {"min_seq": "9"})]


async def test_an_answer_is_passed_on(books: Books) -> None:
    """What the broker says is the answer."""
    books.answer = b'{"seq":7,"orders":[]}'
    assert await books.get("/orders") == (200, {"seq": 7, "orders": []})


@pytest.mark.parametrize("status", [400, 404, 503])
async def test_a_refusal_is_passed_on(books: Books, status: int) -> None:
    """So is why it does not answer; 503 says when to ask again."""
    books.status = str(status)
    books.answer = b'{"error":{"code":"some","message":"why"}}'
    response = await books.http.get("/orders")
    assert response.status_code == status
    assert response.json()["error"]["code"] == "some"
    assert response.headers.get("retry-after") == ("1" if status == 503 else None)


async def test_a_refusal_without_words_is_given_some(books: Books) -> None:
    """An error that the broker's library answered by itself has our form too."""
    books.status, books.answer = "500", b""
    status, answer = await books.get("/orders")
    assert (status, answer["error"]["code"]) == (500, "internal")


async def test_an_order_that_is_booked_is_found(books: Books) -> None:
    """What the broker found is the answer, also when the same id is under way again."""
    books.seen.under_way = {in_flight_name("demo", "a1")}
    assert await books.get("/order?client_order_id=a1") == (200, msgspec.json.decode(FOUND))


async def test_an_order_that_nobody_knows_is_404(books: Books) -> None:
    """No order with this id, by either id, is 404."""
    books.answer = NONE
    books.seen.under_way = {in_flight_name("demo", "a1")}
    for address, code in (
        ("/order/00000000-0003-8000-8000-000000000000", "unknown_order"),
        ("/order?client_order_id=a2", "never_seen"),
        ("/order?client_order_id=a1&account=other", "never_seen"),
    ):
        status, answer = await books.get(address)
        assert (status, answer["error"]["code"]) == (404, code)


async def test_that_there_is_no_order_says_how_far_the_log_goes(books: Books) -> None:
    """So that a client knows when it is final: after its order's time, or after a cancel."""
    books.answer = NONE
    _, answer = await books.get("/order?client_order_id=a1")
    assert answer["as_of"] == {"seq": 7, "entry": 3, "log": "0123456789abc", "ts": "5"}
    assert "up to entry 3, log time 5" in answer["error"]["message"]
    books.answer = NONE.removesuffix(b"}") + b',"blocked":true}'
    status, answer = await books.get("/order?client_order_id=a1")
    assert (status, answer["error"]["code"]) == (404, "blocked")
    assert answer["as_of"]["entry"] == 3


async def test_without_the_log_nothing_is_said_of_a_name(books: Books) -> None:
    """How far it goes is not known then, and so neither whether there is no such order."""
    books.seen.end = 0
    status, answer = await books.get("/order?client_order_id=a1")
    assert (status, answer["error"]["code"]) == (503, "log_away")
    assert not books.asked


async def test_an_order_under_way_is_pending(books: Books) -> None:
    """An order that is not booked yet and whose entry is under way is pending, never 404."""
    books.answer = NONE
    books.seen.under_way = {in_flight_name("demo", "a1")}
    status, answer = await books.get("/order?client_order_id=a1")
    assert status == 200
    assert answer["order"] == {"account": "demo", "client_order_id": "a1", "status": "pending"}
    assert answer["booked"]["seq"] == answer["seq"] == 7
    assert "min_entry" not in books.asked[0][1], "its own entry may be the end, without an answer"


async def test_an_order_answered_during_the_question_is_pending(books: Books) -> None:
    """The broker may look just before the order is booked; it was under way when it was asked."""
    books.answer = NONE
    books.seen.under_way = {in_flight_name("demo", "a1")}
    books.meanwhile = books.seen.under_way.clear
    status, answer = await books.get("/order?client_order_id=a1")
    assert (status, answer["order"]["status"]) == (200, "pending")


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/order", "client_order_id"),
        ("/order?account=demo", "client_order_id"),
        ("/orders?limit=1&limit=2", "limit"),
        ("/orders?viewer=eve", "viewer"),
        ("/tape?viewer=eve", "viewer"),
        ("/book/AAPL?symbol=TSLA", "symbol"),
        ("/order/x?order_id=y", "order_id"),
    ],
)
async def test_an_unclear_question_is_not_asked(books: Books, address: str, field: str) -> None:
    """A field that is missing or stands twice is told at once."""
    status, answer = await books.get(address)
    assert (status, answer["error"]["field"]) == (400, field)
    assert not books.asked


async def test_without_a_broker_reads_are_refused(nats: RunningNats) -> None:
    """When nobody answers for the books it is 503, at once."""
    reads = Reads(await nats.connect(GATEWAY), Seen(), senders())
    async with client_of(reads, TRADER) as http:
        for address in ("/orders", "/order?client_order_id=a1", "/book/AAPL"):
            response = await http.get(address)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert response.json()["error"]["code"] == "broker_away"


PRIVATE = (
    "/orders",
    "/order?client_order_id=a1",
    "/order/x",
    "/trades",
    "/positions",
    "/accounts",
    "/accounts/demo",
    "/activities",
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_what_is_ones_own_needs_a_key(books: Books, address: str) -> None:
    """Without one that is good nobody is asked."""
    for key in ("", REVOKED):
        headers = {"authorization": f"Bearer {key}"}
        response = await books.http.get(address, headers=headers)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert not books.asked


@pytest.mark.parametrize("address", PRIVATE)
async def test_an_administrator_sees_everything(books: Books, address: str) -> None:
    """The broker is not told whose accounts to show: all."""
    response = await books.http.get(address, headers={"authorization": f"Bearer {CLERK}"})
    assert response.status_code == 200
    assert "viewer" not in books.asked[0][1]


async def test_another_account_is_refused_before_anybody_looks(books: Books) -> None:
    """In the same words, whether it is there or not."""
    told = set()
    for account in ("mallory", "nobody", "", "?"):
        for address in PRIVATE[:1] + PRIVATE[3:5]:
            response = await books.http.get(address, params={"account": account})
            told.add((response.status_code, response.text))
    ((status, text),) = told
    assert status == 403 and "not_allowed" in text
    for account in ("mallory", "nobody"):
        assert (await books.get(f"/accounts/{account}"))[0] == 403
    assert not books.asked


async def test_what_administrators_did_is_for_administrators(books: Books) -> None:
    """Keys and audit trail are shown to no other key."""
    for address in ("/keys", "/audit?op=key.create"):
        assert (await books.get(address))[0] == 403
        response = await books.http.get(address, headers={"authorization": f"Bearer {ADMIN}"})
        assert response.status_code == 200
    assert [subject for subject, _ in books.asked] == ["books.keys", "books.audit"]


async def test_a_key_for_no_account_has_to_name_one(books: Books) -> None:
    """A client order id is a name within an account."""
    headers = {"authorization": f"Bearer {ADMIN}"}
    response = await books.http.get("/order?client_order_id=a1", headers=headers)
    assert (response.status_code, response.json()["error"]["field"]) == (400, "account")
