"""The engine's slow twin: the rules of docs/rules.md again, in plain lists and dicts.

Rule 1: it imports nothing of outcry, so that no mistake is made twice.
Rule 2: obvious before fast: prices are `Decimal`s, a side of a book is found by sorting.

It takes decoded JSON and gives the executions as decoded JSON, without their `text` and `digest`.
It knows nothing of malformed commands, which change nothing: let it `pass_over` them.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sim.bounds import Bounds
from sim.order import (
    LIMITS,
    Fields,
    Order,
    echo,
    plain,
    told,
    told_change,
    told_trade,
    without_empty,
)
from sim.rulebook import LAST_NS, Refused, Rulebook
from sim.waiting import MassCancel, Waiting


@dataclass
class Used:
    """A client order id that was accepted."""

    account: str
    client_order_id: str
    content: Fields
    seq: int
    order: Order | None
    """None: a cancel gave it up."""


class Twin(Rulebook):
    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds or Bounds())
        self.seq = 0
        self.entry = 0
        self.resting: list[Order] = []
        self.used: list[Used] = []
        self.waiting = Waiting(self.bounds.switches)
        self.arrivals = 0
        self.touches = self.looks = 0
        self.id = ""

    def answer(self, subject: str, body: Fields | list[Fields], ts_ns: int) -> list[Fields]:
        """The executions of the next entry."""
        self.entry += 1
        self.move_time(subject, body, ts_ns)
        self.touches, self.looks = self.bounds.touches, self.bounds.looks
        commands = body if isinstance(body, list) else [body]
        executions = self.fall_due()
        for place, command in enumerate(commands):
            executions.append(self.execute(subject, command, place))
        return executions

    def pass_over(self, ts_ns: int) -> None:
        """The next entry is one malformed command."""
        self.answer("malformed", {}, ts_ns)

    def execute(self, subject: str, command: Fields, index: int) -> Fields:
        self.seq += 1
        self.id = self.uuid(index)
        op = command.get("op", "new") if subject == "order.created" else subject
        try:
            outcome = self.apply(op, command)
        except Refused as refused:
            outcome = refused.outcome
            if op == "new":
                order = self.order(command)
                order.status = "rejected"
                outcome["order"] = told(order)
        told_command = None if op in ("new", "malformed") else echo(op, command)
        return self.execution(index, op, told_command, outcome)

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

    def apply(self, op: str, command: Fields) -> Fields:
        """What the command brings about. Raises Refused, and then has changed nothing."""
        if op == "malformed":
            raise Refused("malformed")
        if self.venue is None and op != "venue.open":
            raise Refused("venue_not_open")
        rule: Callable[[Fields], Fields] = getattr(self, op.replace(".", "_"))
        return rule(command)

    def uuid(self, index: int) -> str:
        """UUIDv8: 48 bits entry, 12 bits index, 10 bits shard, 52 bits log id."""
        venue = self.venue or {}
        low = 0b10 << 62 | venue.get("shard", 0) << 52 | int(venue.get("log", "0"), 16)
        return str(uuid.UUID(int=self.entry << 80 | 0x8 << 76 | index << 64 | low))

    # Orders ------------------------------------------------------------------------------

    def order(self, command: Fields) -> Order:
        kind = command.get("type", "limit")
        return Order(
            self.id,
            command.get("account", "demo"),
            command.get("client_order_id", ""),
            command["symbol"],
            command["side"],
            kind,
            command.get("time_in_force", "ioc" if kind == "market" else "gtc"),
            Decimal(command["quantity"]),
            Decimal(command.get("price", 0)),
        )

    def new(self, command: Fields) -> Fields:
        order = self.order(command)
        content = told(order) | {"op": "new", "order_id": ""}
        repeat = self.repeated(order.account, order.client_order_id, content, "client_order_id")
        if repeat is not None:
            return repeat
        self.check_time(command)
        if order.symbol not in self.instruments:
            raise Refused("unknown_symbol", "symbol")
        self.check_terms(order, None)
        if len(self.resting) >= self.bounds.resting:
            raise Refused("resting_limit")
        self.use(order.account, order.client_order_id, content, order)
        return self.enter(order)

    def replace(self, command: Fields) -> Fields:
        account = command.get("account", "demo")
        new_id = command.get("new_client_order_id", "")
        content = echo("replace", command | {"expire_at": ""})
        repeat = self.repeated(account, new_id, content, "new_client_order_id")
        if repeat is not None:
            return repeat
        self.check_time(command)
        order = self.named(command)
        quantity = Decimal(command.get("quantity", order.quantity))
        price = Decimal(command.get("price", order.price))
        terms = Order(**(vars(order) | {"quantity": quantity, "price": price, "fills": []}))
        self.check_terms(terms, order)
        if quantity <= order.filled:
            raise Refused("quantity_filled", "quantity", order)
        self.use(account, new_id, content, order)
        order.client_order_id = new_id or order.client_order_id
        keeps_its_place = price == order.price and quantity < order.quantity
        order.price, order.quantity = price, quantity
        if keeps_its_place:
            return {"order": told(order), "quote": self.quote(order.symbol)}
        self.resting.remove(order)
        return self.enter(order)

    def cancel(self, command: Fields) -> Fields:
        self.check_time(command)
        if "order_id" not in command:
            account, name = command.get("account", "demo"), command["client_order_id"]
            used = self.find(account, name)
            if used is None:
                self.used.append(Used(account, name, {}, self.seq, None))
            if used is None or used.order is None:
                return {"blocked": True}
        order = self.named(command)
        self.resting.remove(order)
        order.cancel("requested")
        return {"order": told(order), "quote": self.quote(order.symbol)}

    def named(self, command: Fields) -> Order:
        """The resting order of its account that a replace or cancel means."""
        account = command.get("account", "demo")
        if "order_id" in command:
            means = [o for o in self.resting if o.order_id == command["order_id"]]
        else:
            used = self.find(account, command["client_order_id"])
            means = [o for o in self.resting if used is not None and o is used.order]
        if not means or means[0].account != account:
            raise Refused(
                "unknown_order", "order_id" if "order_id" in command else "client_order_id"
            )
        return means[0]

    def check_time(self, command: Fields) -> None:
        if "expire_at" in command and self.now > int(command["expire_at"]):
            raise Refused("expired", "expire_at")

    def check_terms(self, order: Order, replaced: Order | None) -> None:
        rules = self.instruments[order.symbol]
        state = rules["state"]
        limits = {name: Decimal(rules[name]) for name in LIMITS}
        market = order.type == "market"
        for broken, reason, at_fault in (
            (state == "halted", "halted", "symbol"),
            (state == "cancel_only", "cancel_only", "symbol"),
            (not market and order.price % limits["tick"] != 0, "tick_size", "price"),
            (not market and order.price > limits["max_price"], "price_limit", "price"),
            (order.quantity % limits["lot"] != 0, "lot_size", "quantity"),
            (order.quantity < limits["min_quantity"], "min_quantity", "quantity"),
            (order.quantity > limits["max_quantity"], "max_quantity", "quantity"),
        ):
            if broken:
                raise Refused(reason, at_fault, replaced)

    def enter(self, order: Order) -> Fields:
        """Trade what can be traded; the rest waits or goes."""
        fok = order.time_in_force == "fok"
        meetings, stop = self.meet(order, min(self.touches, self.looks) if fok else self.touches)
        wanted = order.leaves - sum(quantity for _, quantity in meetings)
        if fok:
            self.looks -= len(meetings) + (stop == "self_trade")
        if fok and wanted:
            meetings, stop = [], stop if stop == "work_limit" else "fill_or_kill"
        trades: list[Fields] = []
        for maker, quantity in meetings:
            if quantity:
                order.fill(maker.price, quantity)
                maker.fill(maker.price, quantity)
                number = f"{self.seq}-{len(trades)}"
                trades.append(told_trade(number, maker.price, quantity, maker.order_id))
            else:
                maker.cancel("self_trade")
            if not maker.leaves:
                self.resting.remove(maker)
            self.touches -= 1
        if order.leaves:
            stop = stop or ("no_liquidity" if order.type == "market" else "")
            stop = stop or ("immediate_or_cancel" if order.time_in_force == "ioc" else "")
            if stop:
                order.cancel(stop)
            else:
                self.arrivals += 1
                order.arrival = self.arrivals
                self.resting.append(order)
        return {
            "order": told(order),
            "trades": trades,
            "changed": [told_change(maker) for maker, _ in meetings],
            "quote": self.quote(order.symbol),
        }

    def meet(self, order: Order, most: int) -> tuple[list[tuple[Order, Decimal]], str]:
        """Whom `order` meets and how much they trade (0: it is withdrawn), and why it stops."""
        prevention = self.prevention.get(order.account, "cancel_newest")
        meetings: list[tuple[Order, Decimal]] = []
        wanted = order.leaves
        for maker in self.side(order.symbol, "sell" if order.side == "buy" else "buy"):
            worse = maker.price > order.price if order.side == "buy" else maker.price < order.price
            if not wanted or (worse and order.type == "limit"):
                break
            if len(meetings) == most:
                return meetings, "work_limit"
            quantity = min(wanted, maker.leaves)
            if maker.account == order.account and prevention != "none":
                if prevention == "cancel_newest":
                    return meetings, "self_trade"
                quantity = Decimal(0)
            meetings.append((maker, quantity))
            wanted -= quantity
        return meetings, ""

    def side(self, symbol: str, side: str) -> list[Order]:
        """Resting orders, best price first, then first come."""
        sign = -1 if side == "buy" else 1
        there = [o for o in self.resting if o.symbol == symbol and o.side == side]
        return sorted(there, key=lambda o: (sign * o.price, o.arrival))

    def quote(self, symbol: str) -> Fields:
        quote = {}
        for name, side in (("bid", "buy"), ("ask", "sell")):
            there = self.side(symbol, side)
            if there:
                best = there[0].price
                there = [o for o in there if o.price == best]
                quote[name] = [plain(best), plain(sum((o.leaves for o in there), Decimal(0)))]
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
        self.waiting.fire(self.now, self.uuid(0), {order.account for order in self.resting})
        done: list[Fields] = []
        for work in self.waiting.unfinished[: self.bounds.due]:
            if self.touches:
                self.seq += 1
                outcome = self.withdraw(work)
                if not outcome["unfinished"]:
                    self.waiting.unfinished.remove(work)
                done.append(self.execution(1_000 + len(done), work.op, work.command, outcome))
        if self.waiting.unfinished:
            self.touches = 0
        return done

    def withdraw(self, work: MassCancel) -> Fields:
        named = work.command.keys() - {"op"}
        means = [
            order
            for order in sorted(self.resting, key=lambda order: order.order_id)
            if order.order_id < work.before
            and all(getattr(order, name) == work.command[name] for name in named)
        ]
        unfinished = len(means) > self.touches
        if unfinished:
            if not self.waiting.is_waiting(work.command) and self.waiting.is_full_of_cancels():
                raise Refused("due_limit")
            self.waiting.wait(work)
        gone = means[: self.touches]
        self.touches -= len(gone)
        for order in gone:
            self.resting.remove(order)
            order.cancel("requested" if work.op == "cancel_all" else "dead_mans_switch")
        symbols = dict.fromkeys(order.symbol for order in gone)
        return {
            "changed": [told_change(order) for order in gone],
            "quotes": [{"symbol": symbol} | self.quote(symbol) for symbol in symbols],
            "unfinished": unfinished,
        }

    # Client order ids --------------------------------------------------------------------

    def find(self, account: str, client_order_id: str) -> Used | None:
        assert self.venue is not None
        newest = self.used[-self.venue["client_id_horizon"] :]
        means = [u for u in newest if (u.account, u.client_order_id) == (account, client_order_id)]
        return means[-1] if means else None

    def use(self, account: str, client_order_id: str, content: Fields, order: Order) -> None:
        if client_order_id:
            self.used.append(Used(account, client_order_id, content, self.seq, order))

    def repeated(self, account: str, new_id: str, content: Fields, field: str) -> Fields | None:
        """The answer to a client order id that was used, by this command or another."""
        used = self.find(account, new_id) if new_id else None
        if used is None:
            return None
        if used.order is None:
            raise Refused("client_order_id_blocked", field)
        if used.content != content:
            raise Refused("client_order_id_reused", field)
        order = told(used.order) | {"client_order_id": new_id}
        return {"result": "duplicate", "first_seq": used.seq, "order": order}
