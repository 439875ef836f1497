"""The memory of client order ids against a list."""

import random
from enum import StrEnum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.client_ids import ClientIds, Record, content_digest, id_digest
from outcry.domain.commands import NewOrder, ReplaceOrder, Transfer
from outcry.domain.instructions import Instructions
from outcry.domain.order import CancelReason, Order, OrderStatus, new_order
from outcry.domain.types import OrderId, OrderType, Side, TimeInForce

TERMS = NewOrder("bob", "b1", "ACME", Side.SELL, OrderType.LIMIT, TimeInForce.GTC, 10, 20)


def an_order(number: int) -> Order:
    return new_order(OrderId(number), TERMS)


@given(st.integers(1, 6), st.lists(st.integers(0, 9)))
def test_the_newest_ids_are_remembered(horizon: int, names: list[int]) -> None:
    """Of all ids that came, the newest `horizon` are found, and with them who took them."""
    ids, used = ClientIds(horizon), list[tuple[bytes, int]]()
    for seq, name in enumerate(names, 1):
        key = id_digest("bob", str(name))
        if ids.find(key) is None:
            ids.remember(key, b"content!", seq, an_order(seq))
            used.append((key, seq))
        known = dict(used[-horizon:])
        for other in range(10):
            key = id_digest("bob", str(other))
            found = ids.find(key)
            assert (found and found.seq) == known.get(key)
            assert found is None or found.order_id == found.seq


@pytest.mark.parametrize("horizon", [4_095, 4_096, 4_097, 10_000])
def test_pages_are_turned_and_reused(horizon: int) -> None:
    """Rows of many pages hold what they should when the newest have come over the oldest."""
    ids = ClientIds(horizon)
    chance = random.Random(horizon)
    for number in range(1, 25_001):
        order = an_order(number)
        ids.remember(id_digest("bob", str(number)), number.to_bytes(8, "big"), number, order)
        order.quantity = number * 3
        order.cancel(CancelReason.REQUESTED)
        ids.settle(order)
        if not number % 100:
            picked = chance.randint(max(1, number - 2 * horizon), number)
            record = ids.find(id_digest("bob", str(picked)))
            if picked <= number - horizon:
                assert record is None
            else:
                assert record == Record(picked, picked.to_bytes(8, "big"), picked, OrderId(picked))
                assert ids.ended(record, "bob", "x").quantity == picked * 3


def test_the_end_of_an_order_is_known_by_every_id_it_had() -> None:
    """Whole, as an execution tells it."""
    ids, order = ClientIds(10), an_order(7)
    for seq, name in enumerate(["a", "b", "c"], 1):
        ids.remember(id_digest("bob", name), b"content!", seq, order)
    other = an_order(8)
    ids.remember(id_digest("bob", "d"), b"content!", 4, other)
    order.fill(3, 20)
    order.cancel(CancelReason.REQUESTED)
    ids.settle(order)
    for name in ("a", "b", "c"):
        record = ids.find(id_digest("bob", name))
        assert record is not None
        state = ids.ended(record, "bob", name)
        assert (state.order_id, state.account, state.client_order_id) == (7, "bob", name)
        assert (state.symbol, state.side, state.type) == ("ACME", Side.SELL, OrderType.LIMIT)
        assert (state.quantity, state.price, state.time_in_force) == (10, 20, TimeInForce.GTC)
        assert (state.filled, state.leaves, state.average_price) == (3, 0, 20)
        assert (state.status, state.reason) == (order.status, CancelReason.REQUESTED)


def test_accounts_do_not_share_ids() -> None:
    """Not even where one name ends as the other begins."""
    assert id_digest("a", "bc") != id_digest("ab", "c")


def test_content_is_every_term() -> None:
    """Any other term is other content."""
    digests = {content_digest(TERMS)}
    for field, value in (
        ("account", "alice"),
        ("client_order_id", "b2"),
        ("symbol", "ZINC"),
        ("side", Side.BUY),
        ("type", OrderType.MARKET),
        ("time_in_force", TimeInForce.IOC),
        ("quantity", 11),
        ("price", 21),
    ):
        terms = {name: getattr(TERMS, name) for name in TERMS.__struct_fields__}
        digests.add(content_digest(NewOrder(**(terms | {field: value}))))
    assert len(digests) == 9


WRITTEN: dict[type[StrEnum], str] = {
    OrderStatus: "new partially_filled filled canceled rejected held expired",
    CancelReason: "requested immediate_or_cancel fill_or_kill dead_mans_switch no_liquidity "
    "self_trade work_limit price_protection upgrade min_quantity expired parent_ended exit_filled "
    "exit_triggered nothing_to_close",
    Side: "buy sell",
    OrderType: "limit market stop stop_limit trailing_stop",
    TimeInForce: "gtc ioc fok day gtd",
}
"""The words of which snapshots keep the places."""


@pytest.mark.parametrize("kind", WRITTEN)
def test_words_keep_their_places(kind: type[StrEnum]) -> None:
    """A new word comes last: snapshots say of an order that has ended the places of its words."""
    written = WRITTEN[kind].split()
    assert list(kind)[: len(written)] == written


BRACKET = Instructions(take_profit=30, stop_loss=10, display_quantity=4)


@pytest.mark.parametrize(
    ("command", "digest"),
    [
        (msgspec.structs.replace(TERMS, instructions=BRACKET), "e3e85a3de7efc014"),
        (ReplaceOrder("bob", OrderId(7), "", 12, None, "b2", trail=3), "eb585c55cb7191ae"),
        (Transfer("bob", True, symbol="ACME", quantity=5, transfer_id="t1"), "e1d7516f8f47a1ef"),
    ],
)
def test_content_has_the_digest_that_was_written(
    command: NewOrder | ReplaceOrder | Transfer, digest: str
) -> None:
    """Snapshots keep digests, so a repeat is known by them in a later version too: a new field
    changes none where it says nothing."""
    assert content_digest(command).hex() == digest
