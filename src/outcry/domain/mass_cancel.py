"""The end of many orders at once: `cancel_all`, and a dead man's switch that has fired.

Rule: it takes the open orders that came before it, in the order of their ids, and each counts to
the resting orders that an entry may change. What does not fit goes on at the next entries.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from outcry.domain.book import Book
from outcry.domain.commands import CancelAll, FireSwitch
from outcry.domain.execution import BookQuote, Change
from outcry.domain.open_orders import OpenOrders, first
from outcry.domain.order import CancelReason, Order
from outcry.domain.report import change, top_of_book

MassCancel = CancelAll | FireSwitch


def lasting(work: MassCancel) -> MassCancel:
    """A mass cancel as it waits to go on: once begun it does not expire."""
    if isinstance(work, CancelAll):
        return msgspec.structs.replace(work, expire_ns=0)
    return work


class Chosen(NamedTuple):
    """The orders that go now, and whether others must wait."""

    orders: Sequence[Order]
    unfinished: bool


def choose(work: MassCancel, open_orders: OpenOrders, before: int, touches: int) -> Chosen:
    """What goes of the orders with ids below `before` when `touches` may. Changes nothing.

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
    changed: tuple[Change, ...]
    quotes: tuple[BookQuote, ...]
    """Of each book that changed, in the order in which they did."""


def withdraw(work: MassCancel, orders: Sequence[Order], books: Mapping[str, Book]) -> Withdrawn:
    """Cancel resting orders; the caller forgets them."""
    switch = isinstance(work, FireSwitch)
    reason = CancelReason.DEAD_MANS_SWITCH if switch else CancelReason.REQUESTED
    symbols: dict[str, None] = {}
    for order in orders:
        books[order.symbol].remove(order)
        order.cancel(reason)
        symbols[order.symbol] = None
    quotes = [BookQuote(symbol, top_of_book(books[symbol])) for symbol in symbols]
    return Withdrawn(tuple([change(order) for order in orders]), tuple(quotes))
