"""The state of a venue as bytes, and the venue that goes on from them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain import snapshot
from outcry.domain.account import Account, Position
from outcry.domain.accounts import Accounts
from outcry.domain.book import Book, Ladder
from outcry.domain.client_ids import ClientIds
from outcry.domain.clock import Clock
from outcry.domain.commands import CancelAll, EndOrders, ExpireOrders, FireSwitch
from outcry.domain.due import Due
from outcry.domain.engine import Engine
from outcry.domain.expiry import Expiry
from outcry.domain.keys import Key, Keyring
from outcry.domain.level import Level
from outcry.domain.limits import BOUNDS, Bounds
from outcry.domain.open_orders import OpenOrders
from outcry.domain.order import Order
from outcry.domain.reports import Reports
from outcry.domain.rulebook import Rulebook
from outcry.domain.stops import Stops, Waits
from outcry.domain.switches import Deadline, Switches
from outcry.domain.trails import Tide, Trails
from outcry.domain.types import UNIT
from outcry.orders.answer import Desk
from tests.seeded import log
from tests.trading import Told, sessions
from tests.venue import Venue, state


def restored(desk: Desk, bounds: Bounds = BOUNDS) -> Desk:
    """A desk that goes on from a dump of another one's engine."""
    return Desk.of(snapshot.load(b"".join(snapshot.dump(desk.engine)), bounds))


def whole(engine: Engine) -> dict[str, Any]:
    moving = {name: getattr(engine, name) for name in ("seq", "entry", "digest")}
    return state(engine) | moving | {"now_ns": engine.clock.now_ns}


@given(sessions(), st.data())
def test_a_restored_venue_answers_as_the_one_that_went_on(
    session: list[Told], data: st.DataObject
) -> None:
    """Whatever was traded before, every later answer is the same, byte for byte."""
    cut = data.draw(st.integers(0, len(session)))
    bounds = Bounds(touches=4, looks=5, resting=6, instruments=3, accounts=4, holdings=5, keys=4)
    venue = Venue.closed(bounds)
    for told in session[:cut]:
        venue.send(*told)
    other = Venue.closed(bounds)
    other.desk = restored(venue.desk, bounds)
    assert whole(other.engine) == whole(venue.engine)
    for told in session[cut:]:
        venue.send(*told)
        other.send(*told)
        assert other.engine.digest == venue.engine.digest
    assert whole(other.engine) == whole(venue.engine)


def test_a_day_can_be_cut_anywhere() -> None:
    """A long session with everything in it goes on from its snapshots as if there had been none."""
    through, cut = Desk(Bounds(touches=6)), Desk(Bounds(touches=6))
    for entry in log(1, 1_000):
        if entry.seq % 50 == 0:
            cut = restored(cut, Bounds(touches=6))
        assert cut.answer(entry) == through.answer(entry)
    assert whole(cut.engine) == whole(through.engine)


def test_fills_beyond_64_bits_are_kept() -> None:
    """The value of what an order has traded may be larger than a packed number holds."""
    venue = Venue("ACME")
    terms = {"symbol": "ACME", "price": "100000"}
    venue.order(side="sell", account="alice", quantity="1000000", **terms)
    venue.order(side="buy", account="bob", quantity="999999", **terms)
    (order,) = venue.engine.orders.values()
    assert order.notional > 1 << 64
    (again,) = restored(venue.desk).engine.orders.values()
    assert again.notional == order.notional


def test_margins_beyond_64_bits_are_kept() -> None:
    """So may what a share needs, far from the reference price and with much borrowed."""
    venue = Venue("ACME")
    venue.send("instrument.set", {"symbol": "ACME", "reference_price": "1"})
    venue.order(symbol="ACME", side="buy", account="bob", quantity="1", price="1000000000")
    (order,) = venue.engine.orders.values()
    assert order.margin > 1 << 64
    other = restored(venue.desk).engine
    (again,) = other.orders.values()
    assert (again.margin, again.held) == (order.margin, order.held)
    assert other.accounts.by_name["bob"].held == order.held


