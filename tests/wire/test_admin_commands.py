"""What administrators and the operator may ask for, and how strictly it is read."""

from typing import Any

import msgspec
import pytest

from outcry.domain.commands import (
    CreateKey,
    Kill,
    ListInstrument,
    Malformed,
    OpenAccount,
    SetAccount,
    SetInstrument,
    Transfer,
)
from outcry.domain.reject import RejectReason
from outcry.domain.types import UNIT, Access, AccountType, Role, SelfTradePrevention
from outcry.wire import requests
from outcry.wire.admin_commands import ADMIN_OPS, read_admin_command
from outcry.wire.admin_messages import admin_message, admin_op
from outcry.wire.commands import read_command, read_guest_command
from outcry.wire.fields import Unreadable

KEY = "0123456789abcdef"
HASH = "5e" * 32
LISTING = {"symbol": "AAPL", "tick": "0.01"}

COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("instrument.list", LISTING),
    (
        "instrument.list",
        LISTING
        | {"lot": "2", "name": "Apple", "state": "halted", "price_band": 0.05}
        | {"maker_fee": "0", "taker_fee": "0.001", "max_notional": "5", "max_position": "6"},
    ),
    ("instrument.set", {"symbol": "AAPL"}),
    ("instrument.set", {"symbol": "AAPL", "price_band": "0", "reference_price": "190"}),
    ("instrument.state", {"symbol": "AAPL", "state": "open"}),
    ("account.open", {"account": "alice"}),
    (
        "account.open",
        {"account": "alice", "type": "margin", "multiplier": 4, "shorting": True}
        | {"access": "open", "self_trade_prevention": "none"},
    ),
    ("account.set", {"account": "alice"}),
    (
        "account.set",
        {"account": "alice", "access": "keys", "multiplier": "3", "shorting": False}
        | {"max_open_orders": 0, "max_order_rate": 5, "max_exposure": "0", "maker_fee": "0"},
    ),
    ("account.set", {"account": "alice", "symbol": "AAPL", "max_position": 5, "taker_fee": "0.1"}),
    ("account.set", {"account": "alice", "maker_fee": "inherit", "taker_fee": "inherit"}),
    ("account.state", {"account": "alice", "state": "restricted"}),
    ("account.deposit", {"account": "alice", "amount": "1000.5", "transfer_id": "t1"}),
    ("account.deposit", {"account": "alice", "symbol": "AAPL", "quantity": 5, "price": "150"}),
    ("account.withdraw", {"account": "alice", "amount": 1}),
    ("account.withdraw", {"account": "alice", "symbol": "AAPL", "quantity": "1"}),
    ("market.set", {}),
    ("market.set", {"max_open_orders": 0, "max_notional": "7"}),
    ("market.kill", {}),
    ("market.kill", {"account": "alice"}),
    ("market.release", {"symbol": "AAPL"}),
    ("key.create", {"key_id": KEY, "hash": HASH, "role": "admin"}),
    (
        "key.create",
        {"key_id": KEY, "hash": HASH, "role": "trade", "accounts": ["a", "b"], "name": "bot"},
    ),
    ("key.revoke", {"key_id": KEY}),
]


@pytest.mark.parametrize(("op", "fields"), COMMANDS)
@pytest.mark.parametrize("key", ["", KEY])
def test_what_is_read_is_written_and_read_again(op: str, fields: dict[str, Any], key: str) -> None:
    """A command of an administrator is in the log, and in its execution, what was asked for."""
    asked = fields | {"op": op} | ({"key": key} if key else {})
    command = read_admin_command(asked, op)
    assert (admin_op(command), command.key) == (op, key)
    written = msgspec.json.decode(msgspec.json.encode(admin_message(command, key)))
    assert written["op"] == op
    assert read_admin_command(written, op) == command


