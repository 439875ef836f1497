"""Questions to the books: filters, pages that stay stable, and no question that costs too much."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from outcry.broker.questions import BadRequest
from outcry.domain.limits import VERSION
from tests.broker.keeping import Keeper, Recorded

Fields = dict[str, Any]
ACCOUNTS = ("demo", "bob", "erin")
SYMBOLS = ("ACME", "ZINC")


@pytest.fixture
def venue(keeper: Keeper) -> Recorded:
    """Sixty orders of three accounts in two symbols, in every status; all booked."""
    venue = Recorded(*SYMBOLS)
    for n in range(60):
        venue.order(
            symbol=SYMBOLS[n % 7 == 0],
            side="buy" if n % 3 else "sell",
            quantity=str(n % 5 + 1),
            price="1.001" if n % 11 == 0 else str(5 + n % 4),
            account=ACCOUNTS[n % 3],
            client_order_id=f"c{n}",
        )
        if n % 6 == 5:
            venue.order(op="cancel", account=ACCOUNTS[n % 3], client_order_id=f"c{n}")
    assert keeper.book(venue.entries)
    return venue


def pages(keeper: Keeper, question: str, cursor: str = "before", **fields: Any) -> Iterator[Fields]:
    """All rows, page by page."""
    while True:
        answer = keeper.ask(question, **fields)
        yield from answer[question]
        if "next" not in answer:
            return
        fields[cursor] = answer["next"]


OPEN = ("new", "partially_filled")
CLOSED = ("filled", "canceled", "rejected")
FILTERS: list[tuple[Fields, Callable[[Fields], bool]]] = [
    ({}, lambda _: True),
    ({"account": "bob"}, lambda o: o["account"] == "bob"),
    ({"symbol": "ZINC"}, lambda o: o["symbol"] == "ZINC"),
    ({"side": "buy"}, lambda o: o["side"] == "buy"),
    ({"status": "open"}, lambda o: o["status"] in OPEN),
    ({"status": "closed"}, lambda o: o["status"] in CLOSED),
    *(
        ({"status": status}, lambda o, status=status: o["status"] == status)
        for status in OPEN + CLOSED
    ),
    (
        {"account": "erin", "symbol": "ACME", "side": "buy", "status": "open"},
        lambda o: (
            (o["account"], o["symbol"], o["side"], o["status"] in OPEN)
            == ("erin", "ACME", "buy", True)
        ),
    ),
    (
        {"account": "demo", "symbol": "ZINC", "status": "closed"},
        lambda o: (o["account"], o["symbol"], o["status"] in CLOSED) == ("demo", "ZINC", True),
    ),
    ({"client_order_id": "c7"}, lambda o: o["client_order_id"] == "c7"),
    ({"client_order_id": "c7", "account": "demo"}, lambda _: False),
    ({"account": "nobody"}, lambda _: False),
]


@pytest.mark.parametrize("scan", [3, 20_000])
@pytest.mark.parametrize(("fields", "holds"), FILTERS, ids=[str(fields) for fields, _ in FILTERS])
def test_orders_are_filtered_and_paged(
    keeper: Keeper,
    venue: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    fields: Fields,
    holds: Callable[[Fields], bool],
    scan: int,
) -> None:
    """All pages together hold each matching order once, the newest first, or the oldest."""
    everything = keeper.ask("orders", limit=1000)["orders"]
    assert len(everything) == 60 and {order["status"] for order in everything} == {*OPEN, *CLOSED}
    matching = [order for order in everything if holds(order)]
    monkeypatch.setattr("outcry.broker.pages.SCAN_MAX", scan)
    for limit in (1, 4, 1000):
        assert list(pages(keeper, "orders", **fields, limit=limit)) == matching
    first = everything[-1]["order_id"]
    later = [order for order in matching[::-1] if order["order_id"] != first]
    assert list(pages(keeper, "orders", "after", **fields, limit=4, after=first)) == later


@pytest.mark.parametrize("scan", [3, 20_000])
@pytest.mark.parametrize("account", [None, "bob", "nobody"])
@pytest.mark.parametrize("symbol", [None, "ZINC"])
@pytest.mark.parametrize("of_order", [False, True])
def test_trades_are_filtered_and_paged(
    keeper: Keeper,
    venue: Recorded,
    monkeypatch: pytest.MonkeyPatch,
    scan: int,
    account: str | None,
    symbol: str | None,
    of_order: bool,
) -> None:
    """An account's trades are those it took and those it made; an order's likewise."""
    everything = keeper.ask("trades", limit=1000)["trades"]
    assert len(everything) > 10
    order_id = everything[3]["maker_order_id"] if of_order else None
    given = {"account": account, "symbol": symbol, "order_id": order_id}
    fields: Fields = {name: value for name, value in given.items() if value is not None}
    matching = [
        trade
        for trade in everything
        if account in (None, trade["taker_account"], trade["maker_account"])
        and symbol in (None, trade["symbol"])
        and order_id in (None, trade["taker_order_id"], trade["maker_order_id"])
    ]
    monkeypatch.setattr("outcry.broker.pages.SCAN_MAX", scan)
    for limit in (1, 3, 1000):
        assert list(pages(keeper, "trades", **fields, limit=limit)) == matching
    later = list(pages(keeper, "trades", "after", **fields, limit=2, after="0-0"))
    assert later == matching[::-1]


def test_a_page_stays_where_it_is_while_orders_come(keeper: Keeper, venue: Recorded) -> None:
    """Orders that are added between two pages neither repeat nor hide one."""
    everything = [order["order_id"] for order in keeper.ask("orders", limit=1000)["orders"]]
    first = keeper.ask("orders", limit=10)
    for _ in range(5):
        venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    assert keeper.book(venue.entries)
    second = keeper.ask("orders", limit=10, before=first["next"])
    found = [order["order_id"] for order in first["orders"] + second["orders"]]
    assert found == everything[:20]


def test_positions_are_paged_by_account_and_symbol(keeper: Keeper, venue: Recorded) -> None:
    """In the order of account and symbol, each once."""
    everything = keeper.ask("positions", limit=1000)["positions"]
    keys = [(position["account"], position["symbol"]) for position in everything]
    assert keys == sorted(keys) and len(keys) > 3
    assert list(pages(keeper, "positions", "after", limit=1)) == everything
    zinc = [position for position in everything if position["symbol"] == "ZINC"]
    assert keeper.ask("positions", symbol="ZINC")["positions"] == zinc


def test_an_order_comes_with_its_trades(keeper: Keeper, venue: Recorded) -> None:
    """By its id or by its client order id: the order, its trades from the first, and how far the
    books go."""
    trade = keeper.ask("trades")["trades"][0]
    answer = keeper.ask("order", order_id=trade["taker_order_id"])
    assert trade in answer["trades"]
    assert answer["booked"] == {
        "seq": venue.engine.seq,
        "entry": venue.engine.entry,
        "log": "0123456789abc",
        "ts": "0",
    }
    named = {name: answer["order"][name] for name in ("client_order_id", "account")}
    assert keeper.ask("order", **named) == answer


def test_an_order_that_is_not_booked_yet_is_pending(keeper: Keeper, venue: Recorded) -> None:
    """An id whose entry is still to be booked is pending; one that was never given is nothing."""
    later = venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    assert keeper.ask("order", order_id=later.id)["order"] == {
        "order_id": later.id,
        "status": "pending",
    }
    assert keeper.book(venue.entries)
    assert keeper.ask("order", order_id=later.id)["order"]["status"] == "new"
    assert "order" not in keeper.ask("order", order_id=later.id.replace("-8000-", "-8001-"))


@pytest.mark.parametrize("question", ["order", "trades"])
def test_an_id_of_another_log_is_refused(keeper: Keeper, venue: Recorded, question: str) -> None:
    """An order's id says of which log it is; these books know nothing of others."""
    with pytest.raises(BadRequest, match="another log"):
        keeper.ask(question, order_id="00000000-0004-8000-8050-ffffffffffff")


