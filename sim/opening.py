"""How the market opens: instruments, accounts with means that do not always do, and keys."""

from collections.abc import Iterator

from sim.dice import Dice
from sim.exact import Fields
from sim.flow import ACCOUNTS, SYMBOLS
from sim.wallet import ADMIN, READER, Wallet

READ = ACCOUNTS[:2]
"""Accounts that somebody may read who trades for none."""
MARGIN: Fields = {"type": "margin", "shorting": True}
TYPES: tuple[Fields, ...] = ({}, MARGIN, MARGIN | {"multiplier": 4}, {"type": "margin"})


def opening(wallet: Wallet, dice: Dice) -> Iterator[tuple[str, Fields]]:
    """Subjects and bodies of the operator's entries; `demo` is open to everybody."""
    for symbol in SYMBOLS:
        yield "instrument.list", {"symbol": symbol, "tick": "0.05", "max_price": "1000"}
    for account in ACCOUNTS:
        access: Fields = {"access": "open"} if account == "demo" else {}
        yield "account.open", {"account": account} | dice.one_of(TYPES) | access
        amount = dice.one_of(("3000", "20000", "20000", "150000.5"))
        yield "account.deposit", {"account": account, "amount": amount}
        for symbol in SYMBOLS:
            quantity = dice.one_of(("20", "100", "400"))
            yield "account.deposit", {"account": account, "symbol": symbol, "quantity": quantity}
        yield "key.create", wallet.new(account, "trade", [account])
    yield "key.create", wallet.new(ADMIN, "admin", [])
    yield "key.create", wallet.new(READER, "read", list(READ))
