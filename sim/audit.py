"""What holds for any market with money, by its executions alone, and by an engine's inside.

An auditor who has every execution and nothing else knows what each account has: what came in by
transfers is what all accounts have together and what was paid in fees, always.
"""

from collections import defaultdict
from decimal import Decimal

from outcry.domain.engine import Engine
from outcry.domain.exits import armed, is_unarmed
from outcry.domain.types import BUY, UNIT
from sim.broken import hold
from sim.exact import EXACT, ZERO, Fields, plain

Pair = tuple[str, str]
EMPTY = (ZERO, ZERO)


class Audit:
    def __init__(self) -> None:
        self.seq = 0
        self.types: dict[str, str] = {}
        self.cash: dict[str, tuple[Decimal, Decimal]] = {}
        """What each account has and what of that is held, as far as anybody was told."""
        self.positions: dict[Pair, tuple[Decimal, Decimal]] = {}
        """The same of an instrument."""
        self._came_in: dict[str, Decimal] = defaultdict(lambda: ZERO)
        """By transfers, less what left and what was paid in fees; of "" the cash."""

    def read(self, executions: list[Fields]) -> None:
        """The executions of the next entry. Raises `Broken`."""
        for execution in executions:
            hold(execution["seq"] == self.seq + 1, "the sequence is dense", execution)
            self.seq += 1
            if execution["result"] != "accepted":
                hold("balances" not in execution, "what is refused changes nothing", execution)
                continue
            if "settings" in execution:
                settings = execution["settings"]
                self.types[settings["account"]] = settings["type"]
                self.cash.setdefault(settings["account"], EMPTY)
            self._take(execution)
            self._check(execution)

    def _take(self, execution: Fields) -> None:
        op, command = execution["op"], execution.get("command", {})
        if op in ("account.deposit", "account.withdraw"):
            amount = Decimal(command.get("amount", command.get("quantity", "0")))
            symbol = command.get("symbol", "")
            sign = 1 if op == "account.deposit" else -1
            self._came_in[symbol] = EXACT.add(self._came_in[symbol], sign * amount)
        for trade in execution.get("trades", []):
            for side in ("taker_fee", "maker_fee"):
                fee = Decimal(trade.get(side, "0"))
                self._came_in[""] = EXACT.subtract(self._came_in[""], fee)
        for told in execution.get("balances", []):
            name = told["account"]
            self.cash[name] = Decimal(told["cash"]), Decimal(told.get("held", "0"))
            if "symbol" in told:
                has = Decimal(told.get("position", "0")), Decimal(told.get("position_held", "0"))
                self.positions[name, told["symbol"]] = has

    def _check(self, execution: Fields) -> None:
        have: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for cash, _ in self.cash.values():
            have[""] = EXACT.add(have[""], cash)
        for (_, symbol), (position, _) in self.positions.items():
            have[symbol] = EXACT.add(have[symbol], position)
        for what in have | self._came_in:
            hold(
                have[what] == self._came_in[what],
                f"what came in is there: {what or 'cash'}",
                *(plain(have[what]), "instead of", plain(self._came_in[what]), execution),
            )
        for told in execution.get("balances", []):
            self._check_account(told["account"], execution)

    def _check_account(self, name: str, execution: Fields) -> None:
        cash, held = self.cash[name]
        is_cash = self.types[name] == "cash"
        hold(held >= 0, "nothing negative is held", execution)
        hold(not is_cash or cash >= held, "a cash account has what it holds", execution)
        for (account, _), (position, closing) in self.positions.items():
            if account == name:
                hold(not is_cash or position >= 0, "a cash account owes no shares", execution)
                enough = 0 <= closing <= abs(position)
                hold(enough, "what is to be closed is there", execution)


def check_holds(engine: Engine) -> None:
    """What is held of every account is what its open orders imply. Raises `Broken`."""
    held: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    leaves: dict[tuple[str, str, str], int] = defaultdict(int)
    parents: dict[tuple[str, str], int] = defaultdict(int)
    pending: dict[tuple[str, str], int] = defaultdict(int)
    for order in engine.orders.values():
        if order.exit is not None:
            parents[order.account, order.symbol] += 1 if order.side is BUY else -1
        if order.target:
            pending[order.account, order.symbol] += max(0, order.target - armed(order))
        if is_unarmed(order) or order.is_spent:  # it holds nothing
            continue
        count[order.account] += 1
        side = "buying" if order.side is BUY else "selling"
        leaves[order.account, order.symbol, side] += order.leaves
        if order.closes:
            leaves[order.account, order.symbol, "closing"] += order.leaves
        if order.margin:
            price, rate = order.price, order.maker_fee
            if order.worst:  # it will come as a taker
                price, rate = order.worst, max(order.maker_fee, order.taker_fee)
            fee = price * order.leaves * rate // UNIT
            held[order.account] += order.margin * order.leaves + order.multiplier * fee
        enough = order.closes or order.margin >= order.price
        hold(enough, "what opens holds its price at least", order.account, order.margin)
    for name, account in engine.accounts.by_name.items():
        fits = account.held == held[name] and account.open_orders == count[name]
        hold(fits, "held is what open orders imply", name, account.held, held[name])
        for symbol, position in account.positions.items():
            sums = {part: leaves[name, symbol, part] for part in ("closing", "buying", "selling")}
            fits = all(getattr(position, part) == total for part, total in sums.items())
            hold(fits, "shares held are what open orders imply", name, symbol, sums)
            hold(position.parents == parents[name, symbol], "parents are counted", name, symbol)
            hold(position.pending == pending[name, symbol], "exits are counted", name, symbol)


def check_crossing(engine: Engine) -> None:
    for symbol, book in engine.books.items():
        bid, ask = book.bids.best(), book.asks.best()
        crossed = bid is not None and ask is not None and bid.price >= ask.price
        hold(not crossed, "no book is crossed", symbol)
