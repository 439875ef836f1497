"""Money and shares add up: all that accounts were told they have follows from deposits and trades.

Rule: nothing of the engine is used; what its executions say of cash, positions and what is held is
made here once more from their trades, fees and orders.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from chaos.holds import MONEY, PLACES, Market, Open, scaled

EXTERNAL, FEES = "#external", "#fees"
"""Accounts of the house: the world around, and what it has earned."""


class Money:
    """What accounts have, folded from executions."""

    def __init__(self) -> None:
        self.cash: defaultdict[str, int] = defaultdict(int)
        self.positions: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.deposited = 0
        self.fees = 0
        self.orders: dict[str, Open] = {}
        self.own: defaultdict[str, dict[str, Open]] = defaultdict(dict)
        """The same by account."""
        self.terms: dict[str, dict[str, Any]] = {}
        """Settings of accounts."""
        self.filled: defaultdict[str, int] = defaultdict(int)
        """Of orders by their ids."""
        self.markets: defaultdict[str, Market] = defaultdict(Market)
        self.told: dict[str, int] = {}
        """Cash of each account, as it was told last."""

    def take(self, told: dict[str, Any]) -> None:
        """Take an execution in, and hold what it tells of balances against what follows."""
        if told["result"] != "accepted":
            assert "balances" not in told, f"a command that did nothing moved money: {told}"
            return
        if settings := told.get("settings"):
            self.terms[settings["account"]] = settings
        if instrument := told.get("instrument"):
            self.markets[instrument["symbol"]].list(instrument)
        if told["op"] in ("account.deposit", "account.withdraw"):
            self._transfer(told["command"], 1 if told["op"] == "account.deposit" else -1)
        rests = self._order(told)
        self._trade(told)
        for change in told.get("changed", ()):
            order = self.orders[change["order_id"]]
            self._keep(change, order)
        if rests is not None:
            self._keep(told["order"], rests)
        if told["op"] == "new" and "exit_order_id" in told["order"]:
            self._bring(told["order"])
        for balance in told.get("balances", ()):
            self._check(balance, told["seq"])
        self._price(told)

    def _price(self, told: dict[str, Any]) -> None:
        """What the market says after it, by which the next order is valued."""
        if told["op"] == "instrument.set" and "reference_price" in told["command"]:
            market = self.markets[told["command"]["symbol"]]
            market.mark = scaled(told["command"]["reference_price"])
        for trade in told.get("trades", ()):
            self.markets[told["order"]["symbol"]].mark = scaled(trade["price"])
        quotes = [(quote["symbol"], quote) for quote in told.get("quotes", ())]
        if "order" in told:
            quotes.append((told["order"]["symbol"], told.get("quote", {})))
        for symbol, quote in quotes:
            self.markets[symbol].quoted(quote)

    def _transfer(self, command: dict[str, str], sign: int) -> None:
        if symbol := command.get("symbol"):
            quantity = scaled(command["quantity"], PLACES)
            self.positions[command["account"], symbol] += sign * quantity
            return
        amount = sign * scaled(command["amount"], MONEY)
        self.cash[command["account"]] += amount
        self.deposited += amount

    def _order(self, told: dict[str, Any]) -> Open | None:
        """The order of a command as it will be open; whether it opens or closes is decided now."""
        order = told.get("order")
        if order is None:
            return None
        before = self.orders.get(order["order_id"])
        if "parent_order_id" in order and told["op"] == "exit.moved":
            return self._exit(order, self.orders[order["order_id"]])
        if told["op"] == "new" or (told["op"] == "replace" and not _keeps(before, order)):
            has = self.positions[order["account"], order["symbol"]]
            multiplier = self.terms[order["account"]]["multiplier"]
            return self.markets[order["symbol"]].open(order, has, multiplier)
        if told["op"] == "stop.triggered" and before is not None:
            return before._replace(price=scaled(order.get("price", "0")), worst=0)
        return before

    def _bring(self, parent: dict[str, Any]) -> None:
        """The exit of a new order is there from the beginning, and holds nothing."""
        side = "sell" if parent["side"] == "buy" else "buy"
        waiting = {"status": "held", "type": "stop", "side": side, "price": "0"}
        multiplier = self.terms[parent["account"]]["multiplier"]
        market = self.markets[parent["symbol"]]
        leg = market.open(parent | waiting, 0, multiplier)
        told = {"order_id": parent["exit_order_id"], "leaves_quantity": parent["quantity"]}
        exit_ = leg._replace(closes=True, margin=0, armed=False)
        self._keep(told | {"filled_quantity": "0"}, exit_)

    def _exit(self, order: dict[str, Any], before: Open) -> Open:
        """An exit closes what its parent has filled, and needs no buying power for that."""
        now = self.markets[order["symbol"]].open(order, 0, before.multiplier)
        armed = scaled(order["quantity"]) <= self.filled[order["parent_order_id"]]
        return before._replace(
            price=now.price, stop_price=now.stop_price, worst=now.worst, armed=armed
        )

    def _trade(self, told: dict[str, Any]) -> None:
        for trade in told.get("trades", ()):
            order = told["order"]
            price, quantity = (scaled(trade[n], PLACES) for n in ("price", "quantity"))
            maker = self.orders[trade["maker_order_id"]].account
            for account, buys, fee in (
                (order["account"], order["side"] == "buy", trade.get("taker_fee", "0")),
                (maker, order["side"] != "buy", trade.get("maker_fee", "0")),
            ):
                sign = 1 if buys else -1
                self.cash[account] -= sign * price * quantity + scaled(fee, MONEY)
                self.positions[account, order["symbol"]] += sign * quantity
                self.fees += scaled(fee, MONEY)

    def _keep(self, told: dict[str, str], order: Open) -> None:
        order_id, left = told["order_id"], scaled(told["leaves_quantity"])
        self.filled[order_id] = scaled(told["filled_quantity"])
        spent = told.get("status") == "partially_filled" and not left
        for orders in (self.orders, self.own[order.account]):
            if left or spent:
                orders[order_id] = order._replace(leaves=left)
            else:
                orders.pop(order_id, None)

    def _check(self, balance: dict[str, str], seq: int) -> None:
        account, symbol = balance["account"], balance.get("symbol", "")
        own = self.own[account].values()
        told = tuple(
            scaled(balance.get(name, "0"), places)
            for name, places in (
                ("cash", MONEY),
                ("held", MONEY),
                ("position", PLACES),
                ("position_held", PLACES),
            )
        )
        closing = sum(one.closing for one in own if one.symbol == symbol)
        held, has = sum(one.held for one in own), self.positions[account, symbol] if symbol else 0
        follows = self.cash[account], held, has, closing
        assert told == follows, f"execution {seq} tells {balance}; it follows {follows}"
        assert closing <= abs(has), f"execution {seq}: more is held than there is: {balance}"
        if self.terms[account]["type"] == "cash":
            assert 0 <= held <= told[0], f"execution {seq}: more is held than there is: {balance}"
        self.told[account] = told[0]


def _keeps(before: Open | None, order: dict[str, str]) -> bool:
    """Whether an order became smaller by a replace, and is otherwise what it was. One that is not
    armed stays as it is, whatever it says."""
    if before is None:
        return False
    if not before.armed:
        return True
    stop_price = scaled(order.get("stop_price", "0"))
    same = order["type"] == "trailing_stop" or before.stop_price == stop_price
    same = same and before.price == scaled(order.get("price", "0"))
    return same and scaled(order["leaves_quantity"]) < before.leaves


def check_money(executions: Iterable[dict[str, Any]]) -> Money:
    """Every balance follows; cash and shares of all accounts together come from deposits alone."""
    money = Money()
    for told in executions:
        money.take(told)
    assert sum(money.told.values()) + money.fees == money.deposited, "cash came, or went"
    return money


def check_ledger(money: Money, database: Path) -> None:
    """The broker's ledger adds up to zero, trade by trade, and to what everybody has."""
    transactions: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    cash: defaultdict[str, int] = defaultdict(int)
    positions: defaultdict[tuple[str, str], int] = defaultdict(int)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as books:
        for seq, trade, account, symbol, quantity, moved in books.execute(
            "SELECT seq, trade, account, symbol, quantity, cash FROM postings"
        ):
            whole = transactions[seq, trade]
            whole[0] += int(moved)
            whole[1] += quantity
            cash[account] += int(moved)
            if symbol:
                positions[account, symbol] += quantity
    assert [key for key, whole in transactions.items() if any(whole)] == []
    for account in money.cash:
        assert cash[account] == money.cash[account], f"cash of {account} in the ledger"
    for (account, symbol), quantity in money.positions.items():
        assert positions[account, symbol] == quantity, f"{symbol} of {account} in the ledger"
    assert (cash[FEES], -cash[EXTERNAL]) == (money.fees, money.deposited), "what the house has"
