"""What the executions say is what the books hold, however they are cut into transactions."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from outcry.broker import schema
from outcry.broker.damaged import BooksDamaged
from outcry.broker.position import BEGINNING
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.command_messages import OrdersExpiredMessage
from outcry.wire.decimals import format_decimal
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage, OrderMessage
from outcry.wire.views import NO_RIGHT
from sim.ledger import exit_of
from tests.broker.keeping import Keeper, Recorded
from tests.trading import Told, sessions

Fields = dict[str, Any]

SUMS = ("bought_quantity", "bought_value", "sold_quantity", "sold_value")
SINCE = "since"
"""Where a trailing stop has come to since it was told; who has ended is told as he was."""
MARKS = ("created_seq", "updated_seq", "created_ts", "updated_ts")


@settings(max_examples=60)
@given(sessions(), st.integers(0, 1 << 30))
def test_the_books_hold_what_the_executions_say(
    shared_keeper: Keeper, session: list[Told], seed: int
) -> None:
    """Orders, trades, positions, instruments and depth are the engine's, in any transactions."""
    desk = Desk()
    entries = [
        Entry(seq, 0, "executions.0", desk.answer(Entry(seq, ts_ns, subject, body)))
        for seq, (subject, body, ts_ns) in enumerate(
            ((told.subject, json.dumps(told.body).encode(), told.ts_ns) for told in session), 1
        )
    ]
    lots = random.Random(seed)
    keeper = shared_keeper
    keeper.empty()
    rest = entries
    while rest:
        count = lots.randint(1, 12)
        assert keeper.book(rest[:count])
        rest = rest[count:]
    check_books(keeper, desk, [e for entry in entries for e in read_answer(entry.body)])


def check_books(keeper: Keeper, desk: Desk, executions: list[ExecutionMessage]) -> None:
    engine, at = desk.engine, keeper.position
    assert (at.entry, at.seq, at.digest) == (engine.entry, engine.seq, engine.digest)
    assert {row.id for row in keeper.rows("orders") if row.leaves} == set(engine.orders)
    found = keeper.ask("orders", limit=1000)["orders"]
    orders = {order["order_id"]: order for order in found}
    assert {name: bare(order) for name, order in orders.items()} == told_orders(executions)
    trades = told_trades(executions, orders)
    assert keeper.ask("trades", limit=1000)["trades"] == trades[::-1]
    assert traded_sums(keeper) == sums_of(trades)
    check_positions(keeper, desk)
    check_accounts(keeper, desk)
    check_ledger(keeper)
    listed = keeper.ask("instruments")["instruments"]
    assert [instrument["symbol"] for instrument in listed] == sorted(engine.books)
    for symbol in engine.books:
        check_depth(keeper, desk, symbol)


def bare(order: Fields) -> Fields:
    return {name: value for name, value in order.items() if name not in MARKS}


def told_orders(executions: list[ExecutionMessage]) -> dict[str, Fields]:
    """The last that was told of each order; of a rejected one also why.

    What a sender without the right to an account asked in its name is no order of that account.
    """
    told: dict[str, Fields] = {}
    for execution in executions:
        order, refused = execution.order, execution.result == "rejected"
        if execution.result == "duplicate" or (refused and execution.op != "new"):
            continue
        if execution.reason in NO_RIGHT:
            continue
        if order is not None:
            told[order.order_id] = msgspec.to_builtins(order)
            if refused:
                told[order.order_id]["reason"] = execution.reason
            elif order.exit_order_id and execution.op == "new":
                leg = exit_of(told[order.order_id])
                parent = {"filled_quantity": "0", "parent_order_id": order.order_id}
                told[order.exit_order_id] = {name: leg[name] for name in leg if leg[name]} | parent
            trail(told.values(), order, execution)
        for change in execution.changed:
            told[change.order_id].pop("displayed_quantity", None)  # told while it is open
            told[change.order_id] |= msgspec.to_builtins(change)
    for one in told.values():
        now = one.pop(SINCE, {})
        if one["leaves_quantity"] != "0":
            one.update(now)
    return told


