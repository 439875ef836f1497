"""The ledger: what trades and transfers move, as postings, and the sums over them as they grow.

Rule 1: a posting is written with both sides of it, or not at all (`postings.check_balanced`).
Rule 2: what an account has is the sum over its postings. What the engine says it has is kept
beside that, never instead of it: `outcry reconcile` compares the two.

Sums exceed 64 bits, so they are made here and not in SQL. What was read is kept: nobody else
writes, or the position of the books would have moved.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, insert, select, update

from outcry.broker import schema
from outcry.broker.amounts import money, quantity
from outcry.broker.holding import Holding
from outcry.broker.postings import (
    EXTERNAL,
    FEE,
    FEES,
    MAKER,
    OTHER,
    PARTS,
    TAKER,
    TRADE,
    Posting,
    check_balanced,
    digits,
)
from outcry.broker.rows import Batch, PositionKey, TradeRow, Transfer
from outcry.broker.statement import Statement, upsert
from outcry.domain.types import Money

KEYS_MAX = 500
"""Rows that are read at once; databases bound the parameters of a statement."""
KEPT_MAX = 20_000
"""Accounts, or positions, that are kept in memory; all are forgotten beyond."""

_UNKNOWN = ("cash", "active", "keys", "", 1, 0, 0, 0, 0, 0, 0, 0, None, None)
"""Settings of an account that an engine without money knew, until they are told."""
_BALANCE = ("cash", "told_cash", "held", "updated_seq")


class Balance:
    """Of an account: the sum over its postings, what the engine said last, and when."""

    __slots__ = ("cash", "held", "told_cash", "updated_seq")

    def __init__(self, cash: Money = 0, told_cash: Money = 0, held: Money = 0, seq: int = 0):
        self.cash = cash
        self.told_cash = told_cash
        self.held = held
        self.updated_seq = seq


class Ledger:
    """Writes postings, and what they and the engine say of accounts and positions."""

    def __init__(self, dialect: Dialect) -> None:
        postings, positions, house = schema.postings, schema.positions, schema.house
        self._post = Statement(dialect, insert(postings), postings.c.keys())
        self._hold = Statement(dialect, upsert(dialect, positions), positions.c.keys())
        accounts = schema.accounts
        balance = upsert(dialect, accounts, columns=_BALANCE)
        self._balance = Statement(dialect, balance, accounts.c.keys())
        self._house = Statement(dialect, upsert(dialect, house), house.c.keys())
        price: dict[str, Any] = {"reference_price": bindparam("reference_price")}
        marks = update(schema.instruments).where(schema.instruments.c.symbol == bindparam("which"))
        self._mark = Statement(dialect, marks.values(price), ("reference_price", "which"))
        self._balances: dict[str, Balance] = {}
        self._holdings: dict[PositionKey, Holding] = {}
        self._own: dict[tuple[str, str], list[int]] = {}
        """What the house has: by its account and the instrument, quantity and cash."""
        self._own_changed: dict[tuple[str, str], None] = {}

    def grow(self, connection: Connection, batch: Batch) -> None:
        """Book what `batch` moves and tells. Raises BooksDamaged: it does not add up."""
        if batch.moves or batch.told:
            self._recall(connection, batch)
            postings, changed, moved = self._move(connection, batch)
            self._take_told(batch, changed)
            if postings:
                check_balanced(postings)
                self._post.run(connection, digits(postings))
                self._write_house(connection)
            if changed:
                self._write_positions(connection, changed)
            self._write_balances(connection, batch, moved)
        if batch.marks:
            rows = [(price, symbol) for symbol, price in batch.marks.items()]
            self._mark.run(connection, rows)

    def forget(self) -> None:
        self._balances.clear()
        self._holdings.clear()
        self._own.clear()
        self._own_changed.clear()

    # What the batch moves --------------------------------------------------------------------

    def _move(
        self, connection: Connection, batch: Batch
    ) -> tuple[list[Posting], dict[PositionKey, Holding], dict[str, int]]:
        """The postings, the positions that they change, and the last execution of accounts."""
        postings: list[Posting] = []
        changed: dict[PositionKey, Holding] = {}
        moved: dict[str, int] = {}
        for move in batch.moves:
            if isinstance(move, Transfer):
                self._transfer(connection, move, postings)
                moved[move.account] = move.seq
                if move.symbol:
                    key = move.account, move.symbol
                    changed[key] = self._holdings[key]
                continue
            row, funded = move
            for key in ((row[8], row[3]), (row[10], row[3])):
                changed[key] = self._holdings[key]
            if funded:
                moved[row[8]] = moved[row[10]] = row[0]
            self._trade(row, funded, postings)
        return postings, changed, moved

    def _trade(self, row: TradeRow, funded: bool, postings: list[Posting]) -> None:
        seq, number, ts, symbol, side, price, traded, taking, taker, making, maker, *fees = row
        value = price * traded
        one, other = self._holdings[taker, symbol], self._holdings[maker, symbol]
        moved, paid = (traded, value) if side == "buy" else (-traded, -value)
        one.trade(moved, value)
        other.trade(-moved, value)
        one.updated_seq = other.updated_seq = seq
        if not funded:
            return
        fee, charge = int(fees[0]), int(fees[1])
        cash, income = -paid - fee, paid - charge
        one.move(moved, price)
        one.fees += fee
        balance = self._balances[taker]
        balance.cash += cash
        had = balance.cash
        other.move(-moved, price)
        other.fees += charge
        balance = self._balances[maker]
        balance.cash += income
        has, at = balance.cash, number * PARTS
        postings += (
            Posting(
                *(seq, at + TAKER, taker, TRADE, symbol, moved, price),
                *(cash, fee, had, ts, taking, number, ""),
            ),
            Posting(
                *(seq, at + MAKER, maker, TRADE, symbol, -moved, price),
                *(income, charge, has, ts, making, number, ""),
            ),
        )
        if fee or charge:
            fee += charge
            after = self._of_house(FEES, "", 0, fee)
            postings.append(
                Posting(
                    *(seq, at + OTHER, FEES, FEE, symbol, 0, 0),
                    *(fee, 0, after, ts, 0, number, ""),
                )
            )

    def _transfer(self, connection: Connection, move: Transfer, postings: list[Posting]) -> None:
        seq, ts, account, kind, symbol, moved, cash, price, name = move
        if symbol:
            price = self._reference_price(connection, symbol) if price is None else price
            holding = self._holdings[account, symbol]
            holding.updated_seq = seq
            if moved > 0:
                holding.move(moved, price)
            else:
                holding.take_out(-moved)
        price = price or 0
        balance = self._balances[account]
        balance.cash += cash
        after = self._of_house(EXTERNAL, symbol, -moved, -cash)
        postings += (
            Posting(
                *(seq, TAKER, account, kind, symbol, moved, price),
                *(cash, 0, balance.cash, ts, 0, 0, name),
            ),
            Posting(
                *(seq, OTHER, EXTERNAL, kind, symbol, -moved, price),
                *(-cash, 0, after, ts, 0, 0, name),
            ),
        )

    def _of_house(self, account: str, symbol: str, moved: int, cash: Money) -> Money:
        """Move what the house has in one of its accounts; gives the cash it has there after."""
        sums = self._own.setdefault((account, symbol), [0, 0])
        sums[0] += moved
        sums[1] += cash
        self._own_changed[account, symbol] = None
        return self._own.get((account, ""), sums)[1]

    def _take_told(self, batch: Batch, changed: dict[PositionKey, Holding]) -> None:
        """Take in what the engine says of positions; those to which that is new have changed."""
        for key, (told, held) in batch.told_positions.items():
            holding = self._holdings[key]
            numbers = quantity(told), quantity(held)
            if numbers != (holding.told_quantity, holding.held):
                holding.told_quantity, holding.held = numbers
                changed[key] = holding

    # What is written -------------------------------------------------------------------------

    def _write_positions(self, connection: Connection, held: dict[PositionKey, Holding]) -> None:
        rows = [
            (
                *key,
                str(holding.bought_quantity),
                str(holding.bought_value),
                str(holding.sold_quantity),
                str(holding.sold_value),
                holding.updated_seq,
                str(holding.quantity),
                str(holding.cost),
                str(holding.realised),
                str(holding.fees),
                str(holding.told_quantity),
                str(holding.held),
            )
            for key, holding in held.items()
        ]
        self._hold.run(connection, rows)

    def _write_balances(self, connection: Connection, batch: Batch, moved: dict[str, int]) -> None:
        settings = batch.register.settings
        rows = []
        for account in moved | batch.told:
            balance = self._balances.get(account)
            if balance is None:  # of the house
                continue
            seq = max(balance.updated_seq, moved.get(account, 0))
            if account in batch.told:
                cash, held, told_seq = batch.told[account]
                balance.told_cash, balance.held = money(cash), money(held)
                seq = max(seq, told_seq)
            if account in settings:
                seq = max(seq, settings[account][1])
            balance.updated_seq = seq
            sums = str(balance.cash), str(balance.told_cash), str(balance.held)
            rows.append((account, *_UNKNOWN, *sums, seq))
        if rows:
            self._balance.run(connection, rows)

    def _write_house(self, connection: Connection) -> None:
        if self._own_changed:
            rows = [(*key, *map(str, self._own[key])) for key in self._own_changed]
            self._own_changed.clear()
            self._house.run(connection, rows)

    # What is known ---------------------------------------------------------------------------

    def _recall(self, connection: Connection, batch: Batch) -> None:
        """Read what is needed of the books and not known."""
        if len(self._holdings) > KEPT_MAX or len(self._balances) > KEPT_MAX:
            self.forget()
        accounts, positions = dict.fromkeys(batch.told), dict.fromkeys(batch.told_positions)
        for move in batch.moves:
            if isinstance(move, Transfer):
                accounts[move.account] = None
                if move.symbol:
                    positions[move.account, move.symbol] = None
            else:
                symbol, taker, maker = move[0][3], move[0][8], move[0][10]
                positions[taker, symbol] = positions[maker, symbol] = None
                if move[1]:
                    accounts[taker] = accounts[maker] = None
        self._read_balances(connection, [key for key in accounts if key not in self._balances])
        self._read_holdings(connection, [key for key in positions if key not in self._holdings])
        if not self._own:
            for account, symbol, held, cash in connection.execute(select(schema.house)):
                self._own[account, symbol] = [held, cash]

    def _read_balances(self, connection: Connection, names: list[str]) -> None:
        table = schema.accounts
        for name in names:
            self._balances[name] = Balance()
        columns = (table.c.account, *(table.c[name] for name in _BALANCE))
        for start in range(0, len(names), KEYS_MAX):
            among = table.c.account.in_(names[start : start + KEYS_MAX])
            for account, *sums in connection.execute(select(*columns).where(among)):
                self._balances[account] = Balance(*sums)

    def _read_holdings(self, connection: Connection, keys: Iterable[PositionKey]) -> None:
        """By symbol: no database finds pairs by an index."""
        accounts = defaultdict[str, list[str]](list)
        for key in keys:
            self._holdings[key] = Holding()
            accounts[key[1]].append(key[0])
        table = schema.positions
        for symbol, some in accounts.items():
            for start in range(0, len(some), KEYS_MAX):
                among = table.c.account.in_(some[start : start + KEYS_MAX])
                found = select(table).where(table.c.symbol == symbol, among)
                for row in connection.execute(found):
                    holding = self._holdings[row.account, symbol]
                    for name in Holding.__slots__:
                        setattr(holding, name, getattr(row, name))

    def _reference_price(self, connection: Connection, symbol: str) -> int:
        table = schema.instruments
        found = select(table.c.reference_price).where(table.c.symbol == symbol)
        return int(connection.execute(found).scalar() or 0)
