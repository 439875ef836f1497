"""A log that is the same on every machine, and one fingerprint of all its answers.

`python -m tests.seeded` prints the fingerprint, for a process of its own.
"""

import json
import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from outcry.domain.limits import VERSION, Bounds
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from tests.trading import order_id
from tests.venue import LOG, SHARD

ENTRIES = 2_000
START_NS = 1_761_930_000_000_000_000
"""Each entry comes a millisecond after the one before."""
SYMBOLS = ("ACME", "ZINC", "IRON", "NONE")
ACCOUNTS = ("demo", "alice", "bob", "carol", "dave")
MARGIN = {"type": "margin", "multiplier": 3, "shorting": True}
TERMS: tuple[dict[str, Any], ...] = ({"access": "open"}, MARGIN, {"type": "margin"}, MARGIN, {})
ADMIN, TRADER, READER = "a" * 16, "b" * 16, "c" * 16
KEYS: dict[str, dict[str, Any]] = {
    ADMIN: {"role": "admin"},
    TRADER: {"role": "trade", "accounts": ["bob", "carol"]},
    READER: {"role": "read", "accounts": ["bob"]},
}
HASH = "0" * 64
JUNK = (
    *(b"", b"{", b"[]", b"\xff", b'[1,"\\ud800"]', b'{"account":"bob","price":NaN}', b"[1e999,-0]"),
    b'{"symbol":"ACME","side":"buy","price":1e999}',
    b'{"symbol":"ACME","side":"buy","price":1.1e-7,"quantity":1e2}',
    # Where Python versions differ in how deep and how long they read.
    b"[" * 980 + b"]" * 980,
    b"[" + b"1," * 999 + b"[" * 900 + b"]" * 901,
    b'{"symbol":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"price":' + b"9" * 5_000 + b"}",
)


class Dice:
    """Only `Random.random` promises the same numbers in every version of Python."""

    def __init__(self, seed: int) -> None:
        self.roll = random.Random(seed).random

    def below(self, count: int) -> int:
        return int(self.roll() * count)

    def one_of(self, choices: tuple[Any, ...]) -> Any:
        return choices[self.below(len(choices))]


def log(seed: int, count: int = ENTRIES) -> list[Entry]:
    dice = Dice(seed)
    venue = {"log": LOG, "engine": VERSION, "schema": 1, "shard": SHARD, "client_id_horizon": 300}
    entries = [Entry(1, 1, "venue.open", json.dumps(venue).encode())]
    for subject, terms in opening(dice):
        entries.append(Entry(len(entries) + 1, 1, subject, json.dumps(terms).encode()))
    for seq in range(len(entries) + 1, count + 1):
        subject, body = entry(dice, seq)
        if not dice.below(10):  # sent twice
            _, _, subject, body = entries[-1]
        entries.append(Entry(seq, START_NS + seq * 1_000_000, subject, body))
    return entries


def opening(dice: Dice) -> Iterator[tuple[str, dict[str, Any]]]:
    """Instruments, accounts with means, and keys to them."""
    for symbol in SYMBOLS[:3]:
        yield "instrument.list", {"symbol": symbol, "tick": "0.25", "taker_fee": "0.0005"}
    for account, terms in zip(ACCOUNTS, TERMS, strict=True):
        yield "account.open", {"account": account} | terms
        yield "account.deposit", {"account": account, "amount": f"{40_000 + dice.below(100)}"}
        for symbol in SYMBOLS[:2]:
            yield "account.deposit", {"account": account, "symbol": symbol, "quantity": "100"}
    for key_id, rights in KEYS.items():
        yield "key.create", {"key_id": key_id, "hash": HASH} | rights


def entry(dice: Dice, seq: int) -> tuple[str, bytes]:
    match dice.below(40):
        case 0:
            return "order.created", dice.one_of(JUNK)
        case 1:
            state = dice.one_of(("open", "open", "open", "halted", "cancel_only"))
            body = {"symbol": dice.one_of(SYMBOLS), "state": state}
            return "instrument.state", json.dumps(body).encode()
        case 2:
            setting = dice.one_of(("none", "cancel_newest", "cancel_oldest"))
            body = {"account": dice.one_of(ACCOUNTS), "self_trade_prevention": setting}
            return "account.set", json.dumps(body).encode()
        case 3:
            return "clock.tick", b"{}"
        case 4:
            subject, body = operation(dice)
            return subject, json.dumps(body).encode()
        case _:
            commands = [command(dice, seq) for _ in range(1 + dice.below(8))]
            return "order.created", json.dumps(commands).encode()


def operation(dice: Dice) -> tuple[str, dict[str, Any]]:
    account, symbol = {"account": dice.one_of(ACCOUNTS)}, {"symbol": dice.one_of(SYMBOLS)}
    named = {"transfer_id": f"{dice.below(50)}"}
    switched: dict[str, Any] = dice.one_of(({"account": "dave"}, {"symbol": "IRON"}))
    match dice.below(12):
        case 0:
            return "market.kill", switched
        case 1 | 2:
            return "market.release", switched
        case 3 | 4:
            return "account.withdraw", account | named | {"amount": f"{1 + dice.below(9_000)}"}
        case 5:
            return "account.withdraw", account | named | symbol | {"quantity": "20"}
        case 6:
            return "account.set", account | {"max_open_orders": 5 * dice.below(9)}
        case 7:
            return "instrument.set", symbol | {"price_band": dice.one_of(("0", "0.05", "0.1"))}
    return "account.deposit", account | named | {"amount": f"{1 + dice.below(9_000)}"}


