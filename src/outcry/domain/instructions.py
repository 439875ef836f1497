"""Instructions: what an order may say beside its side, price and quantity (FIX ExecInst, tag 18).

Few orders have any, so they stand apart: an order without costs one look.
"""

import msgspec

from outcry.domain.types import Trigger, Units


class Instructions(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where a field says nothing, it is not asked for."""

    post_only: bool = False
    """It may only rest: where it would trade at once it is refused (FIX ExecInst 6)."""
    reduce_only: bool = False
    """It may only make a position smaller: where it would open one it is refused."""
    min_quantity: Units = 0
    """What it has to trade at once, or else nothing (FIX MinQty, tag 110)."""
    display_quantity: Units = 0
    """How much of it the book shows at a time (FIX DisplayQty, tag 1138)."""
    good_until_ns: int = 0
    """The last log time at which it is open (FIX ExpireTime, tag 126)."""
    stop_price: Units = 0
    """It waits until the market has come to this price (FIX StopPx, tag 99)."""
    trigger: Trigger = Trigger.TRADE
    """What tells that it has."""
    triggered: bool = False
    """It has: no order comes so, but from then on it is one like any other."""


NONE = Instructions()
