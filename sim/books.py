"""Whether the books in SQL are the books that the executions make."""

from typing import Any

from sqlalchemy import select

from outcry.broker import schema
from outcry.broker.database import Database
from sim.broken import hold
from sim.ledger import Ledger, units
from sim.truth import Truth

LIMITS = ("tick", "lot", "min_quantity", "max_quantity", "max_price")


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
    positions = [(*key, *sums) for key, sums in ledger.positions.items()]
    _same("positions", _rows(database, "positions"), positions)
    _same("instruments", _rows(database, "instruments"), _instruments(ledger))
    names = [(name, account, *at) for (name, account), at in ledger.names.items()]
    blocked = [(*named, seq) for named, seq in ledger.blocked.items()]
    _same("blocked client order ids", _rows(database, "blocked_client_order_ids"), blocked)
    _same("client order ids", _rows(database, "client_order_ids"), names)


def _instruments(ledger: Ledger) -> list[tuple[Any, ...]]:
    return [
        (
            told["symbol"],
            *(units(told.get(name, "")) for name in LIMITS),
            told.get("name", ""),
            told["state"],
            told["seq"],
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
