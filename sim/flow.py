"""What traders send: a market in which orders meet often, and every rule is met now and then."""

import json
import time
from collections import deque
from typing import Any

from sim.dice import Dice
from sim.exact import Fields

SYMBOLS = ("ACME", "ZINC")
ACCOUNTS = ("demo", "alice", "bob", "carol", "dave", "erin")
GUESTS = ("zoe", "yan")
"""They act for demo, without a key, under names of their own."""
MIDDLE, TICKS = 100, 12
KNOWN_MAX = 40
APART = {"stop_price", "min_quantity", "display_quantity", "trail", "trail_percent"}
"""What needs a quantity."""
JUNK: tuple[tuple[bytes, list[Fields]], ...] = tuple(
    (body, [{"op": "malformed"}])
    for body in (
        *(b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 40 + b"]" * 40, b'"order"', b"{}"),
        b'{"symbol":"ACME","side":"buy","quantity":1e999,"price":1}',
        b'{"symbol":"ACME","side":"hold","quantity":"1","price":"100"}',
        b'{"op":"venue.open","log":"0000000000001"}',
        b'{"op":"switch.fired","account":"alice"}',
        b'{"symbol":"ACME","side":"buy","quantity":"1","price":"100","seq":1}',
        b'{"op":"account.deposit","account":"demo","amount":"1000000"}',
    )
)
"""Bodies that are no commands, and what they amount to."""


