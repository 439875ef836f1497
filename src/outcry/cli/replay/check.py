"""Holds the executions of a replay against its market file.

Every command must have been accepted and done exactly what its line says, nothing else; every
quote must be the best of the levels that the executions before add up to; every `top` line must
be those levels.
"""

from collections.abc import Iterator
from typing import NamedTuple

from outcry.cli.replay.flow import Flow
from outcry.cli.replay.levels import Levels, units
from outcry.cli.replay.market_file import New, Step, Take, Top, price_text
from outcry.domain.types import UNIT
from outcry.wire.messages import ExecutionMessage

SHOWN_MAX = 10
"""Differences that are kept to be shown; the rest is counted."""
_TICK_UNITS = UNIT // 10_000

Fill = tuple[str, str, str, str]
"""Price, quantity, order id of the taker and of the maker, as the venue wrote them."""


class Difference(NamedTuple):
    """A line of the file and what came otherwise."""

    line: int
    text: str


class Check:
    """The state of the comparison. `depth` is how many levels a `top` line shows."""

    def __init__(self, flow: Flow, depth: int) -> None:
        self.commands = self.tops = self.takes = self.fills = 0
        self.differences = 0
        self.shown: list[Difference] = []
        self.trades: dict[str, Fill] = {}
        """All trades that were seen, by id."""
        self._flow = flow
        self._depth = depth
        self._levels = Levels()
        self._names: dict[str, str] = {}  # order id: client order id
        self._seq = 0

    def take(self, step: Step, execution: ExecutionMessage | None) -> None:
        """The next line, with the execution of its command; a `top` has none."""
        if execution is None:
            assert isinstance(step.line, Top)
            found = self._against_top(step.line)
        else:
            found = self._against_command(step, execution)
        for text in found:
            self.differences += 1
            if len(self.shown) < SHOWN_MAX:
                self.shown.append(Difference(step.number, text))

    def _against_command(self, step: Step, execution: ExecutionMessage) -> Iterator[str]:
        self.commands += 1
        if execution.seq <= self._seq:
            yield f"execution {execution.seq} came after {self._seq}: the order was not kept"
        self._seq = execution.seq
        self._levels.apply(execution)
        self._remember(execution)
        if execution.result != "accepted":
            yield f"{execution.result}: {execution.reason} {execution.text}"
        elif isinstance(step.line, Take):
            yield from self._against_take(step.line, execution)
        elif execution.trades or execution.changed:
            yield f"{len(execution.trades)} trades where none should be"
        elif isinstance(step.line, New) and (
            execution.order is None or execution.order.status != "new"
        ):
            yield "the order does not rest"
        if execution.quote is not None and not self._levels.shows(execution.quote):
            yield f"quote {_quote_text(execution)}, but the executions add up to {self._best()}"

    def _against_take(self, take: Take, execution: ExecutionMessage) -> Iterator[str]:
        self.takes += 1
        self.fills += len(execution.trades)
        got = [
            (self._names.get(trade.maker_order_id, "unknown"), trade.quantity, trade.price)
            for trade in execution.trades
        ]
        wanted = [
            (self._flow.name(maker), str(quantity), price_text(price))
            for maker, quantity, price in take.fills
        ]
        if got != wanted:
            yield f"fills {_fills_text(got)}; expected {_fills_text(wanted)}"
        order = execution.order
        filled = sum(quantity for _, quantity, _ in take.fills)
        status = "filled" if filled == take.qty else "canceled"
        if order is None or (order.status, order.filled_quantity) != (status, str(filled)):
            yield f"the order is {order and order.status}; expected {status} with {filled} filled"
        makers = {trade.maker_order_id for trade in execution.trades}
        if {change.order_id for change in execution.changed} != makers:
            yield "other orders changed than those it traded with"

    def _against_top(self, top: Top) -> Iterator[str]:
        self.tops += 1
        for side, levels in (("sell", top.ask), ("buy", top.bid)):
            wanted = [(price * _TICK_UNITS, quantity * UNIT) for price, quantity in levels]
            got = self._levels.best(side, self._depth)
            if got != wanted:
                yield f"{side} levels {_levels_text(got)}; expected {_levels_text(wanted)}"

    def _remember(self, execution: ExecutionMessage) -> None:
        order = execution.order
        if order is None:
            return
        if order.client_order_id:
            self._names[order.order_id] = order.client_order_id
        for trade in execution.trades:
            self.trades[trade.trade_id] = (
                trade.price,
                trade.quantity,
                order.order_id,
                trade.maker_order_id,
            )

    def _best(self) -> str:
        return " ".join(_levels_text(self._levels.best(side, 1)) for side in ("buy", "sell"))


def _fills_text(fills: list[tuple[str, str, str]]) -> str:
    """ "9 with AMZN.1:7 at 223.81" of name of the maker, quantity and price."""
    shown = [f"{quantity} with {maker} at {price}" for maker, quantity, price in fills]
    return ", ".join(shown) or "nothing"


def _levels_text(levels: list[tuple[int, int]]) -> str:
    shown = [f"{quantity / UNIT:g} @ {price / UNIT:g}" for price, quantity in levels]
    return f"[{', '.join(shown)}]"


def _quote_text(execution: ExecutionMessage) -> str:
    quote = execution.quote
    assert quote is not None
    sides = (quote.bid, quote.ask)
    return " ".join(
        _levels_text([(units(side[0]), units(side[1]))] if side else []) for side in sides
    )
