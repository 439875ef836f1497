"""The end of many orders at once: `cancel_all`, a dead man's switch that has fired, and the time
until which orders were good.

Rule: a mass cancel takes the open orders that came before it, in the order in which they came
(`order.arrival`). Each order that goes counts to the resting orders that an entry may change. What
does not fit goes on at the next entries.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from outcry.domain.commands import CancelAll, EndOrders, ExpireOrders, FireSwitch
from outcry.domain.execution import Balance, BookQuote, Change
from outcry.domain.open_orders import OpenOrders, first
from outcry.domain.order import CancelReason, Order
from outcry.domain.report import change, top_of_book
from outcry.domain.settlement import Tally
from outcry.domain.trading import Trading

MassCancel = CancelAll | FireSwitch | EndOrders
_REASONS: dict[type, CancelReason] = {
    CancelAll: CancelReason.REQUESTED,
    FireSwitch: CancelReason.DEAD_MANS_SWITCH,
    EndOrders: CancelReason.UPGRADE,
    ExpireOrders: CancelReason.EXPIRED,
}


def lasting(work: MassCancel) -> MassCancel:
    """A mass cancel as it waits to go on: once begun it does not expire, whoever sent it."""
    if isinstance(work, CancelAll):
        return msgspec.structs.replace(work, expire_ns=0, key="")
    return work


class Chosen(NamedTuple):
    """The orders that go now, and whether others must wait."""

    orders: Sequence[Order]
    unfinished: bool


def choose(work: MassCancel, open_orders: OpenOrders, before: int, touches: int) -> Chosen:
    """What goes of the orders that came before the id `before` when `touches` may. Changes nothing.

    Where none may, all open orders must have come before: asking for one would cost a walk.
    """
    if isinstance(work, CancelAll):
        groups = open_orders.groups(work.account, work.symbol, work.side)
    else:
        groups = open_orders.groups(work.account)
    if not touches:
        return Chosen((), bool(groups))
    found = first(groups, before, touches + 1)
    return Chosen(found[:touches], len(found) > touches)


class Withdrawn(NamedTuple):
    """Of each book that changed, in the order in which they did."""

    changed: tuple[Change, ...]
    quotes: tuple[BookQuote, ...]
    balances: tuple[Balance, ...]


def withdraw(
    work: MassCancel | ExpireOrders, orders: Sequence[Order], trading: Trading
) -> Withdrawn:
    """Cancel open orders."""
    reason = _REASONS[type(work)]
    tallies: dict[tuple[str, str], Tally] = {}
    symbols: dict[str, None] = {}
    for order in orders:  # before any goes
        place = order.account, order.symbol
        if place not in tallies:
            tallies[place] = Tally(order)
    for order in orders:
        if order.level is not None:
            symbols[order.symbol] = None
        trading.withdraw(order, reason)
    quotes = [BookQuote(symbol, top_of_book(trading.books[symbol])) for symbol in symbols]
    balances = [balance for tally in tallies.values() for balance in tally.balances()]
    return Withdrawn(tuple([change(order) for order in orders]), tuple(quotes), tuple(balances))
