"""An order of the twin, and how executions tell of it: as decoded JSON."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from sim.exact import EXACT, NANO, ZERO, Fields, plain, share, without_empty


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

    @property
    def filled(self) -> Decimal:
        return sum((quantity for _, quantity in self.fills), ZERO)

    @property
    def leaves(self) -> Decimal:
        final = self.status in ("canceled", "rejected")
        return ZERO if final else self.quantity - self.filled

    @property
    def held(self) -> Decimal:
        """Buying power that it holds while it rests."""
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

    def cancel(self, reason: str) -> None:
        self.status, self.reason = "canceled", reason


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
            "price": plain(order.price) if order.type == "limit" else "",
            "status": order.status,
            "filled_quantity": plain(order.filled),
            "leaves_quantity": plain(order.leaves),
            "average_price": "" if average is None else plain(average),
            "reason": order.reason,
        }
    )


def told_change(order: Order) -> Fields:
    terms = ("symbol", "side", "type", "time_in_force", "quantity", "price")
    return {name: value for name, value in told(order).items() if name not in terms}
