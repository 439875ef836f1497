"""What accounts have and have paid, kept a second time from the executions: postings, sums, costs.

Whole numbers: quantities and prices in 10⁻⁹, money in 10⁻¹⁸. What a position has cost is an
average: what goes takes its share of that along, rounded toward zero.
"""

import json
from decimal import Decimal
from typing import Any

from sim.exact import EXACT, Fields

NANO, ATTO = 10**9, 10**18
EXTERNAL, FEES = "#external", "#fees"
FEE_SIDES = ("taker_fee", "maker_fee")
UNAUDITED = (
    *("new", "replace", "cancel", "cancel_all", "cancel_all_after"),
    *("switch.fired", "stop.triggered", "exit.moved", "orders.expired"),
)
OF_TIME = ("malformed", "clock.advance", "clock.tick")
SETTINGS = ("type", "state", "access", "self_trade_prevention")
COUNTS = ("max_open_orders", "max_order_rate")
SIZES = ("max_notional", "max_position")
Row = tuple[Any, ...]


def units(text: str) -> int:
    return int(EXACT.multiply(Decimal(text), NANO)) if text else 0


def money(text: str) -> int:
    return int(EXACT.multiply(Decimal(text), ATTO)) if text else 0


class Position:
    def __init__(self) -> None:
        self.traded = {"bought_quantity": 0, "bought_value": 0, "sold_quantity": 0, "sold_value": 0}
        self.updated_seq = 0
        self.quantity = self.cost = self.realised = self.fees = 0
        self.told = 0, 0

    def row(self) -> Row:
        has = self.quantity, self.cost, self.realised, self.fees
        return *self.traded.values(), self.updated_seq, *has, *self.told

    def trade(self, quantity: int, price: int) -> None:
        """Bought, or sold where it is negative."""
        way = "bought" if quantity > 0 else "sold"
        self.traded[f"{way}_quantity"] += abs(quantity)
        self.traded[f"{way}_value"] += abs(quantity) * price
        self.move(quantity, price)

    def move(self, quantity: int, price: int) -> None:
        if self.quantity * quantity < 0:
            closes = min(abs(self.quantity), abs(quantity))
            sign = 1 if self.quantity > 0 else -1
            cost = self.let_go(closes)
            self.realised += sign * (price * closes - cost)
            quantity += sign * closes
        self.quantity += quantity
        self.cost += quantity * price

    def let_go(self, quantity: int) -> int:
        """Make it smaller; gives what that part has cost."""
        if not self.quantity:
            return 0
        sign = 1 if self.quantity > 0 else -1
        part = abs(self.cost) * quantity // abs(self.quantity)
        self.quantity -= sign * quantity
        self.cost -= sign * part
        return part


