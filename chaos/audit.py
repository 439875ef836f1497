"""What must hold of a venue, whatever happened to it: read from its logs, its books, its clients.

Rule: nothing is taken from the code that is audited, but for the engine, which is asked again, and
the client that reads the logs.
"""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from chaos.ledger import Key, Ledger, Told, find
from chaos.line import split
from chaos.service import until
from chaos.venue import Venue
from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, Unanswered
from outcry.log.whole import WholeLog
from outcry.orders.answer import Desk
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import EXECUTIONS, ORDERS
from outcry.wire.views import NO_RIGHT

UNIT = 10**9
DUE = 1_000
"""Index of the first execution of an entry that answers no command."""
DIGEST = b',"digest":"'


class History(NamedTuple):
    """Both logs from end to end."""

    entries: list[Entry]
    answers: list[Entry]
    executions: list[bytes]

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(execution) for execution in self.executions]


class Books(NamedTuple):
    """Tables by their keys; prices, quantities and values in units, as whole numbers."""

    orders: dict[int, tuple[object, ...]]
    trades: dict[tuple[int, int], tuple[object, ...]]
    positions: dict[tuple[str, str], tuple[int, ...]]


async def read_history(venue: Venue) -> History:
    """The logs once everything that entered is answered."""
    nc = await venue.connect(OPERATOR)
    orders, executions = (
        WholeLog(JetStreamLog(nc, stream), Archive(venue.folder / "archive", stream))
        for stream in (ORDERS, EXECUTIONS)
    )

    async def answered() -> bool:
        try:
            return await orders.last_seq() == await executions.last_seq()
        except Unanswered:
            return False

    await until(answered, "an answer to every entry")
    end = await orders.last_seq()
    entries, answers = await _read(orders, end), await _read(executions, end)
    return History(entries, answers, [e for answer in answers for e in split(answer.body)])


async def _read(log: WholeLog, end: int) -> list[Entry]:
    read: list[Entry] = []
    complete = asyncio.Event()

    async def keep(entry: Entry) -> None:
        read.append(entry)
        if entry.seq == end:
            complete.set()

    reader = log.reader(1, keep, name="audit")
    await reader.start()
    try:
        async with asyncio.timeout(30):
            await complete.wait()
    finally:
        await reader.stop()
    assert [entry.seq for entry in read[:end]] == list(range(1, end + 1)), "a gap in the log"
    return read[:end]


def check_history(history: History) -> None:
    """One answer to each entry, one execution to each command, each said once, in one chain."""
    desk, digest, seq = Desk(), bytes(16), 0
    for entry, answer in zip(history.entries, history.answers, strict=True):
        assert desk.answer(entry) == answer.body, f"another answer to entry {entry.seq}"
        bare, _, written = answer.body.rpartition(DIGEST)
        digest = blake2b(digest + bare + b"}]", digest_size=16).digest()
        assert written == digest.hex().encode() + b'"}]', f"the chain breaks at {entry.seq}"
        index = {True: DUE, False: 0}
        for execution in split(answer.body):
            told, seq = json.loads(execution), seq + 1
            due = told.get("index", 0) >= DUE
            place = told["seq"], told["entry"], told.get("index", 0)
            assert place == (seq, entry.seq, index[due])
            behind = told["op"] in ("stop.triggered", "exit.moved")
            assert index[False] == 0 or not due or behind, "what fell due stands in front"
            index[due] += 1
    assert find(history.read()).doubled == []


def check_clients(history: History, ledger: Ledger) -> None:
    """Whatever a client was told stands in the log, and is his business."""
    told = history.read()
    assert lost(history, ledger) == []
    assert [sent.key for sent in ledger.in_flight] == []
    done = {
        (one["order"]["account"], one["order"].get("client_order_id")): one["seq"]
        for one in told
        if one["op"] == "new" and one["result"] == "accepted"
    }
    for one in told:
        if one["result"] == "duplicate" and one["op"] == "new":
            name = one["order"]["account"], one["order"]["client_order_id"]
            assert one["first_seq"] == done[name]


def lost(history: History, ledger: Ledger) -> list[bytes | Key]:
    """Answers that are not of an execution in the log, or tell their client what is not his;
    commands acknowledged that were not done."""
    told, found = {one["seq"]: one for one in history.read()}, find(history.read())
    answers = [one.execution for one in ledger.answers if not is_shown(one, told)]
    return [*answers, *(key for key in ledger.acknowledged if found.done[key] != 1)]


def is_shown(answer: Told, executions: Mapping[int, dict[str, Any]]) -> bool:
    """Whether an answer says nothing but what its execution in the log says, of this account."""
    shown = json.loads(answer.execution)
    whole = executions.get(shown["seq"])
    return whole is not None and _part_of(shown, whole) and _others(shown, answer.account) == []


def _part_of(shown: Any, whole: Any) -> bool:
    match shown:
        case dict():
            return isinstance(whole, dict) and all(
                name in whole and (_part_of(value, whole[name]) or _is_all_seen(name, value, whole))
                for name, value in shown.items()
            )
        case list():  # balances of others are left out
            return all(any(_part_of(one, there) for there in whole) for one in shown)
    return bool(shown == whole)


def _is_all_seen(name: str, value: Any, whole: dict[str, Any]) -> bool:
    """Whether this is what others see of an order that hides a part."""
    return name == "leaves_quantity" and value == whole.get("displayed_quantity")


