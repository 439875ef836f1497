"""Notional orders: what they come to, and that they never cost more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.account import Account
from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.matching import match
from outcry.domain.notional import in_notional, in_shares
from outcry.domain.order import CancelReason, Order, new_order
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.risk import protection_price
from outcry.domain.types import (
    BUY,
    GTC,
    IOC,
    LIMIT,
    MARKET,
    UNIT,
    OrderId,
    SelfTradePrevention,
    Side,
)
from outcry.domain.work import Work

SELL = Side.SELL
LOT = 2 * UNIT


def instrument(lot: int = LOT) -> Instrument:
    return Instrument("ACME", 1, lot, lot, 10**18, 10**18)


def resting(number: int, side: Side, quantity: int, price: int, account: str, show: int) -> Order:
    said = Instructions(display_quantity=show) if 0 < show < quantity else None
    terms = NewOrder(account, "", "ACME", side, LIMIT, GTC, quantity, price, instructions=said)
    return new_order(OrderId(number), terms)


def by_notional(side: Side, notional: int, price: int = 0) -> NewOrder:
    said = Instructions(notional=notional)
    kind, time = (LIMIT, GTC) if price else (MARKET, IOC)
    return NewOrder("alice", "", "ACME", side, kind, time, 0, price, instructions=said)


def work(touches: int = 100, looks: int = 100) -> Work:
    work = Work()
    work.begin(touches, looks)
    return work


def come_to(command: NewOrder, book: Book, lot: int = LOT, left: Work | None = None) -> NewOrder:
    ordered = in_shares(command, Account("alice"), instrument(lot), book, left or work())
    assert isinstance(ordered, NewOrder)
    return ordered


BOOKS = st.lists(
    st.tuples(
        st.integers(1, 6).map(lambda n: n * LOT),
        st.integers(40, 60).map(lambda price: price * UNIT),
        st.sampled_from(["bob", "bob", "alice"]),
        st.sampled_from([0, 0, LOT]),
    ),
    max_size=8,
)


@given(
    BOOKS,
    st.sampled_from(Side),
    st.integers(1, 3_000),
    st.sampled_from(SelfTradePrevention),
    st.integers(0, 12),
    st.integers(0, 12),
    st.sampled_from([0, 40 * UNIT, 50 * UNIT, 60 * UNIT]),
)
def test_a_market_order_trades_for_its_worth_and_no_more(
    there: list[tuple[int, int, str, int]],
    side: Side,
    worth: int,
    prevention: SelfTradePrevention,
    touches: int,
    looks: int,
    mark: int,
) -> None:
    """Whoever is there, and however few of them the entry may still look at."""
    book = Book()
    book.mark = mark
    other = SELL if side is BUY else BUY
    for number, (quantity, price, owner, show) in enumerate(there):
        book.rest(resting(number, other, quantity, price, owner, show))
    listed, left = instrument(), work(touches, looks)
    account = Account("alice", prevention=prevention)
    command = by_notional(side, worth * UNIT)
    protection = protection_price(side, listed, book, mark)
    ordered = in_shares(command, account, listed, book, left)
    if isinstance(ordered, Reject):
        assert not mark and not there
        return
    assert ordered.quantity % LOT == 0
    order = new_order(OrderId(99), ordered)
    order.protection = protection
    opposite = book.opposite(side)
    matched = match(order, opposite, prevention, touches)
    spent = sum(trade.price * trade.quantity for trade in matched.trades)
    rest = worth * UNIT * UNIT - spent
    assert rest >= 0
    if matched.stopped is None and opposite.keys and not order.leaves and looks > touches:
        best = opposite.levels[opposite.keys[-1]].price
        within = best <= protection if side is BUY else best >= protection
        assert not within or rest < best * LOT or side is SELL


@given(st.integers(1, 10**12), st.integers(1, 10**6), st.sampled_from([1, 2, 10]))
def test_a_limit_order_gets_what_its_worth_is_at_its_price(
    notional: int, price: int, lot: int
) -> None:
    """In whole lots; one more would be worth more. What there is to trade with does not matter."""
    book = Book()
    book.rest(resting(1, SELL, 10, 1, "bob", 0))
    quantity = come_to(by_notional(BUY, notional, price), book, lot).quantity
    assert quantity % lot == 0
    assert quantity * price <= notional * UNIT < (quantity + lot) * price


def test_a_buy_takes_lot_by_lot_what_each_price_leaves_it() -> None:
    """100 buy 2 at 20 and 2 at 25; of the 10 that are left there is no more."""
    book = Book()
    for number, price in enumerate((20, 25, 26), 1):
        book.rest(resting(number, SELL, 2 * UNIT, price * UNIT, "bob", 0))
    book.mark = 25 * UNIT
    assert come_to(by_notional(BUY, 100 * UNIT), book, UNIT).quantity == 4 * UNIT


def test_a_sell_stops_where_one_more_would_bring_too_much() -> None:
    """70 at 30 are two; a third is not sold at 10, as it would have been sold at 30."""
    book = Book()
    book.mark = 11 * UNIT
    book.rest(resting(1, BUY, 9 * UNIT, 30 * UNIT, "bob", 0))
    book.rest(resting(2, BUY, 9 * UNIT, 10 * UNIT, "bob", 0))
    assert come_to(by_notional(SELL, 70 * UNIT), book, UNIT).quantity == 2 * UNIT


@pytest.mark.parametrize(("side", "more"), [(BUY, 54), (SELL, 66)])
def test_what_the_book_lacks_is_asked_for_at_the_protection_price(side: Side, more: int) -> None:
    """A tenth beyond the reference price of 100; nothing of it trades."""
    book = Book()
    book.mark = 100 * UNIT
    other = SELL if side is BUY else BUY
    book.rest(resting(1, other, 2 * UNIT, 100 * UNIT, "bob", 0))
    quantity = come_to(by_notional(side, 6_200 * UNIT), book).quantity
    assert quantity == (2 + more) * UNIT


def test_a_walk_that_is_cut_never_gets_more_than_it_could_pay() -> None:
    """A sell by the best bid, a buy by its protection."""
    book = Book()
    book.mark = 100 * UNIT
    for number, price in enumerate((100, 95, 91)):
        book.rest(resting(number, BUY, 1 * UNIT, price * UNIT, "bob", 0))
        book.rest(resting(9 - number, SELL, 1 * UNIT, (201 - price) * UNIT, "bob", 0))
    left = work(looks=1)
    assert come_to(by_notional(SELL, 350 * UNIT), book, UNIT, left).quantity == 3 * UNIT
    assert left.looks == 0
    assert come_to(by_notional(BUY, 345 * UNIT), book, UNIT, left).quantity == 3 * UNIT


def test_where_nobody_knows_a_price_there_is_nothing_to_reckon_with() -> None:
    """A market notional order is refused then, a limit order has its own."""
    refusal = in_shares(by_notional(BUY, 9), Account("alice"), instrument(), Book(), work())
    assert isinstance(refusal, Reject)
    assert (refusal.reason, refusal.field) == (RejectReason.NO_REFERENCE_PRICE, "notional")
    assert come_to(by_notional(BUY, 9 * UNIT, 3 * UNIT), Book()).quantity == 2 * UNIT


def test_who_asks_for_a_worth_is_refused_in_these_terms() -> None:
    """The quantity is not what he has said."""
    refusal = Reject(RejectReason.MIN_QUANTITY, "quantity 0 is below the least", "quantity")
    text = "notional 5: quantity 0 is below the least"
    command = by_notional(BUY, 5 * UNIT)
    assert in_notional(refusal, command) == Reject(RejectReason.MIN_QUANTITY, text, "notional")
    assert in_notional(refusal, resting_terms()) is refusal
    other = Reject(RejectReason.TICK_SIZE, "price 1", "price")
    assert in_notional(other, command) is other


def resting_terms() -> NewOrder:
    return NewOrder("alice", "", "ACME", BUY, LIMIT, GTC, 5, 1)


def test_where_nothing_trades_any_more_a_market_order_has_its_quantity() -> None:
    """Its rest goes as that of any other."""
    book = Book()
    book.mark = 100 * UNIT
    book.rest(resting(1, SELL, LOT, 100 * UNIT, "bob", 0))
    ordered = come_to(by_notional(BUY, 400 * UNIT), book, left=work(touches=0))
    matched = match(new_order(OrderId(9), ordered), book.asks, SelfTradePrevention.NONE, 0)
    assert (ordered.quantity, matched.stopped) == (LOT, CancelReason.WORK_LIMIT)
