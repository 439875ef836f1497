"""What the instructions of orders mean, and their times in force."""

from outcry.domain.types import MARKET, STOP, STOP_LIMIT, OrderType, TimeInForce, Trigger
from outcry.wire.fragments import Fragment, decimal, each, one_of, text
from outcry.wire.order_types import TABLE

_ORDERS = (
    "NewLimitOrder NewMarketOrder NewStopOrder NewStopLimitOrder NewOrderMessage OrderMessage "
    "BookedOrderMessage"
)
_TIMES = (
    "`gtc` rests until it is cancelled, `gtd` until `good_until`, `day` until the end of the day; "
    "`ioc` trades what it can at once, the rest is cancelled; `fok` trades whole and at once, or "
    "not at all. Left out: `gtc`, of a market order `ioc`."
)


def _times(kind: OrderType) -> Fragment:
    """Those that orders of a type may have."""
    times = [time.value for time in TimeInForce if (kind, time) in TABLE]
    return {"description": _TIMES, "enum": times}


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
    "good_until": text(
        "The last log time at which the order is open, in nanoseconds since 1970: of an order that "
        "is `gtd`, or, where it is told, `day`.",
        "[0-9]+",
        minimum=1,
        examples=["1761930000000000000"],
    ),
    "post_only": {
        "description": "Whether the order may only rest: it is refused where it would meet another "
        "at once."
    },
    "reduce_only": {
        "description": "Whether the order may only make a position smaller: it is refused where it "
        "would open one."
    },
    "stop_price": decimal(
        "The price that the market has to come to: of a stop order; of a replace, of one that is "
        "held.",
        "180",
    ),
    "time_in_force": {"description": _TIMES, "enum": one_of(TimeInForce)},
    "trigger": {
        "description": "What triggers a stop order: the price of a trade, or the best price of the "
        "side that it will trade with (quote). Left out: trade.",
        "enum": one_of(Trigger),
    },
    "untriggered": {
        "description": "Whether it is a stop order that was never triggered: it has never been in "
        "the book, and only its owner sees it."
    },
    "NewMarketOrder.time_in_force": _times(MARKET),
    "NewStopOrder.time_in_force": _times(STOP),
    "NewStopLimitOrder.time_in_force": _times(STOP_LIMIT),
    **each(
        _ORDERS,
        "min_quantity",
        decimal("How much has to trade at once, or else nothing: of an order that is `ioc`.", "5"),
    ),
}
