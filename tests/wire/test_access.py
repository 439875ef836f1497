"""Who has a key to what, folded from pages and executions."""

from typing import Literal

import msgspec
import pytest

from outcry.domain.types import Role
from outcry.wire.access import Access, AccessPage, KeyRow
from outcry.wire.command_messages import CreateKeyMessage, RevokeKeyMessage, SetMarketMessage
from outcry.wire.keys import hash_secret, new_key, parse_key
from outcry.wire.messages import AccountSettingsMessage, CommandMessage, ExecutionMessage, Op

Result = Literal["accepted", "rejected", "duplicate"]

TEXT = new_key()
PARTS = parse_key(TEXT)
assert PARTS is not None
ID, HASH = PARTS.key_id, hash_secret(PARTS.secret)
CREATE = CreateKeyMessage(ID, HASH, "trade", ("alice", "bob"), key="0" * 16)


def executed(
    command: CommandMessage | None = None,
    *,
    op: Op,
    entry: int = 1,
    result: Result = "accepted",
    settings: AccountSettingsMessage | None = None,
) -> bytes:
    """An execution as it stands in EXECUTIONS."""
    message = ExecutionMessage(entry, "1", entry, "id", "log", result, op)
    return msgspec.json.encode(msgspec.structs.replace(message, command=command, settings=settings))


def settings(account: str, rate: int) -> AccountSettingsMessage:
    return AccountSettingsMessage(
        account, "cash", "active", "keys", "cancel_newest", 1, max_order_rate=rate
    )


def test_a_key_opens_once_it_was_created() -> None:
    """Its whole text does, not another secret, and not before."""
    access = Access()
    assert access.find(TEXT) is None
    access.apply(executed(CREATE, op="key.create"))
    assert access.find(TEXT) == (ID, Role.TRADE, ("alice", "bob"))
    assert access.find(f"ook_{ID}_{'0' * 64}") is None
    assert access.find(new_key()) is None
    assert access.find("nonsense") is None
    assert access.find("") is None


def test_a_revoked_key_opens_nothing_for_ever() -> None:
    """Its id is told to who must close connections, and nothing said later gives it back."""
    access = Access()
    assert access.apply(executed(CREATE, op="key.create")) == ""
    assert access.apply(executed(RevokeKeyMessage(ID), op="key.revoke", entry=2)) == ID
    access.apply(executed(CREATE, op="key.create", entry=3))
    assert access.find(TEXT) is None


@pytest.mark.parametrize("result", ["rejected", "duplicate"])
def test_what_was_refused_changes_nothing(result: Result) -> None:
    """A command that was not accepted gives no key and takes none."""
    access = Access()
    access.apply(executed(CREATE, op="key.create", result=result))
    assert access.find(TEXT) is None
    access.apply(executed(CREATE, op="key.create"))
    assert access.apply(executed(RevokeKeyMessage(ID), op="key.revoke", result=result)) == ""
    assert access.find(TEXT) is not None


def test_a_rate_is_the_accounts_or_else_the_markets() -> None:
    """0 takes either away."""
    access = Access()
    assert access.rate("alice") == 0
    access.apply(executed(SetMarketMessage(max_order_rate=5), op="market.set"))
    access.apply(executed(SetMarketMessage(max_open_orders=7), op="market.set"))
    assert access.rate("alice") == 5
    access.apply(executed(op="account.set", settings=settings("alice", 9)))
    assert (access.rate("alice"), access.rate("bob")) == (9, 5)
    access.apply(executed(op="account.set", settings=settings("alice", 0)))
    access.apply(executed(SetMarketMessage(max_order_rate=0), op="market.set"))
    assert access.rate("alice") == 0


def test_pages_are_taken_in_and_executions_of_before_are_passed_over() -> None:
    """A fold may begin earlier than the pages: what they know already is not undone."""
    access = Access()
    access.load(
        AccessPage(5, 50, "log", (KeyRow(ID, HASH, Role.READ, (), revoked=True),), next="1")
    )
    access.load(AccessPage(4, 40, "log", rates={"alice": 3}, market_rate=8))
    assert access.entry == 4
    access.apply(executed(op="account.set", settings=settings("alice", 9), entry=4))
    access.apply(executed(CREATE, op="key.create", entry=5))
    assert access.find(TEXT) is None
    assert (access.rate("alice"), access.rate("bob")) == (3, 8)
    access.apply(executed(op="account.set", settings=settings("alice", 9), entry=5))
    assert access.rate("alice") == 9


def test_orders_are_not_looked_into() -> None:
    """An order whose name reads like a command of the operator is no such command."""
    access = Access()
    access.apply(b'{"entry":7,"op":"new","client_order_id":"\\"op\\":\\"key.create"} no JSON')
    with pytest.raises(msgspec.DecodeError):
        access.apply(b'{"entry":7,"op":"key.create"} no JSON')
