"""What every set of books must add up to, whoever wrote the rows: counts, sums, shares conserved.

Rule 1: nothing here is taken from the broker, so that a fault in its booking is found too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from outcry.cli.difference import Difference
from outcry.domain.types import UNIT
from outcry.wire.messages import ExecutionMessage

_REFUSED = "rejected orders"
"""They may name any symbol, listed or not, so they are counted together."""

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
            if order is None:
                continue
            refused = execution.result == "rejected"
            sums = self.symbols[_REFUSED if refused else order.symbol]
            if execution.op == "new" and execution.result != "duplicate":
                sums["orders"] += 1
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
        if table == "trades":
            sums = self.symbols[row.symbol]
            sums["trades"] += 1
            sums["traded quantity"] += row.quantity
            sums["traded value"] += row.quantity * row.price
        elif table == "positions":
            sums = self.symbols[row.symbol]
            for name in ("bought_quantity", "bought_value", "sold_quantity", "sold_value"):
                sums[name] += getattr(row, name)
        elif table == "orders":
            sums = self.symbols[_REFUSED if row.status == "rejected" else row.symbol]
            sums["orders"] += 1
            sums["filled"] += row.filled
            if row.filled > row.quantity or row.leaves not in (0, row.quantity - row.filled):
                where = f"books, orders, id {row.id}: filled {row.filled}, leaves {row.leaves}"
                raise Difference(where, f"together {row.quantity}, or no leaves", "something else")


def check_sums(logged: Tally, booked: Tally) -> None:
    """Hold what the books add up to against the executions. Raises Difference."""
    for symbol in sorted(logged.symbols.keys() | booked.symbols.keys()):
        told, found = logged.symbols[symbol], booked.symbols[symbol]
        for name in ("orders", "trades", "traded quantity", "traded value"):
            _check(symbol, name, told[name], found[name])
        for side in ("bought", "sold"):  # each share that one bought another one sold
            _check(symbol, f"{side} quantity", told["traded quantity"], found[f"{side}_quantity"])
            _check(symbol, f"{side} value", told["traded value"], found[f"{side}_value"])
        _check(symbol, "filled of all orders", 2 * told["traded quantity"], found["filled"])


def _check(symbol: str, what: str, expected: int, found: int) -> None:
    if expected != found:
        raise Difference(f"books, sum over {symbol}: {what}", expected, found)


def _units(text: str) -> int:
    return int(Decimal(text) * UNIT)
