"""Transfers: cash and shares that come into an account from outside, or leave it.

Rule: nothing leaves that an open order holds, that is borrowed, or that stands for what is
borrowed; and nothing comes in that takes from an open order the position that it is to close.
"""

from collections.abc import Mapping

from outcry.domain.account import Account, Position
from outcry.domain.book import Book
from outcry.domain.commands import Transfer
from outcry.domain.power import available
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import UNIT, Units, decimal, money_text


def refuse_transfer(
    command: Transfer, account: Account, books: Mapping[str, Book]
) -> Reject | None:
    """Why it may not be done; None: it may."""
    if command.deposit:
        return _refuse_cover(command, account)
    if command.symbol:
        return _refuse_shares(command, account, books)
    amount, free = command.amount * UNIT, account.cash - account.held
    power = available(account, books)
    if amount <= free and account.multiplier * amount <= power:
        return None
    text = (
        f"{decimal(command.amount)} are to be withdrawn, account {account.name} has "
        f"{money_text(account.cash)} of cash, {money_text(account.held)} held by open orders, and "
        f"{money_text(power)} of buying power"
    )
    return Reject(RejectReason.CASH_AVAILABLE, text, "amount")


def _refuse_shares(command: Transfer, account: Account, books: Mapping[str, Book]) -> Reject | None:
    position = account.positions.get(command.symbol, Position())
    free: Units = position.quantity - position.selling
    pledged = (account.multiplier - 1) * command.quantity * books[command.symbol].mark
    if command.quantity <= free and pledged <= available(account, books):
        return None
    text = (
        f"{decimal(command.quantity)} {command.symbol} are to be withdrawn, account {account.name} "
        f"has {decimal(max(position.quantity, 0))}, of which open orders would sell "
        f"{decimal(position.selling)}; what is borrowed against may not leave"
    )
    return Reject(RejectReason.SHARES_AVAILABLE, text, "quantity")


def _refuse_cover(command: Transfer, account: Account) -> Reject | None:
    """Shares that come in make a short position smaller, of which open orders may hold all."""
    position = account.positions.get(command.symbol)
    if position is None or position.quantity >= 0 or not position.closing:
        return None
    if command.quantity <= -position.quantity - position.buying:
        return None
    text = (
        f"account {account.name} owes {decimal(-position.quantity)} {command.symbol}, and open "
        f"orders would buy {decimal(position.buying)} of it: cancel them first"
    )
    return Reject(RejectReason.SHARES_AVAILABLE, text, "quantity")


def move(command: Transfer, account: Account, position: Position) -> None:
    sign = 1 if command.deposit else -1
    if command.symbol:
        position.quantity += sign * command.quantity
    else:
        account.cash += sign * command.amount * UNIT
