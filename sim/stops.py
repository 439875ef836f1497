"""Stop orders of the twin: who is held, what sets them off, and the queue of those that it has."""

from decimal import ROUND_FLOOR, Decimal

from sim.bounds import Bounds
from sim.endings import Endings
from sim.exact import EXACT, NANO, ZERO, Fields
from sim.order import Order, as_triggered, told_change, ways


class Stops(Endings):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.arrivals = 0
        self.told_unasked = 0
        """Executions of the entry that nobody has sent a command for."""

    def enter(self, order: Order, before: Fields) -> Fields:
        raise NotImplementedError

    def meet(
        self, order: Order, most: int, wanted: Decimal, gone: Order | None = None
    ) -> tuple[list[tuple[Order, Decimal]], str]:
        raise NotImplementedError

    def report(self, order: Order, before: Fields) -> Fields:
        raise NotImplementedError

    def take_last_place(self, order: Order) -> None:
        """Among those of its price, in the book or of those that are held."""
        self.arrivals += 1
        order.arrival = self.arrivals

    def hold_back(self, order: Order, before: Fields) -> Fields:
        """Let a stop order wait; where the market is at its price already, for its turn."""
        order.status = "held"
        self.resting.append(order)
        self.wait(order)
        return self.report(order, before)

    def wait(self, order: Order) -> None:
        """For the market to come to its stop price, or if it is there for its turn."""
        self.wait_last(order)
        at = self.mark(order.symbol)
        if order.trigger == "quote":
            at = self.best(order.symbol, "sell" if order.side == "buy" else "buy")
        if at and self.is_at(order, at):
            order.reached = True
            self.wait_for_turn(order)

    def wait_last(self, order: Order) -> None:
        self.arrivals += 1
        order.waits_since, order.reached = self.arrivals, False

    def is_at(self, order: Order, price: Decimal) -> bool:
        return price >= order.stop_price if order.side == "buy" else price <= order.stop_price

    def is_open(self, symbol: str) -> bool:
        killed = self.market_killed or symbol in self.killed_symbols
        return not killed and bool(self.instruments[symbol]["state"] == "open")

    def look(self, execution: Fields) -> None:
        """Queue those whom an execution has reached: trade by trade, then by the quotes."""
        if execution["op"] in ("instrument.state", "market.kill", "market.release"):
            self.reopen()
        symbol = execution.get("order", {}).get("symbol", "")
        if execution["result"] != "accepted":
            return
        for trade in execution.get("trades", []):
            self.raise_marks(symbol, Decimal(trade["price"]))
            for side in ("buy", "sell"):
                self.reach(symbol, "trade", side, Decimal(trade["price"]))
        quotes = [{"symbol": symbol} | execution["quote"]] if execution.get("quote") else []
        for quote in quotes + execution.get("quotes", []):
            for side, name in (("buy", "ask"), ("sell", "bid")):
                if name in quote:
                    self.reach(quote["symbol"], "quote", side, Decimal(quote[name][0]))

    def raise_marks(self, symbol: str, price: Decimal) -> None:
        """A trade moves every order that trails the market, if it is better than what there was."""
        for order in self.resting:
            if order.symbol == symbol and order.trails and not order.reached:
                best = min if order.side == "buy" else max
                order.high_water = best(order.high_water, price)

    def reach(self, symbol: str, trigger: str, side: str, price: Decimal) -> None:
        """The nearest stop price first, then who began to wait first."""
        sign = 1 if side == "buy" else -1
        reached = [
            order
            for order in self.resting
            if (order.symbol, order.trigger, order.side) == (symbol, trigger, side)
            and order.waits
            and not order.reached
            and self.is_at(order, price)
        ]
        if self.is_open(symbol):
            for order in sorted(reached, key=lambda o: (sign * o.stop_price, o.waits_since)):
                order.reached = True
                self.wait_for_turn(order)

    def follow(self, execution: Fields) -> list[Fields]:
        """What an execution has set off, as far as the entry may."""
        self.look(execution)
        return self.go_on()

    def go_on(self, first: bool = False) -> list[Fields]:
        """`first`: nobody else's turn has come in the entry, nor any command."""
        done: list[Fields] = []
        while self.queue:
            order = self.queue[0]
            if self.told_unasked >= self.bounds.due or not self.touches:
                self.touches = 0
                break
            enters = order.reached or self.more(order)
            if enters and not self.is_open(order.symbol):
                self.touches -= 1
                self.queue.remove(order)
                if self.more(order):
                    if order not in self.closed:
                        self.closed.append(order)
                elif order.parent is None:
                    order.target = ZERO
                if order.reached:
                    self.wait_last(order)
                continue
            waits = self.touches < self.bounds.touches // (2 if first and not done else 1)
            if enters and waits and self.is_too_much(order):
                self.touches = 0
                break
            done.append(self.set_off(order) if order.reached else self.move(order))
            self.look(done[-1])
        return done

    def is_too_much(self, order: Order) -> bool:
        """More than what is left of the entry, and another one may do."""
        comes = as_triggered(order) if order.reached else order
        if not comes.reached and order.type != "limit":
            return False
        wanted = self.more(order) + (ZERO if order.unarmed else order.leaves)
        ends = order.reached and order.parent is not None
        gone = order.parent if ends else None
        _, stop = self.meet(comes, max(0, self.touches - 1 - ends), wanted, gone)
        return stop == "work_limit"

    def begin(self, order: Order, op: str, gone: int) -> tuple[int, Fields]:
        """It is the turn of an order."""
        self.seq += 1
        self.queue.remove(order)
        self.touches = max(0, self.touches - 1 - gone)  # they change
        self.told_unasked += 1
        return 999 + self.told_unasked, {"op": op, "order_id": order.order_id}

    def end_parent(self, leg: Order, reason: str) -> list[Fields]:
        """It goes before an exit that ends the trade."""
        parent = leg.parent
        if parent is None:
            return []
        parent.cancel(reason)
        self.part(parent)
        return [told_change(parent)]

    def set_off(self, order: Order) -> Fields:
        before = self.balance(order.account, order.symbol)
        gone = self.end_parent(order, "exit_triggered")
        index, command = self.begin(order, "stop.triggered", len(gone))
        order.quantity += self.more(order)
        order.target = ZERO
        self.leave(order)
        vars(order).update(vars(as_triggered(order)))
        order.reached = False
        outcome = self.enter(order, before)
        outcome["changed"] = gone + outcome["changed"]
        return self.execution(index, "stop.triggered", command, outcome)

    def move(self, order: Order) -> Fields:
        """An exit comes up to what its parent is now, or to its end."""
        before = self.balance(order.account, order.symbol)
        more, parent, had = self.more(order), order.parent, order.target
        gone = self.end_parent(order, "exit_filled") if order.is_spent and not more else []
        index, command = self.begin(order, "exit.moved", len(gone))
        if order.parent is None:
            order.target = ZERO
        if more:
            outcome = self.arm(order, more, before)
        else:
            reason = ""
            if order.is_spent:
                order.status = "filled"
                self.part(order)
            elif order.unarmed and parent is not None:
                order.quantity = parent.quantity
            elif order.unarmed:
                reason = "nothing_to_close" if had else "parent_ended"
            if reason:
                order.cancel(reason)
                self.part(order)
            outcome = self.report(order, before) | {"changed": gone}
        return self.execution(index, "exit.moved", command, outcome)

    def arm(self, leg: Order, more: Decimal, before: Fields) -> Fields:
        """Let an exit close so much more, as the last at its price."""
        self.leave(leg)
        if leg.unarmed:
            leg.unarmed, leg.closes, leg.status, leg.quantity = False, True, "new", ZERO
        leg.quantity += more
        if leg.waits:
            other = ways(leg)[-1]
            leg.worst = max(map(self.worst_price, ways(leg)))
            leg.pinned = ZERO if other.price else self.protection(other)
        hold_back = leg.waits and leg.type != "limit"
        return self.hold_back(leg, before) if hold_back else self.enter(leg, before)

    def reopen(self) -> None:
        """Who has waited for his instrument to be open goes on."""
        symbols = dict.fromkeys(order.symbol for order in self.closed)
        for symbol in filter(self.is_open, symbols):
            for order in [order for order in self.closed if order.symbol == symbol]:
                self.closed.remove(order)
                self.wait_for_turn(order)

    def bearable(self, order: Order, limit: Decimal) -> Decimal:
        """One that trailed the market, perhaps far, loses no more against the reference price than
        what it holds is for: all that is more than the worth of a share."""
        mark = self.mark(order.symbol)
        worth = mark if order.side == "buy" else order.worst
        spare = EXACT.add(order.margin, mark) if order.closes else order.margin - worth
        each = EXACT.divide(max(spare, ZERO), Decimal(order.multiplier))
        loss = each.quantize(NANO, ROUND_FLOOR, EXACT)
        return min(limit, mark + loss) if order.side == "buy" else max(limit, mark - loss)

    def bounded(self, order: Order, limit: Decimal) -> Decimal:
        """A triggered stop order goes no further than it held for."""
        if order.pinned == ZERO:
            return limit
        free = order.closes and not order.margin
        if self.mark(order.symbol) and (order.trails or free):
            limit = self.bearable(order, limit)
        if free and limit:
            return limit
        if order.side == "buy":
            return min(limit, order.pinned) if limit else order.pinned
        return max(limit, order.pinned)