def _others(shown: Any, account: str) -> list[str]:
    """Accounts that are named somewhere, but `account`."""
    if isinstance(shown, list):
        return [other for one in shown for other in _others(one, account)]
    if not isinstance(shown, dict):
        return []
    named = shown.get("account", account)
    own = [] if named == account else [str(named)]
    return own + [other for value in shown.values() for other in _others(value, account)]


def check_books(history: History, database: Path) -> None:
    """The books hold what follows from the executions, no more and no less."""
    folded, booked = fold(history.read()), read_books(database)
    _compare("orders", folded.orders, booked.orders)
    _compare("trades", folded.trades, booked.trades)
    _compare("positions", folded.positions, booked.positions)


def fold(executions: Iterable[dict[str, Any]]) -> Books:
    """The books that follow from executions."""
    books = Books({}, {}, {})
    for told in executions:
        if told["result"] == "duplicate":
            continue
        order = told.get("order")
        if told.get("reason") in NO_RIGHT:
            continue  # nobody's order
        if order is not None and (told["op"] == "new" or told["result"] != "rejected"):
            reason = told["reason"] if told["result"] == "rejected" else order.get("reason", "")
            books.orders[engine_id(order["order_id"])] = (*_terms(order), *_state(order), reason)
            if told["op"] == "new" and "exit_order_id" in order:
                leg = _exit(order)
                books.orders[engine_id(order["exit_order_id"])] = (*_terms(leg), *_state(leg), "")
        for change in told.get("changed", ()):
            maker = engine_id(change["order_id"])
            before = books.orders[maker]
            books.orders[maker] = (*before[:8], *_state(change), change.get("reason", ""))
        for number, trade in enumerate(told.get("trades", ())):
            _trade(books, told, number, trade)
    return books


def _trade(books: Books, told: dict[str, Any], number: int, trade: dict[str, str]) -> None:
    order = told["order"]
    taker, maker = engine_id(order["order_id"]), engine_id(trade["maker_order_id"])
    price, quantity = units(trade["price"]), units(trade["quantity"])
    assert trade["trade_id"] == f"{told['seq']}-{number}"
    symbol, side = order["symbol"], order["side"]
    terms = int(told["ts"]), symbol, side, price, quantity
    books.trades[told["seq"], number] = (*terms, taker, maker)
    accounts = order["account"], str(books.orders[maker][0])
    for account, bought in zip(accounts, (side == "buy", side == "sell"), strict=True):
        was = books.positions.get((account, symbol), (0, 0, 0, 0))
        grown = (quantity, price * quantity)
        more = (*grown, 0, 0) if bought else (0, 0, *grown)
        books.positions[account, symbol] = tuple(map(int.__add__, was, more))


def read_books(database: Path) -> Books:
    """The books as they stand in SQL."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as books:
        orders = books.execute(
            "SELECT id, account, symbol, side, type, time_in_force, client_order_id, quantity, "
            "price, status, filled, leaves, average_price, reason FROM orders"
        ).fetchall()
        trades = books.execute(
            "SELECT seq, number, ts, symbol, side, price, quantity, taker_order, maker_order "
            "FROM trades"
        ).fetchall()
        positions = books.execute(
            "SELECT account, symbol, bought_quantity, bought_value, sold_quantity, sold_value "
            "FROM positions"
        ).fetchall()
    books.close()
    return Books(
        {row[0]: tuple(row[1:]) for row in orders},
        {(row[0], row[1]): tuple(row[2:]) for row in trades},
        {(row[0], row[1]): tuple(map(int, row[2:])) for row in positions},
    )


def engine_id(order_id: str) -> int:
    """Entry and index of the command that made an order, from its UUID."""
    digits = order_id.replace("-", "")
    return int(digits[:12], 16) << 12 | int(digits[13:16], 16)


def units(text: str) -> int:
    return int(Decimal(text) * UNIT)


def _terms(order: dict[str, str]) -> tuple[object, ...]:
    return (
        *(order[name] for name in ("account", "symbol", "side", "type", "time_in_force")),
        order.get("client_order_id", ""),
        *(units(order.get(name, "0")) for name in ("quantity", "price")),
    )


def _exit(parent: dict[str, str]) -> dict[str, str]:
    """The order that a new one brings, until an execution tells of it."""
    gain, limit = parent.get("take_profit"), parent.get("stop_loss_limit")
    waits = parent["time_in_force"] in ("gtc", "day", "gtd")
    return {
        "account": parent["account"],
        "symbol": parent["symbol"],
        "side": "sell" if parent["side"] == "buy" else "buy",
        "type": "limit" if gain else "stop_limit" if limit else "stop",
        "time_in_force": parent["time_in_force"] if waits else "gtc",
        "quantity": parent["quantity"],
        "leaves_quantity": parent["quantity"],
        "price": gain or limit or "0",
        "status": "held",
    }


def _state(order: dict[str, str]) -> tuple[object, ...]:
    amounts = ("filled_quantity", "leaves_quantity", "average_price")
    return order["status"], *(units(order.get(name, "0")) for name in amounts)


def _compare(what: str, folded: Mapping[Any, object], booked: Mapping[Any, object]) -> None:
    different = (
        f"{what} {key}: from the log {folded.get(key)}, in the books {booked.get(key)}"
        for key in sorted(folded.keys() | booked.keys())
        if folded.get(key) != booked.get(key)
    )
    assert list(islice(different, 5)) == []
