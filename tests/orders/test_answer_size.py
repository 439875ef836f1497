"""How large answers become: every one fits a message, and the room for all of them is enough."""

import json
from typing import Any

import pytest

from outcry.domain.limits import BOUNDS, LAST_NS, Bounds
from outcry.domain.types import UNIT
from outcry.log.streams import ANSWER_BYTES_MAX, ANSWER_RATIO
from outcry.wire.executions import read_answer
from tests.orders.test_answer import HEAD_BYTES
from tests.venue import Venue

PRICE, QUANTITY = "8999999999.999999999", "4999999999.123456789"
"""No decimals are longer."""
RICH = 10**24 * UNIT**2 + 123_456_789_012_345_678
"""Cash that nobody will ever have: a log full of deposits does not come to it. It has 18 places."""
KEY = "0123456789abcdef"
LEAST = "0.000000001"
LONGEST = {"tick": LEAST, "lot": LEAST, "max_price": PRICE, "max_quantity": PRICE}
FEES = {"maker_fee": "0.099999999", "taker_fee": "0.099999999"}


def longest_venue(bounds: Bounds, *symbols: str) -> Venue:
    """Its ids and numbers are long, its instruments take all decimals; there is a key."""
    venue = Venue(bounds=bounds, log="f" * 13, shard=1023)
    for symbol in symbols:
        venue.send("instrument.list", LONGEST | FEES | {"symbol": symbol})
    admin = {"key_id": KEY, "hash": "f" * 64, "role": "admin"}
    venue.send("key.create", admin)
    venue.engine.reports.seq = 1 << 53
    venue.engine.reports.entry = (1 << 48) - 100_000
    return venue


def open_rich(venue: Venue, account: str, *symbols: str) -> None:
    """An account whose balances are as long as any, whatever it trades."""
    terms = {"type": "margin", "multiplier": 20, "access": "open"}
    venue.send("account.open", {"account": account} | terms)
    opened = venue.engine.accounts.by_name[account]
    opened.cash = RICH
    for symbol in symbols:
        venue.send("account.deposit", {"account": account, "symbol": symbol, "quantity": "1"})
        opened.positions[symbol].quantity = RICH // UNIT


def send_all(venue: Venue, commands: list[dict[str, Any]]) -> None:
    """Commands that are all accepted."""
    for at in range(0, len(commands), 1_000):
        executions = venue.send("order.created", commands[at : at + 1_000], 1 << 62)
        assert {execution.result for execution in executions} == {"accepted"}, executions[0].text