def test_an_order_has_to_be_named(keeper: Keeper, venue: Recorded) -> None:
    """By its id alone, or by its client order id."""
    with pytest.raises(BadRequest, match="client_order_id"):
        keeper.ask("order")
    with pytest.raises(BadRequest, match="client_order_id"):
        keeper.ask("order", order_id="00000000-0004-8000-8050-123456789abc", client_order_id="a")


def test_an_order_that_came_before_the_venue_has_an_id_of_no_log(keeper: Keeper) -> None:
    """What was refused because the venue was not open keeps the id that it was given."""
    venue = Recorded.__new__(Recorded)
    venue.entries = []
    from outcry.orders.answer import Desk

    venue.desk = Desk()
    early = venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    venue.send("venue.open", {"log": "0123456789abc", "engine": VERSION, "schema": 1, "shard": 5})
    assert keeper.book(venue.entries)
    order = keeper.ask("order", order_id=early.id)["order"]
    assert (order["order_id"], order["reason"]) == (early.id, "venue_not_open")


def test_depth_is_counted_by_price(keeper: Keeper, venue: Recorded) -> None:
    """The best prices first, as numbers and not as text; nothing beyond the depth asked for."""
    for price in ("9", "10", "100", "99.5"):
        venue.order(symbol="ZINC", side="sell", quantity="2", price=price, account="zoe")
    venue.order(symbol="ZINC", side="sell", quantity="3", price="10.00", account="zoe")
    assert keeper.book(venue.entries)
    asks = keeper.ask("book", symbol="ZINC", depth=1000)["asks"]
    assert asks[-4:] == [["9", "2", 1], ["10", "5", 2], ["99.5", "2", 1], ["100", "2", 1]]
    assert keeper.ask("book", symbol="ZINC", depth=2)["asks"] == asks[:2]
    with pytest.raises(BadRequest, match="NONE is not listed here"):
        keeper.ask("book", symbol="NONE")
    with pytest.raises(BadRequest, match="symbol is missing"):
        keeper.ask("book")