def test_every_command_is_tried() -> None:
    """Here is an example of each."""
    assert {op for op, _ in COMMANDS} == set(ADMIN_OPS)
    asked = {kind.__name__ for kind in requests.AdminRequest.__subclasses__()}
    assert len(asked) == len(ADMIN_OPS)


def test_what_is_left_out_is_as_told() -> None:
    """A cash account that only keys open; a margin account may use what it has twice."""
    cash = read_admin_command({"account": "alice"}, "account.open")
    newest = SelfTradePrevention.CANCEL_NEWEST
    assert cash == OpenAccount("alice", AccountType.CASH, 1, False, Access.KEYS, newest)
    margin = read_admin_command({"account": "alice", "type": "margin"}, "account.open")
    assert isinstance(margin, OpenAccount)
    assert margin.multiplier == 2
    listed = read_admin_command(LISTING, "instrument.list")
    assert isinstance(listed, ListInstrument)
    assert listed.instrument.lot == UNIT


def test_none_and_zero_are_not_the_same() -> None:
    """What is left out or null stays as it was; 0 is said."""
    fields = {"account": "alice", "max_order_rate": 0, "maker_fee": "0", "taker_fee": None}
    told = read_admin_command(fields, "account.set")
    assert isinstance(told, SetAccount)
    assert (told.max_order_rate, told.maker_fee) == (0, 0)
    assert (told.max_open_orders, told.taker_fee, told.shorting) == (None, None, None)
    band = read_admin_command({"symbol": "AAPL", "price_band": 0}, "instrument.set")
    assert isinstance(band, SetInstrument)
    assert (band.price_band, band.maker_fee) == (0, None)


def test_money_and_shares_are_told_apart() -> None:
    """A transfer is of cash, or of a quantity of a symbol."""
    cash = read_admin_command({"account": "a", "amount": "1.5"}, "account.deposit")
    shares = {"account": "a", "symbol": "AAPL", "quantity": "2", "price": "3"}
    assert cash == Transfer("a", deposit=True, amount=cash.amount)  # type: ignore[union-attr]
    assert read_admin_command(shares, "account.deposit") == Transfer(
        "a", deposit=True, symbol="AAPL", quantity=2 * UNIT, price=3 * UNIT
    )


def test_a_switch_is_of_an_account_a_symbol_or_the_market() -> None:
    """And on or off by the name of the command."""
    assert read_admin_command({}, "market.kill") == Kill(on=True)
    account = read_admin_command({"account": "a"}, "market.release")
    assert account == Kill(on=False, account="a")


def test_a_key_of_an_administrator_needs_no_account() -> None:
    """Others have one to sixteen."""
    key = {"key_id": KEY, "hash": HASH}
    admin = read_admin_command(key | {"role": "admin"}, "key.create")
    assert admin == CreateKey(KEY, HASH, Role.ADMIN, ())
    accounts = [f"a{number}" for number in range(16)]
    trade = read_admin_command(key | {"role": "trade", "accounts": accounts}, "key.create")
    assert isinstance(trade, CreateKey)
    assert trade.accounts == tuple(accounts)


CREATE = {"key_id": KEY, "hash": HASH, "role": "trade", "accounts": ["a"]}


