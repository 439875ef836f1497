"""An order of the twin, and how executions tell of it: as decoded JSON."""

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from sim.exact import EXACT, NANO, ZERO, Fields, plain, share, without_empty

INSTRUCTIONS = (
    *("stop_price", "trigger", "good_until", "post_only", "reduce_only"),
    *("min_quantity", "display_quantity", "notional", "trail", "trail_percent"),
    *("take_profit", "stop_loss", "stop_loss_limit", "stop_limit_price"),
)
"""Fields that few orders have."""
MARKS = ("high_water_mark", "order_class", "parent_order_id", "exit_order_id")
"""What is told beside them."""
LEG_INDEX = 2_000
"""So much is between the places in the ids of an order and its exit."""


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
    waits_since: int = 0
    """As `arrival`, of those that wait for the market."""
    reached: bool = False
    """The market has come to its stop price."""
    unarmed: bool = False
    """Of an exit: its parent has filled nothing yet."""
    target: Decimal = ZERO
    """Of an exit: what its parent has filled, as long as there may be more."""
    parent: "Order | None" = None
    exit: "Order | None" = None
    high_water: Decimal = ZERO
    """Of one that trails the market: the best price that there was since it came."""

    @property
    def filled(self) -> Decimal:
        return sum((quantity for _, quantity in self.fills), ZERO)

    @property
    def leaves(self) -> Decimal:
        final = self.status in ("canceled", "expired", "rejected")
        return ZERO if final else self.quantity - self.filled

    @property
    def stop_price(self) -> Decimal:
        if not self.trails or not self.high_water:
            return Decimal(self.instructions.get("stop_price", 0))
        behind = Decimal(self.instructions.get("trail", 0))
        if not behind:
            rate = Decimal(self.instructions["trail_percent"]) / 100
            behind = EXACT.multiply(self.high_water, rate).quantize(NANO, ROUND_FLOOR, EXACT)
        return self.high_water + (behind if self.side == "buy" else -behind)

    @property
    def trails(self) -> str:
        """The field that says how far; empty: it does not."""
        return "".join(name for name in ("trail", "trail_percent") if name in self.instructions)

    @property
    def trigger(self) -> str:
        return str(self.instructions.get("trigger", "trade"))

    @property
    def waits(self) -> bool:
        """For the market to come to its stop price; if it has two ways to trade it rests too."""
        says = bool(self.stop_price or self.trails)
        return says and not self.triggered and not self.unarmed and not self.is_spent

    @property
    def pending(self) -> Decimal:
        """Of an exit: what it is still to be armed with."""
        return max(ZERO, self.target - self.armed) if self.target else ZERO

    @property
    def protects(self) -> bool:
        """It closes, or is to, and has a stop price."""
        return bool(self.stop_price) and (self.closes or self.unarmed)

    @property
    def untriggered(self) -> bool:
        """It has never been in a book."""
        if self.type in ("limit", "market"):
            return self.unarmed
        return not self.triggered

    @property
    def is_exit(self) -> bool:
        return bool(parent_id(self.order_id))

    @property
    def came(self) -> tuple[str, bool]:
        """By this orders stand as they came, exits right behind their parents."""
        return parent_id(self.order_id) or self.order_id, self.is_exit

    @property
    def armed(self) -> Decimal:
        """How much of an exit is on its way, in all."""
        return ZERO if self.unarmed else self.quantity

    @property
    def is_spent(self) -> bool:
        """An exit that has filled all it was given, and may be given more."""
        return self.status == "partially_filled" and not self.leaves

    @property
    def is_bound(self) -> bool:
        return self.unarmed or self.parent is not None or self.target > 0

    @property
    def display(self) -> Decimal:
        """How much of it the book may show at a time; 0: all."""
        return Decimal(self.instructions.get("display_quantity", 0))

    @property
    def displayed(self) -> Decimal:
        return self.shown if self.display else self.leaves

    @property
    def notional(self) -> Decimal:
        """The worth that it asked for in place of a quantity; 0: it had one."""
        return Decimal(self.instructions.get("notional", 0))

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
        if self.waits:
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
        goes_on = self.leaves or self.parent is not None or self.target > self.quantity
        self.status = "partially_filled" if goes_on else "filled"

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
    for name in (
        *("stop_price", "min_quantity", "display_quantity", "notional"),
        *("trail", "trail_percent", "take_profit", "stop_loss", "stop_loss_limit"),
        "stop_limit_price",
    ):
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
            "unarmed": order.unarmed,
            "displayed_quantity": plain(order.shown) if order.shown and order.leaves else "",
        }
        | order.instructions
        | told_trail(order)
        | told_legs(order)
    )


def told_legs(order: Order) -> Fields:
    """Of orders that are one."""
    said, told = order.instructions, {"parent_order_id": parent_id(order.order_id)}
    legs = [name for name in ("take_profit", "stop_loss") if name in said]
    if legs:
        told["order_class"] = "bracket" if len(legs) == 2 else "oto"
        if order.status != "rejected":
            told["exit_order_id"] = exit_id(order.order_id)
    elif order.type == "limit" and "stop_price" in said:
        told["order_class"] = "oco"
    return told


def exit_id(order_id: str, by: int = LEG_INDEX) -> str:
    """Of the exit of an order."""
    return f"{order_id[:15]}{int(order_id[15:18], 16) + by:03x}{order_id[18:]}"


def parent_id(order_id: str) -> str:
    """Of the parent of an exit; empty: it is none."""
    is_exit = int(order_id[15:18] or "0", 16) >= LEG_INDEX
    return exit_id(order_id, -LEG_INDEX) if is_exit else ""


def other(side: str) -> str:
    return "sell" if side == "buy" else "buy"


def as_triggered(order: Order) -> Order:
    """What becomes of a stop order, or of the other way of an order that has two."""
    changes: Fields = {"triggered": True, "status": "partially_filled" if order.fills else "new"}
    if order.type == "limit":
        price = Decimal(order.instructions.get("stop_limit_price", 0))
        changes |= {"type": "stop_limit" if price else "stop", "price": price}
    return Order(**(vars(order) | changes))


def ways(order: Order) -> list[Order]:
    """An order as if it had only one of its ways to trade, for each of them."""
    if order.type != "limit" or not order.waits:
        return [order]
    said = {n: v for n, v in order.instructions.items() if n != "stop_price"}
    other = as_triggered(order)
    other.triggered = False
    return [Order(**(vars(order) | {"instructions": said})), other]


def told_trail(order: Order) -> Fields:
    """Where an order that trails the market is now."""
    if not order.trails or not order.high_water:
        return {}
    return {"high_water_mark": plain(order.high_water), "stop_price": plain(order.stop_price)}


def told_change(order: Order) -> Fields:
    own = "symbol", "side", "type", "time_in_force", "quantity", "price", "unarmed"
    terms = (*own, *INSTRUCTIONS, *MARKS)
    return {name: value for name, value in told(order).items() if name not in terms}
