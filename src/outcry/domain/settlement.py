"""Settlement: each fill moves cash and shares between two accounts, at once and to the last unit.

Rule: what a fill takes from one account another has, but for the fees, which are the venue's.
"""

from collections.abc import Sequence

import msgspec

from outcry.domain.account import Account, Position
from outcry.domain.execution import Balance, Trade
from outcry.domain.holds import hold
from outcry.domain.order import Order
from outcry.domain.types import BUY, UNIT, Money, Units

_Had = tuple[Money, Money, Units, Units]


class Tally:
    """The accounts that a command may change in one instrument, and what they had before.

    The one of `order` comes first; nothing of it may have changed yet. Where nothing trades, and
    that is the most, `own_balance` is enough.
    """

    __slots__ = ("_account", "_had", "_others", "_position", "_symbol")

    def __init__(self, order: Order) -> None:
        account, position = order.owner, order.position
        assert account is not None and position is not None, "an accepted order has an owner"
        self._symbol = order.symbol
        self._account = account
        self._position = position
        self._had = account.cash, account.held, position.quantity, position.closing
        self._others: dict[str, tuple[Account, Position, _Had]] = {}

    def note(self, order: Order) -> None:
        """To be called before anything of the order's account changes."""
        account, position = order.owner, order.position
        assert account is not None and position is not None, "an accepted order has an owner"
        if account is not self._account and account.name not in self._others:
            self._others[account.name] = account, position, _has(account, position)

    def balances(self) -> tuple[Balance, ...]:
        """Of those that have changed, in the order in which they were noted."""
        account, position = self._account, self._position
        now = account.cash, account.held, position.quantity, position.closing
        mine = () if now == self._had else (balance(account, self._symbol, position),)
        if not self._others:
            return mine
        others = [
            balance(account, self._symbol, position)
            for account, position, had in self._others.values()
            if _has(account, position) != had
        ]
        return (*mine, *others)


def _has(account: Account, position: Position) -> _Had:
    return account.cash, account.held, position.quantity, position.closing


def balance(account: Account, symbol: str, position: Position) -> Balance:
    return Balance(
        account.name, account.cash, account.held, symbol, position.quantity, position.closing
    )


def own_balance(order: Order, covered: Units) -> tuple[Balance, ...]:
    """Of the account of an order that has traded nothing, and came to hold something for `covered`
    leaves, or does no more; 0: it never did."""
    if not covered:
        return ()
    account, position = order.owner, order.position
    assert account is not None and position is not None, "an accepted order has an owner"
    return (balance(account, order.symbol, position),)


def settle(
    taker: Order, touched: Sequence[Order], trades: Sequence[Trade], tally: Tally
) -> tuple[Trade, ...]:
    """Book what `taker` traded with those of `touched` that traded; the others were withdrawn.

    Gives the trades with their fees.
    """
    done: list[Trade] = []
    waiting = iter(trades)
    trade = next(waiting, None)
    for maker in touched:
        tally.note(maker)
        hold(maker, maker.leaves)
        if trade is not None and trade.maker == maker.order_id:
            done.append(_move(taker, maker, trade))
            trade = next(waiting, None)
    return tuple(done)


def _move(taker: Order, maker: Order, trade: Trade) -> Trade:
    value, quantity = trade.price * trade.quantity, trade.quantity
    taker_fee = value * taker.taker_fee // UNIT
    maker_fee = value * maker.maker_fee // UNIT
    one, other = taker.owner, maker.owner
    mine, theirs = taker.position, maker.position
    assert one is not None and other is not None and mine is not None and theirs is not None
    if taker.side is not BUY:
        value, quantity = -value, -quantity
    one.cash -= value + taker_fee
    other.cash += value - maker_fee
    mine.quantity += quantity
    theirs.quantity -= quantity
    if taker_fee or maker_fee:
        return msgspec.structs.replace(trade, taker_fee=taker_fee, maker_fee=maker_fee)
    return trade
