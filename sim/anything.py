"""Commands of every kind, as a seed has it: a small market in which every rule is met often.

Prices are few, means are tight, and most of what is sent is allowed.
"""

from collections import deque
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from sim.dice import Dice
from sim.exact import EXACT, NANO, ZERO, Fields, plain
from sim.terms import LAST_NS, SYMBOLS, Terms

LOG = "00000000000a1"
ACCOUNTS = ("demo", "alice", "bob", "carol")
LATER = ("dave", "erin")
KEYS = {
    "a" * 16: ("admin", []),
    "b" * 16: ("trade", ["alice", "bob"]),
    "c" * 16: ("trade", ["carol"]),
    "d" * 16: ("read", ["alice"]),
    "e" * 16: ("admin", ["demo"]),
}
HASH = "0" * 64
EVEN, CENT = Decimal(100), Decimal("0.01")
DAY_NS = 24 * 3_600 * 10**9
STEPS_NS = (0, 1_000_000, 1_000_000, 30_000_000, 400_000_000)
KNOWN_MAX = 30
Entry = tuple[str, Fields | list[Fields]]
OF_THE_VENUE: tuple[Entry, ...] = (
    *(("clock.tick", {}),) * 5,
    ("venue.open", {"log": LOG, "engine": "4", "schema": 1}),
    ("venue.upgrade", {"engine": "4"}),
    ("clock.advance", {"by": "1"}),
)


