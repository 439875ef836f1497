"""Trading: the books, the orders that rest in them or wait, and what becomes of an order that is
admitted.
"""

from collections.abc import Sequence

from outcry.domain.book import Book
from outcry.domain.client_ids import ClientIds
from outcry.domain.commands import Command
from outcry.domain.execution import Change, Execution, Trade
from outcry.domain.exits import call_exit, release
from outcry.domain.holds import hold
from outcry.domain.matching import (
    Matched,
    each_once,
    fall_short,
    match,
    prevention_of,
    why_not_rest,
)
from outcry.domain.open_orders import OpenOrders
from outcry.domain.order import CancelReason, Order
from outcry.domain.report import change, top_of_book
from outcry.domain.reports import Reports
from outcry.domain.settlement import Tally, own_balance, settle
from outcry.domain.stops import Stops
from outcry.domain.types import FOK
from outcry.domain.work import Work


class Trading:
    """All that an order may change."""

    def __init__(self, reports: Reports) -> None:
        self.books: dict[str, Book] = {}
        """One for each instrument of the rulebook."""
        self.orders: dict[int, Order] = {}
        """Every open order by its id: those that rest, and those that are held."""
        self.open_orders = OpenOrders()
        """The same by account."""
        self.stops = Stops()
        """Those of them that wait for a stop price, or for their turn."""
        self.client_ids = ClientIds(1)
        self.work = Work()
        self._reports = reports

    def hold_back(
        self, command: Command, index: int, order: Order, tally: Tally | None
    ) -> Execution:
        """Let a stop order wait for the market, and where that is there already for its turn."""
        self.orders[order.order_id] = order
        self.open_orders.add(order)
        hold(order, order.leaves)
        book = self.books[order.symbol]
        quote = top_of_book(book)
        self.stops.add(order, book.mark, quote)
        balances = own_balance(order, order.covered) if tally is None else tally.balances()
        return self._reports.trade(command, index, order, quote, balances)

    def enter(
        self,
        command: Command,
        index: int,
        order: Order,
        tally: Tally | None,
        changed: tuple[Change, ...] = (),
    ) -> Execution:
        """Let an order trade what it can, and let the rest wait or go. `tally` None: nothing of its
        account has changed. `changed`: of what has gone for it already."""
        book = self.books[order.symbol]
        opposite = book.opposite(order.side)
        assert order.owner is not None, "an admitted order has an owner"
        prevention = order.owner.prevention
        matched = None
        if order.time_in_force is FOK or order.instructions is not None:
            prevention = prevention_of(order)
            matched = fall_short(order, opposite, prevention, self.work)
        matched = matched or match(order, opposite, prevention, self.work.touches)
        trades: tuple[Trade, ...] = ()
        if matched.touched:
            tally = tally or Tally(order)
            trades, met = self._book(order, matched, tally)
            changed += met
            if trades:
                book.mark = trades[-1].price
        if order.leaves:
            reason = matched.stopped or why_not_rest(order, opposite)
            if reason is None:
                book.rest(order)
                self.orders[order.order_id] = order
                self.open_orders.add(order)
                hold(order, order.leaves)
                if order.instructions is not None:
                    self._wait_too(order, book)
            else:
                order.cancel(reason)
        if not order.leaves:
            self._leave(order)
        quote = top_of_book(book)
        balances = own_balance(order, order.covered) if tally is None else tally.balances()
        return self._reports.trade(command, index, order, quote, balances, trades, changed)

    def _book(
        self, order: Order, matched: Matched, tally: Tally
    ) -> tuple[tuple[Trade, ...], tuple[Change, ...]]:
        """Book what an order has traded, and what has become of those that it met."""
        touched, fills = matched.touched, matched.trades
        self.work.touches -= len(touched)
        if matched.refilled:
            self._requeue(matched.refilled)
            touched, fills = each_once(matched)
        trades = settle(order, touched, fills, tally)
        changed = tuple([change(maker) for maker in touched])
        for maker in touched:
            if not maker.leaves:
                self._leave(maker)
            elif maker.exit is not None:
                call_exit(maker, self.stops)
        return trades, changed

    def _wait_too(self, order: Order, book: Book) -> None:
        """Let an order that rests wait for its other way to trade, if it has two, and its exit for
        its turn."""
        if order.waits:
            self.stops.add(order, book.mark, top_of_book(book))
        if order.exit is not None:
            call_exit(order, self.stops)

    def _requeue(self, refilled: Sequence[Order]) -> None:
        """Let orders that were refilled be the last that came to rest."""
        for maker in refilled:
            del self.orders[maker.order_id]
            self.orders[maker.order_id] = maker

    def withdraw(self, order: Order, reason: CancelReason) -> None:
        """Take an open order out, with what it holds."""
        if order.level is not None:
            self.books[order.symbol].remove(order)
        hold(order, 0)
        order.cancel(reason)
        self.forget(order)

    def take_out(self, order: Order) -> None:
        """Of the book, and of those that wait for a stop price."""
        if order.waits:
            self.stops.remove(order)
        if order.level is not None:
            self.books[order.symbol].remove(order)

    def _leave(self, order: Order) -> None:
        """An order has nothing left to trade: that is its end, or its turn comes again."""
        if order.is_spent:
            order.worst = order.protection = 0
            self.stops.unwait(order)
            self.orders[order.order_id] = order
            self.open_orders.add(order)
            self.stops.enqueue(order)
        else:
            self.forget(order)

    def forget(self, order: Order) -> None:
        """An order has come to its end: only what a repeat would be told stays."""
        self.orders.pop(order.order_id, None)
        self.open_orders.remove(order)
        if order.instructions is not None:
            release(order, self.stops)
        if order.record:
            self.client_ids.settle(order)
