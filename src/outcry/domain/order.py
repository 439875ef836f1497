"""An order while it lives, and the table of its life-cycle.

Rule 1: every change of an order's status goes through `Order.fill`, `Order.finish`, `Order.cancel`,
`Order.wait`, `Order.arm` or `Order.trigger`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from outcry.domain.commands import NewOrder
from outcry.domain.instructions import Instructions
from outcry.domain.limits import INDEX_BITS, LEG_INDEX
from outcry.domain.types import (
    LIMIT,
    STOP,
    STOP_LIMIT,
    STOPS,
    Money,
    OrderId,
    OrderType,
    Side,
    TimeInForce,
    Units,
)

if TYPE_CHECKING:
    from outcry.domain.account import Account, Position
    from outcry.domain.level import Level


class OrderStatus(StrEnum):
    """FIX tag 39."""

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    HELD = "held"
    """A stop order that waits until it is triggered, or an exit that waits for its parent: it is in
    no book."""
    EXPIRED = "expired"
    """The time until which it was good is over."""


LIFE_CYCLE: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    OrderStatus.NEW: (
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
    ),
    OrderStatus.PARTIALLY_FILLED: (
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
    ),
    OrderStatus.FILLED: (),
    OrderStatus.CANCELED: (),
    OrderStatus.REJECTED: (),
    OrderStatus.HELD: (
        OrderStatus.NEW,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
    ),
    OrderStatus.EXPIRED: (),
}
"""From each status the ones that may follow; a final status has none.

A replace changes terms, not the status: an order with fills stays `PARTIALLY_FILLED`.
"""


class CancelReason(StrEnum):
    """Why the open rest of an order went."""

    REQUESTED = "requested"
    """It was cancelled on request."""
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    """It was immediate or cancel, and this much did not trade at once."""
    FILL_OR_KILL = "fill_or_kill"
    """It was fill or kill, and could not be filled whole; nothing of it traded."""
    DEAD_MANS_SWITCH = "dead_mans_switch"
    """The dead man's switch of its account fired: `cancel_all_after`."""
    NO_LIQUIDITY = "no_liquidity"
    """It was a market order, and nothing was left to trade with."""
    SELF_TRADE = "self_trade"
    """It would have traded with an order of its own account."""
    WORK_LIMIT = "work_limit"
    """The commands of its entry have changed as many resting orders as they may; send the
    rest again."""
    PRICE_PROTECTION = "price_protection"
    """It was a market order, and what was left to trade with was priced beyond its protection."""
    UPGRADE = "upgrade"
    """The venue went on with an engine that holds money for every order; for this none was held."""
    MIN_QUANTITY = "min_quantity"
    """Less could trade at once than it had to; nothing of it traded."""
    EXPIRED = "expired"
    """The time until which it was good is over: it was `day` or `gtd`."""
    PARENT_ENDED = "parent_ended"
    """It was the exit of an order that ended without a fill."""
    EXIT_FILLED = "exit_filled"
    """Its exit had ended all of the position that it had opened so far, and the trade is over."""
    EXIT_TRIGGERED = "exit_triggered"
    """The market had come to the stop price of its exit, and the trade is over."""
    NOTHING_TO_CLOSE = "nothing_to_close"
    """It was an exit, and what its parent had opened was not there any more: transfers took it."""


_PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED
_FILLED = OrderStatus.FILLED
_CANCELED = OrderStatus.CANCELED
_NEW = OrderStatus.NEW
HELD: Final = OrderStatus.HELD
REQUESTED: Final = CancelReason.REQUESTED
EXPIRED: Final = CancelReason.EXPIRED
_INDEX = (1 << INDEX_BITS) - 1