class Anything(Terms):
    def __init__(self, dice: Dice) -> None:
        super().__init__(dice)
        self._known: deque[Fields] = deque(maxlen=KNOWN_MAX)
        """Ways to name an order."""
        self._sent: deque[Fields] = deque([{"op": "cancel", "client_order_id": "x"}], KNOWN_MAX)
        self._terms: dict[str, Fields] = {}
        """Price and quantity of the orders that are known, by whatever names them."""
        self._free: dict[str, Decimal] = {}
        """The cash of an account that nothing holds, as it was told last."""
        self._opened_accounts: dict[str, None] = {}
        self._owed: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        """By account and symbol: what is owed, and how much of that open orders will cover."""
        self._borrowers = set[str]()
        self._had: dict[tuple[str, str], Decimal] = {}
        """By borrower and symbol: what there is, negative where it is owed."""
        self._next: deque[Fields] = deque()
        """Commands that go with the one before."""
        self._created: deque[str] = deque(maxlen=4)
        self.lockstep = dice.chance(0.2)
        """Entries move log time, not the stamps."""
        self.now_ns = 1 << 62
        self._rare: dict[str, Callable[[], Fields]] = {
            "account.open": self._opened,
            "account.set": self._set,
            "account.state": self._state,
            "instrument.set": self._set_instrument,
            "instrument.state": lambda: {
                "symbol": self._symbol(),
                "state": dice.one_of(("open", "open", "open", "halted", "cancel_only")),
            },
            "instrument.list": lambda: self._listed(dice.one_of((*SYMBOLS, "IRON"))),
            "market.set": lambda: self._some({**self._limits(), **self._more_limits()}, 0.3),
            "market.kill": self._switched,
            "key.create": self._created_key,
            "key.revoke": lambda: {"key_id": dice.one_of((*self._created, "d" * 16, "e" * 16))},
        }

    def opening(self) -> list[Entry]:
        """The venue, its instruments, accounts with means and their keys."""
        dice = self._dice
        entries: list[Entry] = [self._operation()] if dice.chance(0.3) else []
        if dice.chance(0.1):
            entries.append(("venue.open", {"log": LOG, "engine": "2", "schema": 1}))
        venue: Fields = {"log": LOG, "engine": "4", "schema": 1}
        venue["client_id_horizon"] = dice.one_of((20, 100, 1_000))
        if self.lockstep:
            venue |= {"clock": "entries", "start": str(self.now_ns)}
        entries.append(("venue.open", venue))
        entries += [("instrument.list", self._listed(symbol)) for symbol in ("ACME", "ZINC")]
        for account in ACCOUNTS[:3]:
            entries.append(("account.open", self._opened() | {"account": account}))
            amount = str(dice.one_of((200, 1_000, 5_000, 50_000)))
            entries.append(("account.deposit", {"account": account, "amount": amount}))
            if dice.chance(0.7):
                shares = {"symbol": dice.one_of(SYMBOLS), "quantity": str(10 + dice.below(100))}
                entries.append(("account.deposit", {"account": account} | shares))
        for key_id, (role, accounts) in KEYS.items():
            body = {"key_id": key_id, "hash": HASH, "role": role}
            there = [account for account in accounts if account in ACCOUNTS[:3]] or ["demo"]
            entries.append(("key.create", body | {"accounts": there}))
        return entries

    def entry(self, most: int) -> Entry:
        """Up to `most` commands."""
        dice = self._dice
        choice = dice.below(100)
        if self.lockstep and choice < 10:
            by = dice.one_of((*STEPS_NS[1:], 10**18))
            if self.now_ns + by <= LAST_NS:
                self.now_ns += by
            return "clock.advance", {"by": str(by)}
        if not self.lockstep:
            self.now_ns += dice.one_of(STEPS_NS)
            if dice.chance(0.02):
                self.now_ns += DAY_NS - self.now_ns % DAY_NS + dice.below(2)  # the day is over
        if choice < 20:
            op, body = self._operation()
            return op, body
        if choice < 22:
            return dice.one_of(OF_THE_VENUE)
        guest = choice < 30
        commands = [
            self._guest() if guest else self._command() for _ in range(1 + dice.below(most))
        ]
        subject = "order.guest" if guest else "order.created"
        return subject, commands if len(commands) > 1 or dice.chance(0.5) else commands[0]

    def learn(self, executions: list[Fields]) -> None:
        """Note the orders that rest."""
        for execution in executions:
            order = execution.get("order", {})
            if order.get("leaves_quantity", "0") != "0" and execution["result"] == "accepted":
                names = [{"order_id": order["order_id"]}]
                if "client_order_id" in order:
                    names.append({"client_order_id": order["client_order_id"]})
                name = self._dice.one_of(names)
                self._known.append(name | {"account": order["account"]})
                names_of_price = ("price", "trail", "trail_percent", "stop_price")
                price = next(name for name in names_of_price if name in order)
                terms = {price: order[price], "quantity": order["quantity"]}
                if order["time_in_force"] == "gtd":
                    terms["good_until"] = order["good_until"]
                self._terms[next(iter(name.values()))] = terms
            if "settings" in execution:
                self._opened_accounts[execution["settings"]["account"]] = None
                if execution["settings"]["multiplier"] > 1:
                    self._borrowers.add(execution["settings"]["account"])
            for told in execution.get("balances", []):
                free = EXACT.subtract(Decimal(told["cash"]), Decimal(told.get("held", "0")))
                self._free[told["account"]] = free
                position = Decimal(told.get("position", "0"))
                if "symbol" in told and told["account"] in self._borrowers:
                    self._had[told["account"], told["symbol"]] = position
                self._owed.pop((told["account"], told.get("symbol")), None)
                if position < 0:
                    waiting = Decimal(told.get("position_held", "0"))
                    self._owed[told["account"], told["symbol"]] = -position, waiting

    # Order commands ----------------------------------------------------------------------

    def _guest(self) -> Fields:
        command = self._order_command() | ({} if self._dice.chance(0.2) else {"account": "demo"})
        return {name: value for name, value in command.items() if name != "key"}

    def _command(self) -> Fields:
        dice = self._dice
        if self._next:
            return self._next.popleft()
        if dice.chance(0.06):
            command = dice.one_of(self._sent)
        elif dice.chance(0.1):
            op, body = self._operation()
            return {"op": op, "key": self._admin()} | body
        else:
            command = self._order_command()
            if dice.chance(0.85):
                command["key"] = self._key_for(command.get("account", "demo"))
        self._sent.append(command)
        return command

    def _order_command(self) -> Fields:
        dice, account = self._dice, {"account": self._account()}
        choice = dice.below(100)
        if choice < 8 and self._known:
            command = {"op": "cancel"} | account | dice.one_of(self._known)
        elif choice < 22 and self._known:
            known = dice.one_of(self._known)
            terms = self._terms[known.get("order_id") or known["client_order_id"]]
            changes = self._changes()
            if "price" not in terms and "stop_price" not in terms and dice.chance(0.5):
                changes = self._trail() | self._some({"quantity": self._quantity()}, 0.3)
            if "good_until" in terms and dice.chance(0.5):
                changes = self._other_end()
            elif dice.chance(0.1):  # the same again
                changes = terms
            command = {"op": "replace"} | account | known | changes
        elif choice < 24:
            return {"op": "cancel", "client_order_id": self._name()} | account
        elif choice < 25:
            some = self._some({"symbol": self._symbol(), "side": self._side()}, 0.5)
            return {"op": "cancel_all"} | account | some
        elif choice < 29:
            return {
                "op": "cancel_all_after",
                "timeout": dice.one_of((0, 40, 2_000, 20_000)),
            } | account
        else:
            command = self._new() | account
            command |= self._end(command, self.now_ns)
            command = self._with_exit(self._notional(command), self.now_ns)
        if dice.chance(0.04):
            expire_ns = self.now_ns + dice.one_of((-1, 0, 1, 10**9))
            command["expire_at"] = str(min(expire_ns, LAST_NS))
        return command

    def _changes(self) -> Fields:
        changes = {"quantity": self._quantity(), "price": self._price(self._side())}
        some = self._some(changes, 0.6) or changes
        if self._dice.chance(0.15):
            stops = {n: self._price(self._side()) for n in ("stop_price", "stop_limit_price")}
            some = (self._some(stops, 0.6) or stops) | self._some(changes, 0.2)
        return some | self._some({"new_client_order_id": self._name()}, 0.3)

    def _other_end(self) -> Fields:
        """Another time until which an order is good."""
        end_ns = self.now_ns + self._dice.one_of((-1, 0, 1, 10**8, 10**9))
        end = {"good_until": str(min(end_ns, LAST_NS))}
        return end | self._some({"quantity": self._quantity()}, 0.4)

    # The operator ------------------------------------------------------------------------

    def _operation(self) -> tuple[str, Fields]:
        dice = self._dice
        choice = dice.below(100)
        if choice < 16:
            return "account.deposit", self._transfer()
        if choice < 20:
            return "account.deposit", self._cover()
        if choice < 36:
            return "account.withdraw", self._transfer()
        if choice < 40:
            return "account.withdraw", self._all_but()
        if choice < 46:
            return "instrument.set", self._at_a_loss()
        if choice < 60:
            return "market.release", self._switched()
        op = dice.one_of((*self._rare, "account.set", "account.set", "market.set"))
        return op, self._rare[op]()

    def _transfer(self) -> Fields:
        dice = self._dice
        transfer: Fields = {"account": self._account()}
        if dice.chance(0.5):
            transfer["transfer_id"] = f"t{dice.below(12)}"
        if dice.chance(0.5):
            return transfer | {"amount": dice.one_of(("1", "20.5", "100", "400", "0.000000001"))}
        return transfer | {"symbol": self._symbol(), "quantity": self._quantity()}

    def _all_but(self) -> Fields:
        """All that is free, or all but what the next order will cost."""
        account = self._account()
        left = self._dice.one_of((EVEN, EVEN, ZERO))
        more = self._free.get(account, EVEN) - left
        cost = {"symbol": "ACME", "side": "buy", "price": "10", "quantity": "10"}
        self._next.append(cost | {"account": account, "key": "a" * 16})
        return {"account": account, "amount": plain(max(more, CENT).quantize(NANO, ROUND_DOWN))}

    def _cover(self) -> Fields:
        """Shares for who owes some, of which open orders may cover a part."""
        if not self._owed:
            return self._transfer()
        (account, symbol), (owed, waiting) = self._dice.one_of(tuple(self._owed.items()))
        quantity = self._dice.one_of((owed, owed - waiting, owed - waiting + 1))
        return {"account": account, "symbol": symbol, "quantity": plain(max(quantity, CENT))}

    def _opened(self) -> Fields:
        dice = self._dice
        opened: Fields = {"account": dice.one_of((*ACCOUNTS, *LATER))}
        opened |= self._some({"self_trade_prevention": self._prevention()}, 0.4)
        opened["access"] = dice.one_of(("open", "keys"))
        if dice.chance(0.4):
            return opened
        margin: Fields = {"multiplier": 1 + dice.below(4), "shorting": dice.chance(0.7)}
        return opened | {"type": "margin"} | self._some(margin, 0.7)

    def _state(self) -> Fields:
        """An account without means can be closed."""
        empty = [account for account in self._opened_accounts if account not in self._free]
        if empty and self._dice.chance(0.4):
            return {"account": self._dice.one_of(empty), "state": "closed"}
        states = ("active", "active", "restricted", "closed")
        return {"account": self._account(), "state": self._dice.one_of(states)}

    def _set(self) -> Fields:
        dice = self._dice
        account: Fields = {"account": self._account()}
        if dice.chance(0.4):
            terms = self._limits() | self._fees("inherit")
            return account | {"symbol": self._symbol()} | self._some(terms, 0.4)
        more: Fields = {
            "self_trade_prevention": self._prevention(),
            "access": dice.one_of(("open", "keys")),
            "multiplier": 1 + dice.below(4),
            "shorting": dice.chance(0.5),
        }
        limits = self._limits() | self._more_limits() | self._fees("inherit")
        return account | self._some(limits, 0.35) | self._some(more, 0.2)

    def _listed(self, symbol: str) -> Fields:
        listed: Fields = {"symbol": symbol, "tick": "0.25", "max_price": "10.25"}
        if symbol == "ZINC":
            listed |= {"lot": "2", "min_quantity": "4", "max_quantity": "18"}
        return listed | self._some(self._fees() | {"price_band": "0.1"}, 0.5)

    def _set_instrument(self) -> Fields:
        dice = self._dice
        terms = self._limits() | self._fees()
        terms["price_band"] = dice.one_of(("0", "0.02", "0.1", "0.5"))
        terms["reference_price"] = dice.one_of(("10", "9.875000001"))
        return {"symbol": self._symbol()} | self._some(terms, 0.3)

    def _at_a_loss(self) -> Fields:
        """A reference price that is far from where a borrower closes next."""
        places = [place for place, quantity in self._had.items() if quantity]
        account, symbol = self._dice.one_of(places or [("demo", "ACME")])
        owes = self._had.get((account, symbol), ZERO) < 0
        side, price, reference = ("buy", "10.25", "5") if owes else ("sell", "9", "18.5")
        order = {"symbol": symbol, "side": side, "quantity": "4", "price": price}
        self._next.append(order | {"account": account, "key": "a" * 16})
        return {"symbol": symbol, "reference_price": reference, "price_band": "0"}

    def _switched(self) -> Fields:
        choice = self._dice.below(8)
        if choice == 0:
            return {}
        return {"account": self._account()} if choice < 5 else {"symbol": self._symbol()}

    def _created_key(self) -> Fields:
        dice = self._dice
        key_id = f"{dice.below(20):016x}"
        self._created.append(key_id)
        accounts = [self._account()]
        role = dice.one_of(("trade", "trade", "read", "admin"))
        return {"key_id": key_id, "hash": HASH, "role": role, "accounts": accounts}

    # Choices -----------------------------------------------------------------------------

    def _key_for(self, account: str) -> str:
        """Mostly one that may act for it."""
        dice = self._dice
        if dice.chance(0.08):
            return dice.one_of((*KEYS, *self._created))
        theirs = [key for key, (role, mine) in KEYS.items() if role == "trade" and account in mine]
        return dice.one_of((*theirs, "a" * 16))

    def _admin(self) -> str:
        dice = self._dice
        return dice.one_of(tuple(KEYS)) if dice.chance(0.1) else dice.one_of(("a" * 16, "e" * 16))

    def _account(self) -> str:
        """Mostly one that there is."""
        some = (*ACCOUNTS, *LATER) if self._dice.chance(0.06) else tuple(self._opened_accounts)
        return self._dice.one_of(some or ACCOUNTS)
