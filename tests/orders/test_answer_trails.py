"""Trailing stops through bytes: the engine and its slow twin, in a market that moves much."""

import json
from itertools import chain
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain import snapshot
from outcry.domain.limits import VERSION, Bounds
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from sim import bounds as slow
from sim.audit import Audit, check_holds
from sim.twin import Twin

Fields = dict[str, Any]

ACME = {"symbol": "ACME"}
VENUE = {"log": "0123456789abc", "engine": VERSION, "schema": 1, "shard": 5}
OPENING: list[tuple[str, Fields]] = [
    ("venue.open", VENUE | {"client_id_horizon": 50}),
    ("instrument.list", ACME | {"tick": "0.25", "max_price": "40"}),
    ("instrument.set", ACME | {"reference_price": "10"}),
]
MARGIN = {"type": "margin", "multiplier": 4, "shorting": True}
for _name, _terms in (("demo", {}), ("alice", MARGIN), ("bob", {}), ("maker", MARGIN)):
    _account: Fields = {"account": _name}
    OPENING += [
        ("account.open", _account | {"access": "open", "self_trade_prevention": "none"} | _terms),
        ("account.deposit", _account | {"amount": "900" if _name != "maker" else "9000000"}),
    ]
    if _name in ("demo", "maker"):
        OPENING.append(("account.deposit", _account | ACME | {"quantity": "500"}))

SIDES = st.sampled_from(["buy", "sell"])
PRICES = st.integers(32, 56).map(lambda ticks: f"{ticks / 4:g}")
ACCOUNTS = st.sampled_from(["demo", "alice", "bob"])
TRAIL = {"trail": st.sampled_from(["0.25", "0.5", "0.75", "1", "1.5", "2"])}
PERCENT = {"trail_percent": st.sampled_from(["1", "2.5", "5", "7.000000001", "10", "25"])}
WHICH: dict[str, st.SearchStrategy[Any]] = {"which": st.integers(0, 20)}
"""Of the trailing stops that have come so far."""


def new(**terms: st.SearchStrategy[Any]) -> st.SearchStrategy[Fields]:
    quantities = {"quantity": st.sampled_from(["1", "2", "5"])}
    return st.fixed_dictionaries({"symbol": st.just("ACME"), "side": SIDES} | quantities | terms)


def replace(**terms: st.SearchStrategy[Any]) -> st.SearchStrategy[Fields]:
    return st.fixed_dictionaries({"op": st.just("replace")} | WHICH | terms)


def traded(price: str) -> list[Fields]:
    """One share at a price, where nobody else offers more."""
    one = ACME | {"account": "maker", "quantity": "1", "price": price}
    return [one | {"side": "sell"}, one | {"side": "buy", "time_in_force": "ioc"}]


MAKING = new(account=st.just("maker"), price=PRICES)
COMMAND = st.one_of(
    *[new(type=st.just("trailing_stop"), account=ACCOUNTS, **by) for by in (TRAIL, PERCENT)] * 2,
    MAKING,
    new(type=st.just("stop"), account=ACCOUNTS, stop_price=PRICES),
    replace(**TRAIL),
    replace(**PERCENT),
    replace(quantity=st.sampled_from(["1", "3", "4"])),
    st.fixed_dictionaries({"op": st.just("cancel")} | WHICH),
)
COMMANDS = st.one_of(COMMAND.map(lambda command: [command]), PRICES.map(traded))
ENTRIES = st.one_of(
    *[
        st.tuples(
            st.just("order.created"),
            st.lists(COMMANDS, min_size=1, max_size=5).map(lambda some: [*chain(*some)]),
        )
    ]
    * 8,
    st.tuples(
        st.just("instrument.set"),
        st.fixed_dictionaries({"symbol": st.just("ACME"), "reference_price": PRICES}),
    ),
    st.tuples(
        st.just("instrument.state"),
        st.sampled_from([ACME | {"state": state} for state in ("open", "open", "open", "halted")]),
    ),
)


def named(body: Any, known: list[Fields]) -> Any:
    """Let commands name the orders that they mean."""
    if isinstance(body, dict):
        return body
    return [
        {name: value for name, value in command.items() if name != "which"}
        | (known[command["which"] % len(known)] if known and "which" in command else {})
        for command in body
        if known or "which" not in command
    ] or {"op": "cancel", "client_order_id": "nothing"}


@settings(max_examples=150)
@given(st.lists(ENTRIES, min_size=8, max_size=30), st.sampled_from([{}, {"due": 1}]), st.data())
def test_trailing_stops_are_as_the_twin_moves_them(
    entries: list[tuple[str, Any]], bounds: Fields, data: st.DataObject
) -> None:
    """Every execution, whoever comes, goes, is replaced or asked for again between, however few may
    be set off at a time, and after a snapshot anywhere."""
    desk, twin, audit = Desk(Bounds(**bounds)), Twin(slow.Bounds(**bounds)), Audit()
    known: list[Fields] = []
    cut = data.draw(st.integers(0, len(OPENING) + len(entries)))
    for seq, (subject, drawn) in enumerate([*OPENING, *entries], 1):
        if seq >= cut:
            dumped = b"".join(snapshot.dump(desk.engine))
            desk = Desk.of(snapshot.load(dumped, Bounds(**bounds)))
            assert b"".join(snapshot.dump(desk.engine)) == dumped
        body = named(drawn, known)
        answer = desk.answer(Entry(seq, seq, subject, json.dumps(body).encode()))
        executions = json.loads(answer)
        executions[-1].pop("digest")
        for execution in executions:
            execution.pop("text", "")
            order = execution.get("order", {})
            if order.get("type") == "trailing_stop" and execution["result"] == "accepted":
                known.append({name: order[name] for name in ("account", "order_id")})
        assert executions == twin.answer(subject, body, seq)
        audit.read(executions)
        check_holds(desk.engine)
