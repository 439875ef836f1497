"""Buying power, by its definition."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.account import Account, Position
from outcry.domain.book import Book
from outcry.domain.limits import MULTIPLIER_MAX
from outcry.domain.power import available, exposure
from outcry.domain.types import AccountType

AMOUNTS = st.integers(-(10**24), 10**24)
HOLDINGS = st.dictionaries(
    st.sampled_from(["ACME", "ZINC", "IRON"]),
    st.tuples(st.integers(-(10**13), 10**13), st.integers(0, 10**13)),
)
"""Quantity and reference price by symbol; 0: there is no reference price."""


def account_with(kind: AccountType, multiplier: int, cash: int, held: int) -> Account:
    return Account("ann", type=kind, multiplier=multiplier, cash=cash, held=held)


def hold_all(account: Account, holdings: dict[str, tuple[int, int]]) -> dict[str, Book]:
    books = {}
    for symbol, (quantity, mark) in holdings.items():
        books[symbol] = Book()
        books[symbol].mark = mark
        account.positions[symbol] = Position(quantity)
    return books


@given(st.integers(1, MULTIPLIER_MAX), AMOUNTS, st.integers(0, 10**24), HOLDINGS)
def test_a_margin_account_has_a_multiple_of_its_equity(
    multiplier: int, cash: int, held: int, holdings: dict[str, tuple[int, int]]
) -> None:
    """Less what it has at stake and what its orders hold: exactly, whatever goes up or down."""
    account = account_with(AccountType.MARGIN, multiplier, cash, held)
    books = hold_all(account, holdings)
    equity = cash + sum(quantity * mark for quantity, mark in holdings.values())
    stake = sum(abs(quantity) * mark for quantity, mark in holdings.values())
    assert available(account, books) == multiplier * equity - stake - held
    assert exposure(account, books) == stake
    if stake and not held:
        within = Fraction(stake, 1) <= multiplier * equity
        assert (available(account, books) >= 0) == within


@given(st.integers(0, 10**24), st.integers(0, 10**24), HOLDINGS)
def test_a_cash_account_has_its_cash(
    cash: int, held: int, holdings: dict[str, tuple[int, int]]
) -> None:
    """But for what its orders hold; what its shares are worth buys nothing."""
    account = account_with(AccountType.CASH, 1, cash, held)
    assert available(account, hold_all(account, holdings)) == cash - held
