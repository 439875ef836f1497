"""What the instructions of orders mean, and their times in force."""

from typing import Any, get_args

import msgspec

from outcry.domain.types import TimeInForce, Trigger
from outcry.wire.fragments import Fragment, decimal, each, one_of, order_id, text
from outcry.wire.order_requests import NEW_ORDERS, NewOrderRequest
from outcry.wire.order_types import CLASSES, OCO, TABLE, OrderClass

_FORMS = [form.__name__ for form in NEW_ORDERS]
_TOLD = ("NewOrderMessage", "OrderMessage", "BookedOrderMessage")
_TIMES = (
    "`gtc` rests until it is cancelled, `gtd` until `good_until`, `day` until the end of the day; "
    "`ioc` trades what it can at once, the rest is cancelled; `fok` trades whole and at once, or "
    "not at all. Left out: `gtc`, of a market order `ioc`."
)


def _times(form: type[NewOrderRequest]) -> Fragment:
    """Those that orders of a form may have."""
    said = {field.name: _words(field.type) for field in msgspec.structs.fields(form)}
    rows = CLASSES[OCO].rows if OCO in said["order_class"] else TABLE
    found = {time for kind, time in rows if kind in said["type"]}
    return {"description": _TIMES, "enum": [time.value for time in TimeInForce if time in found]}


def _words(hint: Any) -> list[Any]:
    """What a field may say, by its `Literal`, also where it may be left out."""
    return [word for one in get_args(hint) for word in get_args(one) or (one,)]


ORDERS: dict[str, Fragment] = {
    "display_quantity": decimal(
        "How much of the order the book shows at a time; what follows goes to the end of the "
        "queue.",
        "4",
    ),
    "displayed_quantity": decimal(
        "How much the book shows now of an order with a display quantity; told while it is open.",
        "4",
    ),
    "exit_order_id": order_id("The exit that the order has brought."),
    "good_until": text(
        "The last log time at which the order is open, in nanoseconds since 1970: of an order that "
        "is `gtd`, or, where it is told, `day`.",
        "[0-9]+",
        minimum=1,
        examples=["1761930000000000000"],
    ),
    "high_water_mark": decimal(
        "The best price that a trailing stop has seen: the highest for a sell, the lowest for a "
        "buy; as of when it was told.",
        "190",
    ),
    "notional": decimal(
        "The worth of the order, in place of a quantity: as many lots are ordered as it pays for, "
        "fees come on top.",
        "1000",
    ),
    "order_class": {
        "description": "Orders that are one. `bracket`: the order brings its exit, which ends its "
        "position at `take_profit` or at `stop_loss`; `oto`: at one of these; `oco`: it has two "
        "ways to trade, at `price` or once `stop_price` is reached. Left out: simple.",
        "enum": one_of(OrderClass),
    },
    "parent_order_id": order_id("The order whose exit this is."),
    "post_only": {
        "description": "Whether the order may only rest: it is refused where it would meet another "
        "at once."
    },
    "reduce_only": {
        "description": "Whether the order may only make a position smaller: it is refused where it "
        "would open one."
    },
    "stop_limit_price": decimal(
        "The limit price of an order of the class `oco` once its `stop_price` is reached. Left "
        "out: it is a market order then.",
        "179",
    ),
    "stop_loss": decimal("The stop price of the exit: the price that ends in a loss.", "180"),
    "stop_loss_limit": decimal(
        "The limit price of the exit once `stop_loss` is reached. Left out: it is a market order "
        "then.",
        "179",
    ),
    "stop_price": decimal(
        "The price that the market has to come to: of a stop order, or of one of the class `oco`; "
        "of a trailing stop as of when it was told.",
        "180",
    ),
    "take_profit": decimal("The limit price of the exit: the price that gains.", "200"),
    "time_in_force": {"description": _TIMES, "enum": one_of(TimeInForce)},
    "trail": decimal(
        "How far the stop price stays behind the best price since the order came, a multiple of "
        "the tick.",
        "2",
    ),
    "trail_percent": text(
        "The same as a part of that price, in percent: above 0 and below 100.",
        r"[0-9]{1,2}(\.[0-9]{1,9})?",
        exclusiveMinimum=0,
        exclusiveMaximum=100,
        examples=["2.5"],
    ),
    "trigger": {
        "description": "What triggers a stop order: the price of a trade, or the best price of the "
        "side that it will trade with (quote). Left out: trade.",
        "enum": one_of(Trigger),
    },
    "unarmed": {
        "description": "Whether it is an exit whose parent has filled nothing, so that it waits "
        "for that alone and ends nothing yet."
    },
    "untriggered": {
        "description": "Whether it has never been in the book: a stop order that was never "
        "triggered, also one that is an exit, or an exit that is still `unarmed`. "
        "Only its owner sees it."
    },
    **{f"{form.__name__}.time_in_force": _times(form) for form in NEW_ORDERS},
    **each(
        " ".join([*_FORMS, *_TOLD]),
        "min_quantity",
        decimal("How much has to trade at once, or else nothing: of an order that is `ioc`.", "5"),
    ),
}
