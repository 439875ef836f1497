"""Whether the books in SQL are the books that the executions make."""

import json
from typing import Any

from sqlalchemy import select

from outcry.broker import schema
from outcry.broker.database import Database
from sim.broken import hold
from sim.ledger import Ledger
from sim.money import EXTERNAL, FEES, Money, units
from sim.truth import Truth

LIMITS = ("tick", "lot", "min_quantity", "max_quantity", "max_price")
TERMS = ("price_band", "maker_fee", "taker_fee", "max_notional", "max_position")


def check_position(database: Database, truth: Truth) -> int:
    """The books stand at a place of the history that there is; gives the entry."""
    with database.reader.connect() as connection:
        at = connection.execute(select(schema.position)).one()
    hold(at.entry <= len(truth.answers), "nothing is booked that is not stored", at.entry)
    hold(at.digest == truth.digests[at.entry], "the books have the digest of the log", at.entry)
    if at.entry:
        last = truth.answers[at.entry - 1][-1]["seq"]
        hold(at.seq == last, "the position names the last execution", at.seq, last)
    return int(at.entry)


def check_books(database: Database, truth: Truth) -> None:
    """All rows of all tables, when everything is booked."""
    ledger = truth.ledger
    _same("orders", _rows(database, "orders"), [tuple(o.values()) for o in ledger.orders.values()])
    _same("trades", _rows(database, "trades"), ledger.trades)
    _check_money(database, ledger.money)
    _same("instruments", _rows(database, "instruments"), _instruments(ledger))
    names = [(name, account, *at) for (name, account), at in ledger.names.items()]
    blocked = [(*named, seq) for named, seq in ledger.blocked.items()]
    _same("blocked client order ids", _rows(database, "blocked_client_order_ids"), blocked)
    _same("client order ids", _rows(database, "client_order_ids"), names)


def _check_money(database: Database, money: Money) -> None:
    """What accounts have, who may act for them, and how it came to that."""
    positions = [(*key, *position.row()) for key, position in money.positions.items()]
    _same("positions", _rows(database, "positions"), positions)
    _same("postings", _rows(database, "postings"), money.postings)
    _same("house", _rows(database, "house"), [(*key, *sums) for key, sums in money.house.items()])
    _same("accounts", _rows(database, "accounts"), money.accounts())
    terms = [(*key, *row) for key, row in money.terms.items()]
    _same("account terms", _rows(database, "account_terms"), terms)
    _same("keys", _rows(database, "keys"), [(key, *row) for key, row in money.keys.items()])
    noted = [
        (*row[:-1], json.dumps(json.loads(row[-1]), sort_keys=True))
        for row in _rows(database, "audit")
    ]
    _same("audit", noted, money.audit)
    for name, (cash, _) in money.told.items():
        hold(money.cash[name] == cash, "the ledger has what the engine says", name)
    for key, position in money.positions.items():
        hold(position.quantity == position.told[0], "the ledger has what the engine says", *key)
    earned = money.house.get((FEES, ""), [0, 0])[1]
    came_in = -money.house.get((EXTERNAL, ""), [0, 0])[1]
    hold(sum(money.cash.values()) + earned == came_in, "cash is conserved", came_in)


def _instruments(ledger: Ledger) -> list[tuple[Any, ...]]:
    return [
        (
            told["symbol"],
            *(units(told.get(name, "")) for name in LIMITS),
            told.get("name", ""),
            told["state"],
            told["seq"],
            *(units(told.get(name, "")) for name in TERMS),
            ledger.money.marks.get(told["symbol"], 0),
        )
        for told in ledger.instruments.values()
    ]


def _rows(database: Database, table: str) -> list[tuple[Any, ...]]:
    with database.reader.connect() as connection:
        return [tuple(row) for row in connection.execute(select(schema.metadata.tables[table]))]


def _same(what: str, booked: list[tuple[Any, ...]], made: list[tuple[Any, ...]]) -> None:
    booked, made = sorted(booked, key=repr), sorted(made, key=repr)
    if booked != made:
        extra = [row for row in booked if row not in made][:3]
        missing = [row for row in made if row not in booked][:3]
        hold(False, "the books are what the executions make", what, extra, "instead of", missing)