def trail(orders: Iterable[Fields], taker: OrderMessage, execution: ExecutionMessage) -> None:
    """Let trailing stops that wait follow the trades of an execution."""
    prices = [Decimal(trade.price) for trade in execution.trades]
    for order in orders:
        follows = order["type"] == "trailing_stop" and "untriggered" in order
        if not prices or not follows or order["symbol"] != taker.symbol:
            continue
        if order["leaves_quantity"] == "0":
            continue
        best, sign = (min, 1) if order["side"] == "buy" else (max, -1)
        since = order.get(SINCE, order)
        high = best([Decimal(since["high_water_mark"]), *prices])
        behind = Decimal(order.get("trail", 0))
        if "trail_percent" in order:
            part = high * Decimal(order["trail_percent"]) / 100
            behind = part.quantize(Decimal("1e-9"), ROUND_FLOOR)
        now = {"high_water_mark": high, "stop_price": high + sign * behind}
        order[SINCE] = {name: format_decimal(int(price * 10**9)) for name, price in now.items()}


def told_trades(executions: list[ExecutionMessage], orders: dict[str, Fields]) -> list[Fields]:
    return [
        msgspec.to_builtins(trade)
        | {
            "seq": execution.seq,
            "ts": execution.ts,
            "symbol": execution.order.symbol,
            "side": execution.order.side,
            "taker_order_id": execution.order.order_id,
            "taker_account": execution.order.account,
            "maker_account": orders[trade.maker_order_id]["account"],
        }
        for execution in executions
        if execution.order is not None
        for trade in execution.trades
    ]


def traded_sums(keeper: Keeper) -> dict[tuple[str, str], list[Decimal]]:
    found = {
        (position["account"], position["symbol"]): [Decimal(position[name]) for name in SUMS]
        for position in keeper.ask("positions", limit=1000)["positions"]
    }
    return {key: sums for key, sums in found.items() if any(sums)}


def sums_of(trades: list[Fields]) -> dict[tuple[str, str], list[Decimal]]:
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for trade in trades:
        quantity, price = Decimal(trade["quantity"]), Decimal(trade["price"])
        for role in ("taker", "maker"):
            buys = (trade["side"] == "buy") == (role == "taker")
            key = (trade[f"{role}_account"], trade["symbol"])
            total = sums.setdefault(key, [Decimal(0)] * 4)
            total[0 if buys else 2] += quantity
            total[1 if buys else 3] += quantity * price
    return sums


def check_positions(keeper: Keeper, desk: Desk) -> None:
    """What the ledger comes to is what the engine has, and what it said."""
    engine = {
        (name, symbol): (position.quantity, position.closing)
        for name, account in desk.engine.accounts.by_name.items()
        for symbol, position in account.positions.items()
        if position.quantity
    }
    rows = {(row.account, row.symbol): row for row in keeper.rows("positions")}
    assert {key: (row.quantity, row.held) for key, row in rows.items() if row.quantity} == engine
    assert all(row.told_quantity == row.quantity for row in rows.values())
    assert all(bool(row.cost) <= bool(row.quantity) for row in rows.values())


def check_accounts(keeper: Keeper, desk: Desk) -> None:
    engine = desk.engine.accounts.by_name
    rows = {row.account: row for row in keeper.rows("accounts")}
    assert rows.keys() == engine.keys()
    for name, account in engine.items():
        row = rows[name]
        assert (row.cash, row.told_cash, row.held) == (account.cash, account.cash, account.held)
        settings = (row.type, row.state, row.access, row.multiplier, bool(row.killed))
        assert settings == (
            account.type,
            account.state,
            account.access,
            account.multiplier,
            account.killed,
        )
    keys = {row.key_id: bool(row.revoked) for row in keeper.rows("keys")}
    assert keys == {key.key_id: key.revoked for key in desk.engine.keyring.keys.values()}
    marks = {row.symbol: row.reference_price for row in keeper.rows("instruments")}
    assert marks == {symbol: book.mark for symbol, book in desk.engine.books.items()}


def check_ledger(keeper: Keeper) -> None:
    """Each transaction adds up to nothing; each account is the sum of its postings."""
    transactions: Counter[Any] = Counter()
    cash: Counter[str] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for row in keeper.rows("postings"):
        transactions[row.seq, row.trade, "cash"] += row.cash
        transactions[row.seq, row.trade, row.symbol] += row.quantity
        cash[row.account] += row.cash
        held[row.account, row.symbol] += row.quantity
        assert row.balance == cash[row.account]
    assert not any(transactions.values())
    for row in keeper.rows("accounts"):
        assert row.cash == cash.pop(row.account, 0)
    for row in keeper.rows("positions"):
        assert row.quantity == held.pop((row.account, row.symbol), 0)
    for row in keeper.rows("house"):
        assert row.quantity == held.pop((row.account, row.symbol), 0)
        assert row.symbol or row.cash == cash.pop(row.account)
    assert not any(cash.values()) and not any(held.values())


