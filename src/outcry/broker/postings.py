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
PARTS = 3
"""Numbers of an execution that each transaction has."""


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


def check_balanced(postings: Iterable[Posting]) -> None:
    """Raises BooksDamaged: the postings of a transaction, which stand together, do not add up."""
    at_seq = at_trade = cash = quantity = 0
    at_symbol = ""
    for seq, _, _, _, symbol, came, _, paid, _, _, _, _, trade, _ in postings:
        if seq != at_seq or trade != at_trade or symbol != at_symbol:
            if cash or quantity:
                raise _unbalanced(at_seq, at_trade, at_symbol, cash, quantity)
            at_seq, at_trade, at_symbol = seq, trade, symbol
        cash += paid
        quantity += came
    if cash or quantity:
        raise _unbalanced(at_seq, at_trade, at_symbol, cash, quantity)


def digits(postings: Iterable[Posting]) -> list[tuple[object, ...]]:
    """As rows: any database takes a number so, however large."""
    return [
        (a, b, c, d, e, f, g, str(cash), str(fee), str(balance), h, i, j, k)
        for a, b, c, d, e, f, g, cash, fee, balance, h, i, j, k in postings
    ]


def _unbalanced(seq: int, trade: int, symbol: str, cash: Money, quantity: Units) -> BooksDamaged:
    return BooksDamaged(
        f"transaction {trade} of execution {seq} leaves {cash} of cash (10⁻¹⁸) and {quantity} "
        f"(10⁻⁹) of {symbol or 'nothing'}: it has to add up to zero, and is not booked; this is a "
        "defect, report it"
    )
