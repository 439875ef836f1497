"""Stop orders that are set off, by each execution, before anything else happens: the cascade.

Rule 1: what an execution has reached is queued (`stops`), and enters one by one, each with an
execution of its own, which may reach more; those come after all that are queued already.
Rule 2: where the entry may do no more the queue waits, and nothing trades until it is empty: it
goes on before the commands of the next entry.
Rule 3: it counts to the orders that an entry may change, as each does that it meets. One that would
meet more than the entry may still change waits for the next; only who would meet more than any
entry may change loses the rest.
Rule 4: nothing is set off where no new order would be taken: what is queued waits for the market
again.
"""

from outcry.domain.commands import TriggerStop
from outcry.domain.execution import Execution
from outcry.domain.holds import hold
from outcry.domain.limits import DUE_INDEX, Bounds
from outcry.domain.matching import foretell
from outcry.domain.order import CancelReason, Order
from outcry.domain.reports import Reports
from outcry.domain.risk import protection_price
from outcry.domain.rulebook import Rulebook
from outcry.domain.settlement import Tally
from outcry.domain.trading import Trading
from outcry.domain.types import BUY, STOP, Units


class Cascade:
    def __init__(
        self, reports: Reports, rulebook: Rulebook, trading: Trading, bounds: Bounds
    ) -> None:
        self._reports = reports
        self._rulebook = rulebook
        self._trading = trading
        self._bounds = bounds

    def follow(self, execution: Execution) -> list[Execution]:
        """What an execution has brought about, as far as the entry may."""
        self.look(execution)
        return self.go_on()

    def go_on(self) -> list[Execution]:
        """Let enter whose turn it is, as far as the entry may; where more wait, nothing trades."""
        stops, work = self._trading.stops, self._trading.work
        done: list[Execution] = []
        while stops.queue:
            order = next(iter(stops.queue.values()))
            if work.told >= self._bounds.due or not work.touches:
                work.touches = 0
                break
            if not self._rulebook.is_open(order.symbol):
                work.touches -= 1
                self._wait_again(order)
                continue
            pinned = order.protection
            order.protection = self._protection(order)
            if self._is_too_much(order):
                order.protection = pinned
                work.touches = 0
                break
            execution = self._trigger(order)
            done.append(execution)
            self.look(execution)
        return done

    def look(self, execution: Execution) -> None:
        """Queue those whom an execution has reached: first by trades, then by quotes."""
        stops = self._trading.stops
        if not stops.waiting:
            return
        order, trades, quote = execution.order, execution.trades, execution.quote
        if quote is not None and order is not None and self._may_reach(order.symbol):
            if trades:
                stops.traded(order.symbol, trades[0].price, trades[-1].price)
            stops.quoted(order.symbol, quote)
        for one in execution.quotes:
            if self._may_reach(one.symbol):
                stops.quoted(one.symbol, one.quote)

    def _may_reach(self, symbol: str) -> bool:
        """Whether somebody waits there, and the market is one that goes on."""
        return symbol in self._trading.stops.waiting and self._rulebook.is_open(symbol)

    def _wait_again(self, order: Order) -> None:
        orders, stops = self._trading.orders, self._trading.stops
        del stops.queue[order.order_id]
        stops.wait(order)
        del orders[order.order_id]
        orders[order.order_id] = order

    def _is_too_much(self, order: Order) -> bool:
        """Whether it would meet more orders than this entry may still change, and fewer than one
        may that has just begun."""
        touches = self._trading.work.touches
        if touches == self._bounds.touches:
            return False
        others = touches - 1
        assert order.owner is not None, "an order that is held has an owner"
        opposite = self._trading.books[order.symbol].opposite(order.side)
        prevention = order.owner.prevention
        return foretell(order, opposite, prevention, others).refusal is CancelReason.WORK_LIMIT

    def _trigger(self, order: Order) -> Execution:
        """Let it enter as the market order or the limit order that it is from now on."""
        trading = self._trading
        self._reports.seq += 1
        tally = Tally(order)
        hold(order, 0)
        del trading.stops.queue[order.order_id]
        del trading.orders[order.order_id]
        order.trigger()
        index = DUE_INDEX + trading.work.told
        trading.work.told += 1
        trading.work.touches -= 1
        return trading.enter(TriggerStop(order.order_id), index, order, tally)

    def _protection(self, order: Order) -> Units:
        """Of a stop order by the reference price of now, but no further than it held for."""
        if order.type is not STOP:
            return 0
        instrument = self._rulebook.instruments[order.symbol]
        book = self._trading.books[order.symbol]
        price = protection_price(order.side, instrument, book, book.mark)
        if order.side is BUY:
            return min(price, order.protection) if price else order.protection
        return max(price, order.protection)