def command(dice: Dice, seq: int) -> dict[str, Any]:
    if not dice.below(60):
        subject, body = operation(dice)
        return {"op": subject, "key": dice.one_of((ADMIN, ADMIN, ADMIN, TRADER))} | body
    sent = order_command(dice, seq)
    key = dice.one_of((ADMIN,) * 40 + (TRADER, TRADER, READER, ""))
    return sent | {"key": key} if key else sent


def order_command(dice: Dice, seq: int) -> dict[str, Any]:
    account = {"account": dice.one_of(ACCOUNTS)}
    name = f"{dice.below(400)}"
    named: dict[str, Any] = {"client_order_id": name}
    if dice.below(2):
        named = {"order_id": order_id(max(1, seq - dice.below(60)), dice.below(4))}
    price = {"price": f"{100 + dice.below(40) * 0.25}"}
    expiry: dict[str, Any] = {}
    if not dice.below(10):
        expiry = {"expire_at": str(START_NS + (seq + dice.below(20) - 5) * 1_000_000)}
    account |= expiry
    match dice.below(20):
        case 0 | 1 | 2 | 3:
            return {"op": "cancel"} | account | named
        case 4:
            narrowed = {"symbol": dice.one_of(SYMBOLS)}
            which: dict[str, Any] = dice.one_of(({}, narrowed, {"side": "buy"}))
            return {"op": "cancel_all"} | account | which
        case 5:
            return {"op": "cancel_all_after", "timeout": dice.below(30)} | account
        case 6 | 7:
            more = {"quantity": 1 + dice.below(9), "new_client_order_id": f"{dice.below(400)}"}
            term: dict[str, Any] = dice.one_of((price, price, price, {"stop_price": "104"}))
            if not dice.below(8):
                term = {"good_until": str(START_NS + (seq + dice.below(60)) * 1_000_000)}
            return {"op": "replace"} | account | named | term | more
    terms = {"symbol": dice.one_of(SYMBOLS), "side": dice.one_of(("buy", "sell"))}
    terms |= {"quantity": 1 + dice.below(20)} | account
    if dice.below(2):
        terms["client_order_id"] = name
    if not dice.below(8):
        return terms | {"type": "market"}
    time = {"time_in_force": dice.one_of(("gtc", "gtc", "gtc", "ioc", "fok"))}
    return terms | price | (time if dice.below(3) else instructions(dice, seq))


def instructions(dice: Dice, seq: int) -> dict[str, Any]:
    """What few limit orders say, or what makes them others."""
    time: dict[str, Any] = dice.one_of(({}, {"time_in_force": "day"}, {"time_in_force": "gtd"}))
    if time == {"time_in_force": "gtd"}:
        time["good_until"] = str(START_NS + (seq + dice.below(30) - 2) * 1_000_000)
    said: dict[str, Any] = dice.one_of(
        (
            time,
            time | {"post_only": True},
            time | {"reduce_only": True},
            {"time_in_force": "ioc", "min_quantity": 1},
            time | {"quantity": 9, "display_quantity": 1 + dice.below(4)},
            time | {"quantity": None, "notional": f"{500 + dice.below(2_000)}"},
            *[time | stop for stop in stops(dice)],
            *[time | legs for legs in exits(dice)],
            {"order_class": "oto", "type": "market", "price": None, "stop_loss": "101"},
        )
    )
    return said


def stops(dice: Dice) -> Iterator[dict[str, Any]]:
    """What waits until the market has come to a price."""
    stop: dict[str, Any] = {"stop_price": f"{100 + dice.below(40) * 0.25}"}
    stop |= dice.one_of(({}, {"trigger": "quote"}))
    yield stop | {"type": "stop_limit"}
    yield stop | {"type": "stop", "price": None}
    trail = dice.one_of(({"trail": "0.5"}, {"trail_percent": "0.7"}))
    yield {"type": "trailing_stop", "price": None} | trail
    yield stop | {"order_class": "oco"} | dice.one_of(({}, {"stop_limit_price": "105"}))


def exits(dice: Dice) -> Iterator[dict[str, Any]]:
    """What ends the position that an order opens, one way round or the other."""
    cents, sign = 10_000 + 25 * dice.below(40), dice.one_of((1, -1))
    legs = {
        "take_profit": quarters(cents + sign * 150),
        "stop_loss": quarters(cents - sign * 150),
    }
    yield legs | {"order_class": "bracket", "price": quarters(cents)}
    yield {"order_class": "oto", "price": quarters(cents), "take_profit": legs["take_profit"]}


def quarters(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def fingerprint(seed: int = 1) -> str:
    """Over every byte of every answer."""
    desk, answers = Desk(Bounds(touches=3)), sha256()
    for each in log(seed):
        answers.update(desk.answer(each))
    return answers.hexdigest()


if __name__ == "__main__":
    print(fingerprint())  # noqa: T201 (this is what it is for)
