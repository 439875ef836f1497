"""The form of a state in files: what was written once stays readable."""

import json
import zlib
from pathlib import Path
from typing import Any

from outcry.domain import snapshot
from outcry.domain.account import Limits, Terms
from outcry.domain.client_ids import id_digest
from outcry.domain.commands import EndOrders, FireSwitch
from outcry.domain.engine import Engine
from outcry.domain.exits import is_unarmed
from outcry.domain.instructions import Instructions
from outcry.domain.limits import VERSION, Bounds
from outcry.domain.order import Order
from outcry.domain.types import UNIT, AccountState, AccountType, Role, SelfTradePrevention
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from tests.scenarios.story import play, read_stories
from tests.venue import Venue

OF_2 = Path(__file__).with_name("state_of_engine_2.zlib")
"""A dump after entry 540 of the seeded log of engine 2: orders with fills, switches, an unfinished
cancel; neither money nor keys."""
OF_3 = Path(__file__).with_name("state_of_engine_3.zlib")
"""A dump after `day`."""
OF_4 = Path(__file__).with_name("state_of_engine_4.zlib")
"""A dump after the story beside it."""
NOW_NS = 1_761_930_000_546_000_000
ADMIN, GONE = "a" * 16, "b" * 16


def read(written: Path, bounds: Bounds = Bounds()) -> Engine:  # noqa: B008
    return snapshot.load(zlib.decompress(written.read_bytes()), bounds)


def go_on(engine: Engine) -> None:
    """At a mark, as the version of today."""
    engine.rulebook.successor = VERSION
    engine.succeed()


def send(desk: Desk, subject: str, body: Any) -> tuple[ExecutionMessage, ...]:
    entry = Entry(desk.position + 1, NOW_NS, subject, json.dumps(body).encode())
    return read_answer(desk.answer(entry))


def test_a_state_of_engine_2_stays_readable() -> None:
    """A start begins with a state that was written before, and so does the next version at a mark:
    whoever gives the state a new form still reads this file, which stays as it is."""
    engine = read(OF_2)
    assert (engine.entry, engine.seq) == (540, 2205)
    assert engine.digest.hex() == "646929b01cef7aa596470623907f141c"
    assert engine.clock.now_ns == 1_761_930_000_540_000_000
    assert list(engine.rulebook.instruments) == ["ACME", "ZINC", "IRON"]
    assert engine.due.unfinished == {FireSwitch("bob"): 540 << 12}
    assert list(engine.due.switches.armed) == ["carol", "dave"]
    assert len(engine.orders) == 9
    (filled,) = (order for order in engine.orders.values() if order.filled)
    assert (filled.account, filled.price) == ("demo", 107 * UNIT)
    assert (filled.leaves, filled.filled) == (3 * UNIT, 15 * UNIT)
    assert filled.average_price == 107 * UNIT
    blocked = engine.client_ids.find(id_digest("demo", "3"))
    assert blocked is not None and blocked.blocked


def test_who_had_orders_or_settings_has_an_account() -> None:
    """Of cash, with nothing in it, for which nobody has a key yet; what was set holds on."""
    accounts = read(OF_2).accounts.by_name
    assert {"alice", "bob", "carol", "demo"} <= set(accounts)
    assert accounts["alice"].prevention is SelfTradePrevention.NONE
    for account in accounts.values():
        assert (account.type, account.access) == (AccountType.CASH, "keys")
        assert (account.cash, account.held, account.open_orders) == (0, 0, 0)


def test_what_rested_is_withdrawn_before_anything_else() -> None:
    """Engine 2 held no money for an order: at the mark each goes, with the reason `upgrade`; a
    switch that had fired comes first, as it waited before."""
    engine = read(OF_2, Bounds(touches=4))
    go_on(engine)
    desk = Desk.of(engine)
    order = {"symbol": "ACME", "side": "buy", "quantity": "1", "price": "1", "account": "demo"}
    told: list[ExecutionMessage] = []
    while engine.due.unfinished:
        told += send(desk, "order.created", order)
    assert [one.op for one in told if one.op != "new"][:2] == ["switch.fired", "orders.ended"]
    assert {one.reason for one in told if one.op == "new"} == {"not_allowed"}
    ended = [change for one in told if one.op == "orders.ended" for change in one.changed]
    assert {change.reason for change in ended} == {"upgrade"}
    assert {change.account for change in ended} == {"alice", "carol", "demo"}
    assert not engine.orders and not any(one.balances for one in told)
    assert all(account.held == 0 for account in engine.accounts.by_name.values())


