"""The engine's slow twin: the rules of docs/rules.md again, in plain lists and dicts.

Rule 1: it imports nothing of outcry, so that no mistake is made twice.
Rule 2: obvious before fast: prices are `Decimal`s, a side of a book is found by sorting.

It takes decoded JSON and gives the executions as decoded JSON, without their `text` and `digest`.
It knows nothing of malformed commands, which change nothing: let it `pass_over` them.
"""

import uuid
from collections.abc import Callable
from decimal import Decimal, localcontext

from sim.bounds import Bounds
from sim.client_ids import Used
from sim.echo import echo
from sim.exact import EXACT, ZERO, Fields, plain, share, without_empty
from sim.order import Order, told, told_change
from sim.risk import SECOND_NS, Risk
from sim.rulebook import LAST_NS, Refused
from sim.waiting import MassCancel, Waiting

FROM_SENDERS = ("order.created", "order.guest")
ORDER_COMMANDS = ("new", "replace", "cancel", "cancel_all", "cancel_all_after")


class Twin(Risk):
    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds or Bounds())
        self.entry = 0
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
        with localcontext(EXACT):
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
        op = command.get("op", "new") if subject in FROM_SENDERS else subject
        if subject in FROM_SENDERS and op not in ORDER_COMMANDS and "key" not in command:
            op = op if op == "malformed" else "not_allowed"
        try:
            outcome = self.apply(subject, op, command)
        except Refused as refused:
            outcome = refused.outcome
            if op == "new":
                order = self.order(command)
                order.status = "rejected"
                outcome["order"] = told(order)
        op = op if op != "not_allowed" else "malformed"  # it is not even read
        told_command = None if op in ("new", "malformed") else echo(op, command)
        return self.execution(index, op, told_command, outcome | {"key": command.get("key", "")})

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

    def apply(self, subject: str, op: str, command: Fields) -> Fields:
        """What the command brings about. Raises Refused, and then has changed nothing."""
        if op == "malformed":
            raise Refused("malformed")
        if op == "not_allowed":
            raise Refused("not_allowed", "key")
        if self.venue is None and op != "venue.open":
            raise Refused("venue_not_open")
        if op in ORDER_COMMANDS:
            self.check_rights(command.get("key", ""), command.get("account", "demo"))
        elif subject in FROM_SENDERS:
            self.check_admin(command["key"])
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
        account = self.accounts[order.account]
        content = told(order) | {"op": "new", "order_id": ""}
        repeat = self.repeated(order.account, order.client_order_id, content, "client_order_id")
        if repeat is not None:
            return repeat
        self.check_time(command)
        self.check_switches(account, order.symbol, None)
        self.listed(order.symbol)
        self.check_terms(order, None)
        self.pin(order)
        self.check_risk(order, None)
        self.use(order.account, order.client_order_id, content, order)
        account.sent.append(self.now // SECOND_NS)
        account.positions.setdefault(order.symbol, ZERO)
        return self.enter(order, self.balance(order.account, order.symbol))

    def replace(self, command: Fields) -> Fields:
        account = self.accounts[command.get("account", "demo")]
        new_id = command.get("new_client_order_id", "")
        content = echo("replace", command | {"expire_at": ""})
        repeat = self.repeated(account.name, new_id, content, "new_client_order_id")
        if repeat is not None:
            return repeat
        self.check_time(command)
        means = self.meant(command)
        self.check_switches(account, means.symbol if means else "", means)
        order = self.named(command)
        quantity = Decimal(command.get("quantity", order.quantity))
        price = Decimal(command.get("price", order.price))
        terms = Order(**(vars(order) | {"quantity": quantity, "price": price}))
        self.check_terms(terms, order)
        keeps_its_place = price == order.price and quantity < order.quantity
        if not keeps_its_place:
            self.pin(terms)
            self.check_risk(terms, order)
            account.sent.append(self.now // SECOND_NS)
        self.use(account.name, new_id, content, order)
        before = self.balance(account.name, order.symbol)
        vars(order).update(vars(terms))
        order.client_order_id = new_id or order.client_order_id
        if keeps_its_place:
            return self.report(order, before)
        self.resting.remove(order)
        return self.enter(order, before)

    def cancel(self, command: Fields) -> Fields:
        self.check_time(command)
        if "order_id" not in command:
            account, name = command.get("account", "demo"), command["client_order_id"]
            used = self.find(account, name)
            if used is None:
                self.used.append(Used(account, name, {}, self.seq, blocked=True))
            if used is None or used.blocked:
                return {"blocked": True}
        order = self.named(command)
        before = self.balance(order.account, order.symbol)
        self.resting.remove(order)
        order.cancel("requested")
        return self.report(order, before)

    def meant(self, command: Fields) -> Order | None:
        """The resting order of its account that a replace or cancel means."""
        account = command.get("account", "demo")
        if "order_id" in command:
            means = [o for o in self.resting if o.order_id == command["order_id"]]
        else:
            used = self.find(account, command["client_order_id"])
            means = [o for o in self.resting if used is not None and o is used.order]
        return means[0] if means and means[0].account == account else None

    def named(self, command: Fields) -> Order:
        order = self.meant(command)
        if order is None:
            field = "order_id" if "order_id" in command else "client_order_id"
            raise Refused("unknown_order", field)
        return order

    def check_time(self, command: Fields) -> None:
        if "expire_at" in command and self.now > int(command["expire_at"]):
            raise Refused("expired", "expire_at")

    def report(self, order: Order, before: Fields) -> Fields:
        """What is told of an order that has traded nothing. `before`: its account's balance."""
        after = self.balance(order.account, order.symbol)
        return {
            "order": told(order),
            "quote": self.quote(order.symbol),
            "balances": [after] if after != before else [],
        }

    # Trading -----------------------------------------------------------------------------

    def enter(self, order: Order, before: Fields) -> Fields:
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
                trades.append(self.trade(order, maker, quantity, f"{self.seq}-{len(trades)}"))
            else:
                maker.cancel("self_trade")
            if not maker.leaves:
                self.resting.remove(maker)
            self.touches -= 1
        if order.leaves:
            stop = stop or self.why_not_rest(order)
            if stop:
                order.cancel(stop)
            else:
                self.arrivals += 1
                order.arrival = self.arrivals
                self.resting.append(order)
        makers = dict.fromkeys(maker.account for maker, _ in meetings)
        outcome = self.report(order, before)
        outcome["balances"] += [
            self.balance(account, order.symbol) for account in makers if account != order.account
        ]
        changed = [told_change(maker) for maker, _ in meetings]
        return outcome | {"trades": trades, "changed": changed}

    def why_not_rest(self, order: Order) -> str:
        if order.type == "market":
            opposite = self.side(order.symbol, "sell" if order.side == "buy" else "buy")
            return "price_protection" if opposite else "no_liquidity"
        return "immediate_or_cancel" if order.time_in_force == "ioc" else ""

    def trade(self, taker: Order, maker: Order, quantity: Decimal, number: str) -> Fields:
        price = maker.price
        fees = {
            "taker_fee": share(price * quantity, taker.taker_fee),
            "maker_fee": share(price * quantity, maker.maker_fee),
        }
        for order, fee in zip((taker, maker), fees.values(), strict=True):
            order.fill(price, quantity)
            sign = 1 if order.side == "buy" else -1
            account = self.accounts[order.account]
            account.positions[order.symbol] += sign * quantity
            account.cash -= sign * price * quantity + fee
        self.marks[maker.symbol] = price
        told_trade = {
            "trade_id": number,
            "price": plain(price),
            "quantity": plain(quantity),
            "maker_order_id": maker.order_id,
        }
        return told_trade | {name: plain(fee) for name, fee in fees.items() if fee}

    def meet(self, order: Order, most: int) -> tuple[list[tuple[Order, Decimal]], str]:
        """Whom `order` meets and how much they trade (0: it is withdrawn), and why it stops."""
        prevention = self.accounts[order.account].self_trade_prevention
        limit = order.price if order.type == "limit" else self.protection(order)
        meetings: list[tuple[Order, Decimal]] = []
        wanted = order.leaves
        for maker in self.side(order.symbol, "sell" if order.side == "buy" else "buy"):
            worse = maker.price > limit if order.side == "buy" else maker.price < limit
            if not wanted or worse:
                break
            if len(meetings) == most:
                return meetings, "work_limit"
            quantity = min(wanted, maker.leaves)
            if maker.account == order.account and prevention != "none":
                if prevention == "cancel_newest":
                    return meetings, "self_trade"
                quantity = ZERO
            meetings.append((maker, quantity))
            wanted -= quantity
        return meetings, ""

    def quote(self, symbol: str) -> Fields:
        quote = {}
        for name, side in (("bid", "buy"), ("ask", "sell")):
            there = self.side(symbol, side)
            if there:
                best = there[0].price
                there = [o for o in there if o.price == best]
                quote[name] = [plain(best), plain(sum((o.leaves for o in there), ZERO))]
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
        pairs = dict.fromkeys((order.account, order.symbol) for order in gone)
        return {
            "changed": [told_change(order) for order in gone],
            "quotes": [{"symbol": symbol} | self.quote(symbol) for symbol in symbols],
            "unfinished": unfinished,
            "balances": [self.balance(*pair) for pair in pairs],
        }
