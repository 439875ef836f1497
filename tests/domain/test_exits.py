"""Exits and orders with two ways to trade, crowded: whatever happens between them and their
parents, in whichever entry, and from whichever snapshot it goes on."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain import snapshot
from outcry.domain.exits import is_unarmed
from outcry.domain.limits import VERSION, Bounds
from outcry.domain.order import arrival, exit_id, is_exit, parent_id
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from sim import bounds as slow
from sim.audit import Audit, check_holds
from sim.twin import Twin
from tests.orders.test_answer_twin import check_books
from tests.trading import exit_id as told_exit_id
from tests.trading import order_id
from tests.venue import LOG, SHARD, Venue, state

Fields = dict[str, Any]
UNKNOWN = "ann", order_id(1, 9)
FINAL = {"filled", "canceled", "expired", "rejected"}
OPENING: list[tuple[str, Fields]] = [
    ("venue.open", {"log": LOG, "engine": VERSION, "schema": 1, "shard": SHARD}),
    ("instrument.list", {"symbol": "ACME", "tick": "1"}),
    *(
        entry
        for account, prevention in (("ann", "cancel_oldest"), ("bob", "none"))
        for entry in (
            (
                "account.open",
                {
                    "account": account,
                    "type": "margin",
                    "multiplier": 3,
                    "shorting": True,
                    "access": "open",
                    "self_trade_prevention": prevention,
                },
            ),
            ("account.deposit", {"account": account, "amount": "5000"}),
        )
    ),
]
ACCOUNTS = st.sampled_from(["ann", "ann", "bob"])
SIDES = st.sampled_from(["buy", "sell"])
SIZES = st.sampled_from(["1", "2", "3", "5"])
PRICES = st.sampled_from(["8", "9", "10", "11", "12"])
ENDS = st.sampled_from([{}, {}, {"time_in_force": "gtd", "good_until": "6"}])


def order(account: str, side: str, quantity: str, price: str) -> Fields:
    terms = {"symbol": "ACME", "account": account, "side": side, "quantity": quantity}
    return terms | ({"price": price} if price else {"type": "market"})


def bracket(parent: Fields, legs: str, gain: int, loss: int, limit: str, end: Fields) -> Fields:
    """Mostly around the price of its parent."""
    sign = 1 if parent["side"] == "buy" else -1
    middle = int(parent.get("price", 10))
    said = {"take_profit": str(middle + sign * gain), "stop_loss": str(middle - sign * loss)}
    if limit:
        said["stop_loss_limit"] = limit
    if legs == "gain":
        said = {"take_profit": said["take_profit"]}
    elif legs == "loss":
        del said["take_profit"]
    order_class = "bracket" if legs == "both" else "oto"
    return parent | said | {"order_class": order_class} | (end if "price" in parent else {})


def two_ways(one: Fields, away: int, limit: str) -> Fields:
    stop = int(one["price"]) + (away if one["side"] == "buy" else -away)
    said = {"order_class": "oco", "stop_price": str(stop)}
    return one | said | ({"stop_limit_price": limit} if limit else {})


LIMITS = st.builds(order, ACCOUNTS, SIDES, SIZES, PRICES)
TAKERS = st.builds(order, ACCOUNTS, SIDES, SIZES, st.one_of(PRICES, st.just("")))
BRACKETS = st.builds(
    bracket,
    st.builds(order, ACCOUNTS, SIDES, SIZES, st.sampled_from(["9", "10", "11", ""])),
    st.sampled_from(["both", "both", "gain", "loss"]),
    st.integers(1, 2),
    st.integers(1, 2),
    st.sampled_from(["", "", "8", "12"]),
    ENDS,
)
TWO_WAYS = st.builds(two_ways, LIMITS, st.integers(1, 3), st.sampled_from(["", "9", "11"]))
NAMED = st.tuples(st.integers(0, 6), st.booleans())
"""How many orders ago, and whether its exit."""
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "price": PRICES,
        "stop_price": PRICES,
        "quantity": SIZES,
        "good_until": st.sampled_from(["6", "28000000", "1000000000"]),
    },
).filter(bool)
COMMANDS = st.one_of(
    *(LIMITS, TAKERS, BRACKETS, BRACKETS, BRACKETS, TWO_WAYS),
    st.builds(lambda named: {"op": "cancel", "named": named}, NAMED),
    st.builds(lambda named, new: {"op": "replace", "named": named} | new, NAMED, CHANGES),
    st.sampled_from([{"op": "cancel_all", "account": account} for account in ("ann", "bob")]),
    st.sampled_from([{"op": "cancel_all", "account": "ann", "side": side} for side in ("buy",)]),
    st.just({"op": "cancel_all_after", "account": "ann", "timeout": 1}),
)
ENTRIES = st.one_of(
    st.lists(COMMANDS, min_size=1, max_size=4),
    st.lists(COMMANDS, min_size=1, max_size=4),
    st.sampled_from(
        [
            ("clock.tick", {}),
            ("instrument.state", {"symbol": "ACME", "state": "halted"}),
            ("instrument.state", {"symbol": "ACME", "state": "open"}),
            ("market.kill", {"symbol": "ACME"}),
            ("market.release", {"symbol": "ACME"}),
        ]
    ),
)
BOUNDS = st.sampled_from([Bounds(), Bounds(due=1), Bounds(due=2, touches=3), Bounds(resting=5)])


class Crowd:
    """An engine and its twin with the same entries."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.desk = Desk(bounds)
        self.twin = Twin(slow.Bounds(*bounds[:-1]))
        self.audit = Audit()
        self.came: list[tuple[str, str]] = []
        """Account and id of each new order."""
        self.ends: Counter[str] = Counter()
        self.quantities: dict[str, Decimal] = {}
        for subject, body in OPENING:
            self.send(subject, body)

    def send(self, subject: str, body: Fields | list[Fields]) -> None:
        seq = self.desk.position + 1
        if isinstance(body, list):
            body = [self.named(command, seq, place) for place, command in enumerate(body)]
        ts_ns = seq * 1_000_000 if seq > len(OPENING) + 8 else 0
        answer = self.desk.answer(Entry(seq, ts_ns, subject, json.dumps(body).encode()))
        executions = json.loads(answer)
        del executions[-1]["digest"]
        for execution in executions:
            execution.pop("text", "")
            self.note(execution)
        assert executions == self.twin.answer(subject, body, ts_ns)
        self.audit.read(executions)
        check_books(self.desk.engine)
        check_holds(self.desk.engine)

    def named(self, command: Fields, seq: int, place: int) -> Fields:
        """With the id of the order that is meant."""
        if "side" in command and "op" not in command:
            self.came.append((command["account"], order_id(seq, place)))
        if "named" not in command:
            return command
        back, leg = command["named"]
        account, named = self.came[-1 - back] if back < len(self.came) else UNKNOWN
        rest = {name: value for name, value in command.items() if name != "named"}
        return rest | {"account": account, "order_id": told_exit_id(named) if leg else named}

    def note(self, execution: Fields) -> None:
        """Every order ends once, and has filled no more than it was for; none is open whose exit
        was filled."""
        told = execution.get("changed", [])
        if "order" in execution and execution["result"] == "accepted":
            told = [*told, execution["order"]]
        for one in told:
            name = one["order_id"]
            if "quantity" in one:
                self.quantities[name] = Decimal(one["quantity"])
            if name in self.quantities:
                assert Decimal(one["filled_quantity"]) <= self.quantities[name]
            assert not self.ends[name], one
            self.ends[name] += one["status"] in FINAL
            parent = one.get("parent_order_id", "")
            assert one["status"] != "filled" or not parent or self.ends[parent], one

    def settle(self) -> None:
        """Let all have its turn."""
        for subject, body in (
            ("instrument.state", {"symbol": "ACME", "state": "open"}),
            ("market.release", {"symbol": "ACME"}),
            *[("clock.tick", {})] * 60,
        ):
            self.send(subject, body)


