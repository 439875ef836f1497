"""Who has which orders open: what a mass cancel goes by.

Rule 1: within a group orders stand as they came, each exit right behind its parent: in the order
of `arrival`. A replace leaves an order where it is, although it may lose its place in the book.
Rule 2: no group and no account is empty.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice, takewhile

from outcry.domain.expiry import Expiry
from outcry.domain.order import Group, Order, arrival
from outcry.domain.types import BUY, Side

_Sides = tuple[dict[str, Group], dict[str, Group]]
"""Groups by symbol: those of bids, those of offers."""


class OpenOrders:
    """Groups of open orders: one for each account, side and symbol. Follows from other state."""

    __slots__ = ("_accounts", "expiry")

    def __init__(self) -> None:
        self._accounts: dict[str, _Sides] = {}
        self.expiry = Expiry()
        """Those of them that have an end in time."""

    def __contains__(self, account: str) -> bool:
        """Whether an account has any."""
        return account in self._accounts

    def add(self, order: Order) -> None:
        """An order rests, or is held; it is here already where a replace lets it do so anew."""
        if order.group is not None:
            return
        sides = self._accounts.get(order.account)
        if sides is None:
            sides = self._accounts[order.account] = ({}, {})
        groups = sides[0] if order.side is BUY else sides[1]
        group = groups.get(order.symbol)
        if group is None:
            group = groups[order.symbol] = {}
        group[order.order_id] = order
        order.group = group
        if order.instructions is not None:
            self.expiry.add(order)

    def remove(self, order: Order) -> None:
        """An order has come to its end; it is not here where it never rested."""
        group = order.group
        if group is not None:
            del group[order.order_id]
            if not group:
                self._close(order)
            if order.instructions is not None:
                self.expiry.remove(order)

    def _close(self, order: Order) -> None:
        bids, asks = self._accounts[order.account]
        del (bids if order.side is BUY else asks)[order.symbol]
        if not bids and not asks:
            del self._accounts[order.account]

    def groups(self, account: str, symbol: str = "", side: Side | None = None) -> list[Group]:
        """The groups of an account; `symbol` "": of all symbols; `side` None: of both sides."""
        bids, asks = self._accounts.get(account, ({}, {}))
        chosen = [bids] if side is BUY else [asks] if side is Side.SELL else [bids, asks]
        if symbol:
            return [groups[symbol] for groups in chosen if symbol in groups]
        return [group for groups in chosen for group in groups.values()]


def first(groups: Sequence[Group], before: int, most: int) -> list[Order]:
    """Of the orders that came before the id `before` the first `most`, as they came."""
    end = arrival(before)
    orders = merge(*[group.values() for group in groups], key=came)
    return list(islice(takewhile(lambda order: came(order) < end, orders), most))


def came(order: Order) -> int:
    return arrival(order.order_id)
