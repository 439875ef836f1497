"""Exits of the twin: orders that end the positions which others, their parents, open."""

from collections.abc import Iterable
from decimal import Decimal

from sim.bounds import Bounds
from sim.exact import ZERO
from sim.order import Order, exit_id, other
from sim.risk import Risk

NEW_LEGS = ("take_profit", "stop_loss_limit")


class Exits(Risk):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.queue: list[Order] = []
        """Stop orders that the market has come to, exits whose parent has changed, and exits
        that are spent: all wait for their turn."""
        self.closed: list[Order] = []
        """Exits that are to be armed when their instrument is open again."""

    def wait_for_turn(self, order: Order) -> None:
        if order not in self.queue:
            self.queue.append(order)

    def leave(self, order: Order) -> None:
        """An order is in no book any more, and waits for nothing."""
        for where in (self.resting, self.queue, self.closed):
            if order in where:
                where.remove(order)

    def bring(self, parent: Order) -> None:
        """The exit of a new order; it is told as held in its turn."""
        said = parent.instructions
        gain, loss, limit = (
            said.get(f, "") for f in ("take_profit", "stop_loss", "stop_loss_limit")
        )
        kind, price = ("limit", gain) if gain else ("stop_limit" if limit else "stop", limit)
        terms = {"stop_price": loss, "trigger": said.get("trigger", "")}
        terms["good_until"] = said.get("good_until", "")
        terms["stop_limit_price"] = limit if gain else ""
        leg = Order(
            exit_id(parent.order_id),
            parent.account,
            "",
            parent.symbol,
            other(parent.side),
            kind,
            parent.time_in_force if parent.time_in_force in ("day", "gtd") else "gtc",
            parent.quantity,
            Decimal(price or 0),
            status="held",
            multiplier=parent.multiplier,
            maker_fee=parent.maker_fee,
            taker_fee=parent.taker_fee,
            instructions={name: value for name, value in terms.items() if value},
            unarmed=True,
            parent=parent,
        )
        parent.exit = leg
        self.resting.append(leg)
        self.queue.append(leg)

    def tell_exit(self, order: Order) -> None:
        """An order has filled more, or has other terms."""
        if self.grows(order):
            self.wait_for_turn(order)
        leg = order.exit
        if leg is not None:
            leg.target = order.filled
            if self.grows(leg) or (leg.unarmed and leg.quantity != order.quantity):
                self.wait_for_turn(leg)

    def end_exit(self, order: Order, good_until: str) -> None:
        """An order is to be open until another time, and its exit with it."""
        leg = order.exit
        if leg is not None and leg.instructions["good_until"] != good_until:
            leg.instructions = leg.instructions | {"good_until": good_until}
            self.wait_for_turn(leg)

    def part(self, order: Order) -> None:
        """An order has ended: its exit, and its parent, go their ways."""
        self.leave(order)
        parent, leg = order.parent, order.exit
        order.parent = order.exit = None
        if parent is not None:
            parent.exit = None
        if leg is not None:
            leg.parent, leg.target = None, order.filled
            if self.grows(leg) or leg.unarmed or leg.is_spent:
                self.wait_for_turn(leg)
            else:
                leg.target = ZERO

    def go_ways(self, orders: Iterable[Order]) -> None:
        """What orders have traded is for their exits; who has ended is bound no more."""
        for order in orders:
            if order.is_spent:
                order.reached = False
                if order not in self.resting:
                    self.resting.append(order)
                self.wait_for_turn(order)
            elif not order.leaves:
                self.part(order)
            elif order.exit is not None:
                self.tell_exit(order)

    def grows(self, leg: Order) -> bool:
        return leg.target > leg.armed

    def more(self, leg: Order) -> Decimal:
        """What its parent has filled since, as far as no other order will close it."""
        position = self.accounts[leg.account].positions.get(leg.symbol, ZERO)
        there = position if leg.side == "sell" else -position
        there -= sum(
            (o.leaves for o in self.open_of(self.accounts[leg.account], leg.symbol, leg.side)), ZERO
        )
        return max(ZERO, min(there, leg.target - leg.armed))

    # Refusals ----------------------------------------------------------------------------

    def needy_leg(self, order: Order, replaced: Order | None) -> str:
        """The field of a price at which an exit would need buying power, of which it holds none.
        `order` brings one, or is one that has other terms; empty: it needs none."""
        said, mark = order.instructions, self.mark(order.symbol)
        limit = Decimal(said.get("stop_limit_price", 0))
        side, stop, gain = order.side, order.stop_price, order.price
        names = "price", "stop_limit_price"
        if replaced is None and self.brings_exit(order):
            side, mark = other(order.side), self.reference(order)
            gain, stop = Decimal(said.get("take_profit", 0)), Decimal(said.get("stop_loss", 0))
            limit, names = Decimal(said.get("stop_loss_limit", 0)), NEW_LEGS
            if order.type in ("limit", "stop_limit"):
                gain = ZERO
        elif replaced is None or not replaced.is_bound:
            return ""
        elif order.type != "limit":
            gain, limit, names = ZERO, order.price, ("price", "price")
        elif replaced.unarmed and replaced.parent is not None and replaced.parent.price:
            gain = ZERO
        then = max(stop, mark) if side == "buy" else min(stop, mark or stop)
        for name, price, around in ((names[0], gain, mark), (names[1], limit, then)):
            loss = price - around if side == "buy" else around - price
            if price and around and self.accounts[order.account].multiplier * loss > around:
                return name
        return ""

    def wrong_leg(self, order: Order, replaced: Order | None) -> str:
        """The field of a price that stands on the wrong side of another one; empty: none does."""
        said = order.instructions
        if replaced is not None and same_prices(order, replaced):
            return ""
        side, names = order.side, ("stop_price", "price")
        parent = replaced.parent if replaced is not None else None
        stop = ZERO if order.triggered else order.stop_price
        gain = order.price if order.type == "limit" else ZERO
        if replaced is None and self.brings_exit(order):
            side, parent, names = other(order.side), order, ("stop_loss", "take_profit")
            stop, gain = (Decimal(said.get(name, 0)) for name in names)
        elif replaced is not None and replaced.exit is not None:
            leg = replaced.exit
            side, parent, names = leg.side, order, ("", "")
            stop, gain = leg.stop_price, leg.price if leg.type == "limit" else ZERO
        sign = 1 if side == "sell" else -1
        own = parent is order
        entries = self.entries(parent, not own and not order.unarmed) if parent else []
        pairs = []
        if stop and entries:
            name, price = min(entries, key=lambda entry: sign * entry[1])
            pairs.append((stop, price, names[0] or (name if own else "") or "price"))
        if gain and entries:
            name, price = entries[0]
            pairs.append((price, gain, (name if own else "") or names[1] or "price"))
        if stop and gain:
            pairs.append((stop, gain, names[0]))
        return next((name for low, high, name in pairs if sign * low >= sign * high), "")

    def entries(self, parent: Order, armed: bool) -> list[tuple[str, Decimal]]:
        """Where a parent enters, and by which of its fields; its price first, if it has one. Once
        its exit is armed that is all."""
        there = [("price", parent.price)]
        stop = ZERO if parent.triggered else parent.stop_price
        if stop:
            there.append(("stop_price", stop))
        else:
            market = self.mark(parent.symbol) or self.best(parent.symbol, other(parent.side))
            there.append(("", market))
        return [(name, price) for name, price in there[: 1 if armed else 2] if price]


def same_prices(order: Order, replaced: Order) -> bool:
    return (order.price, order.stop_price) == (replaced.price, replaced.stop_price)
