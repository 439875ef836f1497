"""Administration over real HTTP, answered by the real engine."""

from typing import Any

import httpx
import pytest

from outcry.gateway.senders import Sender
from outcry.wire.keys import hash_secret, parse_key
from tests.gateway.conftest import Serve
from tests.gateway.exchange import ADMIN, TRADER, key_fields
from tests.gateway.front import Front, a_front

OPEN = {"op": "account.open", "account": "zed"}
NEW_KEY = {"role": "trade", "accounts": ["demo"], "name": "the bot of demo"}


async def admin(front: Front, method: str, address: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {ADMIN}"}
    return await front.http.request(method, address, json=body, headers=headers)


async def test_a_command_is_answered_by_its_execution(serve: Serve) -> None:
    """201, and the execution says by which key it was sent; again it is rejected with 422."""
    async with a_front(serve) as front:
        response = await admin(front, "POST", "/admin", OPEN)
        assert response.status_code == 201
        assert response.json()["settings"]["account"] == "zed"
        assert response.json()["key"] == key_fields(ADMIN)["key_id"]
        again = await admin(front, "POST", "/admin", OPEN)
        assert (again.status_code, again.json()["reason"]) == (422, "duplicate_account")


async def test_a_transfer_is_done_once(serve: Serve) -> None:
    """The same one under its id a second time is a duplicate."""
    async with a_front(serve) as front:
        deposit = {"op": "account.deposit", "account": "demo", "amount": "5", "transfer_id": "t"}
        statuses = [(await admin(front, "POST", "/admin", deposit)).status_code for _ in range(2)]
        assert statuses == [201, 200]


async def test_an_array_is_answered_by_an_array(serve: Serve) -> None:
    """Each command has its answer in its place."""
    async with a_front(serve) as front:
        commands = [OPEN, {"op": "market.kill", "nonsense": 1}, OPEN, {"symbol": "AAPL"}]
        response = await admin(front, "POST", "/admin", commands)
        assert response.status_code == 200
        first, second, third, fourth = response.json()
        assert first["result"] == "accepted"
        assert second["error"]["field"] == "nonsense"
        assert third["reason"] == "duplicate_account"
        assert fourth["error"]["field"] == "op"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (["halt"], None, "a command is a JSON object"),
        ("halt", None, "a command is a JSON object"),
        (
            {"symbol": "AAPL"},
            "op",
            "op is missing; it names the admin command, such as account.open",
        ),
        ({"op": "halt"}, "op", "op is not the name of an admin command, such as account.open"),
        ({"op": 7}, "op", "op is not the name of an admin command, such as account.open"),
    ],
)
async def test_what_is_no_command_is_told_what_one_is(
    serve: Serve, body: Any, field: str | None, message: str
) -> None:
    """No object, no op, or none that there is."""
    async with a_front(serve) as front:
        response = await admin(front, "POST", "/admin", body)
        error = response.json()["error"]
        assert (response.status_code, error.get("field"), error["message"]) == (400, field, message)


@pytest.mark.parametrize("target", ["account", "symbol"])
async def test_a_switch_without_its_target_is_not_that_of_the_market(
    serve: Serve, target: str
) -> None:
    """Whoever names nothing where he means an account stops nobody: 400, and trading goes on."""
    async with a_front(serve) as front:
        response = await admin(front, "POST", "/admin", {"op": "market.kill", target: None})
        assert response.status_code == 400
        error = response.json()["error"]
        assert (error["code"], error["field"]) == ("malformed", target)
        assert "leave it out where you mean the whole market" in error["message"]
        buy = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
        assert (await front.order(buy)).status_code == 201


async def test_a_setting_that_the_account_cannot_have_is_no_matter_of_rights(serve: Serve) -> None:
    """Then the reason is `not_allowed` too, but it is the command that is wrong: 422."""
    async with a_front(serve) as front:
        setting = {"op": "account.set", "account": "demo", "shorting": True}
        response = await admin(front, "POST", "/admin", setting)
        assert (response.status_code, response.json()["reason"]) == (422, "not_allowed")


async def test_a_key_is_told_once_and_good_at_once(serve: Serve) -> None:
    """Its text is in the answer, its hash in the log, and its holder may order."""
    async with a_front(serve) as front:
        response = await admin(front, "POST", "/keys", NEW_KEY)
        assert response.status_code == 201
        text, execution = response.json()["secret"], response.json()["execution"]
        parts = parse_key(text)
        assert parts is not None
        assert execution["command"]["hash"] == hash_secret(parts.secret)
        assert execution["command"]["name"] == "the bot of demo"
        assert parts.secret not in response.text.replace(text, "")
        buy = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
        by_key = {"authorization": f"Bearer {text}"}
        assert (await front.order(buy, headers=by_key)).status_code == 201
        entered = await front.exchange.entry_at(1)
        assert parts.secret.encode() not in entered.body


async def test_a_key_that_is_revoked_is_good_for_nothing_at_once(serve: Serve) -> None:
    """On connections that used it before, too."""
    async with a_front(serve) as front:
        buy = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
        assert (await front.order(buy)).status_code == 201
        address = f"/keys/{key_fields(TRADER)['key_id']}"
        revoked = await admin(front, "DELETE", address)
        assert (revoked.status_code, revoked.json()["op"]) == (200, "key.revoke")
        assert (await front.order(buy)).status_code == 401
        again = await admin(front, "DELETE", address)
        assert (again.status_code, again.json()["reason"]) == (422, "key_revoked")


async def test_an_administrator_may_revoke_his_own_key(serve: Serve) -> None:
    """He is told, and comes in no more."""
    async with a_front(serve) as front:
        address = f"/keys/{key_fields(ADMIN)['key_id']}"
        assert (await admin(front, "DELETE", address)).status_code == 200
        assert not isinstance(front.exchange.senders.find(ADMIN), Sender)
        assert (await admin(front, "DELETE", address)).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], None),
        (7, None),
        ({}, "role"),
        ({"role": "king"}, "role"),
        (NEW_KEY | {"accounts": []}, "accounts"),
        (NEW_KEY | {"accounts": ["?"]}, "accounts"),
        (NEW_KEY | {"accounts": ["demo", "demo"]}, "accounts"),
        (NEW_KEY | {"hash": "0" * 64}, "hash"),
        (NEW_KEY | {"key_id": "0" * 16}, "key_id"),
        (NEW_KEY | {"op": "key.create"}, "op"),
        (NEW_KEY | {"name": "\u0000"}, "name"),
    ],
)
async def test_a_key_that_cannot_be_is_400(serve: Serve, body: Any, field: str | None) -> None:
    """Nothing is made, and the field at fault is named."""
    async with a_front(serve) as front:
        response = await admin(front, "POST", "/keys", body)
        assert response.status_code == 400
        assert response.json()["error"].get("field") == field


async def test_an_address_of_a_key_says_no_more(serve: Serve) -> None:
    """A field in the query is refused, and so is what is no id."""
    async with a_front(serve) as front:
        address = f"/keys/{key_fields(TRADER)['key_id']}"
        for wrong, field in ((f"{address}?op=x", "op"), ("/keys/nonsense", "key_id")):
            response = await admin(front, "DELETE", wrong)
            assert response.status_code == 400
            assert response.json()["error"]["field"] == field