def test_an_upgrade_that_goes_on_is_kept() -> None:
    """A snapshot between two steps of it goes on where it was."""
    engine = read(OF_2, Bounds(touches=4))
    go_on(engine)
    send(Desk.of(engine), "clock.tick", {})
    again = snapshot.load(b"".join(snapshot.dump(engine)), Bounds(touches=4))
    assert again.due.unfinished == engine.due.unfinished
    assert any(isinstance(work, EndOrders) for work in again.due.unfinished)
    assert send(Desk.of(again), "clock.tick", {}) == send(Desk.of(engine), "clock.tick", {})


def test_client_order_ids_are_known_across_the_mark() -> None:
    """A gateway may send again, with a key now, what engine 2 has accepted: it is a repeat."""
    engine = read(OF_2)
    go_on(engine)
    desk = Desk.of(engine)
    send(desk, "key.create", {"key_id": ADMIN, "hash": "0" * 64, "role": "admin"})
    sent = {"account": "demo", "client_order_id": "110", "key": ADMIN}
    sent |= {"symbol": "ZINC", "side": "sell", "quantity": "15", "price": "100.75"}
    (again,) = send(desk, "order.created", sent)
    assert (again.result, again.first_seq) == ("duplicate", 2179)
    assert again.order is not None and again.order.reason == "upgrade"
    (other,) = send(desk, "order.created", sent | {"quantity": "16"})
    assert other.reason == "client_order_id_reused"


def day() -> Venue:
    """What engine 3 keeps, all of it; OF_3 is the state after it."""
    venue = Venue.closed(Bounds(version="3"))
    venue.send("venue.open", {"log": "0123456789abc", "engine": "3", "schema": 1, "shard": 5})
    terms = {"price_band": "0.5", "maker_fee": "0.001", "taker_fee": "0.002"}
    venue.send("instrument.list", {"symbol": "ACME", "tick": "0.01"} | terms)
    venue.send("instrument.list", {"symbol": "ZINC", "tick": "0.01"})
    for key_id, role in (ADMIN, "admin"), (GONE, "admin"):
        venue.send("key.create", {"key_id": key_id, "hash": "0" * 64, "role": role, "name": "n"})
    venue.send("key.revoke", {"key_id": GONE})
    margin = {"type": "margin", "multiplier": 4, "shorting": True, "access": "open"}
    for account in "ann", "bob", "cleo", "dan":
        venue.send("account.open", {"account": account} | (margin if account != "cleo" else {}))
        venue.send("account.deposit", {"account": account, "amount": "1000"})
    shares = {"account": "cleo", "symbol": "ACME", "quantity": "50", "transfer_id": "t"}
    venue.send("account.deposit", shares)
    venue.send("account.set", {"account": "ann", "max_order_rate": 3, "maker_fee": "0"})
    venue.send("account.set", {"account": "ann", "symbol": "ACME", "max_position": "30"})
    venue.send("account.state", {"account": "dan", "state": "restricted"})
    venue.send("market.set", {"max_open_orders": 5})
    venue.send("market.kill", {"symbol": "ZINC"})
    venue.send("market.kill", {"account": "bob"})
    orders = [
        {"account": "cleo", "side": "sell", "quantity": "20", "price": "10"},
        {"account": "ann", "side": "buy", "quantity": "5", "price": "10"},
        {"account": "ann", "side": "buy", "quantity": "7", "price": "9"},
    ]
    venue.send("order.created", [{"symbol": "ACME", "key": ADMIN} | one for one in orders], NOW_NS)
    return venue


