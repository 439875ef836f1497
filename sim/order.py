"""An order of the twin, and how executions tell of it and of the command: as decoded JSON."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

Fields = dict[str, Any]
"""A JSON object."""

EXACT = Context(prec=100)
NANO = Decimal("0.000000001")
LIMITS = ("tick", "lot", "min_quantity", "max_quantity", "max_price")


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

    @property
    def filled(self) -> Decimal:
        return sum((quantity for _, quantity in self.fills), Decimal(0))

    @property
    def leaves(self) -> Decimal:
        final = self.status in ("canceled", "rejected")
        return Decimal(0) if final else self.quantity - self.filled

    @property
    def average_price(self) -> Decimal | None:
        if not self.fills:
            return None
        paid = Decimal(0)
        for price, quantity in self.fills:
            paid = EXACT.add(paid, EXACT.multiply(price, quantity))
        return EXACT.divide(paid, self.filled).quantize(NANO, ROUND_HALF_UP, EXACT)

    def fill(self, price: Decimal, quantity: Decimal) -> None:
        self.fills.append((price, quantity))
        self.status = "partially_filled" if self.leaves else "filled"

    def cancel(self, reason: str) -> None:
        self.status, self.reason = "canceled", reason


def plain(number: Decimal) -> str:
    """The shortest decimal."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def without_empty(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value not in ("", 0, [], None)}


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


def told_trade(number: str, price: Decimal, quantity: Decimal, maker: str) -> Fields:
    return {
        "trade_id": number,
        "price": plain(price),
        "quantity": plain(quantity),
        "maker_order_id": maker,
    }


def told_change(order: Order) -> Fields:
    terms = ("symbol", "side", "type", "time_in_force", "quantity", "price")
    return {name: value for name, value in told(order).items() if name not in terms}


def echo(op: str, command: Fields) -> Fields:
    """A command as its execution repeats it: what was left out filled in."""
    full = {"op": op} | command
    if full.get("expire_at"):
        full["expire_at"] = str(full["expire_at"])
    if op in ("replace", "cancel", "cancel_all", "cancel_all_after", "account.set"):
        full.setdefault("account", "demo")
    if op == "cancel_all_after":
        return without_empty(full) | {"timeout": int(full["timeout"])}
    if op == "venue.open":
        defaults: Fields = {"clock": "stamps", "start": "0", "client_id_horizon": 2_000_000}
        full = defaults | full
    if op == "instrument.list":
        full = {"lot": "1", "max_quantity": "1000000000", "max_price": "1000000000"} | full
        full = {"min_quantity": full["lot"], "state": "open"} | full
    decimals = [name for name in ("quantity", "price", *LIMITS) if name in full]
    return without_empty(full | {name: plain(Decimal(full[name])) for name in decimals})