def test_instruments_are_as_they_were_last(keeper: Keeper, venue: Recorded) -> None:
    """A change of state is seen in the listing."""
    venue.send("instrument.state", {"symbol": "ACME", "state": "halted"})
    assert keeper.book(venue.entries)
    acme, zinc = keeper.ask("instruments")["instruments"]
    assert (acme["symbol"], acme["state"], zinc["state"]) == ("ACME", "halted", "open")


def test_an_order_is_in_the_book_with_what_it_shows(keeper: Keeper, venue: Recorded) -> None:
    """Its account is told how much that is, and all that it has; the depth counts no more."""
    part = {"symbol": "ZINC", "side": "sell", "price": "90", "account": "bob"}
    venue.order(**part, quantity="20", display_quantity="5", client_order_id="part")
    assert keeper.book(venue.entries)
    assert keeper.ask("book", symbol="ZINC", depth=1000)["asks"][-1] == ["90", "5", 1]
    order = keeper.ask("order", client_order_id="part", account="bob")["order"]
    told = [order[f"{name}_quantity"] for name in ("leaves", "display", "displayed")]
    assert told == ["20", "5", "5"]


def test_a_stop_order_that_is_held_is_open_and_not_in_the_book(
    keeper: Keeper, venue: Recorded
) -> None:
    """It is found among the open ones; triggered, and not before, it is in the depth."""
    stop = {"symbol": "ZINC", "side": "buy", "type": "stop_limit", "account": "bob"}
    stop |= {"stop_price": "80", "price": "1", "client_order_id": "stop"}
    venue.order(**stop, quantity="20")
    venue.order(op="replace", account="bob", client_order_id="stop", stop_price="70")
    assert keeper.book(venue.entries)
    assert "1" not in [price for price, *_ in keeper.ask("book", symbol="ZINC", depth=1000)["bids"]]
    for status in ("open", "held"):
        (order,) = keeper.ask("orders", account="bob", status=status, client_order_id="stop")[
            "orders"
        ]
        assert (order["status"], order["stop_price"], order["untriggered"]) == ("held", "70", True)
    venue.send("instrument.set", {"symbol": "ZINC", "reference_price": "75"})
    venue.order(op="replace", account="bob", client_order_id="stop", quantity="25")
    assert keeper.book(venue.entries)
    assert ["1", "25", 1] in keeper.ask("book", symbol="ZINC", depth=1000)["bids"]
    order = keeper.ask("order", client_order_id="stop", account="bob")["order"]
    assert (order["status"], order["stop_price"]) == ("new", "70")
    assert "untriggered" not in order


def test_an_order_by_worth_is_kept_with_its_quantity(keeper: Keeper, venue: Recorded) -> None:
    """And with what it asked for; a refused one with none."""
    worth = {"symbol": "ZINC", "side": "buy", "price": "2", "account": "bob"}
    venue.order(**worth, notional="7", client_order_id="w1")
    venue.order(**worth, notional="1.5", client_order_id="w2")
    venue.order(op="replace", account="bob", client_order_id="w1", quantity="2")
    assert keeper.book(venue.entries)
    for name, status, quantity, notional in (
        ("w1", "new", "2", "7"),
        ("w2", "rejected", "0", "1.5"),
    ):
        order = keeper.ask("order", client_order_id=name, account="bob")["order"]
        told = order["status"], order["quantity"], order["notional"]
        assert told == (status, quantity, notional)