def test_a_state_of_engine_3_stays_readable() -> None:
    """With money, rights, limits, switches, the reference price and what orders hold."""
    engine = read(OF_3)
    ann, cleo = engine.accounts.by_name["ann"], engine.accounts.by_name["cleo"]
    money = UNIT * UNIT
    assert ann.cash == 950 * money - money // 10
    assert ann.held == 63 * money  # of her own maker fee of 0
    assert (ann.type, ann.multiplier, ann.shorting, ann.access) == ("margin", 4, True, "open")
    assert ann.limits == Limits(max_order_rate=3) and ann.maker_fee == 0
    assert ann.terms == {"ACME": Terms(max_position=30 * UNIT)}
    assert (ann.second, ann.sent) == (NOW_NS // 10**9, 2)
    assert ann.positions["ACME"].quantity == 5 * UNIT
    held = cleo.positions["ACME"]
    assert (held.quantity, held.closing, held.selling) == (45 * UNIT, 15 * UNIT, 15 * UNIT)
    assert cleo.cash == 1_050 * money - money // 20
    assert engine.accounts.by_name["dan"].state is AccountState.RESTRICTED
    assert engine.accounts.by_name["bob"].killed
    assert engine.rulebook.limits.max_open_orders == 5
    assert (engine.rulebook.killed, list(engine.rulebook.killed_symbols)) == (False, ["ZINC"])
    assert engine.books["ACME"].mark == 10 * UNIT
    admin, gone = engine.keyring.keys.values()
    assert (admin.key_id, admin.role, admin.name, admin.revoked) == (ADMIN, Role.ADMIN, "n", False)
    assert (gone.key_id, gone.revoked) == (GONE, True)
    assert (engine.accounts.holdings, engine.accounts.terms) == (2, 1)


def test_a_state_of_engine_3_goes_on() -> None:
    """What was written answers on after the mark, and nothing of it is withdrawn: as if what is the
    same in this version had come before in it as well."""
    written, going_on = Desk.of(read(OF_3)), day().desk
    go_on(written.engine)
    assert len(written.engine.orders) == 2 and not written.engine.due.unfinished
    buy = {"symbol": "ACME", "side": "buy", "account": "ann", "quantity": "15"}
    for subject, body in [
        ("order.created", [buy | {"price": "10.5"}, buy | {"price": "9", "quantity": "1"}]),
        ("order.created", {"op": "cancel_all", "account": "ann", "key": GONE}),
        ("account.withdraw", {"account": "cleo", "symbol": "ACME", "quantity": "45"}),
        ("account.deposit", {"account": "cleo", "amount": "1", "transfer_id": "t"}),
        ("market.release", {"symbol": "ZINC"}),
    ]:
        assert send(written, subject, body) == send(going_on, subject, body)


def evening() -> Venue:
    """Orders of every kind, some of which wait for their turn, or for their instrument."""
    (story,) = read_stories(OF_4.with_suffix(".txt"))
    return play(story).venue


def named(engine: Engine, name: str) -> Order:
    return next(order for order in engine.orders.values() if order.client_order_id == name)


def test_a_state_of_engine_4_stays_readable() -> None:
    """With all that orders say, hide, wait for and are bound to."""
    engine = read(OF_4, Bounds(due=1))
    ice, parent = named(engine, "ice"), named(engine, "parent")
    assert (ice.leaves, ice.hidden, ice.displayed) == (8 * UNIT, 7 * UNIT, UNIT)
    assert ice.instructions == Instructions(display_quantity=2 * UNIT, good_until_ns=50)
    assert named(engine, "post").instructions is not None
    assert engine.books["ZINC"].bids.best() is ice.level
    amount, percent = named(engine, "amount").instructions, named(engine, "percent").instructions
    assert amount is not None and (amount.high_water, amount.trail) == (5 * UNIT, UNIT // 2)
    assert percent is not None and percent.stop_price == 55 * UNIT // 10
    assert parent.exit is not None and parent.exit.parent is parent
    assert is_unarmed(parent.exit) and parent.exit.status == "held"
    two_ways = named(engine, "two-ways")
    assert two_ways.waits and two_ways.level is not None
    assert named(engine, "quoted").order_id in engine.stops.in_turn
    closed = [order.target for order in engine.stops.closed["ACME"].values()]
    assert closed == [UNIT, 6 * UNIT]
    assert [order.parent for order in engine.stops.queue.values()] == [named(engine, "a2")]


def test_a_state_of_engine_4_goes_on() -> None:
    """Who waited for his turn has it, and each that waits for the market is set off by it."""
    desk = Desk.of(read(OF_4))
    told = send(desk, "instrument.state", {"symbol": "ACME", "state": "open"})
    ops = [one.op for one in told]
    assert ops == ["orders.expired", "exit.moved", "instrument.state", *["exit.moved"] * 2]
    sell = {"symbol": "ZINC", "side": "sell", "account": "bob", "quantity": "8", "price": "4.5"}
    (key,) = desk.engine.keyring.keys
    told = send(desk, "order.created", sell | {"key": key})
    assert [one.op for one in told] == ["new", "exit.moved", "stop.triggered"]


if __name__ == "__main__":
    OF_4.write_bytes(zlib.compress(b"".join(snapshot.dump(evening().engine)), 9))
