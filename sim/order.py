"""An order of the twin, and how executions tell of it: as decoded JSON."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sim.exact import EXACT, NANO, ZERO, Fields, plain, share, without_empty

INSTRUCTIONS = (
    *("stop_price", "trigger", "good_until", "post_only", "reduce_only"),
    *("min_quantity", "display_quantity"),
)
"""Fields that few orders have."""


@dataclass(eq=False)
class Order:
    order_id: str
    account: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal
    status: str = "new"
    reason: str = ""
    fills: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    """[price, quantity] of each."""
    arrival: int = 0
    """Lower came first; given anew whenever the order loses its place."""
    closes: bool = False
    """It makes a position smaller. This and what follows is as it was when the order was accepted
    or last lost its place."""
    margin: Decimal = ZERO
    """Buying power that each share needs."""
    multiplier: int = 1
    maker_fee: Decimal = ZERO
    taker_fee: Decimal = ZERO
    instructions: Fields = field(default_factory=dict)
    """The fields that few orders have, as they are told."""
    shown: Decimal = ZERO
    """What the book shows of one with a display quantity; of others it shows all."""
    triggered: bool = False
    """Of a stop order: it is one like any other."""
    worst: Decimal = ZERO
    """Of a stop order that is held: the price at which it costs most."""
    pinned: Decimal = ZERO
    """Of one without a price: the worst price at which it will trade."""

    @property
    def filled(self) -> Decimal:
        return sum((quantity for _, quantity in self.fills), ZERO)

    @property
    def leaves(self) -> Decimal:
        final = self.status in ("canceled", "expired", "rejected")
        return ZERO if final else self.quantity - self.filled

    @property
    def stop_price(self) -> Decimal:
        return Decimal(self.instructions.get("stop_price", 0))

    @property
    def trigger(self) -> str:
        return str(self.instructions.get("trigger", "trade"))

    @property
    def untriggered(self) -> bool:
        return bool(self.stop_price) and not self.triggered

    @property
    def display(self) -> Decimal:
        """How much of it the book may show at a time; 0: all."""
        return Decimal(self.instructions.get("display_quantity", 0))

    @property
    def displayed(self) -> Decimal:
        return self.shown if self.display else self.leaves

    @property
    def least(self) -> Decimal:
        """What it has to trade at once, or else nothing."""
        if self.time_in_force == "fok":
            return self.leaves
        return Decimal(self.instructions.get("min_quantity", 0))

    @property
    def good_until(self) -> int:
        """The last log time at which it is open."""
        return int(self.instructions.get("good_until", 2**63))

    @property
    def held(self) -> Decimal:
        """Buying power that it holds while it rests or waits."""
        if self.untriggered:
            return self.cost(self.worst, max(self.maker_fee, self.taker_fee))
        return self.cost(self.price, self.maker_fee)

    def cost(self, price: Decimal, rate: Decimal) -> Decimal:
        """Buying power for all of its leaves, with a fee of `rate` of `price`."""
        if not self.margin:
            return ZERO
        fee = share(EXACT.multiply(price, self.leaves), rate)
        margins = EXACT.multiply(self.margin, self.leaves)
        return EXACT.add(margins, EXACT.multiply(Decimal(self.multiplier), fee))

    @property
    def average_price(self) -> Decimal | None:
        if not self.fills:
            return None
        paid = ZERO
        for price, quantity in self.fills:
            paid = EXACT.add(paid, EXACT.multiply(price, quantity))
        return EXACT.divide(paid, self.filled).quantize(NANO, ROUND_HALF_UP, EXACT)

    def fill(self, price: Decimal, quantity: Decimal) -> None:
        self.fills.append((price, quantity))
        self.status = "partially_filled" if self.leaves else "filled"

    def show(self) -> None:
        """Show the next part, where all that was shown has been filled, or nothing was yet."""
        if self.display:
            self.shown = min(self.display, self.leaves)

    def cancel(self, reason: str) -> None:
        self.status = "expired" if reason == "expired" else "canceled"
        self.reason = reason


def instructions(command: Fields) -> Fields:
    """What a new order says of them, as it is told."""
    said = {name: command[name] for name in INSTRUCTIONS if command.get(name)}
    for name in ("stop_price", "min_quantity", "display_quantity"):
        if name in said:
            said[name] = plain(Decimal(said[name]))
    if "good_until" in said:
        said["good_until"] = str(said["good_until"])
    if said.get("trigger") == "trade":
        del said["trigger"]
    return said


def told(order: Order) -> Fields:
    """An order as executions tell of it."""
    average = order.average_price
    return without_empty(
        {
            "order_id": order.order_id,
            "account": order.account,
            "client_order_id": order.client_order_id,
            "symbol": order.symbol,
            "side": order.side,
            "type": order.type,
            "time_in_force": order.time_in_force,
            "quantity": plain(order.quantity),
            "price": plain(order.price) if order.price else "",
            "status": order.status,
            "filled_quantity": plain(order.filled),
            "leaves_quantity": plain(order.leaves),
            "average_price": "" if average is None else plain(average),
            "reason": order.reason,
            "untriggered": order.untriggered,
            "displayed_quantity": plain(order.shown) if order.shown and order.leaves else "",
        }
        | order.instructions
    )


def told_change(order: Order) -> Fields:
    terms = ("symbol", "side", "type", "time_in_force", "quantity", "price", *INSTRUCTIONS)
    return {name: value for name, value in told(order).items() if name not in terms}
