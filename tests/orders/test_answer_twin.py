"""The engine and its slow twin, entry by entry, through bytes."""

import ast
import json
from collections.abc import Iterable
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain import limits
from outcry.domain.engine import Engine
from outcry.domain.exits import is_unarmed
from outcry.domain.limits import LEG_INDEX, Bounds
from outcry.domain.order import LIFE_CYCLE, Order, OrderStatus, is_exit
from outcry.domain.stops import Waits
from outcry.domain.trails import Trails
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from sim import bounds as slow
from sim.audit import Audit, check_holds
from sim.ledger import exit_of
from sim.order import told
from sim.twin import Twin
from tests.trading import Told, sessions

Fields = dict[str, Any]

ROOT = Path(__file__).parents[2]

BOUNDS = st.tuples(
    st.integers(0, 4),  # touches
    st.integers(0, 6),  # looks
    st.integers(2, 8),  # resting
    st.integers(1, 2),  # instruments
    st.integers(2, 3),  # accounts
    st.integers(1, 2),  # due
    st.integers(1, 3),  # switches
    st.integers(1, 6),  # holdings
    st.integers(3, 5),  # keys
)
DEFAULTS = st.just(limits.BOUNDS[:-1])
"""All but the version."""


@settings(max_examples=300)
@given(sessions(), st.one_of(DEFAULTS, BOUNDS))
def test_the_engine_answers_as_its_twin_does(session: list[Told], bounds: tuple[Any, ...]) -> None:
    """Whatever is traded, every field of every execution is what the rules say."""
    desk, twin, books = Desk(Bounds(*bounds)), Twin(slow.Bounds(*bounds)), Books()
    digest, audit = bytes(16), Audit()
    for seq, (subject, body, ts_ns) in enumerate(session, 1):
        answer = desk.answer(Entry(seq, ts_ns, subject, json.dumps(body).encode()))
        executions = json.loads(answer)
        digest = check_digest(answer, executions[-1].pop("digest"), digest)
        for execution in executions:
            assert bool(execution.pop("text", "")) == (execution["result"] == "rejected")
            books.apply(execution)
        assert executions == twin.answer(subject, body, ts_ns)
        check_books(desk.engine)
        audit.read(executions)
        check_holds(desk.engine)
        resting = {order["order_id"]: order for order in map(told, twin.resting)}
        assert unmoved(books.open) == unmoved(resting)


def unmoved(orders: dict[str, Fields]) -> dict[str, Fields]:
    """Without what trades have moved since it was told."""
    return {
        number: {
            name: value
            for name, value in order.items()
            if order["type"] != "trailing_stop" or name not in ("high_water_mark", "stop_price")
        }
        for number, order in orders.items()
    }


def test_the_twin_knows_nothing_of_the_engine() -> None:
    """Neither it nor what it is made of imports anything of outcry."""
    known, waiting = set[str](), ["sim.twin"]
    while waiting:
        name = waiting.pop()
        known.add(name)
        tree = ast.parse(ROOT.joinpath(*name.split(".")).with_suffix(".py").read_text())
        nodes = list(ast.walk(tree))
        modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        modules |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
        assert not any(module.startswith("outcry") for module in modules), name
        waiting += [m for m in modules if m.startswith("sim.") and m not in known]
    assert {"sim.accounts", "sim.keys", "sim.order", "sim.risk", "sim.rulebook"} < known


def check_digest(answer: bytes, written: str, before: bytes) -> bytes:
    """The digest runs over what stands before it in each answer."""
    bare = answer.replace(f',"digest":"{written}"'.encode(), b"")
    after = blake2b(before + bare, digest_size=16).digest()
    assert written == after.hex()
    return after


def waiting(waits: Waits | Trails) -> Iterable[dict[int, Order]]:
    """Those that wait together."""
    if isinstance(waits, Waits):
        return waits.levels.values()
    return [tide.orders for tide in waits.tides.values()]