@pytest.mark.parametrize(("touches", "fits"), [(BOUNDS.touches, True), (20_000, False)])
def test_the_largest_answer_fits_a_message(touches: int, fits: bool) -> None:
    """1,000 replaces that change as many orders as an entry may, each of an account that has other
    orders too, and each hiding more than it shows, every field at its longest: under 8 MB."""
    symbol, other = "S" * 32, "R" * 32
    venue = longest_venue(Bounds(touches=touches), symbol, other)
    makers = [f"{n:m>32}" for n in range(touches)]
    for account in (*makers, "t" * 32):
        open_rich(venue, account, symbol)
    part = "399999999.123456789"
    sell = {"symbol": symbol, "side": "sell", "price": PRICE, "quantity": QUANTITY}
    sell["display_quantity"] = part
    names = [{"account": name, "client_order_id": f"{name:x>128}"} for name in makers]
    send_all(venue, [sell | name for name in names])
    send_all(venue, [sell | {"account": name} for name in makers])  # what it still holds
    buy = {"symbol": other, "side": "buy", "price": PRICE, "quantity": PRICE}
    send_all(venue, [buy | {"account": name} for name in makers])
    ids = [f"{n:t>128}" for n in range(1_000)]
    # Each takes its share of the makers less one, and a bit: the last of them is left partially
    # filled, which is the longest change.
    whole = (-(-touches // 1_000) - 1) * 399_999_999
    taker = {"account": "t" * 32, "quantity": f"{whole + 9_000_000}.123456789", "key": KEY}
    new = taker | {"symbol": symbol, "side": "buy", "price": LEAST, "display_quantity": part}
    send_all(venue, [new | {"client_order_id": name} for name in ids])
    replace = taker | {"op": "replace", "price": PRICE, "expire_at": str(LAST_NS)}
    body = [replace | {"client_order_id": n, "new_client_order_id": n.upper()} for n in ids]
    answer = venue.send_bytes("order.created", json.dumps(body).encode())
    executions = read_answer(answer)
    assert sum(len(execution.changed) for execution in executions) == touches
    assert sum(len(execution.balances) for execution in executions) >= touches
    assert executions[-1].order is not None and executions[-1].order.reason == "work_limit"
    assert (len(answer) <= ANSWER_BYTES_MAX) == fits, f"{len(answer):,} bytes"


def test_trades_are_answered_in_proportion() -> None:
    """The shortest orders there are, each filled in part twice, between accounts with balances as
    long as any: the room for answers has room for them."""
    venue = longest_venue(BOUNDS, "A")
    for account in ("demo", "b"):
        open_rich(venue, account, "A")
    sell = b'{"symbol":"A","side":"sell","quantity":2,"price":1}'
    buy = b'{"symbol":"A","side":"buy","quantity":2,"price":1,"account":"b"}'
    room = size = 0
    for orders in ([sell.replace(b"2", b"1"), *[sell] * 999], [buy] * 999):
        body = b"[" + b",".join(orders) + b"]"
        size += len(venue.send_bytes("order.created", body))
        room += ANSWER_RATIO * (len(body) + HEAD_BYTES)
    assert len(venue.engine.orders) == 1
    assert size <= room


def test_parts_of_orders_are_answered_in_proportion() -> None:
    """What an order hides is told in one trade, though it shows a thousandth of it at a time."""
    venue = longest_venue(BOUNDS, "A")
    for account in ("demo", "b"):
        open_rich(venue, account, "A")
    sell = b'{"symbol":"A","side":"sell","quantity":1e6,"price":1,"display_quantity":1e3}'
    buy = b'{"symbol":"A","side":"buy","quantity":1e6,"price":1,"account":"b"}'
    room = size = 0
    for body in (
        sell,
        buy,
        b"[" + b",".join([sell] * 5) + b"]",
        b"[" + b",".join([buy] * 5) + b"]",
    ):
        size += len(venue.send_bytes("order.created", body))
        room += ANSWER_RATIO * (len(body) + HEAD_BYTES)
    assert not venue.engine.orders
    assert size <= room


@pytest.mark.parametrize("subject", ["order.created", "order.guest"])
@pytest.mark.parametrize(
    "element",
    [
        b'{"op":"cancel_all"}',
        b'{"op":"cancel_all_after","timeout":1}',
        b'{"op":"key.revoke","key_id":"0123456789abcdef"}',
        b'{"op":"market.kill","key":"0123456789abcdef"}',
        b'{"op":"account.set","account":"a","key":"0123456789abcdef"}',
        b'{"op":"instrument.set","symbol":"A","key":"0123456789abcdef"}',
        b'{"symbol":"A","side":"buy","quantity":1,"price":1}',
        b'{"symbol":"A","side":"buy","quantity":1e9,"price":1e9,"account":"a"}',
    ],
)
def test_what_is_refused_or_set_is_answered_in_proportion(subject: str, element: bytes) -> None:
    """So has it for commands of nobody, and for those that tell all of an account or listing."""
    venue = longest_venue(BOUNDS)
    limits = {"max_notional": PRICE, "max_position": PRICE}
    venue.send("instrument.list", LONGEST | FEES | limits | {"symbol": "A", "name": "n" * 64})
    open_rich(venue, "a")
    counts = {"max_open_orders": 10**9, "max_order_rate": 10**9, "max_exposure": PRICE}
    venue.send("account.set", {"account": "a"} | limits | counts | FEES)
    body = b"[" + b",".join([element] * 1_000) + b"]"
    answer = venue.send_bytes(subject, body)
    assert len(read_answer(answer)) == 1_000
    assert len(answer) <= ANSWER_RATIO * (len(body) + HEAD_BYTES), len(answer) / len(body)


def admin_commands(n: int, accounts: list[str]) -> list[dict[str, Any]]:
    """The longest there are, the `n`th of each."""
    account, symbol = {"account": accounts[0]}, {"symbol": "S" * 32}
    names = {"name": "n" * 64, "key": KEY}
    limits = {"max_notional": PRICE, "max_position": PRICE, "key": KEY} | FEES
    shares = {"quantity": QUANTITY, "price": PRICE, "transfer_id": f"{n:x>128}", "key": KEY}
    key = {"key_id": f"{n:016x}", "hash": "f" * 64, "role": "trade", "accounts": accounts}
    listing = LONGEST | {"symbol": f"{n:L>32}", "min_quantity": LEAST}
    return [
        {"op": "instrument.list"} | names | listing | limits,
        {"op": "instrument.set", "reference_price": PRICE} | symbol | limits,
        {"op": "account.set"} | account | symbol | limits,
        {"op": "account.set", "max_exposure": PRICE} | account | limits,
        {"op": "account.deposit"} | account | symbol | shares,
        {"op": "market.kill", "key": KEY} | account,
        {"op": "key.create"} | names | key,
    ]


def test_the_largest_answer_to_an_administrator_fits_a_message() -> None:
    """1,000 commands, every field at its longest, of an account with terms in many instruments:
    what is told of it does not grow with them."""
    symbols = ["S" * 32, *(f"{n:S>32}" for n in range(100))]
    venue = longest_venue(BOUNDS, *symbols)
    accounts = ["a" * 32, *(f"{n:a>32}" for n in range(15))]
    for account in accounts:
        open_rich(venue, account, "S" * 32)
        for symbol in symbols:
            venue.send("account.set", {"account": account, "symbol": symbol} | FEES)
    for commands in zip(*(admin_commands(n, accounts) for n in range(1_000)), strict=True):
        answer = venue.send_bytes("order.created", json.dumps(commands).encode())
        assert {execution.result for execution in read_answer(answer)} == {"accepted"}
        assert len(answer) <= ANSWER_BYTES_MAX // 2, f"{len(answer):,} bytes"


def test_the_largest_mass_cancel_fits_a_message() -> None:
    """1,000 switches, as many books as an entry may change and 1,000 replaces, every field at its
    longest: under 8 MB."""
    other = "R" * 32
    symbols = [f"{n:S>32}" for n in range(BOUNDS.touches)]
    venue = longest_venue(Bounds(instruments=BOUNDS.touches + 1), *symbols, other)
    owners = [f"{n:o>32}" for n in range(1_000)]
    for n, owner in enumerate(owners):
        open_rich(venue, owner, *symbols[n::1_000])
    for account in ("q" * 32, "t" * 32):
        open_rich(venue, account)
    open_rich(venue, "r" * 32, other)
    switch = {"op": "cancel_all_after", "timeout": 1}
    send_all(venue, [switch | {"account": owner} for owner in owners])
    for n, symbol in enumerate(symbols):
        quiet = {"symbol": symbol, "account": "q" * 32, "quantity": "1.123456789"}
        body = [
            quiet | {"side": "buy", "price": "8999999999.999999997"},
            *(order_of(owners[n % 1_000], symbol, n, "8999999999.999999998")),
        ]
        send_all(venue, body)
    ids = [f"{n:r>128}" for n in range(1_000)]
    prices = [f"8999999999.{999_999_999 - n}" for n in range(1_000)]
    pairs = [order_of("r" * 32, other, *each) for each in zip(ids, prices, strict=True)]
    send_all(venue, [one for pair in pairs for one in pair])
    replace = {"op": "replace", "account": "r" * 32, "price": "8999999999.123456789", "key": KEY}
    replace |= {"quantity": "4999999999.123456788", "expire_at": str(LAST_NS)}
    moves = [replace | {"client_order_id": n, "new_client_order_id": n.upper()} for n in ids]
    answer = venue.send_bytes("order.created", json.dumps(moves).encode(), (1 << 62) + 10**9)
    executions = read_answer(answer)
    assert [e.op for e in executions] == ["switch.fired"] * 1_000 + ["replace"] * 1_000
    assert sum(len(execution.quotes) for execution in executions) == BOUNDS.touches
    assert sum(len(execution.balances) for execution in executions) >= BOUNDS.touches
    assert {execution.result for execution in executions} == {"accepted"}
    assert {e.order.status for e in executions if e.order} == {"partially_filled"}
    assert len(answer) <= ANSWER_BYTES_MAX, f"{len(answer):,} bytes"


def order_of(account: str, symbol: str, name: object, price: str) -> list[dict[str, str]]:
    """An order that rests, and one that fills it in part."""
    terms = {"symbol": symbol, "price": price, "quantity": QUANTITY}
    maker = terms | {"account": account, "side": "sell", "client_order_id": f"{name:m>128}"}
    taker = {"account": "t" * 32, "side": "buy", "quantity": "1000000000.123456789"}
    return [maker, terms | taker | {"time_in_force": "ioc"}]