@pytest.mark.parametrize(
    ("op", "fields", "field"),
    [
        ("instrument.list", LISTING | {"price_band": "1"}, "price_band"),
        ("instrument.list", LISTING | {"taker_fee": "0.100000001"}, "taker_fee"),
        ("instrument.list", LISTING | {"maker_fee": -0.1}, "maker_fee"),
        ("instrument.set", {"symbol": "AAPL", "reference_price": "0"}, "reference_price"),
        ("instrument.set", {"symbol": "AAPL", "tick": "1"}, "tick"),
        ("instrument.set", {}, "symbol"),
        ("account.open", {}, "account"),
        ("account.open", {"account": "a", "type": "savings"}, "type"),
        ("account.open", {"account": "a", "multiplier": 2}, "multiplier"),
        ("account.open", {"account": "a", "shorting": True}, "shorting"),
        ("account.open", {"account": "a", "type": "margin", "multiplier": 21}, "multiplier"),
        ("account.open", {"account": "a", "type": "margin", "shorting": "yes"}, "shorting"),
        ("account.set", {"account": "a", "symbol": "AAPL", "access": "open"}, "access"),
        ("account.set", {"account": "a", "max_order_rate": -1}, "max_order_rate"),
        ("account.set", {"account": "a", "maker_fee": "-1"}, "maker_fee"),
        ("account.set", {"account": "a", "max_notional": "inherit"}, "max_notional"),
        ("instrument.set", {"symbol": "AAPL", "taker_fee": "inherit"}, "taker_fee"),
        ("account.set", {"account": "a", "max_open_orders": 1.5}, "max_open_orders"),
        ("account.set", {"account": "a", "max_exposure": "x"}, "max_exposure"),
        ("account.state", {"account": "a", "state": "open"}, "state"),
        ("account.deposit", {"account": "a"}, "amount"),
        ("account.deposit", {"account": "a", "amount": "0"}, "amount"),
        (
            "account.deposit",
            {"account": "a", "amount": "1", "symbol": "A", "quantity": 1},
            "amount",
        ),
        ("account.deposit", {"account": "a", "amount": "1", "quantity": 1}, "quantity"),
        ("account.deposit", {"account": "a", "amount": "1", "price": 1}, "price"),
        ("account.deposit", {"account": "a", "symbol": "A"}, "quantity"),
        ("account.withdraw", {"account": "a", "amount": 1, "transfer_id": '"'}, "transfer_id"),
        ("account.withdraw", {"account": "a", "symbol": "A", "quantity": 1, "price": 1}, "price"),
        ("market.set", {"max_open_orders": "many"}, "max_open_orders"),
        ("market.kill", {"account": "a", "symbol": "A"}, "symbol"),
        ("market.kill", {"account": None}, "account"),
        ("market.kill", {"account": "a", "symbol": None}, "symbol"),
        ("market.release", {"symbol": None}, "symbol"),
        ("key.create", CREATE | {"key_id": KEY.upper()}, "key_id"),
        ("key.create", CREATE | {"hash": HASH[1:]}, "hash"),
        ("key.create", CREATE | {"role": "root"}, "role"),
        ("key.create", CREATE | {"accounts": []}, "accounts"),
        ("key.create", CREATE | {"accounts": "a"}, "accounts"),
        ("key.create", CREATE | {"accounts": ["a", "a"]}, "accounts"),
        ("key.create", CREATE | {"accounts": ["/"]}, "accounts"),
        ("key.create", CREATE | {"accounts": [f"a{n}" for n in range(17)]}, "accounts"),
        ("key.create", CREATE | {"name": "a" * 65}, "name"),
        ("key.revoke", {"key_id": 5}, "key_id"),
        ("key.revoke", {"key_id": KEY, "key": "mine"}, "key"),
    ],
)
def test_what_is_wrong_is_named(op: str, fields: dict[str, Any], field: str) -> None:
    """Nothing is guessed, and the field at fault is told."""
    with pytest.raises(Unreadable) as refused:
        read_admin_command(fields, op)
    assert refused.value.field == field


def test_among_orders_administration_needs_a_key() -> None:
    """What a gateway sends without one is refused; a guest's is no command at all."""
    asked = {"op": "market.kill"}
    refused = read_command(asked, "")
    assert isinstance(refused, Malformed)
    assert refused.reject.reason is RejectReason.NOT_ALLOWED
    assert read_command(asked | {"key": KEY}, "") == Kill(on=True, key=KEY)
    with pytest.raises(Unreadable):
        read_guest_command(asked, "")
    with pytest.raises(Unreadable) as key:
        read_guest_command({"op": "cancel_all", "key": KEY}, "")
    assert key.value.field == "key"
