"""What every set of books must add up to, whoever wrote the rows: counts, sums, shares conserved.

Rule 1: nothing here is taken from the broker, so that a fault in its booking is found too.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from outcry.cli.difference import Difference
from outcry.domain.types import UNIT
from outcry.wire.messages import ExecutionMessage
from outcry.wire.views import NO_RIGHT

_REFUSED = "rejected orders"
"""They may name any symbol, listed or not, so they are counted together."""

_CASH = "cash"
_NOTHING = ("posted quantity", "posted cash", "quantity of all", "cash of all")
"""What comes to nothing, with the house and the world outside: nothing is made, nothing is lost."""
_TOLD = "the engine said another number than the ledger comes to"

Sums = Counter[str]
"""By what is summed; quantities in 10⁻⁹, values in 10⁻¹⁸."""


class Tally:
    """Sums for each instrument, from executions or from rows of the books."""

    def __init__(self) -> None:
        self.symbols: dict[str, Sums] = defaultdict(Counter)

    def add(self, executions: Iterable[ExecutionMessage]) -> None:
        """Take in what the next executions say."""
        for execution in executions:
            order = execution.order
            if order is None or execution.reason in NO_RIGHT:
                continue
            refused = execution.result == "rejected"
            sums = self.symbols[_REFUSED if refused else order.symbol]
            if execution.op == "new" and execution.result != "duplicate":
                sums["orders"] += 2 if order.exit_order_id else 1
            for trade in execution.trades:
                quantity = _units(trade.quantity)
                sums["trades"] += 1
                sums["traded quantity"] += quantity
                sums["traded value"] += quantity * _units(trade.price)

    @property
    def trades(self) -> int:
        return sum(sums["trades"] for sums in self.symbols.values())

    def take(self, table: str, row: Any) -> None:
        """Take in a row of the books. Raises Difference: it makes no sense by itself."""
        if table in _TAKEN:
            _TAKEN[table](self.symbols, row)


def _take_trade(symbols: dict[str, Sums], row: Any) -> None:
    sums = symbols[row.symbol]
    sums["trades"] += 1
    sums["traded quantity"] += row.quantity
    sums["traded value"] += row.quantity * row.price


def _take_order(symbols: dict[str, Sums], row: Any) -> None:
    sums = symbols[_REFUSED if row.status == "rejected" else row.symbol]
    sums["orders"] += 1
    sums["filled"] += row.filled
    if row.filled > row.quantity or row.leaves not in (0, row.quantity - row.filled):
        where = f"books, orders, id {row.id}: filled {row.filled}, leaves {row.leaves}"
        raise Difference(where, f"together {row.quantity}, or no leaves", "something else")


def _take_position(symbols: dict[str, Sums], row: Any) -> None:
    sums = symbols[row.symbol]
    for name in ("bought_quantity", "bought_value", "sold_quantity", "sold_value"):
        sums[name] += getattr(row, name)
    sums["quantity of all"] += row.quantity
    if row.quantity != row.told_quantity:
        where = f"books, positions, account {row.account}, symbol {row.symbol}: quantity"
        raise Difference(where, row.told_quantity, row.quantity, _TOLD)


def _take_posting(symbols: dict[str, Sums], row: Any) -> None:
    sums = symbols[row.symbol or _CASH]
    sums["posted quantity"] += row.quantity
    sums["posted cash"] += row.cash


def _take_house(symbols: dict[str, Sums], row: Any) -> None:
    symbols[row.symbol or _CASH]["quantity of all"] += row.quantity
    symbols[_CASH]["cash of all"] += row.cash


def _take_account(symbols: dict[str, Sums], row: Any) -> None:
    symbols[_CASH]["cash of all"] += row.cash
    if row.cash != row.told_cash:
        where = f"books, accounts, account {row.account}: cash"
        raise Difference(where, row.told_cash, row.cash, _TOLD)


_TAKEN: Mapping[str, Callable[[dict[str, Sums], Any], None]] = {
    "trades": _take_trade,
    "orders": _take_order,
    "positions": _take_position,
    "postings": _take_posting,
    "house": _take_house,
    "accounts": _take_account,
}


def check_sums(logged: Tally, booked: Tally) -> None:
    """Hold what the books add up to against the executions. Raises Difference."""
    for symbol in sorted(logged.symbols.keys() | booked.symbols.keys()):
        told, found = logged.symbols[symbol], booked.symbols[symbol]
        for name in ("orders", "trades", "traded quantity", "traded value"):
            _check(symbol, name, told[name], found[name])
        for side in ("bought", "sold"):  # each share that one bought another one sold
            _check(symbol, f"{side} quantity", told["traded quantity"], found[f"{side}_quantity"])
            _check(symbol, f"{side} value", told["traded value"], found[f"{side}_value"])
        for name in _NOTHING:
            _check(symbol, name, 0, found[name])
        _check(symbol, "filled of all orders", 2 * told["traded quantity"], found["filled"])


def _check(symbol: str, what: str, expected: int, found: int) -> None:
    if expected != found:
        raise Difference(f"books, sum over {symbol}: {what}", expected, found)


def _units(text: str) -> int:
    return int(Decimal(text) * UNIT)
