"""Stop orders of the twin: who is held, what sets them off, and the queue of those that it has."""

from decimal import Decimal

from sim.bounds import Bounds
from sim.endings import Endings
from sim.exact import ZERO, Fields
from sim.order import Order


class Stops(Endings):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.arrivals = 0
        self.told_unasked = 0
        """Executions of the entry that nobody has sent a command for."""

    def enter(self, order: Order, before: Fields) -> Fields:
        raise NotImplementedError

    def meet(
        self, order: Order, most: int, wanted: Decimal
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
        self.take_last_place(order)
        self.resting.append(order)
        at = self.mark(order.symbol)
        if order.trigger == "quote":
            at = self.best(order.symbol, "sell" if order.side == "buy" else "buy")
        if at and self.is_at(order, at):
            self.queue.append(order)
        return self.report(order, before)

    def is_at(self, order: Order, price: Decimal) -> bool:
        return price >= order.stop_price if order.side == "buy" else price <= order.stop_price

    def is_open(self, symbol: str) -> bool:
        killed = self.market_killed or symbol in self.killed_symbols
        return not killed and bool(self.instruments[symbol]["state"] == "open")

    def look(self, execution: Fields) -> None:
        """Queue those whom an execution has reached: trade by trade, then by the quotes."""
        symbol = execution.get("order", {}).get("symbol", "")
        if execution["result"] != "accepted":
            return
        for trade in execution.get("trades", []):
            for side in ("buy", "sell"):
                self.reach(symbol, "trade", side, Decimal(trade["price"]))
        quotes = [{"symbol": symbol} | execution["quote"]] if execution.get("quote") else []
        for quote in quotes + execution.get("quotes", []):
            for side, name in (("buy", "ask"), ("sell", "bid")):
                if name in quote:
                    self.reach(quote["symbol"], "quote", side, Decimal(quote[name][0]))

    def reach(self, symbol: str, trigger: str, side: str, price: Decimal) -> None:
        """The nearest stop price first, then who began to wait first."""
        sign = 1 if side == "buy" else -1
        reached = [
            order
            for order in self.resting
            if (order.symbol, order.trigger, order.side) == (symbol, trigger, side)
            and order.untriggered
            and order not in self.queue
            and self.is_at(order, price)
        ]
        if self.is_open(symbol):
            self.queue += sorted(reached, key=lambda o: (sign * o.stop_price, o.arrival))

    def follow(self, execution: Fields) -> list[Fields]:
        """What an execution has set off, as far as the entry may."""
        self.look(execution)
        return self.go_on()

    def go_on(self) -> list[Fields]:
        done: list[Fields] = []
        while self.queue:
            order = self.queue[0]
            if self.told_unasked >= self.bounds.due or not self.touches:
                self.touches = 0
                break
            if not self.is_open(order.symbol):
                self.touches -= 1
                self.queue.remove(order)
                self.take_last_place(order)
                continue
            if self.is_too_much(order):
                self.touches = 0
                break
            done.append(self.set_off(order))
            self.look(done[-1])
        return done

    def is_too_much(self, order: Order) -> bool:
        """More than what is left of the entry, and another one may do."""
        order.triggered = True
        _, stop = self.meet(order, self.touches - 1, order.leaves)
        order.triggered = False
        return stop == "work_limit" and self.touches < self.bounds.touches

    def set_off(self, order: Order) -> Fields:
        self.seq += 1
        before = self.balance(order.account, order.symbol)
        self.leave(order)
        self.touches -= 1  # it has changed
        order.triggered, order.status = True, "new"
        outcome = self.enter(order, before)
        index = 1_000 + self.told_unasked
        self.told_unasked += 1
        command = {"op": "stop.triggered", "order_id": order.order_id}
        return self.execution(index, "stop.triggered", command, outcome)

    def bounded(self, order: Order, limit: Decimal) -> Decimal:
        """A triggered stop order goes no further than it held for."""
        if order.pinned == ZERO:
            return limit
        if order.side == "buy":
            return min(limit, order.pinned) if limit else order.pinned
        return max(limit, order.pinned)
