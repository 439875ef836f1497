"""Stop orders that are set off, and exits that follow their parents, by each execution, before
anything else happens: the cascade.

Rule 1: what an execution has reached is queued (`stops`), and enters one by one, each with an
execution of its own, which may reach more; those come after all that are queued already.
Rule 2: where the entry may do no more the queue waits, and nothing trades until it is empty: it
goes on before the commands of the next entry.
Rule 3: it counts to the orders that an entry may change, as each does that it meets. One that would
meet more than the entry may still change waits for the next; only who would meet more than any
entry may change loses the rest. Whose turn comes before the commands of an entry waits no longer
where that may still change half as many, or else whatever falls due could hold up everybody.
Rule 4: nothing is set off where no new order would be taken: what is queued waits for the market
again, and an exit that is to be armed until there is one.
Rule 5: an exit that is in the queue and was reached too is triggered, with all that it can have.
Rule 6: with an exit that ends the trade its parent goes, before it.
"""

from outcry.domain.admission import Admission
from outcry.domain.commands import Command, Kill, MoveExit, SetInstrumentState, TriggerStop
from outcry.domain.execution import Change, Execution
from outcry.domain.exits import is_unarmed, let_go, missing, reckon
from outcry.domain.holds import hold
from outcry.domain.limits import DUE_INDEX, Bounds
from outcry.domain.matching import foretell, prevention_of
from outcry.domain.order import HELD, CancelReason, Order
from outcry.domain.report import change, top_of_book
from outcry.domain.reports import Reports
from outcry.domain.risk import bearable, protection_price
from outcry.domain.rulebook import Rulebook
from outcry.domain.settlement import Tally
from outcry.domain.trading import Trading
from outcry.domain.trails import trails_by
from outcry.domain.types import BUY, LIMIT, Units


