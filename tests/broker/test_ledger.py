"""The ledger grows by what moves, however much is remembered, and never by one side alone."""

from typing import Any

import msgspec
import pytest

from outcry.broker.amounts import money, quantity
from outcry.broker.check import read_entries
from outcry.broker.damaged import BooksDamaged
from outcry.broker.ledger import Ledger
from outcry.broker.postings import EXTERNAL, FEES, Posting
from outcry.broker.rows import Batch, make_batch
from outcry.cli.books.accord import compare_accounts, compare_kept
from outcry.cli.books.sums import add_up
from outcry.domain.types import UNIT
from tests.broker.keeping import Keeper, Recorded


def batch_of(seq: int, keys: list[tuple[str, str]]) -> Batch:
    """Each of these buys one for 10 of `house`, and pays a fee of 10⁻¹⁸."""
    batch = Batch()
    for number, (account, symbol) in enumerate(keys):
        row = (seq, number, 0, symbol, "buy", 10 * UNIT, UNIT, 1, account, 2, "house", "1", "0")
        batch.moves.append((row, True))
        batch.told[account] = "-10", "", seq
        batch.told_positions[account, symbol] = "1", ""
    return batch


@pytest.mark.parametrize("kept", [0, 20_000])
@pytest.mark.parametrize("at_once", [1, 500])
def test_sums_are_added_to_what_is_booked(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, kept: int, at_once: int
) -> None:
    """With and without what is remembered, what is there is the sum of all that moved."""
    monkeypatch.setattr("outcry.broker.ledger.KEPT_MAX", kept)
    monkeypatch.setattr("outcry.broker.ledger.KEYS_MAX", at_once)
    ledger = Ledger(keeper.database.writer.dialect)
    expected: dict[tuple[str, str], int] = {}
    for seq in range(1, 8):
        keys = [(f"a{n}", symbol) for n in range(seq) for symbol in ("X", "Y")[: 1 + seq % 2]]
        with keeper.database.writer.begin() as connection:
            ledger.grow(connection, batch_of(seq, keys))
        for key in keys:
            expected[key] = expected.get(key, 0) + UNIT
    rows = keeper.rows("positions")
    own = {(row.account, row.symbol): row.quantity for row in rows if row.account != "house"}
    assert own == expected
    assert all(abs(row.cost) == 10 * UNIT * abs(row.quantity) for row in rows)
    cash = {row.account: row.cash for row in keeper.rows("accounts")}
    fees = sum(expected.values()) // UNIT
    assert sum(cash.values()) == -fees
    assert [(row.account, row.cash) for row in keeper.rows("house")] == [(FEES, fees)]


def test_positions_and_accounts_are_found_by_their_key(keeper: Keeper) -> None:
    """Reading what is to grow does not go through all that there is."""
    ledger = Ledger(keeper.database.writer.dialect)

    def grow() -> None:
        with keeper.database.writer.begin() as connection:
            ledger.grow(connection, batch_of(1, [("a", "X"), ("b", "X"), ("c", "Y")]))

    steps = keeper.plans(grow, keeper.database.writer)
    whole = [step for step in steps if "SCAN" in step or "Seq Scan" in step]
    assert not [step for step in whole if "house" not in step], steps