class Books:
    """What a reader of the executions alone knows: open orders, and what each has traded."""

    def __init__(self) -> None:
        self.open: dict[str, Fields] = {}
        self.traded: dict[str, Decimal] = {}

    def apply(self, execution: Fields) -> None:
        order = execution.get("order")
        if execution["result"] == "duplicate":
            return
        for change in execution.get("changed", []) if order is None else []:
            self.book(self.open[change["order_id"]] | change)
        if order is None:
            return
        for trade in execution.get("trades", []):
            quantity = Decimal(trade["quantity"])
            for order_id in (order["order_id"], trade["maker_order_id"]):
                self.traded[order_id] = self.traded.get(order_id, Decimal(0)) + quantity
        self.book(order)
        if execution["op"] == "new" and "exit_order_id" in order:
            leg = exit_of(order) | {"parent_order_id": order["order_id"], "filled_quantity": "0"}
            self.open[leg["order_id"]] = {name: value for name, value in leg.items() if value}
        for change in execution.get("changed", []):
            self.book(self.open[change["order_id"]] | change)

    def book(self, order: Fields) -> None:
        """Shares are conserved: an order has filled what its trades say, and no more than it is."""
        order_id, quantity = order["order_id"], Decimal(order["quantity"])
        filled, leaves = Decimal(order["filled_quantity"]), Decimal(order["leaves_quantity"])
        assert filled == self.traded.get(order_id, 0)
        before = self.open.pop(order_id, None)
        if before is not None:
            was, now = OrderStatus(before["status"]), OrderStatus(order["status"])
            assert now is was or now in LIFE_CYCLE[was]
        if order["status"] in ("held", "new", "partially_filled"):
            assert filled + leaves == quantity
            assert leaves > 0 or (order["status"] != "new" and "parent_order_id" in order)  # spent
            self.open[order_id] = order
        else:
            assert leaves == 0
            assert filled <= quantity


def is_in_turn(engine: Engine, order: Order) -> bool:
    """Whether it is in the queue, or waits for its instrument to be open again."""
    stops = engine.stops
    return order.order_id in stops.queue or order.order_id in stops.closed.get(order.symbol, {})


def check_books(engine: Engine) -> None:
    """Books are never crossed, their sums are right, and `orders` is what rests in them or is held:
    in the queue, or where the market has not come yet."""
    resting = {}
    assert list(engine.books) == list(engine.rulebook.instruments)
    for symbol, book in engine.books.items():
        for ladder in (book.bids, book.asks):
            assert ladder.keys == sorted(set(ladder.keys))
            assert ladder.keys == sorted(ladder.levels)
            for key, level in ladder.levels.items():
                queue = []
                order, before = level.first, None
                while order is not None:
                    assert (order.previous, order.level, order.symbol) == (before, level, symbol)
                    assert order.price == level.price == ladder.sign * key
                    assert order.leaves > 0
                    queue.append(order)
                    order, before = order.next, order
                assert level.last is queue[-1]
                assert level.count == len(queue)
                assert level.quantity == sum(order.leaves - order.hidden for order in queue)
                resting.update({order.order_id: order for order in queue})
        bid, ask = book.bids.best(), book.asks.best()
        assert bid is None or ask is None or bid.price < ask.price
    waits_for: dict[int, Order] = {}
    for sides in engine.stops.waiting.values():
        for waits in sides.values():
            if isinstance(waits, Waits):
                assert waits.keys == sorted(set(waits.keys)) == sorted(waits.levels) != []
            for there in waiting(waits):
                ids: dict[int, Order] = {order.order_id: order for order in there.values()}
                assert ids and not ids.keys() & waits_for.keys()
                waits_for.update(ids)
    held = {n: order for n, order in engine.orders.items() if order.status is OrderStatus.HELD}
    spent = {n: order for n, order in engine.orders.items() if order.is_spent}
    assert resting | held | spent == engine.orders
    assert not resting.keys() & held.keys()
    for order in engine.orders.values():
        assert not order.is_spent or is_in_turn(engine, order)
        reached = order.worst and order.order_id not in waits_for
        assert not reached or order.order_id in engine.stops.queue
        assert order.worst or order.order_id not in waits_for
        assert order.worst or is_unarmed(order) or order.status is not OrderStatus.HELD
    check_exits(engine)


def check_exits(engine: Engine) -> None:
    """Exits and parents know each other as long as both are open. No exit that is not armed
    outlives its parent, but for those that wait for their turn or for their instrument."""
    stops = engine.stops
    closed = {order_id for there in stops.closed.values() for order_id in there}
    assert all(there for there in stops.closed.values())
    for order_id, order in engine.orders.items():
        parent, leg = order.parent, order.exit
        assert parent is None or (engine.orders[parent.order_id] is parent and parent.exit is order)
        assert leg is None or (engine.orders[leg.order_id] is leg and leg.parent is order)
        assert not is_exit(order_id) or parent is engine.orders.get(order_id - LEG_INDEX)
        due = order_id in stops.queue or order_id in closed
        assert not is_unarmed(order) or order.covered == order.margin == 0
        assert parent is not None or due or not (is_unarmed(order) or order.target)
        assert due or parent is None or order.target == parent.filled
    assert not closed - engine.orders.keys()
    assert not stops.queue.keys() - engine.orders.keys()
