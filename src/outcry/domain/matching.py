"""Price, then time; a trade is at the resting order's price.

`match` executes what an incoming order can trade now; `foretell` says beforehand whether it would
be filled whole. Both walk the same way and stop for the same reasons.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from outcry.domain.book import Ladder
from outcry.domain.execution import Trade
from outcry.domain.order import CancelReason, Order
from outcry.domain.types import CANCEL_NEWEST, IOC, MARKET, SelfTradePrevention


class Matched(msgspec.Struct, frozen=True, gc=False):
    """What an incoming order did.

    `touched` are the resting orders that changed, in order: filled, or withdrawn to prevent a
    self-trade. `stopped` says why the walk ended before the order or the price did.
    """

    trades: Sequence[Trade]
    touched: Sequence[Order]
    stopped: CancelReason | None


NOTHING = Matched((), (), None)
LOWEST = -(1 << 64)
"""Below the ladder key of every price: what an order accepts that has none."""


def match(taker: Order, opposite: Ladder, prevention: SelfTradePrevention, touches: int) -> Matched:
    """Trade `taker` against `opposite` as far as its limit goes, touching `touches` orders at most.

    Orders that are filled or withdrawn leave the ladder; the caller forgets them.
    """
    keys, levels = opposite.keys, opposite.levels
    floor = _worst_key(taker, opposite)
    if not keys or keys[-1] < floor:
        return NOTHING
    trades: list[Trade] = []
    touched: list[Order] = []
    own = None if prevention is SelfTradePrevention.NONE else taker.account
    while taker.leaves and keys and keys[-1] >= floor:
        level = levels[keys[-1]]
        price = level.price
        while taker.leaves and (maker := level.first) is not None:
            if len(touched) >= touches:
                return Matched(trades, touched, CancelReason.WORK_LIMIT)
            if own is not None and maker.account == own:
                if prevention is CANCEL_NEWEST:
                    return Matched(trades, touched, CancelReason.SELF_TRADE)
                level.quantity -= maker.leaves
                maker.cancel(CancelReason.SELF_TRADE)
            else:
                leaves = maker.leaves
                quantity = leaves if leaves < taker.leaves else taker.leaves
                maker.fill(quantity, price)
                taker.fill(quantity, price)
                level.quantity -= quantity
                trades.append(Trade(price, quantity, maker.order_id))
            touched.append(maker)
            if not maker.leaves:
                level.unlink(maker)
        if level.first is None:
            opposite.drop(level)
    return Matched(trades, touched, None)


class Foretold(NamedTuple):
    """Whether `match` would fill an order whole: None, or why not; and how far it had to look."""

    refusal: CancelReason | None
    looks: int


def foretell(
    taker: Order, opposite: Ladder, prevention: SelfTradePrevention, touches: int
) -> Foretold:
    """What a fill-or-kill order must know before anything changes."""
    wanted, looks = taker.leaves, 0
    own = None if prevention is SelfTradePrevention.NONE else taker.account
    floor = _worst_key(taker, opposite)
    for level in opposite:
        if opposite.sign * level.price < floor:
            break
        maker = level.first
        while maker is not None:
            if looks == touches:
                return Foretold(CancelReason.WORK_LIMIT, looks)
            looks += 1
            if own is None or maker.account != own:
                wanted -= maker.leaves
                if wanted <= 0:
                    return Foretold(None, looks)
            elif prevention is CANCEL_NEWEST:
                return Foretold(CancelReason.FILL_OR_KILL, looks)
            maker = maker.next
    return Foretold(CancelReason.FILL_OR_KILL, looks)


def why_not_rest(order: Order, opposite: Ladder) -> CancelReason | None:
    """Why what did not trade may not wait; None: it may."""
    if order.type is MARKET:
        return CancelReason.PRICE_PROTECTION if opposite.keys else CancelReason.NO_LIQUIDITY
    if order.time_in_force is IOC:
        return CancelReason.IMMEDIATE_OR_CANCEL
    return None


def _worst_key(taker: Order, opposite: Ladder) -> int:
    """The lowest ladder key that `taker` accepts."""
    price = taker.protection if taker.type is MARKET else taker.price
    return opposite.sign * price if price else LOWEST
