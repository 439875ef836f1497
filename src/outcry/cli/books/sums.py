"""What the ledger comes to: its postings, added up one by one.

Rule: nothing is taken from the sums that the broker keeps, so that these are checked too.
"""

from collections import Counter

from sqlalchemy import Connection, select

from outcry.broker.postings import DEPOSIT, EXTERNAL, FEES, WITHDRAWAL
from outcry.broker.schema import postings
from outcry.domain.types import Money, Units

ROWS_AT_ONCE = 2_000

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


def add_up(connection: Connection, seq: int) -> tuple[Sums, Sums]:
    """The ledger up to execution `seq`, and what came after it."""
    until, after = Sums(), Sums()
    columns = (
        postings.c[name] for name in ("seq", "account", "kind", "symbol", "quantity", "cash")
    )
    streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
    for at, *posting in streaming.execute(select(*columns)):
        (until if at <= seq else after).take(*posting)
    return until, after
