"""Buying power: what an account may still spend, with what it has and what it may borrow.

    multiplier x equity - exposure - held

with equity = cash + the value of all positions, exposure = the sum of what they are worth, long or
short, each at the reference price of its instrument. For a cash account that is cash - held.
"""

from collections.abc import Mapping

from outcry.domain.account import Account
from outcry.domain.book import Book
from outcry.domain.types import CASH, Money


def available(account: Account, books: Mapping[str, Book]) -> Money:
    """May be negative for a margin account that has lost what it borrowed."""
    if account.type is CASH:
        return account.cash - account.held
    multiplier = account.multiplier
    power = multiplier * account.cash - account.held
    for symbol, position in account.positions.items():
        quantity = position.quantity
        if quantity > 0:
            power += (multiplier - 1) * quantity * books[symbol].mark
        elif quantity:
            power += (multiplier + 1) * quantity * books[symbol].mark
    return power


def exposure(account: Account, books: Mapping[str, Book]) -> Money:
    """What an account has at stake, long and short."""
    stake = 0
    for symbol, position in account.positions.items():
        stake += abs(position.quantity) * books[symbol].mark
    return stake