def test_another_time_until_which_an_order_is_good_is_kept(keeper: Keeper, venue: Recorded) -> None:
    """It stays where it is in the book."""
    order = {"symbol": "ZINC", "side": "sell", "price": "95", "account": "bob", "quantity": "3"}
    good = {"time_in_force": "gtd", "good_until": str(1 << 61), "client_order_id": "g1"}
    venue.order(**order, **good)
    later = str(1 << 62)
    venue.order(op="replace", account="bob", client_order_id="g1", good_until=later)
    assert keeper.book(venue.entries)
    told = keeper.ask("order", client_order_id="g1", account="bob")["order"]
    assert (told["status"], told["good_until"], told["leaves_quantity"]) == ("new", later, "3")
    assert ["95", "3", 1] in keeper.ask("book", symbol="ZINC", depth=1000)["asks"]


def test_kill_switches_are_seen_with_the_instruments(keeper: Keeper, venue: Recorded) -> None:
    """That of each, and that of the market; those of accounts with them."""
    for subject, target in (
        ("market.kill", {"symbol": "ACME"}),
        ("market.kill", {"symbol": "ZINC"}),
        ("market.release", {"symbol": "ZINC"}),
        ("market.kill", {"account": "bob"}),
    ):
        venue.send(subject, target)
    assert keeper.book(venue.entries)
    told = keeper.ask("instruments")
    assert [one.get("killed", False) for one in told["instruments"]] == [True, False]
    assert "killed" not in told
    assert keeper.ask("account", account="bob")["account"]["killed"]
    booked = len(venue.entries)
    venue.send("market.kill", {})
    assert keeper.book(venue.entries[booked:])
    told = keeper.ask("instruments")
    assert told["killed"]
    assert [one.get("killed", False) for one in told["instruments"]] == [True, False]
    venue.send("market.release", {})
    assert keeper.book(venue.entries[booked + 1 :])
    assert "killed" not in keeper.ask("instruments")


@pytest.mark.parametrize(
    ("question", "fields", "index"),
    [
        ("orders", {}, ""),
        ("orders", {"account": "bob"}, "open_orders"),
        ("orders", {"account": "bob"}, "closed_orders"),
        ("orders", {"account": "bob", "symbol": "ACME"}, "closed_orders"),
        ("orders", {"account": "bob", "status": "filled"}, "closed_orders"),
        ("orders", {"account": "bob", "status": "open"}, "open_orders"),
        ("orders", {"account": "bob", "symbol": "ACME", "status": "open"}, "open_orders"),
        ("order", {"client_order_id": "c1"}, ""),
        ("trades", {"account": "bob"}, "trades_by_taker_account"),
        ("trades", {"symbol": "ACME"}, "trades_by_symbol"),
        ("trades", {"order_id": "00000000-0005-8000-8050-123456789abc"}, "trades_by_taker_order"),
        ("positions", {"account": "bob"}, ""),
        ("book", {"symbol": "ACME"}, "book"),
        ("orders", {"viewer": ["bob", "erin"]}, "open_orders"),
        ("orders", {"viewer": ["bob", "erin"], "status": "closed"}, "closed_orders"),
        ("trades", {"viewer": ["bob", "erin"]}, "trades_by_maker_account"),
        (
            "trades",
            {"order_id": "00000000-0005-8000-8050-123456789abc", "viewer": ["bob"]},
            "",
        ),
        ("positions", {"viewer": ["bob", "erin"]}, ""),
        ("tape", {"symbol": "ACME"}, "trades_by_symbol"),
        ("tape", {}, ""),
        ("accounts", {}, ""),
        ("accounts", {"viewer": ["bob", "erin"]}, ""),
        ("account", {"account": "bob"}, ""),
        ("activities", {}, ""),
        ("activities", {"account": "bob"}, "postings_by_account"),
        ("activities", {"account": "bob", "symbol": "ACME"}, "postings_by_account"),
        ("activities", {"viewer": ["bob", "erin"]}, "postings_by_account"),
        ("keys", {}, ""),
        ("audit", {}, ""),
        ("audit", {"key": "0123456789abcdef"}, ""),
    ],
)
def test_rows_are_found_in_their_order(
    keeper: Keeper, venue: Recorded, question: str, fields: Fields, index: str
) -> None:
    """No common question goes through a whole table, or sorts what it finds. Of two indexes that
    do, PostgreSQL takes the one that its statistics speak for."""
    limit = {} if question in ("order", "book", "account") else {"limit": 5}
    steps = keeper.plans(lambda: keeper.ask(question, **fields, **limit), keeper.database.reader)
    assert not [step for step in steps if "TEMP B-TREE" in step or "Sort" in step], steps
    whole = [step for step in steps if "Seq Scan" in step and "position" not in step]
    assert not whole, steps
    if keeper.database.reader.dialect.name == "sqlite":
        assert not index or any(f" {index} " in step for step in steps), steps
