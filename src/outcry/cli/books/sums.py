"""What the ledger comes to: its postings, added up one by one.

Rule: nothing is taken from the sums that the broker keeps, so that these are checked too.
"""

from collections import Counter
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from outcry.broker.postings import DEPOSIT, EXTERNAL, FEES, WITHDRAWAL
from outcry.broker.schema import postings
from outcry.domain.types import Money, Units

ROWS_AT_ONCE = 2_000
_TAKEN = ("account", "kind", "symbol", "quantity", "cash")

Cash = Counter[str]
"""By account, in 10⁻¹⁸."""
Held = Counter[tuple[str, str]]
"""By account and symbol, in 10⁻⁹."""


class Sums:
    """Of the postings that were taken in, those of the house too."""

    def __init__(self) -> None:
        self.cash: Cash = Counter()
        self.held: Held = Counter()
        self.came: Counter[str] = Counter()
        """From outside, by symbol; "" is cash."""
        self.went: Counter[str] = Counter()

    @property
    def fees(self) -> Money:
        return self.cash[FEES]

    def take(self, account: str, kind: str, symbol: str, quantity: Units, cash: Money) -> None:
        if cash:
            self.cash[account] += cash
        if quantity:
            self.held[account, symbol] += quantity
        if account == EXTERNAL:
            amount = -quantity if symbol else -cash
            if kind == DEPOSIT:
                self.came[symbol] += amount
            elif kind == WITHDRAWAL:
                self.went[symbol] -= amount

    def plus(self, other: "Sums") -> tuple[Cash, Held]:
        """The cash and the positions of both."""
        cash, held = Counter(self.cash), Counter(self.held)
        cash.update(other.cash)  # as `+` would leave out what is negative
        held.update(other.held)
        return cash, held


class Crooked(NamedTuple):
    """A transaction that does not add up to nothing: trade `trade` of execution `seq`."""

    seq: int
    trade: int
    symbol: str
    cash: Money
    quantity: Units


def add_up(connection: Connection, seq: int) -> tuple[Sums, Sums, list[Crooked]]:
    """The ledger up to execution `seq`, what came after it, and what of both does not add up."""
    until, after = Sums(), Sums()
    crooked: list[Crooked] = []
    columns = (postings.c[name] for name in ("seq", "trade", *_TAKEN))
    ordered = select(*columns).order_by(postings.c.seq, postings.c.number)
    streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
    for key, transaction in groupby(streaming.execute(ordered), _transaction):
        cash = quantity = 0
        sums = until if key[0] <= seq else after
        for _, _, *posting in transaction:
            sums.take(*posting)
            quantity += posting[3]
            cash += posting[4]
        if cash or quantity:
            crooked.append(Crooked(*key, cash, quantity))
    return until, after, crooked


def _transaction(row: Row[Any]) -> tuple[int, int, str]:
    return row.seq, row.trade, row.symbol
