"""Executions of a small market with money, for what audits them."""

import json
import random
from typing import Any

from chaos.terms import changes, terms
from outcry.domain.limits import VERSION
from outcry.log.log import Entry
from outcry.orders.answer import Desk

MARGIN = {"type": "margin", "shorting": True, "access": "open"}


class Session:
    """Everything that an order service answered, as it came."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self._desk = Desk()
        self.enter("venue.open", {"log": "0" * 13, "engine": VERSION, "schema": 1})
        fees = {"maker_fee": "0.0003", "taker_fee": "0.0007"}
        self.enter("instrument.list", {"symbol": "AAPL", "tick": "0.01", **fees})
        for account in ("ann", "bob"):
            self.enter("account.open", {"account": account, **MARGIN})
            self.enter("account.deposit", {"account": account, "amount": "100000"})

    def enter(self, subject: str, body: Any) -> dict[str, Any]:
        """The last execution of an entry."""
        seq = self._desk.position + 1
        answer = self._desk.answer(Entry(seq, seq, subject, json.dumps(body).encode()))
        self.told += json.loads(answer)
        return self.told[-1]

    def order(self, account: str, side: str, quantity: str, price: str, **more: str) -> Any:
        terms = {"symbol": "AAPL", "side": side, "quantity": quantity, "price": price}
        return self.enter("order.created", {"account": account, **terms, **more})

    def trade(self) -> None:
        """Orders that open, close, rest, are replaced, trade in parts and go."""
        self.order("ann", "sell", "10", "100.01", client_order_id="a1")
        self.order("bob", "buy", "4", "100.01")
        self.order("bob", "sell", "3", "101", client_order_id="b1")
        replace = {"op": "replace", "account": "ann", "client_order_id": "a1"}
        self.enter("order.created", replace | {"quantity": "8"})
        self.enter("order.created", replace | {"quantity": "12", "price": "100.5"})
        self.order("ann", "buy", "2", "101")
        self.order("ann", "buy", "1", "99")
        self.order("bob", "buy", "1000000", "100")
        for account in ("ann", "bob"):
            self.enter("order.created", {"op": "cancel_all", "account": account})
        self.order("bob", "sell", "2", "40")  # far from the last trade: what it loses is held
        self.order("ann", "buy", "1", "40")
        self.enter("instrument.set", {"symbol": "AAPL", "reference_price": "20"})
        self.order("ann", "buy", "3", "39")
        self.order("bob", "buy", "1", "38")

    def rush(self, seed: int, entries: int) -> None:
        """Orders of every type and class, as traders under load send them."""
        chance, sent = random.Random(seed), 0
        self.enter("instrument.list", {"symbol": "TSLA", "tick": "0.05"})
        self.enter("account.open", {"account": "cat", "access": "open"})
        self.enter("account.deposit", {"account": "cat", "amount": "5000"})
        for _ in range(entries):
            commands = []
            for _ in range(chance.choice((1, 1, 1, 4))):
                account, kind = chance.choice(("ann", "bob", "cat")), chance.random()
                name = f"{account}{max(1, sent - chance.randrange(15))}"
                newest = {"account": account, "client_order_id": name}
                if kind < 0.1:
                    commands.append(newest | {"op": "cancel"})
                elif kind < 0.25:
                    commands.append(newest | {"op": "replace"} | changes(chance))
                elif kind < 0.26:
                    commands.append({"account": account, "op": "cancel_all"})
                else:
                    sent += 1
                    named = {"account": account, "client_order_id": f"{account}{sent}"}
                    commands.append(named | terms(chance))
            self.enter("order.created", commands)