class Flow:
    """The commands of one account. It remembers its newest orders, to change them later."""

    def __init__(self, account: str, dice: Dice, prefix: str = "") -> None:
        self.account = account
        self._prefix = prefix or account
        self._dice = dice
        self._named = 0
        self._known: deque[Fields] = deque(maxlen=KNOWN_MAX)
        """Ways to name an order: {"order_id": …} or {"client_order_id": …}."""
        self._ending: deque[Fields] = deque(maxlen=KNOWN_MAX // 8)
        """The same of orders with an end in time."""
        self._sent: deque[Fields] = deque(maxlen=KNOWN_MAX)

    def batch(self, most: int) -> list[Fields]:
        return [self.command() for _ in range(1 + self._dice.below(most))]

    def learn(self, execution: Fields) -> None:
        """Note an order that rests, and its exit."""
        order = execution.get("order", {})
        if order.get("leaves_quantity"):
            self._known.append({"order_id": order["order_id"]})
            if order["time_in_force"] == "gtd":
                self._ending.append(self._known[-1])
        if order.get("exit_order_id"):
            self._known.append({"order_id": order["exit_order_id"]})

    def command(self) -> Fields:
        command = self._command()
        self._sent.append(command)
        return command

    def _command(self) -> Fields:
        dice = self._dice
        account: Fields = {} if self.account == "demo" else {"account": self.account}
        if dice.chance(0.01):
            account = {"account": dice.one_of(ACCOUNTS)}  # which is somebody else's, mostly
        choice = dice.below(1_000)
        if choice < 40 and self._sent:  # the same again
            return dice.one_of(self._sent)
        if choice < 48:
            return self._mass_cancel() | account | {"expire_at": self._soon()}
        if choice < 240 and self._known:
            command = {"op": "cancel"} | account | self._one()
        elif choice < 360 and self._known:
            command = {"op": "replace"} | account | self._replaced()
        elif choice < 375:  # of an order to come, perhaps
            name = f"{self._prefix}-{self._named + dice.below(4)}"
            command = {"op": "cancel", "client_order_id": name} | account
        else:
            command = self._new() | account
        if dice.chance(0.1):
            command["expire_at"] = self._soon()
        return command

    def _mass_cancel(self) -> Fields:
        dice = self._dice
        if dice.chance(0.5):
            return {"op": "cancel_all_after", "timeout": dice.one_of((0, 30, 400, 3_000))}
        some: Fields = {"symbol": dice.one_of(SYMBOLS)} if dice.chance(0.6) else {}
        if dice.chance(0.5):
            some["side"] = dice.one_of(("buy", "sell"))
        return {"op": "cancel_all"} | some

    def _soon(self) -> str:
        """A time in ns that may have passed when the command gets there."""
        return str(time.time_ns() + int(self._dice.between(-0.05, 1.5) * 1e9))

    def _one(self) -> Fields:
        dice = self._dice
        if dice.chance(0.05):  # somebody else's, perhaps
            return {"client_order_id": f"{dice.one_of(ACCOUNTS)}-{1 + dice.below(30)}"}
        return dice.one_of(self._known)

    def _replaced(self) -> Fields:
        """An order and its new terms; now and then until when it is good."""
        if self._ending and self._dice.chance(0.2):
            return self._dice.one_of(self._ending) | {"good_until": self._soon()}
        return self._one() | self._changes()

    def _changes(self) -> Fields:
        dice = self._dice
        changes: Fields = {}
        if dice.chance(0.7):
            changes["quantity"] = str(1 + dice.below(20))
        if dice.chance(0.6) or not changes:
            changes["price"] = self._price()
        elif dice.chance(0.2):
            changes["stop_price"] = self._price()
        if dice.chance(0.3):
            self._named += 1
            changes["new_client_order_id"] = f"{self._prefix}-{self._named}"
        return changes

    def _new(self) -> Fields:
        dice = self._dice
        symbol = "NONE" if dice.chance(0.01) else dice.one_of(SYMBOLS)
        new: Fields = {
            "symbol": symbol,
            "side": dice.one_of(("buy", "sell")),
            "quantity": str(1 + dice.below(20)),
        }
        if dice.chance(0.97):
            if dice.chance(0.03) and self._named:  # a name that is used, for something else
                name = f"{self._prefix}-{1 + dice.below(self._named)}"
            else:
                self._named += 1
                name = f"{self._prefix}-{self._named}"
            new["client_order_id"] = name
            self._known.append({"client_order_id": name})
        said = new | self._terms(int(new["quantity"]))
        return self._with_exit(self._notional(said))

    def _notional(self, new: Fields) -> Fields:
        """Now and then an order says its worth in place of its quantity, where it may."""
        if not self._dice.chance(0.06) or not APART.isdisjoint(new):
            return new
        named = {name: value for name, value in new.items() if name != "quantity"}
        return named | {"notional": str(int(new["quantity"]) * MIDDLE + self._dice.below(50))}

    def _terms(self, quantity: int) -> Fields:
        """What an order says beside what and how much."""
        dice = self._dice
        new: Fields = {"reduce_only": True} if dice.chance(0.05) else {}
        if dice.chance(0.1):
            return new | {"type": "market"}
        if dice.chance(0.08):
            limit = {"type": "stop_limit", "price": self._price()} if dice.chance(0.5) else {}
            stop = {"type": "stop", "stop_price": self._price()} | limit
            return new | stop | ({"trigger": "quote"} if dice.chance(0.4) else {}) | self._end()
        if dice.chance(0.05):
            trail = dice.one_of(({"trail": "0.5"}, {"trail": "2"}, {"trail_percent": "1.5"}))
            return new | {"type": "trailing_stop"} | trail | self._end()
        if dice.chance(0.06):
            return new | self._two_ways() | self._end()
        if dice.chance(0.2):
            new["time_in_force"] = dice.one_of(("ioc", "fok"))
            if new["time_in_force"] == "ioc" and dice.chance(0.3):
                new["min_quantity"] = str(1 + dice.below(quantity))
        elif dice.chance(0.1):
            new["post_only"] = True
        elif dice.chance(0.1):
            new |= {"quantity": str(6 + dice.below(25)), "display_quantity": str(1 + dice.below(5))}
        if "time_in_force" not in new:
            new |= self._end()
        return new | {"price": self._price()}

    def _two_ways(self) -> Fields:
        """One cancels the other; for a sell, or for a buy, its prices stand the wrong way round."""
        low, high = sorted((self._price(), self._price()), key=float)
        if self._dice.chance(0.5):
            low, high = high, low
        two = {"order_class": "oco", "price": high, "stop_price": low}
        return two | ({"stop_limit_price": low} if self._dice.chance(0.3) else {})

    def _with_exit(self, new: Fields) -> Fields:
        """Now and then an order brings its exit, at prices that mostly stand as they have to."""
        dice = self._dice
        if "order_class" in new or new.get("type") == "trailing_stop" or not dice.chance(0.1):
            return new
        new = {name: value for name, value in new.items() if name != "reduce_only"}
        away = 1 if (new["side"] == "buy") == dice.chance(0.95) else -1
        cents = round(100 * float(new.get("price", MIDDLE)))
        legs = {
            "take_profit": f"{(cents + away * 25 * (1 + dice.below(8))) / 100:g}",
            "stop_loss": f"{(cents - away * 25 * (1 + dice.below(8))) / 100:g}",
        }
        if dice.chance(0.6):
            limit = {"stop_loss_limit": legs["stop_loss"]} if dice.chance(0.3) else {}
            return new | legs | limit | {"order_class": "bracket"}
        leg = dice.one_of(tuple(legs))
        return new | {leg: legs[leg], "order_class": "oto"}

    def _end(self) -> Fields:
        """Until when an order is open, where it says so."""
        if self._dice.chance(0.1):
            return {"time_in_force": "gtd", "good_until": self._soon()}
        return {"time_in_force": "day"} if self._dice.chance(0.03) else {}

    def _price(self) -> str:
        quarters = self._dice.below(TICKS * 2) - TICKS
        cents = (0, 0, 25, 5, 75)[quarters % 4] if self._dice.chance(0.99) else 1
        return f"{MIDDLE + quarters // 4}.{cents:02}".removesuffix("0").removesuffix(".0")


def write(commands: list[Fields]) -> bytes:
    """The body of a request."""
    body: Any = commands[0] if len(commands) == 1 else commands
    return json.dumps(body).encode()