class Cascade:
    def __init__(
        self,
        reports: Reports,
        rulebook: Rulebook,
        trading: Trading,
        admission: Admission,
        bounds: Bounds,
    ) -> None:
        self._reports = reports
        self._rulebook = rulebook
        self._trading = trading
        self._admission = admission
        self._bounds = bounds

    def follow(self, execution: Execution) -> list[Execution]:
        """What an execution has brought about, as far as the entry may."""
        self.look(execution)
        return self.go_on()

    def go_on(self, begins: bool = False) -> list[Execution]:
        """Let enter whose turn it is, as far as the entry may; where more wait, nothing trades.
        `begins`: no command of the entry was done yet."""
        stops, work = self._trading.stops, self._trading.work
        done: list[Execution] = []
        while stops.queue:
            order = next(iter(stops.queue.values()))
            if work.told >= self._bounds.due or not work.touches:
                work.touches = 0
                break
            reached = stops.is_reached(order)
            enters = reached or missing(order) > 0
            if enters and not self._rulebook.is_open(order.symbol):
                self._wait_again(order, reached)
                continue
            room = self._bounds.touches // (2 if begins and not done else 1)
            if enters and work.touches < room and self._is_too_much(order, reached):
                work.touches = 0
                break
            execution = self._trigger(order) if reached else self._move(order)
            done.append(execution)
            self.look(execution)
        return done

    def _wait_again(self, order: Order, reached: bool) -> None:
        """The turn of an order has come where no new order would be taken."""
        stops = self._trading.stops
        self._trading.work.touches -= 1
        del stops.queue[order.order_id]
        if reached:
            stops.wait(order)
        if missing(order):
            stops.close(order)
        elif order.parent is None:
            let_go(order)

    def look(self, execution: Execution) -> None:
        """Queue those whom an execution has reached: first by trades, then by quotes."""
        stops = self._trading.stops
        if stops.closed and isinstance(execution.command, Kill | SetInstrumentState):
            for symbol in tuple(stops.closed):
                if self._rulebook.is_open(symbol):
                    stops.reopen(symbol)
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

    def _is_too_much(self, order: Order, reached: bool) -> bool:
        """Whether it would meet more orders than this entry may still change."""
        if not (reached or order.type is LIMIT):
            return False
        others = max(0, self._trading.work.touches - (2 if reached and order.parent else 1))
        opposite = self._trading.books[order.symbol].opposite(order.side)
        prevention = prevention_of(order)
        limit = self._limit(order) if reached else order.price
        wanted = missing(order) + (0 if is_unarmed(order) else order.leaves)
        gone = order.parent if reached else None
        told = foretell(order, wanted, limit, opposite, prevention, others, gone)
        return told.refusal is CancelReason.WORK_LIMIT

    def _end_parent(self, leg: Order, reason: CancelReason) -> tuple[Change, ...]:
        """Let the parent of an exit go that ends the trade, if it is open."""
        parent = leg.parent
        if parent is None:
            return ()
        self._trading.withdraw(parent, reason)
        return (change(parent),)

    def _trigger(self, order: Order) -> Execution:
        """Let it enter as the market order or the limit order that it is from now on."""
        trading = self._trading
        tally = Tally(order)
        gone = self._end_parent(order, CancelReason.EXIT_TRIGGERED)
        index = self._begin(order, gone)
        limit, quantity = self._limit(order), missing(order)
        hold(order, 0)
        if order.level is not None:
            trading.books[order.symbol].remove(order)
        del trading.orders[order.order_id]
        order.quantity += quantity
        order.leaves += quantity
        let_go(order)
        order.trigger()
        if not order.price:
            order.protection = limit
        return trading.enter(TriggerStop(order.order_id), index, order, tally, gone)

    def _begin(self, order: Order, gone: tuple[Change, ...]) -> int:
        """It is the turn of an order: the place in the entry of the execution that tells of it."""
        work = self._trading.work
        del self._trading.stops.queue[order.order_id]
        self._reports.seq += 1
        work.told += 1
        work.touches = max(0, work.touches - 1 - len(gone))
        return DUE_INDEX + work.told - 1

    def _move(self, order: Order) -> Execution:
        """Bring an exit up to what its parent is now, or to its end."""
        trading = self._trading
        tally = Tally(order)
        quantity, gone = missing(order), tuple[Change, ...]()
        if order.is_spent and not quantity:
            gone = self._end_parent(order, CancelReason.EXIT_FILLED)
        command, index = MoveExit(order.order_id), self._begin(order, gone)
        parent = order.parent
        filled = order.target > 0
        if parent is None:
            let_go(order)
        if quantity:
            return self._arm(command, index, order, quantity, tally)
        if order.is_spent:
            order.finish()
            trading.forget(order)
        elif is_unarmed(order) and parent is not None:
            order.quantity = order.leaves = parent.quantity
        elif is_unarmed(order):
            ended = CancelReason.NOTHING_TO_CLOSE if filled else CancelReason.PARENT_ENDED
            trading.withdraw(order, ended)
        quote = top_of_book(trading.books[order.symbol])
        return self._reports.trade(command, index, order, quote, tally.balances(), (), gone)

    def _arm(
        self, command: Command, index: int, leg: Order, quantity: Units, tally: Tally
    ) -> Execution:
        """Let an exit close so much more, as the last at its price. It holds no buying power."""
        instrument, said = self._rulebook.instruments[leg.symbol], leg.instructions
        assert leg.owner is not None and said is not None, "an accepted order has an owner"
        trading = self._trading
        hold(leg, 0)
        trading.take_out(leg)
        del trading.orders[leg.order_id]
        if said.unarmed:
            leg.arm()
        leg.quantity += quantity
        leg.leaves += quantity
        reckon(leg)
        kind, waits = (LIMIT, None) if said.triggered else (leg.type, leg.instructions)
        asked = kind, leg.side, leg.price, waits, leg.quantity
        self._admission.let_wait(leg, self._admission.ask(leg.owner, instrument, *asked, leg))
        if leg.status is HELD:
            return trading.hold_back(command, index, leg, tally)
        return trading.enter(command, index, leg, tally)

    def _limit(self, order: Order) -> Units:
        """The price down to which an order trades when its turn has come."""
        said = order.instructions
        if order.price and order.type is not LIMIT:
            return order.price
        if order.type is LIMIT and said is not None and said.stop_limit_price:
            return said.stop_limit_price
        return self._protection(order)

    def _protection(self, order: Order) -> Units:
        """Of a stop order by the reference price of now, but no further than it holds for.
        One that closes and holds no buying power is not bound by what the market was before."""
        instrument = self._rulebook.instruments[order.symbol]
        book = self._trading.books[order.symbol]
        price = protection_price(order.side, instrument, book, book.mark)
        free = order.closes and not order.margin
        if book.mark and (free or trails_by(order.said)):
            price = bearable(order, price, book.mark)
        if free and price:
            return price
        if order.side is BUY:
            return min(price, order.protection) if price else order.protection
        return max(price, order.protection)
