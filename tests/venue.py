"""A venue for tests: entries in, executions out, and the whole state of its engine to compare."""

import json
from typing import Any

import msgspec

from outcry.domain.account import Account
from outcry.domain.engine import Engine
from outcry.domain.limits import BOUNDS, VERSION, Bounds
from outcry.domain.order import Order
from outcry.domain.stops import Waits
from outcry.domain.trails import Trails
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage

LOG = "0123456789abc"
SHARD = 5


TRADERS = ("demo", "alice", "bob", "carol", "dave", "erin", "zoe", "house", "a", "b")
"""Accounts that are there: of margin and short sellers, with as much money as anybody needs."""
PLENTY = "9000000000"


class Venue:
    """Open, with `symbols` listed: tick 0.01, lot 1, no limits of its own. `TRADERS` have plenty of
    money and of shares, so that none of them ever lacks either."""

    def __init__(self, *symbols: str, bounds: Bounds = BOUNDS, **opening: Any) -> None:
        self.desk = Desk(bounds)
        if opening.pop("closed", False):
            return
        venue = {"log": LOG, "engine": VERSION, "schema": 1, "shard": SHARD} | opening
        self.send("venue.open", venue)
        for symbol in symbols:
            self.send("instrument.list", {"symbol": symbol, "tick": "0.01"})
        self.open_accounts(*TRADERS)

    @classmethod
    def closed(cls, bounds: Bounds = BOUNDS) -> "Venue":
        """Before its first entry."""
        return cls(bounds=bounds, closed=True)

    def open_accounts(self, *accounts: str, **terms: Any) -> None:
        """Accounts without a key, of margin and short sellers unless the terms say otherwise."""
        usual = {"type": "margin", "multiplier": 20, "shorting": True, "access": "open"}
        for account in accounts:
            self.send("account.open", {"account": account} | usual | terms)
            for _ in range(3):
                self.send("account.deposit", {"account": account, "amount": PLENTY})
            for symbol in self.engine.books:
                shares = {"symbol": symbol, "quantity": PLENTY}
                self.send("account.deposit", {"account": account} | shares)

    @property
    def engine(self) -> Engine:
        return self.desk.engine

    def send_bytes(self, subject: str, body: bytes, ts_ns: int = 0) -> bytes:
        return self.desk.answer(Entry(self.desk.position + 1, ts_ns, subject, body))

    def send(self, subject: str, body: Any, ts_ns: int = 0) -> tuple[ExecutionMessage, ...]:
        return read_answer(self.send_bytes(subject, json.dumps(body).encode(), ts_ns))

    def order(self, **command: Any) -> ExecutionMessage:
        """One order command, answered."""
        return self.send("order.created", command)[0]


def state(engine: Engine) -> dict[str, Any]:
    """All that later answers can depend on, but seq, entry, time and digest, which always move."""
    ids = engine.client_ids
    engine.stops.present_all()
    return {
        "venue": engine.venue,
        "successor": engine.rulebook.successor,
        "instruments": list(engine.rulebook.instruments.items()),
        "accounts": [account_state(account) for account in engine.accounts.by_name.values()],
        "keys": [msgspec.structs.astuple(key) for key in engine.keyring.keys.values()],
        "market": (
            engine.rulebook.limits,
            engine.rulebook.killed,
            list(engine.rulebook.killed_symbols),
            {symbol: book.mark for symbol, book in engine.books.items()},
        ),
        "by_entries": engine.clock.by_entries,
        "orders": [order_state(order) for order in engine.orders.values()],
        "books": [
            (symbol, [queue(level.first) for ladder in (book.bids, book.asks) for level in ladder])
            for symbol, book in engine.books.items()
        ],
        "open_orders": {
            account: sorted(list(group) for group in engine.open_orders.groups(account))
            for account in sorted({order.account for order in engine.orders.values()})
        },
        "switches": (engine.due.switches.armed, engine.due.switches.next_ns),
        "expiry": (sorted(engine.due.expiry._orders), engine.due.expiry.next_ns),
        "stops": (
            [
                (symbol, place, waiting(waits))
                for symbol, sides in sorted(engine.stops.waiting.items())
                for place, waits in sorted(sides.items())
            ],
            list(engine.stops.queue),
            {symbol: list(there) for symbol, there in engine.stops.closed.items()},
        ),
        "unfinished": list(engine.due.unfinished.items()),
        "levels": [
            (level.price, level.quantity, level.count)
            for book in engine.books.values()
            for ladder in (book.bids, book.asks)
            for level in ladder
        ],
        "client_ids": (ids.count, ids.horizon, ids._heads.tobytes(), b"".join(ids.pages)),
    }


def waiting(waits: Waits | Trails) -> list[tuple[int, list[int]]]:
    """Who waits together, in the order in which they came."""
    if isinstance(waits, Waits):
        return [(key, [o.order_id for o in waits.levels[key].values()]) for key in waits.keys]
    return [
        (high, [order.order_id for _, order in sorted(tide.orders.items(), key=first)])
        for high, tide in sorted(waits.tides.items())
    ]


def first(pair: tuple[int, Order]) -> int:
    return pair[0]


def queue(order: Order | None) -> list[int]:
    ids: list[int] = []
    while order is not None:
        ids.append(order.order_id)
        order = order.next
    return ids


def account_state(account: Account) -> dict[str, Any]:
    """All of an account; what its positions remember of the rulebook follows from that."""
    positions = {
        symbol: (held.quantity, held.closing, held.buying, held.selling)
        for symbol, held in account.positions.items()
    }
    return msgspec.structs.asdict(account) | {"positions": positions, "terms": dict(account.terms)}


def order_state(order: Order) -> tuple[Any, ...]:
    links = {"group", "level", "next", "previous", "owner", "position", "exit", "parent"}
    bound = [other and other.order_id for other in (order.exit, order.parent)]
    own = [getattr(order, name) for name in Order.__struct_fields__ if name not in links]
    return *own, *bound
