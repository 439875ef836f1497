"""Money and shares add up: all that accounts were told they have follows from deposits and trades.

Rule: nothing of the engine is used; what its executions say of cash, positions and what is held is
made here once more from their trades, fees and orders.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

UNIT = 10**9
MONEY = 18
"""Decimal places of money, as price and quantity have nine each."""
PLACES = 9
EXTERNAL, FEES = "#external", "#fees"
"""Accounts of the house: the world around, and what it has earned."""


class Open(NamedTuple):
    """An order that rests. `rate` is the fee of a maker and `margin` the buying power that each
    share needs, as they were when the order was accepted."""

    account: str
    symbol: str
    side: str
    price: int
    leaves: int
    closes: bool
    rate: int
    multiplier: int
    margin: int

    @property
    def held(self) -> int:
        """Buying power that it holds."""
        if not self.margin:
            return 0
        fee = self.price * self.leaves * self.rate // UNIT
        return self.margin * self.leaves + self.multiplier * fee


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
        self.rates: dict[str, int] = {}
        """Fees of makers by symbol."""
        self.marks: defaultdict[str, int] = defaultdict(int)
        """Reference prices by symbol."""
        self.bids: dict[str, int] = {}
        """The best bid by symbol."""
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
            self.rates[instrument["symbol"]] = scaled(instrument.get("maker_fee", "0"), PLACES)
        if told["op"] in ("account.deposit", "account.withdraw"):
            self._transfer(told["command"], 1 if told["op"] == "account.deposit" else -1)
        rests = self._order(told)
        self._trade(told)
        for change in told.get("changed", ()):
            order = self.orders[change["order_id"]]
            self._keep(change["order_id"], order, change["leaves_quantity"])
        if rests is not None:
            self._keep(told["order"]["order_id"], rests, told["order"]["leaves_quantity"])
        for balance in told.get("balances", ()):
            self._check(balance, told["seq"])
        self._price(told)

    def _price(self, told: dict[str, Any]) -> None:
        """What the market says after it, by which the next order is valued."""
        if told["op"] == "instrument.set" and "reference_price" in told["command"]:
            reference = told["command"]["reference_price"]
            self.marks[told["command"]["symbol"]] = scaled(reference, PLACES)
        for trade in told.get("trades", ()):
            self.marks[told["order"]["symbol"]] = scaled(trade["price"], PLACES)
        quotes = [(quote["symbol"], quote) for quote in told.get("quotes", ())]
        if "order" in told:
            quotes.append((told["order"]["symbol"], told.get("quote", {})))
        for symbol, quote in quotes:
            self.bids[symbol] = scaled(quote["bid"][0], PLACES) if "bid" in quote else 0

    def _transfer(self, command: dict[str, str], sign: int) -> None:
        if symbol := command.get("symbol"):
            quantity = scaled(command["quantity"], PLACES)
            self.positions[command["account"], symbol] += sign * quantity
            return
        amount = sign * scaled(command["amount"], MONEY)
        self.cash[command["account"]] += amount
        self.deposited += amount

    def _order(self, told: dict[str, Any]) -> Open | None:
        """The order of a command as it will rest; whether it opens or closes is decided now."""
        order = told.get("order")
        if order is None or not order.get("price"):
            return None
        before = self.orders.get(order["order_id"])
        price, leaves = (scaled(order[n], PLACES) for n in ("price", "leaves_quantity"))
        keeps = before is not None and before.price == price and leaves < before.leaves
        if keeps and before is not None:
            return before
        account, symbol, side = order["account"], order["symbol"], order["side"]
        has = self.positions[account, symbol]
        closes = has > 0 if side == "sell" else has < 0
        multiplier = self.terms[account]["multiplier"]
        margin = self._margin(symbol, side, price, closes, multiplier)
        return Open(account, symbol, side, price, 0, closes, self.rates[symbol], multiplier, margin)

    def _margin(self, symbol: str, side: str, price: int, closes: bool, multiplier: int) -> int:
        """What a share is worth, and what it would lose at once as often as may be borrowed."""
        mark = self.marks[symbol]
        loss = (price - mark if side == "buy" else mark - price) if mark else 0
        lost = multiplier * max(loss, 0)
        if closes:
            return max(lost - mark, 0)
        if side == "sell":
            return lost + max(price, mark, self.bids.get(symbol, 0))
        return lost + (min(price, mark) if mark else price)

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

    def _keep(self, order_id: str, order: Open, leaves: str) -> None:
        left = scaled(leaves, PLACES)
        for orders in (self.orders, self.own[order.account]):
            if left:
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
        closing = sum(one.leaves for one in own if one.closes and one.symbol == symbol)
        held, has = sum(one.held for one in own), self.positions[account, symbol] if symbol else 0
        follows = self.cash[account], held, has, closing
        assert told == follows, f"execution {seq} tells {balance}; it follows {follows}"
        assert closing <= abs(has), f"execution {seq}: more is held than there is: {balance}"
        if self.terms[account]["type"] == "cash":
            assert 0 <= held <= told[0], f"execution {seq}: more is held than there is: {balance}"
        self.told[account] = told[0]


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


def scaled(text: str, places: int) -> int:
    """A decimal as a whole number of 10^-places."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))
