"""New orders of every type for Hypothesis: tickets as a trader may fill them in."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests import operating

Fields = dict[str, Any]


def weighted(*choices: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """`one_of` takes every strategy once, whatever it is given."""
    often = [strategy for times, strategy in choices for _ in range(times)]
    return st.sampled_from(often).flatmap(lambda strategy: strategy)


KEY = {"key": operating.KEYS}
# The ends of a list are drawn more often than the rest.
SYMBOLS = st.sampled_from(["ACME"] * 6 + ["ZINC", "ZINC", "NONE"] + ["ACME"] * 6)
ACCOUNTS = st.sampled_from(["demo", "alice", "bob"])
CLIENT_IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
PRICES = st.sampled_from(["9.5", "9.75", "10.00", "10.25"] * 3 + ["10.75", "10.1", "10.5", "10"])
TIMES = st.sampled_from([1_000_000, "2000001", "4000002", "9000000", *[10**9, str(10**12)] * 6])
"""Time goes on by milliseconds, and by nanoseconds."""
STEPS = st.sampled_from([0, 0, 1, 1_000_000] * 4 + [24 * 3_600 * 10**9])
"""Seldom a day."""
QUANTITIES = st.sampled_from(["4", "6", "8.0", "10", "12"] * 3 + ["24", "26", "2", "5", "8", "4"])

LIMITS = st.fixed_dictionaries(
    {
        "symbol": SYMBOLS,
        "side": st.sampled_from(["buy", "sell"]),
        "quantity": QUANTITIES,
        "price": PRICES,
    },
    optional={
        "type": st.just("limit"),
        "time_in_force": st.sampled_from(["gtc", "gtc", "ioc", "fok", "day"]),
        "account": ACCOUNTS,
        "client_order_id": CLIENT_IDS,
        "expire_at": TIMES,
    }
    | KEY,
)
ICEBERGS = st.fixed_dictionaries(
    {
        "symbol": SYMBOLS,
        "side": st.sampled_from(["buy", "sell"]),
        "quantity": st.sampled_from(["12", "16", "24", "20", "10", "26"]),
        "price": PRICES,
        "display_quantity": st.sampled_from(["4", "6", "4.0", "8", "4", "2", "5"]),
    },
    optional={
        "time_in_force": st.sampled_from(["gtc", "day"]),
        "account": ACCOUNTS,
        "client_order_id": CLIENT_IDS,
    }
    | KEY,
)
ORDERS_OF = {
    "symbol": SYMBOLS,
    "side": st.sampled_from(["buy", "sell"]),
    "quantity": QUANTITIES,
}
NAMES = {"account": ACCOUNTS, "client_order_id": CLIENT_IDS, "expire_at": TIMES} | KEY
SELDOM = st.sampled_from([False, False, True])
POSTS = st.fixed_dictionaries(
    ORDERS_OF | {"price": PRICES, "post_only": st.just(True)},
    optional={"time_in_force": st.just("gtc"), "reduce_only": SELDOM} | NAMES,
)
REDUCTIONS = st.fixed_dictionaries(
    ORDERS_OF | {"price": PRICES, "reduce_only": st.just(True)},
    optional={"time_in_force": st.sampled_from(["gtc", "ioc", "fok"])} | NAMES,
)
CLOSINGS = st.fixed_dictionaries(
    ORDERS_OF | {"type": st.just("market"), "reduce_only": st.just(True)},
    optional={"time_in_force": st.sampled_from(["ioc", "fok"])} | NAMES,
)
AT_LEAST = {"time_in_force": st.just("ioc"), "min_quantity": st.sampled_from(["4", "8", "10", "5"])}


def possible(order: Fields) -> Fields:
    """The least of an order is no more than its quantity."""
    least = min(order["min_quantity"], order["quantity"], key=Decimal)
    return order | {"min_quantity": least}


LEASTS = st.one_of(
    st.fixed_dictionaries(
        ORDERS_OF | AT_LEAST | {"price": PRICES}, optional={"reduce_only": SELDOM} | NAMES
    ),
    st.fixed_dictionaries(
        ORDERS_OF | AT_LEAST | {"type": st.just("market")}, optional={"reduce_only": SELDOM} | NAMES
    ),
).map(possible)
STOP_PRICES = st.sampled_from(["9.75", "10", "10.25"] * 4 + ["9.5", "10.5", "10.75", "10.1"])
STOPS = st.one_of(
    *(
        st.fixed_dictionaries(
            ORDERS_OF | {"stop_price": STOP_PRICES} | more,
            optional={
                "trigger": st.sampled_from(["trade", "quote"]),
                "time_in_force": st.sampled_from(["gtc", "day"]),
                "reduce_only": SELDOM,
            }
            | NAMES,
        )
        for more in (
            {"type": st.just("stop")},
            {"type": st.just("stop_limit"), "price": PRICES},
        )
    )
)
TRAILS = st.sampled_from(["0.25", "0.25", "0.5", "0.75", "1.0", "0.1", "10"])
PERCENTS = st.sampled_from(["1", "2.5", "2.500000001", "5", "0.000000001", "99.999999999"])
TRAILING_STOPS = st.one_of(
    *(
        st.fixed_dictionaries(
            ORDERS_OF | {"type": st.just("trailing_stop")} | {name: trails},
            optional={"time_in_force": st.sampled_from(["gtc", "day"]), "reduce_only": SELDOM}
            | NAMES,
        )
        for name, trails in (("trail", TRAILS), ("trail_percent", PERCENTS))
    )
)
MARKETS = st.fixed_dictionaries(
    {
        "symbol": SYMBOLS,
        "side": st.sampled_from(["buy", "sell"]),
        "quantity": QUANTITIES,
        "type": st.just("market"),
    },
    optional={
        "time_in_force": st.sampled_from(["gtc", "ioc", "fok"]),
        "account": ACCOUNTS,
        "client_order_id": CLIENT_IDS,
        "expire_at": TIMES,
    }
    | KEY,
)
WORTHS = st.builds(
    lambda order, worth: {k: v for k, v in order.items() if k != "quantity"} | {"notional": worth},
    st.one_of(LIMITS, MARKETS, MARKETS, POSTS, REDUCTIONS),
    st.sampled_from(["50", "75", "100.5", "122.000000001", "200", "40", "9", "300"]),
)
ENDS = st.sampled_from([1, 2, 3, 1_000_000, "1000001", "2000001", "4000002", str(2**63 - 1)])
ENDINGS = st.builds(
    lambda order, good_until: order | {"time_in_force": "gtd", "good_until": good_until},
    st.one_of(
        LIMITS,
        LIMITS,
        ICEBERGS,
        POSTS,
        STOPS,
        TRAILING_STOPS,
        WORTHS.filter(lambda o: "price" in o),
    ),
    ENDS,
)
BELOW = st.sampled_from(["9", "9.25", "9.5", "9.25", "9.75", "8"])
ABOVE = st.sampled_from(["10.25", "10.5", "10", "10.25", "10.5", "9.75"])
OCOS = st.builds(
    lambda order, below, above, limit, more: (
        order
        | ({"price": above, "stop_price": below} if order["side"] == "sell" else {})
        | ({"price": below, "stop_price": above} if order["side"] == "buy" else {})
        | ({"stop_limit_price": limit} if limit else {})
        | {"order_class": "oco"}
        | more
    ),
    st.fixed_dictionaries(
        ORDERS_OF,
        optional={"time_in_force": st.sampled_from(["gtc", "day"]), "reduce_only": SELDOM} | NAMES,
    ),
    st.one_of(BELOW, PRICES),
    st.one_of(ABOVE, PRICES),
    st.one_of(st.just(""), PRICES),
    st.sampled_from([{}, {}, {}, {"trigger": "quote"}]),
)


def with_exit(order: Fields, below: str, above: str, limit: str, legs: str) -> Fields:
    """An order that brings its exit; mostly its prices stand as they have to."""
    gain, loss = (above, below) if order["side"] == "buy" else (below, above)
    order = {name: value for name, value in order.items() if name != "reduce_only"}
    if legs == "gain":
        return order | {"order_class": "oto", "take_profit": gain}
    said = {"stop_loss": loss} | ({"stop_loss_limit": limit} if limit else {})
    if legs == "loss":
        return order | {"order_class": "oto"} | said
    return order | {"order_class": "bracket", "take_profit": gain} | said


BRACKETS = st.builds(
    with_exit,
    weighted(
        *((5, LIMITS), (2, MARKETS), (3, STOPS)),
        *((1, ICEBERGS), (1, POSTS), (1, ENDINGS), (1, WORTHS), (1, LEASTS)),
    ).filter(lambda order: order.get("type") != "trailing_stop"),
    BELOW,
    ABOVE,
    st.one_of(st.just(""), PRICES),
    st.sampled_from(["both", "both", "gain", "loss"]),
)