class Order(msgspec.Struct, eq=False, gc=False):
    """An accepted order. Mutable, and linked into its price level while it rests."""

    order_id: OrderId
    account: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: Units
    quantity: Units
    leaves: Units
    filled: Units = 0
    notional: int = 0
    """Sum of price x quantity over the fills, in 10⁻¹⁸."""
    status: OrderStatus = OrderStatus.NEW
    reason: CancelReason | None = None
    record: int = 0
    """The number of its newest client order id (`ClientIds`); 0: it has none."""
    closes: bool = False
    """It makes a position smaller, and holds shares of it."""
    multiplier: int = 1
    """Of its account when it was accepted, or last lost its place; so are fees and margin."""
    maker_fee: Units = 0
    taker_fee: Units = 0
    margin: Units = 0
    """Buying power that each share needs; its leaves hold so much while it rests."""
    protection: Units = 0
    """Beyond this price a market order does not trade; 0: it has a price of its own, or there was
    nothing to go by."""
    worst: Units = 0
    """The price at which it may cost most, of one that waits for a stop price; 0: it does not, or
    was triggered."""
    instructions: Instructions | None = None
    hidden: Units = 0
    """What the book does not show of its leaves while it rests."""
    owner: Account | None = None
    position: Position | None = None
    covered: Units = 0
    """Leaves for which it holds something: all while it rests, none else."""
    held: Money = 0
    group: Group | None = None
    """Where it stands among the open orders of its account; None: it is not open."""
    exit: Order | None = None
    """The order that will end the position that this one opens; None: there is none, or not any
    more. So is `parent`."""
    parent: Order | None = None
    target: Units = 0
    """Of an exit: what its parent has filled in all, up to which it is armed; 0 once the parent has
    ended and it had its last turn."""
    pending: Units = 0
    """How much of that it is not armed with yet, as its position counts it (`exits.reckon`)."""
    level: Level | None = None
    """Where it rests; None: it is in no book."""
    previous: Order | None = None
    next: Order | None = None

    def fill(self, quantity: Units, price: Units) -> None:
        self.leaves -= quantity
        self.filled += quantity
        self.notional += quantity * price
        if self.leaves or self.parent is not None or self.target > self.quantity:
            self.status = _PARTIALLY_FILLED
        else:
            self.status = _FILLED

    def finish(self) -> None:
        """Of an exit that is spent: it is given no more."""
        self.status = _FILLED

    def cancel(self, reason: CancelReason) -> None:
        self.leaves = self.hidden = 0
        self.status = _CANCELED if reason is not EXPIRED else OrderStatus.EXPIRED
        self.reason = reason

    def wait(self, worst: Units) -> None:
        """It waits until it is triggered, and costs so much at most: held, but where it has another
        way to trade."""
        self.worst = worst
        if self.type is not LIMIT:
            self.status = HELD

    def arm(self) -> None:
        """Of an exit: its parent has filled something, so that it may close as much as it is given
        from now on."""
        self.instructions = msgspec.structs.replace(self.said, unarmed=False)
        self.status, self.closes = _NEW, True
        self.quantity = self.leaves = 0

    def trigger(self) -> None:
        """It is a market order or a limit order from now on."""
        said = self.said
        self.instructions = msgspec.structs.replace(said, triggered=True)
        self.status = _PARTIALLY_FILLED if self.filled else _NEW
        self.worst = 0
        if self.type is LIMIT:  # it had two ways to trade: this is the other one
            self.type = STOP_LIMIT if said.stop_limit_price else STOP
            self.price = said.stop_limit_price

    def show(self) -> None:
        """Let the book show as much of it as it may: all, or its display quantity."""
        said = self.instructions
        if said is not None and 0 < said.display_quantity < self.leaves:
            self.hidden = self.leaves - said.display_quantity
        else:
            self.hidden = 0

    @property
    def said(self) -> Instructions:
        """The instructions of an order that has some, as who waits, hides, trails or ends has."""
        assert self.instructions is not None, "it is known to have instructions"
        return self.instructions

    @property
    def waits(self) -> bool:
        """Whether it waits for a stop price, or for its turn since the market has come to it."""
        return self.worst > 0

    @property
    def protects(self) -> bool:
        """Whether it is a stop order that closes, or will, also once it is triggered."""
        said = self.instructions
        return said is not None and said.stop_price > 0 and (self.closes or said.unarmed)

    @property
    def is_spent(self) -> bool:
        """Whether it is an exit that has filled all it was given, and may be given more: it is
        open, rests nowhere and waits for its turn."""
        return not self.leaves and self.status is _PARTIALLY_FILLED

    @property
    def shown(self) -> Units:
        """What the book shows of it; nothing while it is held."""
        return self.leaves - self.hidden if self.status is not HELD else 0

    @property
    def untriggered(self) -> bool:
        """Whether it has never been in a book: it waits, or waited until its end."""
        said = self.instructions
        return said is not None and is_untriggered(self.type, said)

    @property
    def displayed(self) -> Units:
        """What the book shows of an order with a display quantity; 0: it has none, or rests not."""
        said = self.instructions
        return self.leaves - self.hidden if said is not None and said.display_quantity else 0

    @property
    def average_price(self) -> Units:
        """Rounded half up to 10⁻⁹; 0 without a fill."""
        return (2 * self.notional + self.filled) // (2 * self.filled) if self.filled else 0


Group = dict[int, Order]
"""Open orders of one account, side and symbol, by their ids."""


def is_untriggered(kind: OrderType, said: Instructions) -> bool:
    """Whether an order that says this has never been in a book."""
    return not said.triggered if kind in STOPS else said.unarmed


def exit_id(order_id: int) -> OrderId:
    """The id of the exit that an order brings."""
    return OrderId(order_id + LEG_INDEX)


def is_exit(order_id: int) -> bool:
    return order_id & _INDEX >= LEG_INDEX


def parent_id(order_id: int) -> OrderId:
    """The id of the parent of an exit; 0: it is none."""
    return OrderId(order_id - LEG_INDEX if is_exit(order_id) else 0)


def arrival(order_id: int) -> int:
    """Where an order stands among all, by when they came: an exit right behind its parent."""
    parent = parent_id(order_id)
    return parent << 1 | 1 if parent else order_id << 1


def new_order(order_id: OrderId, terms: NewOrder) -> Order:
    order = Order(
        order_id,
        terms.account,
        terms.client_order_id,
        terms.symbol,
        terms.side,
        terms.type,
        terms.time_in_force,
        terms.price,
        terms.quantity,
        terms.quantity,
    )
    order.instructions = terms.instructions
    return order
