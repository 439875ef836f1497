"""Instructions: what an order may say beside its side, price and quantity (FIX ExecInst, tag 18).

Few orders have any, so they stand apart: an order without costs one look. Where such an order has
come to since stands among them: `triggered`, `high_water`, `unarmed`; no order comes with these.
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
    """It has; from then on it is one like any other."""
    stop_limit_price: Units = 0
    """Of a limit order that also waits until the market has come to its stop price, and so has two
    ways to trade (one cancels the other): the price it then has; 0: it is a market order then."""
    take_profit: Units = 0
    """The price of the order that ends its position with a gain, once it has filled: its exit."""
    stop_loss: Units = 0
    """The stop price of the exit; with `take_profit` too it is one that cancels the other."""
    stop_loss_limit: Units = 0
    """The price of the exit when that stop is set off; 0: it is a market order then."""
    trail: Units = 0
    """How far its stop price stays behind the best price that there was since (FIX PegOffsetValue,
    tag 211)."""
    trail_percent: Units = 0
    """The same in hundredths of that price."""
    high_water: Units = 0
    """The best price that there was: the highest for a sell, the lowest for a buy."""
    unarmed: bool = False
    """Of an exit: its parent has filled nothing yet, so that it waits for that alone."""
    notional: Units = 0
    """The worth that it asks for in place of a quantity (FIX CashOrderQty, tag 152). That of an
    `Order` is what it has traded."""


NONE = Instructions()
