"""Positions grow by what is traded, however many accounts trade and whatever is remembered."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event

from outcry.broker.rows import Batch
from outcry.broker.totals import Totals
from tests.broker.keeping import Keeper


def batch_of(seq: int, keys: list[tuple[str, str]]) -> Batch:
    batch = Batch()
    batch.sums = {key: [seq, 10 * seq, 2, 20] for key in keys}
    batch.traded = dict.fromkeys(keys, seq)
    return batch


@pytest.mark.parametrize("kept", [0, 20_000])
@pytest.mark.parametrize("at_once", [1, 500])
def test_sums_are_added_to_what_is_booked(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, kept: int, at_once: int
) -> None:
    """With and without what is remembered, a position is the sum of all that was added."""
    monkeypatch.setattr("outcry.broker.totals.KEPT_MAX", kept)
    monkeypatch.setattr("outcry.broker.totals.ACCOUNTS_MAX", at_once)
    totals = Totals(keeper.database.writer.dialect)
    expected: Counter[tuple[str, str]] = Counter()
    for seq in range(1, 8):
        keys = [(f"a{n}", symbol) for n in range(seq) for symbol in ("X", "Y")[: 1 + seq % 2]]
        with keeper.database.writer.begin() as connection:
            totals.grow(connection, batch_of(seq, keys))
        for key in keys:
            expected[key] += seq
    rows = keeper.rows("positions")
    assert {(row.account, row.symbol): row.bought_quantity for row in rows} == expected
    assert all(row.bought_value == 10 * row.bought_quantity for row in rows)
    assert all(row.sold_value == 10 * row.sold_quantity for row in rows)


def test_positions_are_found_by_their_key(keeper: Keeper) -> None:
    """Reading what is to grow does not go through all positions."""
    plans: list[Any] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            plans.extend(
                cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            )

    event.listen(keeper.database.writer, "before_cursor_execute", explain)
    totals = Totals(keeper.database.writer.dialect)
    with keeper.database.writer.begin() as connection:
        totals.grow(connection, batch_of(1, [("a", "X"), ("b", "X"), ("c", "Y")]))
    assert [row[3] for row in plans] == [
        "SEARCH positions USING PRIMARY KEY (account=? AND symbol=?)"
    ] * 2