@settings(max_examples=150)
@given(st.lists(ENTRIES, max_size=14), BOUNDS, st.data())
def test_whatever_happens_between_them(
    entries: list[Any], bounds: Bounds, data: st.DataObject
) -> None:
    """Engine and twin say the same of it; each order ends once; once all have had their turn no
    exit waits for a parent that has ended; and a snapshot in the middle of it changes nothing."""
    crowd = Crowd(bounds)
    cut = data.draw(st.integers(0, len(entries)))
    for place, entry in enumerate(entries):
        if place == cut:
            engine = snapshot.load(b"".join(snapshot.dump(crowd.desk.engine)), bounds)
            assert state(engine) == state(crowd.desk.engine)
            crowd.desk = Desk.of(engine)
        crowd.send(*entry) if isinstance(entry, tuple) else crowd.send("order.created", entry)
    crowd.settle()
    engine = crowd.desk.engine
    assert not engine.stops.queue
    assert not engine.stops.closed
    for one in engine.orders.values():
        assert not is_unarmed(one) or one.parent is not None
        assert not one.is_spent
        assert one.parent is engine.orders.get(parent_id(one.order_id))


def test_exits_come_right_behind_their_parents() -> None:
    """And before what came with the next command of the entry."""
    first, second, third = 7 << 12, 7 << 12 | 1, 8 << 12
    exits = [exit_id(number) for number in (first, second)]
    ids = [third, *exits, second, first]
    assert sorted(ids, key=arrival) == [first, exits[0], second, exits[1], third]
    assert [is_exit(number) for number in (first, *exits)] == [False, True, True]
    assert [parent_id(number) for number in (first, *exits)] == [0, first, second]