class Money:
    def __init__(self) -> None:
        self.settings: dict[str, Row] = {}
        self.terms: dict[tuple[str, str], Row] = {}
        self.cash: dict[str, int] = {}
        self.told: dict[str, tuple[int, int]] = {}
        self.updated: dict[str, int] = {}
        self.positions: dict[tuple[str, str], Position] = {}
        self.postings: list[Row] = []
        self.house: dict[tuple[str, str], list[int]] = {}
        self.marks: dict[str, int] = {}
        self.keys: dict[str, list[Any]] = {}
        self.audit: list[Row] = []

    def accounts(self) -> list[Row]:
        return [
            (name, *row, self.cash.get(name, 0), *self.told.get(name, (0, 0)), self.updated[name])
            for name, row in self.settings.items()
        ]

    def revoked_seq(self, key_id: str) -> int:
        """The execution that has revoked a key; 0: none has."""
        return int(self.keys[key_id][-1]) if key_id in self.keys else 0

    def read(self, execution: Fields) -> None:
        """All of an execution but its trades, which come before."""
        op, seq = execution["op"], execution["seq"]
        if op not in (*UNAUDITED, *OF_TIME):
            self._note(execution)
        if execution["result"] != "accepted":
            return
        command = execution.get("command", {})
        if op in ("account.deposit", "account.withdraw"):
            self._transfer(execution, command, 1 if op == "account.deposit" else -1)
        if op == "instrument.set" and "reference_price" in command:
            self.marks[command["symbol"]] = units(command["reference_price"])
        if op == "key.create":
            terms = command["role"], " ".join(command.get("accounts", [])), command.get("name", "")
            self.keys[command["key_id"]] = [*terms, 0, seq, 0]
        if op == "key.revoke":
            self.keys[command["key_id"]][3:] = [1, self.keys[command["key_id"]][4], seq]
        if "settings" in execution:
            self._set(execution["settings"], seq)
        for told in execution.get("balances", []):
            self._tell(told, seq)

    def trade(self, row: Row) -> None:
        """As a row of the table of trades."""
        seq, number, ts, symbol, side, price, quantity, taker, one, maker, other, *fees = row
        self.marks[symbol] = price
        signed = quantity if side == "buy" else -quantity
        for part, (account, order, change) in enumerate(
            ((one, taker, signed), (other, maker, -signed))
        ):
            position = self.positions.setdefault((account, symbol), Position())
            position.trade(change, price)
            position.fees += fees[part]
            position.updated_seq = seq
            cash = -change * price - fees[part]
            self.cash[account] = self.cash.get(account, 0) + cash
            moved = symbol, change, price, cash, fees[part], self.cash[account]
            at = seq, number * 3 + part
            self.postings.append((*at, account, "trade", *moved, ts, order, number, ""))
        if sum(fees):
            after = self._of_house(FEES, "", 0, sum(fees))
            moved = symbol, 0, 0, sum(fees), 0, after
            at = seq, number * 3 + 2
            self.postings.append((*at, FEES, "fee", *moved, ts, 0, number, ""))

    def _transfer(self, execution: Fields, command: Fields, sign: int) -> None:
        seq, ts, account = execution["seq"], int(execution["ts"]), command["account"]
        symbol, kind = command.get("symbol", ""), "deposit" if sign > 0 else "withdrawal"
        quantity = sign * units(command.get("quantity", ""))
        cash = sign * money(command.get("amount", ""))
        price = units(command.get("price", "")) or self.marks.get(symbol, 0)
        if symbol:
            position = self.positions.setdefault((account, symbol), Position())
            position.updated_seq = seq
            if sign > 0:
                position.move(quantity, price)
            else:
                position.let_go(-quantity)
        self.cash[account] = self.cash.get(account, 0) + cash
        after = self._of_house(EXTERNAL, symbol, -quantity, -cash)
        name = command.get("transfer_id", "")
        one = symbol, quantity, price, cash, 0, self.cash[account]
        other = symbol, -quantity, price, -cash, 0, after
        self.postings.append((seq, 0, account, kind, *one, ts, 0, 0, name))
        self.postings.append((seq, 2, EXTERNAL, kind, *other, ts, 0, 0, name))

    def _of_house(self, account: str, symbol: str, quantity: int, cash: int) -> int:
        """Gives the cash that it has there after."""
        sums = self.house.setdefault((account, symbol), [0, 0])
        sums[0] += quantity
        sums[1] += cash
        return self.house.get((account, ""), [0, 0])[1]

    def _set(self, settings: Fields, seq: int) -> None:
        name = settings["account"]
        limits = (units(settings.get(limit, "")) for limit in ("max_exposure", *SIZES))
        self.settings[name] = (
            *(settings[choice] for choice in SETTINGS),
            settings["multiplier"],
            *(int(settings.get(flag, False)) for flag in ("shorting", "killed")),
            *(settings.get(limit, 0) for limit in COUNTS),
            *limits,
            *_fees(settings),
        )
        self.updated[name] = seq
        for terms in settings.get("terms", []):
            sizes = (units(terms.get(size, "")) for size in SIZES)
            row = *sizes, *_fees(terms)
            self.terms[name, terms["symbol"]] = row
            if not any(row[: len(SIZES)]) and row[len(SIZES) :] == (None, None):
                del self.terms[name, terms["symbol"]]  # it says nothing any more

    def _tell(self, told: Fields, seq: int) -> None:
        name = told["account"]
        self.told[name] = money(told["cash"]), money(told.get("held", ""))
        self.updated[name] = seq
        if "symbol" in told:
            has = units(told.get("position", "")), units(told.get("position_held", ""))
            if any(has) or (name, told["symbol"]) in self.positions:
                self.positions.setdefault((name, told["symbol"]), Position()).told = has

    def _note(self, execution: Fields) -> None:
        command = execution["command"]
        if "hash" in command:
            command = command | {"hash": ""}
        words = execution["op"], execution.get("key", ""), execution["result"]
        reason, text = execution.get("reason", ""), json.dumps(command, sort_keys=True)
        self.audit.append((execution["seq"], int(execution["ts"]), *words, reason, text))


def _fees(settings: Fields) -> tuple[int | None, int | None]:
    maker, taker = (settings.get(fee) for fee in ("maker_fee", "taker_fee"))
    return None if maker is None else units(maker), None if taker is None else units(taker)
