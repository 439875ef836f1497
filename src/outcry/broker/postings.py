"""Postings: each trade and each transfer as what goes from one account into another.

Rule: every transaction adds up to zero, in cash and in every instrument. What does not is not
written.
"""

from collections.abc import Iterable
from typing import NamedTuple

from outcry.broker.damaged import BooksDamaged
from outcry.domain.types import Money, Units

EXTERNAL = "#external"
"""Where deposits come from, and withdrawals go. No customer's name begins so."""
FEES = "#fees"
"""What the house has earned."""

TRADE, FEE, DEPOSIT, WITHDRAWAL = "trade", "fee", "deposit", "withdrawal"
KINDS = (TRADE, FEE, DEPOSIT, WITHDRAWAL)
TAKER, MAKER, OTHER = range(3)
"""Places in a transaction of a trade; a transfer has the customer in the first."""


class Posting(NamedTuple):
    """A row of `schema.postings`."""

    seq: int
    number: int
    account: str
    kind: str
    symbol: str
    quantity: Units
    price: Units
    cash: Money
    fee: Money
    balance: Money
    ts: int
    order_id: int
    trade: int
    transfer_id: str


def place(trade: int, part: int) -> int:
    """The number of a posting in its execution."""
    return trade * 3 + part


def check_balanced(postings: Iterable[Posting]) -> None:
    """Raises BooksDamaged: the postings of a transaction, which stand together, do not add up."""
    at: tuple[int, int, str] | None = None
    cash = quantity = 0
    for posting in postings:
        here = (posting.seq, posting.trade, posting.symbol)
        if here != at:
            if cash or quantity:
                raise _unbalanced(at, cash, quantity)
            at = here
        cash += posting.cash
        quantity += posting.quantity
    if cash or quantity:
        raise _unbalanced(at, cash, quantity)


def _unbalanced(at: tuple[int, int, str] | None, cash: Money, quantity: Units) -> BooksDamaged:
    assert at is not None, "there was a posting"
    seq, trade, symbol = at
    return BooksDamaged(
        f"transaction {trade} of execution {seq} leaves {cash} of cash (10⁻¹⁸) and {quantity} "
        f"(10⁻⁹) of {symbol or 'nothing'}: it has to add up to zero, and is not booked; this is a "
        "defect, report it"
    )
