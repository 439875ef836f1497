"""One transaction of the books: a batch of executions, and the position that they lead to.

Rule 1: the rows and the position move together, or not at all.
Rule 2: the position moves by compare-and-set. Of two brokers on one database one books a batch,
the other books nothing and reads the position again.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    update,
)
from sqlalchemy.sql.dml import UpdateBase

from outcry.broker import schema
from outcry.broker.damaged import BooksDamaged
from outcry.broker.ledger import Ledger
from outcry.broker.position import Position, move_position
from outcry.broker.register import Register, settings_rows, terms_gone, terms_rows
from outcry.broker.rows import Batch, units
from outcry.broker.statement import Statement, upsert

_TERMS = ("type", "instructions", "client_order_id", "quantity", "price")
_STATE = (
    "status",
    "filled",
    "leaves",
    "shown",
    "average_price",
    "reason",
    "updated_seq",
    "updated_ts",
)
_SETTINGS = (
    "type",
    "state",
    "access",
    "self_trade_prevention",
    "multiplier",
    "shorting",
    "killed",
    "max_open_orders",
    "max_order_rate",
    "max_exposure",
    "max_notional",
    "max_position",
    "maker_fee",
    "taker_fee",
    "updated_seq",
)
_LISTING = (
    "tick",
    "lot",
    "min_quantity",
    "max_quantity",
    "max_price",
    "name",
    "state",
    "updated_seq",
    "price_band",
    "maker_fee",
    "taker_fee",
    "max_notional",
    "max_position",
)


class Books:
    """Writes batches into a database of one dialect, one transaction at a time."""

    def __init__(self, dialect: Dialect) -> None:
        orders, ids, trades = schema.orders, schema.client_order_ids, schema.trades
        self._create = Statement(dialect, insert(orders), orders.c.keys())
        self._amend = Statement(dialect, _change_orders(_TERMS), (*_TERMS, "which"))
        self._settle = Statement(dialect, _change_orders(_STATE), (*_STATE, "which"))
        self._name = Statement(dialect, upsert(dialect, ids, _names_order), ids.c.keys())
        blocked = schema.blocked_client_order_ids
        self._block = Statement(dialect, upsert(dialect, blocked), blocked.c.keys())
        self._trade = Statement(dialect, insert(trades), trades.c.keys())
        listed = upsert(dialect, schema.instruments, columns=_LISTING)
        self._list = Statement(dialect, listed, schema.instruments.c.keys())
        self._ledger = Ledger(dialect)
        self._registrar = _Registrar(dialect)

    def book(self, connection: Connection, batch: Batch, before: Position, after: Position) -> bool:
        """Write `batch` in the transaction of `connection`, which the caller commits.

        False: the books are not at `before`, and nothing was written. After that, and after an
        exception here or in the commit, `forget` what was remembered. Raises BooksDamaged.
        """
        if not move_position(connection, before, after):
            return False
        self._book_orders(connection, batch)
        if batch.client_order_ids:
            names = [(*key, *value) for key, value in batch.client_order_ids.items()]
            self._name.run(connection, names)
        if batch.blocked:
            rows = [(*key, seq) for key, seq in batch.blocked.items()]
            self._block.run(connection, rows)
        if batch.trades:
            self._trade.run(connection, batch.trades)
        if batch.instruments:
            self._book_instruments(connection, batch)
        if batch.register.audit:
            self._registrar.book(connection, batch.register)
        self._ledger.grow(connection, batch)
        return True

    def forget(self) -> None:
        """What was remembered of the database may not hold any more."""
        self._ledger.forget()

    def _book_orders(self, connection: Connection, batch: Batch) -> None:
        created, terms, states = batch.created, batch.terms, batch.states
        if created:
            rows = [(*row, *terms.pop(key), *states.pop(key)) for key, row in created.items()]
            self._create.run(connection, rows)
        for statement, changes in ((self._amend, terms), (self._settle, states)):
            rows = [(*change, key) for key, change in changes.items()]
            if rows and statement.run(connection, rows) != len(rows):
                raise BooksDamaged(
                    "the books lack an order that an execution changed; move the database away "
                    "and the books are made again from the log"
                )

    def _book_instruments(self, connection: Connection, batch: Batch) -> None:
        rows = [
            (
                instrument.symbol,
                units(instrument.tick),
                units(instrument.lot),
                units(instrument.min_quantity),
                units(instrument.max_quantity),
                units(instrument.max_price),
                instrument.name,
                instrument.state,
                seq,
                units(instrument.price_band),
                units(instrument.maker_fee),
                units(instrument.taker_fee),
                units(instrument.max_notional),
                units(instrument.max_position),
                0,  # no reference price yet; that of one that is listed stays
            )
            for instrument, seq in batch.instruments.values()
        ]
        self._list.run(connection, rows)


class _Registrar:
    """Writes what admin commands change in the register."""

    def __init__(self, dialect: Dialect) -> None:
        accounts, terms, keys = schema.accounts, schema.account_terms, schema.keys
        settings = upsert(dialect, accounts, columns=_SETTINGS)
        self._set = Statement(dialect, settings, accounts.c.keys())
        self._term = Statement(dialect, upsert(dialect, terms), terms.c.keys())
        those = (terms.c.account == bindparam("account"), terms.c.symbol == bindparam("symbol"))
        self._drop = Statement(dialect, delete(terms).where(*those), ("account", "symbol"))
        self._create = Statement(dialect, insert(keys), keys.c.keys())
        revoking: dict[str, Any] = {
            "revoked": literal_column("1"),
            "revoked_seq": bindparam("revoked_seq"),
        }
        revoke = update(keys).where(keys.c.key_id == bindparam("which")).values(revoking)
        self._revoke = Statement(dialect, revoke, ("revoked_seq", "which"))
        switches = schema.kill_switches
        self._switch = Statement(dialect, upsert(dialect, switches), switches.c.keys())
        self._audit = Statement(dialect, insert(schema.audit), schema.audit.c.keys())

    def book(self, connection: Connection, more: Register) -> None:
        """Raises BooksDamaged: a key is not there."""
        self._audit.run(connection, more.audit)
        told = more.settings.values()
        if told:
            nothing = "0", "0", "0"
            rows = [(*row[:-1], *nothing, row[-1]) for row in settings_rows(told)]
            self._set.run(connection, rows)
            if rows := terms_rows(more.terms):
                self._term.run(connection, rows)
            if gone := terms_gone(more.terms):
                self._drop.run(connection, gone)
        if more.switches:
            switched = [(symbol, int(on), seq) for symbol, (on, seq) in more.switches.items()]
            self._switch.run(connection, switched)
        if more.keys:
            self._create.run(connection, more.keys)
        if more.revoked and self._revoke.run(connection, more.revoked) != len(more.revoked):
            raise BooksDamaged(
                "the books lack a key that was revoked; move the database away and the books are "
                "made again from the log"
            )


def _change_orders(columns: Sequence[str]) -> UpdateBase:
    values: dict[str, Any] = {column: bindparam(column) for column in columns}
    return update(schema.orders).where(schema.orders.c.id == bindparam("which")).values(values)


def _names_order(new: Any) -> ColumnElement[bool]:
    """An accepted order takes its client order id; a rejected one takes it from rejected ones."""
    rejected = schema.client_order_ids.c.rejected
    return or_(new.rejected == literal_column("0"), rejected == literal_column("1"))