@pytest.mark.parametrize("field", ["cash", "quantity"])
def test_what_does_not_add_up_is_not_written(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """A posting whose other side is missing or another number ends the booking, whole."""
    venue = Recorded("ACME")
    assert keeper.book(venue.entries)
    before = {name: keeper.rows(name) for name in ("postings", "accounts", "position", "audit")}
    venue.send("account.deposit", {"account": "bob", "amount": "1"})

    def crooked(*values: Any) -> Posting:
        posting = Posting(*values)
        return posting._replace(**{field: getattr(posting, field) + 1})

    with monkeypatch.context() as broken:
        broken.setattr("outcry.broker.ledger.Posting", crooked)
        with pytest.raises(BooksDamaged, match="has to add up to zero"):
            keeper.book(venue.entries)
    keeper.books.forget()
    assert {name: keeper.rows(name) for name in before} == before
    assert keeper.book(venue.entries)


def test_what_comes_in_comes_from_outside(keeper: Keeper) -> None:
    """Cash and shares that are deposited leave the outside world, and go back there."""
    venue = Recorded()
    venue.send("instrument.list", {"symbol": "ACME", "tick": "0.01"})
    venue.send("account.open", {"account": "ann"})
    venue.send("account.deposit", {"account": "ann", "amount": "10", "transfer_id": "in"})
    venue.send("account.deposit", {"account": "ann", "amount": "10", "transfer_id": "in"})
    shares = {"account": "ann", "symbol": "ACME"}
    venue.send("account.deposit", shares | {"quantity": "3", "price": "5"})
    venue.send("account.withdraw", shares | {"quantity": "1"})
    venue.send("account.withdraw", {"account": "ann", "amount": "0.5"})
    assert keeper.book(venue.entries)
    own = [row for row in keeper.rows("postings") if row.account == "ann"]
    moved = [(row.kind, row.symbol, row.quantity, row.cash, row.transfer_id) for row in own]
    assert moved == [
        ("deposit", "", 0, money("10"), "in"),
        ("deposit", "ACME", quantity("3"), 0, ""),
        ("withdrawal", "ACME", quantity("-1"), 0, ""),
        ("withdrawal", "", 0, money("-0.5"), ""),
    ]
    (position,) = [row for row in keeper.rows("positions") if row.account == "ann"]
    assert (position.quantity, position.cost) == (quantity("2"), money("10"))
    outside = {(row.account, row.symbol): row.quantity for row in keeper.rows("house")}
    assert outside[EXTERNAL, "ACME"] == quantity("-2")
    assert keeper.ask("account", account="ann")["account"]["cash"] == "9.5"


def test_shares_without_a_price_come_at_the_reference_price(keeper: Keeper) -> None:
    """That of the last trade, or of the operator, whether it was booked before or with them."""
    venue = Recorded("ACME")
    venue.send("account.open", {"account": "ann"})
    venue.send("instrument.set", {"symbol": "ACME", "reference_price": "7"})
    shares = {"account": "ann", "symbol": "ACME", "quantity": "1"}
    venue.send("account.deposit", shares)
    assert keeper.book(venue.entries)
    venue.send("account.deposit", shares)
    assert keeper.book(venue.entries)
    (position,) = keeper.ask("positions", account="ann")["positions"]
    assert (position["cost"], position["average_price"]) == ("14", "7")


def test_what_nobody_told_the_cost_of_has_none(keeper: Keeper) -> None:
    """Shares that come without a price where there is no reference price either: no average, and no
    profit as long as they are there. With bought ones they are averaged."""
    venue = Recorded("ACME")
    venue.send("account.open", {"account": "ann", "access": "open"})
    venue.send("account.deposit", {"account": "ann", "symbol": "ACME", "quantity": "1"})
    venue.send("instrument.set", {"symbol": "ACME", "reference_price": "7"})
    assert keeper.book(venue.entries)
    account = keeper.ask("account", account="ann")["account"]
    (position,) = account["positions"]
    assert (position["cost"], position["market_value"]) == ("0", "7")
    assert not {"average_price", "unrealised_profit"} & position.keys()
    assert (account["equity"], account["unrealised_profit"]) == ("7", "0")
    venue.send("account.deposit", {"account": "ann", "symbol": "ACME", "quantity": "1"})
    assert keeper.book(venue.entries)
    (position,) = keeper.ask("positions", account="ann")["positions"]
    assert (position["average_price"], position["unrealised_profit"]) == ("3.5", "7")


def test_what_an_account_traded_with_itself_without_money_comes_to_nothing(keeper: Keeper) -> None:
    """An engine that had no money told no balances of it, as one that has may: the postings of both
    sides cancel each other out, and the account has what it had."""
    venue = Recorded("ACME", bare=True)
    terms = {"access": "open", "self_trade_prevention": "none", "type": "margin", "shorting": True}
    venue.send("account.open", {"account": "ann"} | terms)
    venue.send("account.deposit", {"account": "ann", "amount": "100"})
    assert keeper.book(venue.entries)
    booked = keeper.position
    order = {"account": "ann", "symbol": "ACME", "quantity": "1", "price": "10"}
    for side in ("sell", "buy"):
        venue.order(**order, side=side)
    executions, after = read_entries(venue.entries[booked.entry :], booked)
    told = [msgspec.structs.replace(execution, balances=()) for execution in executions]
    with keeper.database.writer.begin() as connection:
        assert keeper.books.book(connection, make_batch(told), booked, after)
        ledger, _, crooked = add_up(connection, after.seq)
        assert not crooked
        assert list(compare_accounts(ledger, venue.engine)) == []
        kept = compare_kept(connection, ledger.cash, ledger.held, venue.engine, after.seq)
        assert list(kept) == []
    mine = [row for row in keeper.rows("postings") if row.kind == "trade"]
    assert [(row.quantity, row.cash) for row in mine] == [
        (UNIT, money("-10")),
        (-UNIT, money("10")),
    ]
    (position,) = keeper.rows("positions")
    assert (position.quantity, position.cost, position.realised) == (0, 0, 0)


def test_trades_of_an_engine_without_money_are_no_transactions(keeper: Keeper) -> None:
    """They are in the sums of what was bought and sold, and in the list of trades."""
    ledger = Ledger(keeper.database.writer.dialect)
    batch = batch_of(1, [("a", "X")])
    batch.moves = [(row, False) for row, _ in batch.moves if isinstance(row, tuple)]  # type: ignore[misc]
    batch.told.clear()
    batch.told_positions.clear()
    with keeper.database.writer.begin() as connection:
        ledger.grow(connection, batch)
    rows = keeper.rows("positions")
    assert [(row.account, row.quantity, row.bought_quantity) for row in rows] == [
        ("a", 0, UNIT),
        ("house", 0, 0),
    ]
    assert not keeper.rows("postings") and not keeper.rows("accounts")