def test_what_orders_show_and_where_they_stand_is_kept() -> None:
    """One that showed its next part stands behind who came later, with what is left of the part."""
    venue = Venue("ACME")
    terms = {"symbol": "ACME", "price": "16"}
    ask = terms | {"side": "sell", "account": "alice", "quantity": "20"}
    venue.order(**ask, display_quantity="5", client_order_id="part")
    venue.order(**ask, client_order_id="whole")
    venue.order(**ask, display_quantity="3", client_order_id="other part")
    for quantity in ("7", "19", "4"):
        venue.order(side="buy", account="bob", quantity=quantity, **terms)
    other = restored(venue.desk).engine
    assert whole(other) == whole(venue.engine)
    queues = []
    for engine in (venue.engine, other):
        level, queue = engine.books["ACME"].asks.best(), []
        assert level is not None
        order = level.first
        while order is not None:
            queue.append((order.client_order_id, order.shown // UNIT, order.leaves // UNIT))
            order = order.next
        assert level.quantity == sum(shown for _, shown, _ in queue) * UNIT
        queues.append(queue)
    assert queues == [[("part", 3, 13), ("other part", 3, 17)]] * 2


def test_what_falls_due_is_kept() -> None:
    """Armed switches fire and mass cancels go on after a snapshot as they would have."""
    bounds = Bounds(touches=2)
    venue = Venue("ACME", bounds=bounds)
    for price in range(1, 6):
        venue.order(symbol="ACME", side="buy", quantity="1", price=str(price))
    venue.order(op="cancel_all", symbol="ACME", side="buy")
    for account, timeout in (("bob", 5), ("alice", 5), ("demo", 9)):
        venue.send(
            "order.created", {"op": "cancel_all_after", "account": account, "timeout": timeout}
        )
    venue.order(op="cancel_all", account="alice")
    assert venue.engine.due.switches.armed
    other = Venue.closed(bounds)
    other.desk = restored(venue.desk, bounds)
    for ts_ns in (0, 5_000_001, 6_000_000, 10_000_000):
        body = b'{"symbol":"ACME","side":"buy","quantity":"1","price":"1"}'
        answer = other.send_bytes("order.created", body, ts_ns)
        assert answer == venue.send_bytes("order.created", body, ts_ns)
    assert whole(other.engine) == whole(venue.engine)
    assert not venue.engine.due.switches.armed


def test_a_venue_that_is_not_open_can_be_dumped() -> None:
    """Entries before the opening are refused, and counted; both survive."""
    venue = Venue.closed()
    venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    assert whole(restored(venue.desk).engine) == whole(venue.engine)


@pytest.mark.parametrize("bad", [b"", b"\xff" * 40, bytes(8) + b"\xc0"])
def test_other_bytes_are_refused(bad: bytes) -> None:
    """What is no dump is a ValueError, whatever it is."""
    with pytest.raises(ValueError, match="state"):
        snapshot.load(bad)


def test_client_ids_must_fit_their_count() -> None:
    """Rows that are missing are noticed."""
    venue = Venue("ACME")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1", client_order_id="a")
    dumped = b"".join(snapshot.dump(venue.engine))
    with pytest.raises(ValueError, match="client ids"):
        snapshot.load(dumped[:-1])


@pytest.mark.parametrize(
    ("part", "known"),
    [
        (
            vars(Engine()),
            """digest clock reports rulebook accounts keyring trading order_entry cascade
            administration due _bounds""",
        ),
        (Clock.__slots__, "now_ns by_entries"),
        (vars(Reports(Clock())), "seq entry clock"),
        (
            vars(Rulebook(BOUNDS)),
            "venue successor instruments limits killed killed_symbols _bounds",
        ),
        (vars(Accounts(BOUNDS)), "by_name holdings terms generation _bounds"),
        (
            Account.__struct_fields__,
            """name type multiplier shorting access prevention state killed limits maker_fee
            taker_fee terms cash positions second sent held open_orders""",
        ),
        (Position.__struct_fields__, "quantity closing buying selling parents pending standing of"),
        (vars(Keyring(1)), "keys _most"),
        (Key.__struct_fields__, "key_id hash role accounts name revoked"),
        (
            vars(Engine().trading),
            "books orders open_orders stops client_ids work _reports",
        ),
        (
            vars(Engine().order_entry),
            "_reports _rulebook _accounts _keyring _trading _admission",
        ),
        (
            vars(Engine().administration),
            "_reports _rulebook _accounts _keyring _trading _do",
        ),
        (
            ClientIds.__slots__,
            "_forgotten _heads _mask _symbol_numbers count horizon instructions pages symbols",
        ),
        (OpenOrders.__slots__, "_accounts expiry"),
        (Expiry.__slots__, "_heap _orders next_ns"),
        (Due.__slots__, "_most expiry switches unfinished"),
        (Switches.__slots__, "_heap armed next_ns"),
        (Deadline._fields, "at_ns place"),
        (CancelAll.__struct_fields__, "account symbol side expire_ns key"),
        (FireSwitch.__struct_fields__, "account"),
        (EndOrders.__struct_fields__, "account"),
        (vars(Engine().cascade), "_reports _rulebook _trading _admission _bounds"),
        (Stops.__slots__, "_count _numbers closed queue waiting"),
        (Waits.__slots__, "keys levels sign"),
        (Trails.__slots__, "_behind _count _of _sign _stops highs tides"),
        (Tide.__slots__, "high nearest orders trails"),
        (ExpireOrders.__struct_fields__, ""),
        (Book.__slots__, "asks bids mark"),
        (Ladder.__slots__, "keys levels sign"),
        (Level.__struct_fields__, "price quantity count first last"),
        (
            Order.__struct_fields__,
            """order_id account client_order_id symbol side type time_in_force price quantity leaves
            filled notional status reason record closes multiplier maker_fee taker_fee margin
            protection worst instructions hidden owner position covered held group exit parent
            target pending level previous next""",
        ),
    ],
    ids=[
        "engine",
        "clock",
        "reports",
        "rulebook",
        "accounts",
        "account",
        "position",
        "keyring",
        "key",
        "trading",
        "order_entry",
        "administration",
        "client_ids",
        "open_orders",
        "expiry",
        "due",
        "switches",
        "deadline",
        "cancel_all",
        "fire_switch",
        "end_orders",
        "cascade",
        "stops",
        "waits",
        "trails",
        "tide",
        "expire_orders",
        "book",
        "ladder",
        "level",
        "order",
    ],
)
def test_no_state_is_forgotten(part: Any, known: str) -> None:
    """Whoever gives the engine a new field decides here how a snapshot keeps it: written, or made
    anew from the rest, or needless because every entry begins with it; and says so in dump."""
    assert set(part) == set(known.split())


def test_it_holds_on_to_nothing() -> None:
    """A restored engine shares no memory with the bytes it came from."""
    dumped = bytearray(b"".join(snapshot.dump(Venue("ACME").engine)))
    engine = snapshot.load(dumped)
    before = whole(engine)
    dumped[:] = bytes(len(dumped))
    assert whole(engine) == before
