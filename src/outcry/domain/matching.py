"""Price, then time; a trade is at the resting order's price.

`match` executes what an incoming order can trade now; `foretell` says beforehand whether that would
be as much as it has to be. Both walk the same way and stop for the same reasons.

Rule: of two orders of one account that may not trade the one goes that its setting says, but never
one that protects a position (`Order.protects`): then it is the other.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from outcry.domain.book import Ladder
from outcry.domain.execution import Trade
from outcry.domain.level import Level
from outcry.domain.order import CancelReason, Order
from outcry.domain.types import (
    CANCEL_NEWEST,
    CANCEL_OLDEST,
    FOK,
    LASTING,
    OrderId,
    SelfTradePrevention,
    Units,
)
from outcry.domain.work import Work


class Matched(msgspec.Struct, frozen=True, gc=False):
    """What an incoming order did.

    `touched` are the resting orders that changed, in order: filled, or withdrawn to prevent a
    self-trade. `stopped` says why the walk ended before the order or the price did. `refilled` are
    those that had traded all they showed and showed more, as often as they did: such an order went
    to the end of its level, and is met again there. It stands among the touched, and has a trade,
    each time that it was met (`each_once`).
    """

    trades: Sequence[Trade]
    touched: Sequence[Order]
    stopped: CancelReason | None
    refilled: Sequence[Order] = ()


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
    refilled: list[Order] = []
    own = None if prevention is SelfTradePrevention.NONE else taker.account
    while taker.leaves and keys and keys[-1] >= floor:
        level = levels[keys[-1]]
        price = level.price
        while taker.leaves and (maker := level.first) is not None:
            if len(touched) >= touches:
                return Matched(trades, touched, CancelReason.WORK_LIMIT, refilled)
            if own is not None and maker.account == own:
                if prevention is CANCEL_NEWEST or maker.protects:
                    return Matched(trades, touched, CancelReason.SELF_TRADE, refilled)
                level.quantity -= maker.leaves - maker.hidden
                maker.cancel(CancelReason.SELF_TRADE)
            else:
                shown = maker.leaves - maker.hidden
                quantity = shown if shown < taker.leaves else taker.leaves
                maker.fill(quantity, price)
                taker.fill(quantity, price)
                level.quantity -= quantity
                trades.append(Trade(price, quantity, maker.order_id))
            touched.append(maker)
            if not maker.leaves:
                level.unlink(maker)
            elif maker.leaves == maker.hidden:
                level.unlink(maker)
                maker.show()
                level.append(maker)
                refilled.append(maker)
        if level.first is None:
            opposite.drop(level)
    return Matched(trades, touched, None, refilled)


def prevention_of(order: Order) -> SelfTradePrevention:
    """What its account has chosen; but one that protects a position is not withdrawn for another
    of its account, which goes in its stead."""
    assert order.owner is not None, "an admitted order has an owner"
    chosen = order.owner.prevention
    return CANCEL_OLDEST if chosen is CANCEL_NEWEST and order.protects else chosen


def each_once(matched: Matched) -> tuple[Sequence[Order], Sequence[Trade]]:
    """The touched orders and the trades, one for each order, however often it was met."""
    sums: dict[OrderId, Trade] = {}
    for trade in matched.trades:
        before = sums.get(trade.maker)
        quantity = trade.quantity if before is None else before.quantity + trade.quantity
        sums[trade.maker] = Trade(trade.price, quantity, trade.maker)
    return list(dict.fromkeys(matched.touched)), list(sums.values())


class Foretold(NamedTuple):
    """Whether `match` would trade enough: None, or why not; and how far it had to look."""

    refusal: CancelReason | None
    looks: int


def foretell(
    taker: Order,
    wanted: Units,
    limit: Units,
    opposite: Ladder,
    prevention: SelfTradePrevention,
    touches: int,
    gone: Order | None = None,
) -> Foretold:
    """What an order must know before anything changes that has to trade so much at once. It looks
    at whom `match` would touch with this `limit` (0: there is none), as often as that would;
    `gone` will not be there by then."""
    lack = CancelReason.FILL_OR_KILL if taker.time_in_force is FOK else CancelReason.MIN_QUANTITY
    looks = 0
    own = None if prevention is SelfTradePrevention.NONE else taker.account
    floor = opposite.sign * limit if limit else LOWEST
    for level in opposite:
        if opposite.sign * level.price < floor:
            break
        for maker, shown in meetings(level, own):
            if maker is gone:
                continue
            if looks == touches:
                return Foretold(CancelReason.WORK_LIMIT, looks)
            looks += 1
            if own is None or maker.account != own:
                wanted -= shown
                if wanted <= 0:
                    return Foretold(None, looks)
            elif prevention is CANCEL_NEWEST or maker.protects:
                return Foretold(lack, looks)
    return Foretold(lack, looks)


def meetings(level: Level, own: str | None) -> Iterator[tuple[Order, Units]]:
    """Whom an order of the account `own` meets that takes all of a level, and what each shows then.

    Who hides something is met again behind all others, but not if he is withdrawn at once.
    """
    again: deque[tuple[Order, Units]] = deque()
    maker = level.first
    while maker is not None:
        yield maker, maker.leaves - maker.hidden
        if maker.hidden and maker.account != own:
            again.append((maker, maker.hidden))
        maker = maker.next
    while again:
        maker, hidden = again.popleft()
        part = min(hidden, maker.said.display_quantity)
        yield maker, part
        if hidden > part:
            again.append((maker, hidden - part))


def fall_short(
    taker: Order, opposite: Ladder, prevention: SelfTradePrevention, work: Work
) -> Matched | None:
    """Nothing, where less would trade at once than has to; None: enough would, or nothing must."""
    wanted = least(taker)
    if not wanted:
        return None
    limit, most = taker.price or taker.protection, min(work.touches, work.looks)
    killed, looks = foretell(taker, wanted, limit, opposite, prevention, most)
    work.looks -= looks
    return None if killed is None else Matched((), (), killed)


def least(order: Order) -> Units:
    """How much has to trade at once, or else nothing; 0: it may be less."""
    if order.time_in_force is FOK:
        return order.leaves
    said = order.instructions
    return said.min_quantity if said is not None else 0


def why_not_rest(order: Order, opposite: Ladder) -> CancelReason | None:
    """Why what did not trade may not wait; None: it may."""
    if not order.price:
        return CancelReason.PRICE_PROTECTION if opposite.keys else CancelReason.NO_LIQUIDITY
    if order.time_in_force not in LASTING:
        return CancelReason.IMMEDIATE_OR_CANCEL
    return None


def _worst_key(taker: Order, opposite: Ladder) -> int:
    """The lowest ladder key that `taker` accepts."""
    price = taker.price or taker.protection
    return opposite.sign * price if price else LOWEST
