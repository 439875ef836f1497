"""A position and what it has cost: average cost, in whole numbers.

Rule 1: what a position has cost goes out with it in proportion, rounded toward zero; the rest stays
with the rest. So what it has cost in all is what went out of it and what is left, to the last unit.
Rule 2: a profit is realised when a position is made smaller: what was paid for that part, less its
cost; of a position that is owed, what it had brought less what was paid. Fees are summed apart.
"""

from outcry.domain.types import Money, Units


class Holding:
    """What an account has of an instrument. `cost` has the sign of `quantity`: what is owed has
    brought something.

    `bought_...` and `sold_...` are sums over its trades, a value is price times quantity.
    `told_quantity` and `held` are what the engine said last.
    """

    __slots__ = (
        "bought_quantity",
        "bought_value",
        "cost",
        "fees",
        "held",
        "quantity",
        "realised",
        "sold_quantity",
        "sold_value",
        "told_quantity",
        "updated_seq",
    )

    def __init__(self) -> None:
        self.bought_quantity = self.bought_value = 0
        self.sold_quantity = self.sold_value = 0
        self.updated_seq = 0
        self.quantity: Units = 0
        self.cost: Money = 0
        self.realised: Money = 0
        self.fees: Money = 0
        self.told_quantity: Units = 0
        self.held: Units = 0

    def trade(self, quantity: Units, value: Money) -> None:
        """Count a trade in; `quantity` is negative where it was sold, `value` never."""
        if quantity > 0:
            self.bought_quantity += quantity
            self.bought_value += value
        else:
            self.sold_quantity -= quantity
            self.sold_value += value

    def move(self, quantity: Units, price: Units) -> None:
        """Let `quantity` come in at `price`, or go where it is negative."""
        had = self.quantity
        self.quantity = had + quantity
        if had == 0 or (had > 0) is (quantity > 0):
            self.cost += quantity * price
            return
        closed = min(abs(quantity), abs(had))
        part = self._release(had, closed)
        self.realised += price * closed - part if had > 0 else part - price * closed
        opened = abs(quantity) - closed
        if opened:
            self.cost = opened * price if quantity > 0 else -opened * price

    def take_out(self, quantity: Units) -> None:
        """Let some of what it has leave at its cost, without a profit."""
        self._release(self.quantity, quantity)
        self.quantity -= quantity

    def _release(self, had: Units, closed: Units) -> Money:
        """The cost of `closed` of the `had` that there are, taken from the rest."""
        part = abs(self.cost) * closed // abs(had) if had else 0
        self.cost -= part if had > 0 else -part
        return part
