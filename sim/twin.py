"""The engine's slow twin: the rules of docs/rules.md again, in plain lists and dicts.

Rule 1: it imports nothing of outcry, so that no mistake is made twice.
Rule 2: obvious before fast: prices are `Decimal`s, a side of a book is found by sorting.

It takes decoded JSON and gives the executions as decoded JSON, without their `text` and `digest`.
It knows nothing of malformed commands, which change nothing.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext

from sim.bounds import Bounds
from sim.client_ids import Used
from sim.echo import echo
from sim.exact import EXACT, ZERO, Fields, plain, share
from sim.notional import at_market, lots
from sim.order import Order, instructions, told, told_change
from sim.replacing import wrong_term
from sim.risk import SECOND_NS
from sim.rulebook import LAST_NS, Refused
from sim.stops import Stops

DAY_NS = 24 * 3_600 * 10**9
FROM_SENDERS = ("order.created", "order.guest")
ORDER_COMMANDS = ("new", "replace", "cancel", "cancel_all", "cancel_all_after")


class Twin(Stops):
    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds or Bounds())

    def answer(self, subject: str, body: Fields | list[Fields], ts_ns: int) -> list[Fields]:
        """The executions of the next entry."""
        self.entry += 1
        self.move_time(subject, body, ts_ns)
        self.touches, self.looks = self.bounds.touches, self.bounds.looks
        commands = body if isinstance(body, list) else [body]
        with localcontext(EXACT):
            executions = self.fall_due()
            self.told_unasked = len(executions)
            for execution in executions:
                self.look(execution)
            executions += self.go_on(first=True)
            for place, command in enumerate(commands):
                execution = self.execute(subject, command, place)
                executions += [execution, *self.follow(execution)]
        return executions

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
            Decimal(command.get("quantity", 0)),
            Decimal(command.get("price", 0)),
            instructions=instructions(command),
        )

    def new(self, command: Fields) -> Fields:
        order = self.order(command)
        account = self.accounts[order.account]
        content = told(order) | {"op": "new", "order_id": "", "exit_order_id": ""}
        repeat = self.repeated(order.account, order.client_order_id, content, "client_order_id")
        if repeat is not None:
            return repeat
        self.check_time(command)
        if order.good_until < self.now:
            raise Refused("expired", "good_until")
        self.check_switches(account, order.symbol, None)
        self.listed(order.symbol)
        try:
            self.reckon(order)
            self.check_terms(order, None, self.wrong_leg(order, None))
            self.pin(order)
            self.check_risk(order, None)
        except Refused as refused:
            if order.notional and refused.outcome["field"] == "quantity":
                refused.outcome["field"] = "notional"
            raise
        if order.time_in_force == "day":
            order.instructions["good_until"] = str(min((self.now // DAY_NS + 1) * DAY_NS, LAST_NS))
        self.use(order.account, order.client_order_id, content, order)
        account.sent.append(self.now // SECOND_NS)
        account.positions.setdefault(order.symbol, ZERO)
        before = self.balance(order.account, order.symbol)
        if self.brings_exit(order):
            self.bring(order)
        return self.hold_back(order, before) if order.untriggered else self.enter(order, before)

    def reckon(self, order: Order) -> None:
        """Give a notional order its quantity, and one that trails the market its high-water mark,
        where it may come at all."""
        rules = self.instruments[order.symbol]
        if rules["state"] != "open" or not (order.notional or order.trails):
            return
        if order.trails:
            order.high_water = self.mark(order.symbol)
            if not order.high_water:
                raise Refused("no_reference_price", order.trails)
            return
        lot = Decimal(rules["lot"])
        if order.price:
            order.quantity = lots(order.notional, order.price, lot)
            return
        protection = self.protection(order)
        if not protection:
            raise Refused("no_reference_price", "notional")
        most = min(self.touches, self.looks)
        bid = self.best(order.symbol, "buy")
        order.quantity, looks = at_market(order, lot, protection, bid, most, self.meet)
        self.looks -= looks

    def replace(self, command: Fields) -> Fields:
        account = self.accounts[command.get("account", "demo")]
        new_id = command.get("new_client_order_id", "")
        content = echo("replace", command | {"expire_at": ""})
        repeat = self.repeated(account.name, new_id, content, "new_client_order_id")
        if repeat is not None:
            return repeat
        self.check_time(command)
        if int(command.get("good_until", self.now)) < self.now:
            raise Refused("expired", "good_until")
        means = self.meant(command)
        self.check_switches(account, means.symbol if means else "", means)
        order = self.named(command)
        quantity = Decimal(command.get("quantity", order.quantity))
        price = Decimal(command.get("price", order.price))
        said = dict(order.instructions)
        for name in ("stop_price", "stop_limit_price", "trail", "trail_percent"):
            if name in command:
                said[name] = plain(Decimal(command[name]))
        changes = {"quantity": quantity, "price": price, "instructions": said}
        terms = Order(**(vars(order) | changes))
        self.check_terms(terms, order, self.wrong_leg(terms, order), wrong_term(command, order))
        place = self.place_kept(command, terms, order)
        if "good_until" in command:
            said["good_until"] = str(command["good_until"])
        if place == "any":
            needy = self.needy_leg(terms, order)
            if needy:
                raise Refused("buying_power", needy, order)
        elif place != "all":
            self.pin(terms)
            self.check_risk(terms, order)
            account.sent.append(self.now // SECOND_NS)
        self.use(account.name, new_id, content, order)
        before = self.balance(account.name, order.symbol)
        vars(order).update(vars(terms))
        order.client_order_id = new_id or order.client_order_id
        if "good_until" in command:
            self.end_exit(order, said["good_until"])
        return self.restate(order, place, before)

    def restate(self, order: Order, place: str, before: Fields) -> Fields:
        """Let an order with new terms go on where it stays, or come anew."""
        if not place:
            self.resting.remove(order)
            if order.waits:
                self.queue = [one for one in self.queue if one is not order]
        elif place == "book":
            self.queue = [one for one in self.queue if one is not order]
            self.wait(order)
        order.shown = min(order.shown, order.leaves)
        self.tell_exit(order)
        if place:
            return self.report(order, before)
        return self.hold_back(order, before) if order.untriggered else self.enter(order, before)

    def place_kept(self, command: Fields, terms: Order, order: Order) -> str:
        """Whether a replace leaves an order its places: `all`, that in the `book`, or none; `any`:
        it is an exit that has none."""
        if order.unarmed:
            return "any"
        smaller = terms.quantity < order.quantity
        if "good_until" in command:
            smaller = terms.quantity <= order.quantity
        if terms.price != order.price:
            return ""
        if terms.instructions == order.instructions:
            return "all" if smaller else ""
        rests = order in self.side(order.symbol, order.side)
        return "book" if rests and terms.quantity == order.quantity else ""

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
        order.cancel("requested")
        self.part(order)
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
        stop = self.falls_short(order)
        meetings: list[tuple[Order, Decimal]] = []
        if not stop:
            meetings, stop = self.meet(order, self.touches, order.leaves)
        traded: dict[Order, Decimal] = {}
        for maker, quantity in meetings:
            traded[maker] = traded.get(maker, ZERO) + quantity
            if quantity:
                order.fill(maker.price, quantity)
                maker.fill(maker.price, quantity)
                maker.shown -= quantity if maker.display else ZERO
            else:
                maker.cancel("self_trade")
            if not maker.leaves and not maker.is_spent:
                self.leave(maker)
            elif maker.leaves and not maker.displayed:
                maker.show()
                self.take_last_place(maker)
            self.touches -= 1
        fills = [(maker, quantity) for maker, quantity in traded.items() if quantity]
        trades = [self.trade(order, *fill, f"{self.seq}-{n}") for n, fill in enumerate(fills)]
        self.go_ways(traded)
        if order.leaves:
            stop = stop or self.why_not_rest(order)
            if stop:
                order.cancel(stop)
            else:
                self.rest(order)
        self.go_ways([] if order.leaves else [order])
        makers = dict.fromkeys(maker.account for maker in traded)
        outcome = self.report(order, before)
        outcome["balances"] += [
            self.balance(account, order.symbol) for account in makers if account != order.account
        ]
        return outcome | {"trades": trades, "changed": list(map(told_change, traded))}

    def rest(self, order: Order) -> None:
        order.show()
        self.take_last_place(order)
        self.resting.append(order)
        if order.waits:
            self.wait(order)
        if order.exit is not None:
            self.tell_exit(order)

    def falls_short(self, order: Order) -> str:
        """Why it does not trade at once what it has to; empty: it does, or need not."""
        if not order.least:
            return ""
        meetings, stop = self.meet(order, min(self.touches, self.looks), order.least)
        self.looks -= len(meetings) + (stop == "self_trade")
        if order.least <= sum(quantity for _, quantity in meetings):
            return ""
        if stop == "work_limit":
            return stop
        return "fill_or_kill" if order.time_in_force == "fok" else "min_quantity"

    def why_not_rest(self, order: Order) -> str:
        if not order.price:
            opposite = self.side(order.symbol, "sell" if order.side == "buy" else "buy")
            return "price_protection" if opposite else "no_liquidity"
        return "immediate_or_cancel" if order.time_in_force == "ioc" else ""

    def trade(self, taker: Order, maker: Order, quantity: Decimal, number: str) -> Fields:
        """Move cash and shares for what the two have filled."""
        price = maker.price
        fees = {
            "taker_fee": share(price * quantity, taker.taker_fee),
            "maker_fee": share(price * quantity, maker.maker_fee),
        }
        for order, fee in zip((taker, maker), fees.values(), strict=True):
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

    def meet(
        self, order: Order, most: int, wanted: Decimal, gone: Order | None = None
    ) -> tuple[list[tuple[Order, Decimal]], str]:
        """Whom `order` meets until it has what is `wanted`, how much they trade (0: it is
        withdrawn), and why it stops; `gone` will not be there.

        Who has more than he shows is met again, behind the others of his price.
        """
        prevention = self.accounts[order.account].self_trade_prevention
        if order.protects and prevention == "cancel_newest":
            prevention = "cancel_oldest"
        limit = order.price or self.bounded(order, self.protection(order))
        meetings: list[tuple[Order, Decimal]] = []
        there = self.side(order.symbol, "sell" if order.side == "buy" else "buy")
        queue = [(m, m.displayed, m.leaves - m.displayed) for m in there if m is not gone]
        while queue:
            maker, shown, hidden = queue.pop(0)
            worse = maker.price > limit if order.side == "buy" else maker.price < limit
            if not wanted or worse:
                break
            if len(meetings) == most:
                return meetings, "work_limit"
            quantity = min(wanted, shown)
            if maker.account == order.account and prevention != "none":
                if prevention == "cancel_newest" or maker.protects:
                    return meetings, "self_trade"
                quantity = hidden = ZERO
            meetings.append((maker, quantity))
            wanted -= quantity
            if hidden:
                behind = sum(other.price == maker.price for other, *_ in queue)
                more = min(hidden, maker.display)
                queue.insert(behind, (maker, more, hidden - more))
        return meetings, ""