@pytest.mark.parametrize("due", [1, 3, 1_000])
def test_many_exits_are_armed_over_several_entries(due: int) -> None:
    """One order fills many parents: their exits follow in the order in which they were filled, and
    nobody trades before."""
    venue = Venue("ACME", bounds=Bounds(due=due))
    parent = order("alice", "buy", "1", "10") | {"order_class": "oto", "take_profit": "12"}
    for _ in range(12):
        venue.send("order.created", parent)
        while venue.engine.stops.queue:
            venue.send("clock.tick", {})
    (parents,) = venue.engine.books["ACME"].bids.levels.values()
    assert parents.count == 12
    moved: list[str] = []
    executions = venue.send("order.created", order("bob", "sell", "12", "10"))
    while True:
        told = [one for one in executions if one.op == "exit.moved"]
        assert len(told) <= due
        moved += [one.order.order_id for one in told if one.order is not None]
        if not venue.engine.stops.queue:
            break
        executions = venue.send("clock.tick", {})
    assert moved == sorted(moved) and len(set(moved)) == 12
    (level,) = venue.engine.books["ACME"].asks.levels.values()
    assert (level.count, level.quantity) == (12, 12 * 10**9)


def test_an_account_is_open_as_long_as_an_exit_of_it() -> None:
    """Also one that holds nothing: its instrument is closed, so that it was not armed."""
    venue = Venue("ACME", bounds=Bounds(touches=1))
    venue.send("key.create", {"key_id": "a" * 16, "hash": "f" * 64, "role": "admin"})
    venue.send("account.open", {"account": "m", "type": "cash", "access": "open"})
    venue.send("account.deposit", {"account": "m", "amount": "90"})
    venue.send("order.created", order("bob", "sell", "10", "10"))
    parent = order("m", "buy", "9", "10") | {"order_class": "oto", "take_profit": "12"}
    halt = {"symbol": "ACME", "state": "halted"}
    venue.send("order.created", [parent, {"op": "instrument.state", "key": "a" * 16} | halt])
    venue.send("clock.tick", {})
    assert venue.engine.stops.closed
    venue.send("account.withdraw", {"account": "m", "symbol": "ACME", "quantity": "9"})
    (refused,) = venue.send("account.state", {"account": "m", "state": "closed"})
    assert refused.reason == "account_not_empty"
    venue.send("instrument.state", halt | {"state": "open"})
    (closed,) = venue.send("account.state", {"account": "m", "state": "closed"})
    assert closed.result == "accepted"
