"""Sessions of trading for Hypothesis: small worlds in which the rules meet each other often."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from outcry.domain.limits import LEG_INDEX, VERSION
from outcry.wire.order_id import format_order_id, id_suffix
from tests import operating
from tests.tickets import (
    ACCOUNTS,
    BRACKETS,
    CLIENT_IDS,
    CLOSINGS,
    ENDINGS,
    ENDS,
    ICEBERGS,
    KEY,
    LEASTS,
    LIMITS,
    MARKETS,
    OCOS,
    PERCENTS,
    POSTS,
    PRICES,
    QUANTITIES,
    REDUCTIONS,
    STEPS,
    STOP_PRICES,
    STOPS,
    SYMBOLS,
    TIMES,
    TRAILING_STOPS,
    TRAILS,
    WORTHS,
    weighted,
)

Fields = dict[str, Any]

LOG = "0123456789abc"
SHARD = 5
TICK, LOT, LEAST, MOST, TOP = "0.25", "2", "4", "24", "10.5"


class Reference(NamedTuple):
    """The order of a replace or cancel: the `back`th newest of the session, whatever became of it.

    The session is drawn first and ids follow from its shape, so that Hypothesis can shrink it.
    """

    back: int
    by: str
    """`order_id` or `client_order_id`."""
    own: bool
    """The command comes from the account of the order."""
    exit: bool = False
    """Its exit is meant, if it brought one."""


class Again(NamedTuple):
    """The same command as the `back`th newest once more."""

    back: int


ORDER_OPS = (None, "new", "replace", "cancel", "cancel_all", "cancel_all_after")
NOTHING = {"op": "cancel", "client_order_id": "nothing"}
NAMED = {
    "order": st.builds(
        Reference,
        st.integers(0, 8),
        st.sampled_from(["order_id", "client_order_id"]),
        st.sampled_from([True, True, False, True]),
        st.sampled_from([False, True, False]),
    )
}
NAMED_BY_CLIENT = {"client_order_id": CLIENT_IDS}


def replaces(named: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Fields]:
    optional = {"account": ACCOUNTS, "new_client_order_id": CLIENT_IDS, "expire_at": TIMES} | KEY
    op = {"op": st.just("replace")}
    price, quantity = {"price": PRICES}, {"quantity": QUANTITIES}
    end = {"good_until": ENDS}
    return st.one_of(
        st.fixed_dictionaries(op | named | price | quantity, optional=optional),
        st.fixed_dictionaries(op | named | quantity, optional=optional),
        st.fixed_dictionaries(op | named | price, optional=optional),
        st.fixed_dictionaries(
            op | named | {"stop_price": STOP_PRICES}, optional=optional | price | quantity
        ),
        st.fixed_dictionaries(
            op | named | {"stop_limit_price": PRICES},
            optional=optional | {"stop_price": STOP_PRICES} | price,
        ),
        st.fixed_dictionaries(op | named | {"trail": TRAILS}, optional=optional | quantity),
        st.fixed_dictionaries(
            op | named | {"trail_percent": PERCENTS}, optional=optional | quantity
        ),
        st.fixed_dictionaries(op | named | end, optional=optional | quantity),
    )


def cancels(named: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Fields]:
    op = {"op": st.just("cancel")}
    optional = {"account": ACCOUNTS, "expire_at": TIMES} | KEY
    return st.fixed_dictionaries(op | named, optional=optional)


CANCEL_ALLS = st.fixed_dictionaries(
    {"op": st.just("cancel_all")},
    optional={
        "account": ACCOUNTS,
        "symbol": SYMBOLS,
        "side": st.sampled_from(["buy", "sell"]),
        "expire_at": TIMES,
    }
    | KEY,
)
SWITCHES = st.fixed_dictionaries(
    {"op": st.just("cancel_all_after"), "timeout": st.sampled_from([1, "1", 2, 0, 86_400_000])},
    optional={"account": ACCOUNTS, "expire_at": TIMES} | KEY,
)

ORDER_COMMANDS = weighted(
    (9, LIMITS),
    (3, ICEBERGS),
    (2, POSTS),
    (1, REDUCTIONS),
    (1, CLOSINGS),
    (2, LEASTS),
    (4, STOPS),
    (4, OCOS),
    (6, BRACKETS),
    (4, TRAILING_STOPS),
    (3, ENDINGS),
    (2, MARKETS),
    (3, WORTHS),
    (1, replaces(NAMED_BY_CLIENT)),
    (4, replaces(NAMED)),
    (1, cancels(NAMED_BY_CLIENT)),
    (2, cancels(NAMED)),
    (1, CANCEL_ALLS),
    (1, SWITCHES),
    (2, st.builds(Again, st.integers(0, 8))),
    (2, operating.COMMANDS),
)
LISTINGS = st.fixed_dictionaries(
    {"symbol": st.sampled_from(["ACME", "ZINC", "IRON"]), "tick": st.just(TICK)},
    optional={
        "lot": st.just(LOT),
        "min_quantity": st.just(LEAST),
        "max_quantity": st.just(MOST),
        "max_price": st.just(TOP),
        "name": st.just("Acme Corporation"),
        "state": st.sampled_from(["open", "halted"]),
        "price_band": operating.BANDS,
    }
    | operating.LIMITS
    | operating.RATES,
)
VENUES = st.fixed_dictionaries(
    {
        "log": st.just(LOG),
        "engine": st.just(VERSION),
        "schema": st.just(1),
        "shard": st.just(SHARD),
        "client_id_horizon": st.integers(1, 7),
    },
    optional={"clock": st.sampled_from(["stamps", "entries"]), "start": st.just("1000")},
)
STATES = st.fixed_dictionaries(
    {
        "symbol": SYMBOLS,
        "state": st.sampled_from(["open", "open", "open", "cancel_only", "halted"]),
    }
)
ADVANCES = st.fixed_dictionaries({"by": st.sampled_from(["1", "1000000", str(10**18)])})

ORDERS = st.tuples(
    st.just("order.created"), st.one_of(st.lists(ORDER_COMMANDS, min_size=1), ORDER_COMMANDS)
)
GUESTS = st.tuples(st.just("order.guest"), st.lists(ORDER_COMMANDS, min_size=1, max_size=3))
EARLY = st.tuples(
    st.just("order.created"), st.one_of(LIMITS, replaces(NAMED_BY_CLIENT), cancels(NAMED_BY_CLIENT))
)
ADMIN = st.one_of(
    st.tuples(st.just("instrument.list"), LISTINGS),
    st.tuples(st.just("instrument.state"), STATES),
    operating.ENTRIES,
    st.tuples(st.just("clock.advance"), ADVANCES),
    st.tuples(st.just("clock.tick"), st.just({})),
    st.tuples(st.just("venue.upgrade"), st.sampled_from([{"engine": "1"}, {"engine": VERSION}])),
    st.tuples(st.just("venue.open"), VENUES),
    st.tuples(st.just("venue.open"), st.just({"log": LOG, "engine": "1", "schema": 1})),
)
OPENING = st.tuples(
    st.tuples(st.just("venue.open"), VENUES),
    st.tuples(
        st.just("instrument.list"),
        st.just(
            {
                "symbol": "ACME",
                "tick": TICK,
                "lot": LOT,
                "min_quantity": LEAST,
                "max_quantity": MOST,
                "max_price": TOP,
            }
        ),
    ),
    st.tuples(st.just("instrument.list"), st.just({"symbol": "ZINC", "tick": TICK})),
).map(list)
TRADING = st.integers(0, 20).flatmap(
    lambda least: st.lists(
        weighted((6, ORDERS), (1, GUESTS), (2, ADMIN)), min_size=least, max_size=least + 10
    )
)


class Told(NamedTuple):
    """An entry before it is bytes."""

    subject: str
    body: Any
    ts_ns: int


@st.composite
def sessions(draw: st.DrawFn) -> list[Told]:
    early = draw(st.lists(weighted((1, EARLY), (1, ADMIN)), max_size=1))
    drawn = [*early, *draw(OPENING), *draw(operating.OPENING), *draw(TRADING)]
    past = Past([], [])
    session = []
    now_ns = 0
    for seq, (subject, body) in enumerate(drawn, 1):
        steps = body if isinstance(body, list) else [body]
        commands = [past.resolve(step, seq, index) for index, step in enumerate(steps)]
        if subject == "order.guest":
            commands = [without_rights(command) for command in commands]
        now_ns += draw(STEPS)
        ts_ns = max(0, now_ns - draw(STEPS))
        session.append(Told(subject, commands if isinstance(body, list) else commands[0], ts_ns))
    return session


def without_rights(command: Fields) -> Fields:
    """As a guest may write it."""
    bare = {name: value for name, value in command.items() if name != "key"}
    return bare if bare.get("op") in ORDER_OPS else NOTHING


class Past(NamedTuple):
    """The new orders of a session so far with their ids, and all order commands; oldest first."""

    orders: list[tuple[str, Fields]]
    commands: list[Fields]

    def resolve(self, step: Any, seq: int, index: int) -> Fields:
        if isinstance(step, Again):
            at = len(self.commands) - 1 - step.back
            command = self.commands[at] if at >= 0 else NOTHING
        else:
            command = dict(step)
        reference = command.pop("order", None)
        if isinstance(reference, Reference):
            self.name(command, reference)
        if "side" in command:
            self.orders.append((order_id(seq, index), command))
        if "side" in command or "op" in command:
            self.commands.append(command)
        return command

    def name(self, command: Fields, reference: Reference) -> None:
        """Let a replace or cancel name the order that is meant."""
        at = len(self.orders) - 1 - reference.back
        identity, order = self.orders[at] if at >= 0 else (order_id(1, 9), {})
        if reference.own:
            command["account"] = order.get("account", "demo")
        if reference.exit and "order_class" in order and order["order_class"] != "oco":
            command["order_id"] = exit_id(identity)
        elif reference.by == "client_order_id" and "client_order_id" in order:
            command["client_order_id"] = order["client_order_id"]
        else:
            command["order_id"] = identity


def exit_id(parent: str) -> str:
    return f"{parent[:15]}{int(parent[15:18], 16) + LEG_INDEX:03x}{parent[18:]}"


def order_id(entry: int, index: int) -> str:
    return format_order_id(entry << 12 | index, id_suffix(SHARD, int(LOG, 16)))