def check_depth(keeper: Keeper, desk: Desk, symbol: str) -> None:
    book = desk.engine.books[symbol]
    depth = keeper.ask("book", symbol=symbol, depth=1000)
    for name, ladder in (("bids", book.bids), ("asks", book.asks)):
        levels = [
            (format_decimal(level.price), format_decimal(level.quantity), level.count)
            for level in ladder
        ]
        assert sorted(map(tuple, depth[name])) == sorted(levels)
        prices = [Decimal(price) for price, _, _ in depth[name]]
        assert prices == sorted(prices, reverse=name == "bids")


def test_an_entry_that_comes_again_is_booked_once(keeper: Keeper) -> None:
    """Entries up to the position are passed over; the books are as if they had come once."""
    venue = traded()
    assert keeper.book(venue.entries)
    before = keeper.rows("trades"), keeper.rows("orders"), keeper.rows("positions")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    assert keeper.book(venue.entries)
    after = keeper.rows("trades"), keeper.rows("orders")[:-1], keeper.rows("positions")
    assert after == before


@pytest.mark.parametrize("place", ["create", "settle", "name", "trade", "post", "hold", "mark"])
def test_a_crash_in_the_middle_books_nothing(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Rows and position move together: what fails between two statements leaves no trace."""
    venue = traded()
    assert keeper.book(venue.entries[:-3])
    before = {name: keeper.rows(name) for name in schema.metadata.tables}

    of_ledger = place in ("post", "hold", "mark")
    writer = keeper.books._ledger if of_ledger else keeper.books
    with monkeypatch.context() as broken:
        broken.setattr(getattr(writer, f"_{place}"), "run", fail)
        with pytest.raises(OSError, match="the power went"):
            keeper.book(venue.entries)
    assert {name: keeper.rows(name) for name in schema.metadata.tables} == before
    keeper.books.forget()
    assert keeper.book(venue.entries)
    check_positions(keeper, venue.desk)


def fail(*_: Any) -> int:
    raise OSError("the power went")


def test_of_two_brokers_at_one_position_one_books(keeper: Keeper) -> None:
    """The position moves by compare-and-set: who finds it moved writes nothing."""
    venue = traded()
    assert keeper.book(venue.entries[:4])
    before = {name: keeper.rows(name) for name in schema.metadata.tables}
    assert not keeper.book(venue.entries, BEGINNING)
    assert {name: keeper.rows(name) for name in schema.metadata.tables} == before


def test_an_order_that_is_missing_is_told(keeper: Keeper) -> None:
    """Books that somebody has taken an order out of are not carried on in silence."""
    venue = traded()
    resting = venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    assert keeper.book(venue.entries)
    with keeper.database.writer.begin() as connection:
        connection.execute(delete(schema.orders).where(schema.orders.c.leaves > 0))
    assert resting.order is not None
    venue.order(op="cancel", order_id=resting.order.order_id)
    with pytest.raises(BooksDamaged, match="made again from the log"):
        keeper.book(venue.entries)


def test_sums_go_beyond_64_bits(keeper: Keeper) -> None:
    """Positions and depth add up exactly however large the orders are."""
    venue = Recorded()
    most = str(9 * 10**9)
    listing = {"symbol": "BIG", "tick": "0.000000001", "lot": "0.000000001"}
    venue.send("instrument.list", listing | {"max_quantity": most, "max_price": most})
    for _ in range(3):
        venue.order(symbol="BIG", side="sell", quantity=most, price="1", account="bob")
    venue.order(symbol="BIG", side="sell", quantity="8999999999.999999999", price="1")
    assert keeper.book(venue.entries)
    deep = [["1", "35999999999.999999999", 4]]
    assert keeper.ask("book", symbol="BIG")["asks"] == deep
    for _ in range(3):
        venue.order(symbol="BIG", side="buy", quantity=most, price="1")
        assert keeper.book(venue.entries)
    found = keeper.ask("positions", symbol="BIG")["positions"]
    bob, demo = (one for one in found if one["account"] in ("bob", "demo"))
    assert bob["sold_quantity"] == demo["bought_quantity"] == "27000000000"
    assert bob["sold_value"] == demo["bought_value"] == "27000000000"


def test_a_client_order_id_means_the_accepted_order(keeper: Keeper) -> None:
    """A rejected order is found by its client order id, until an accepted one takes the id."""
    venue = Recorded("ACME")

    def found(name: str) -> str:
        assert keeper.book(venue.entries)
        return str(keeper.ask("order", client_order_id=name).get("order", {}).get("order_id"))

    assert found("a") == "None"
    refused = [
        venue.order(symbol="ACME", side="buy", quantity="1", price="1.001", client_order_id="a").id
        for _ in range(2)
    ]
    assert found("a") == refused[1]
    taken = venue.order(symbol="ACME", side="buy", quantity="1", price="1", client_order_id="a").id
    assert found("a") == taken
    venue.order(symbol="ACME", side="buy", quantity="2", price="1", client_order_id="a")
    assert found("a") == taken
    venue.order(op="replace", client_order_id="a", quantity="3", new_client_order_id="b")
    assert found("a") == found("b") == taken
    assert keeper.ask("order", client_order_id="a", account="bob") == keeper.ask(
        "order", client_order_id="c"
    )


def traded() -> Recorded:
    venue = Recorded("ACME")
    venue.order(symbol="ACME", side="buy", quantity="10", price="5", client_order_id="a")
    venue.order(symbol="ACME", side="buy", quantity="10", price="6", client_order_id="b")
    venue.order(symbol="ACME", side="sell", quantity="12", price="5", account="bob")
    venue.order(op="cancel", client_order_id="a")
    return venue


def test_orders_that_went_together_are_booked_as_canceled(keeper: Keeper) -> None:
    """A mass cancel, and a dead man's switch that fired, end orders without one of their own."""
    venue = Recorded("ACME", clock="entries")
    for name in ("a1", "a2"):
        venue.order(symbol="ACME", side="buy", quantity="1", price="1", client_order_id=name)
    venue.order(op="cancel_all", side="buy")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1", client_order_id="a3")
    venue.order(op="cancel_all_after", timeout=5)
    fired, _ = venue.send("clock.advance", {"by": 10_000_000})
    assert fired.op == "switch.fired"
    assert keeper.book(venue.entries)
    told = {order["client_order_id"]: order for order in keeper.ask("orders")["orders"]}
    assert [told[name]["status"] for name in ("a1", "a2", "a3")] == ["canceled"] * 3
    assert told["a1"]["reason"] == "requested"
    assert told["a3"]["reason"] == "dead_mans_switch"
    assert told["a3"]["updated_seq"] == fired.seq


def test_orders_whose_time_is_over_are_booked_as_expired(keeper: Keeper) -> None:
    """Whosever they are, with what they had traded; they are closed, and stand in no book."""
    venue = Recorded("ACME", clock="entries")
    terms = {"symbol": "ACME", "side": "buy", "quantity": "2"}
    day = venue.order(**terms, price="1", client_order_id="a1", time_in_force="day")
    until = {"time_in_force": "gtd", "good_until": 5}
    venue.order(**terms, price="2", client_order_id="b1", account="bob", **until)
    venue.order(symbol="ACME", side="sell", quantity="1", price="2")
    over, _ = venue.send("clock.advance", {"by": 6})
    assert (over.op, over.command) == ("orders.expired", OrdersExpiredMessage())
    assert keeper.book(venue.entries)
    told = {order.get("client_order_id"): order for order in keeper.ask("orders")["orders"]}
    assert (told["b1"]["status"], told["b1"]["reason"]) == ("expired", "expired")
    assert (told["b1"]["filled_quantity"], told["b1"]["leaves_quantity"]) == ("1", "0")
    assert (told["b1"]["good_until"], told["b1"]["updated_seq"]) == ("5", over.seq)
    assert day.order is not None and told["a1"]["good_until"] == day.order.good_until
    (still,) = keeper.ask("orders", status="open")["orders"]
    assert still["client_order_id"] == "a1"
    for status in ("closed", "expired"):
        names = [o.get("client_order_id") for o in keeper.ask("orders", status=status)["orders"]]
        assert "b1" in names and "a1" not in names
    assert keeper.ask("book", symbol="ACME")["bids"] == [["1", "2", 1]]


def test_a_name_that_was_given_up_is_booked(keeper: Keeper) -> None:
    """Who asks for an order of that name learns that there will be none."""
    venue = Recorded("ACME")
    venue.order(op="cancel", client_order_id="a1")
    assert keeper.book(venue.entries)
    asked = {"client_order_id": "a1", "account": "demo"}
    answer = keeper.ask("order", **asked)
    assert answer["blocked"] and "order" not in answer
    assert "blocked" not in keeper.ask("order", **(asked | {"account": "erin"}))
    late = venue.order(symbol="ACME", side="buy", quantity="1", price="1", client_order_id="a1")
    assert late.reason == "client_order_id_blocked"
    assert keeper.book(venue.entries)
    answer = keeper.ask("order", **asked)
    assert answer["blocked"] and answer["order"]["status"] == "rejected"
