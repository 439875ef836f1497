"""What ends orders of the twin beside their own cancels: many at once, and what falls due."""

import uuid

from sim.bounds import Bounds
from sim.echo import echo
from sim.exact import ZERO, Fields, plain, without_empty
from sim.exits import Exits
from sim.order import Order, told_change
from sim.rulebook import LAST_NS, Refused
from sim.waiting import MassCancel, Waiting


class Endings(Exits):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.entry = 0
        self.waiting = Waiting(self.bounds.switches)
        self.touches = self.looks = 0
        """What the commands of the entry may still meet."""
        self.id = ""

    def uuid(self, index: int) -> str:
        """UUIDv8: 48 bits entry, 12 bits index, 10 bits shard, 52 bits log id."""
        venue = self.venue or {}
        low = 0b10 << 62 | venue.get("shard", 0) << 52 | int(venue.get("log", "0"), 16)
        return str(uuid.UUID(int=self.entry << 80 | 0x8 << 76 | index << 64 | low))

    def execution(self, index: int, op: str, command: Fields | None, outcome: Fields) -> Fields:
        venue = self.venue or {}
        execution = {
            "seq": self.seq,
            "ts": str(self.now),
            "entry": self.entry,
            "index": index,
            "id": self.uuid(index),
            "log": venue.get("log", "0" * 13),
            "shard": venue.get("shard", 0),
            "op": op,
            "result": "accepted",
            "command": command,
        }
        return without_empty(execution | outcome)

    def check_time(self, command: Fields) -> None:
        if "expire_at" in command and self.now > int(command["expire_at"]):
            raise Refused("expired", "expire_at")

    def quote(self, symbol: str) -> Fields:
        quote = {}
        for name, side in (("bid", "buy"), ("ask", "sell")):
            there = self.side(symbol, side)
            if there:
                best = there[0].price
                there = [o for o in there if o.price == best]
                quote[name] = [plain(best), plain(sum((o.displayed for o in there), ZERO))]
        return quote

    # Many orders, and what falls due -----------------------------------------------------

    def cancel_all(self, command: Fields) -> Fields:
        self.check_time(command)
        if "symbol" in command and command["symbol"] not in self.instruments:
            raise Refused("unknown_symbol", "symbol")
        command = echo("cancel_all", command | {"expire_at": ""})
        return self.withdraw(MassCancel("cancel_all", command, self.id))

    def cancel_all_after(self, command: Fields) -> Fields:
        self.check_time(command)
        account, timeout = command.get("account", "demo"), int(command["timeout"])
        if not timeout:
            self.waiting.disarm(account)
            return {}
        if not self.waiting.has_armed(account) and self.waiting.is_full():
            raise Refused("due_limit")
        deadline = min(self.now + timeout * 1_000_000, LAST_NS)
        self.waiting.arm(account, deadline)
        return {"fires_at": str(deadline)}

    def fall_due(self) -> list[Fields]:
        """What is due happens before the commands of an entry; where it cannot, nothing trades."""
        done = [self.expire()] if self.touches and self.over() else []
        self.waiting.fire(self.now, self.uuid(0), {order.account for order in self.resting})
        for work in self.waiting.unfinished[: self.bounds.due - len(done)]:
            if self.touches:
                self.seq += 1
                outcome = self.withdraw(work)
                if not outcome["unfinished"]:
                    self.waiting.unfinished.remove(work)
                done.append(self.execution(1_000 + len(done), work.op, work.command, outcome))
        if self.waiting.unfinished or self.over():
            self.touches = 0
        return done

    def over(self) -> list[Order]:
        """The orders whose time is over, in the order in which they go."""
        there = [order for order in self.resting if order.good_until < self.now]
        return sorted(there, key=lambda order: (order.good_until, order.order_id))

    def expire(self) -> Fields:
        self.seq += 1
        outcome = self.let_go(self.over()[: self.touches], "expired")
        outcome["unfinished"] = bool(self.over())
        return self.execution(1_000, "orders.expired", {"op": "orders.expired"}, outcome)

    def withdraw(self, work: MassCancel) -> Fields:
        named = work.command.keys() - {"op"}
        means = [
            order
            for order in sorted(self.resting, key=lambda order: order.came)
            if order.came < (work.before, False)
            and all(getattr(order, name) == work.command[name] for name in named)
        ]
        unfinished = len(means) > self.touches
        if unfinished:
            if not self.waiting.is_waiting(work.command) and self.waiting.is_full_of_cancels():
                raise Refused("due_limit")
            self.waiting.wait(work)
        reason = "requested" if work.op == "cancel_all" else "dead_mans_switch"
        return self.let_go(means[: self.touches], reason) | {"unfinished": unfinished}

    def let_go(self, gone: list[Order], reason: str) -> Fields:
        self.touches -= len(gone)
        pairs = dict.fromkeys((order.account, order.symbol) for order in gone)
        before = {pair: self.balance(*pair) for pair in pairs}
        rested = [order for order in gone if not order.untriggered and not order.is_spent]
        symbols = dict.fromkeys(order.symbol for order in rested)
        for order in gone:
            order.cancel(reason)
            self.part(order)
        after = {pair: self.balance(*pair) for pair in pairs}
        return {
            "changed": [told_change(order) for order in gone],
            "quotes": [{"symbol": symbol} | self.quote(symbol) for symbol in symbols],
            "balances": [told for pair, told in after.items() if told != before[pair]],
        }
