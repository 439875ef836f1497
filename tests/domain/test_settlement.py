"""Each fill moves cash and shares between two accounts, and fees to the venue."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.account import Account
from outcry.domain.book import Book
from outcry.domain.holds import hold
from outcry.domain.limits import FEE_MAX
from outcry.domain.matching import match
from outcry.domain.order import Order
from outcry.domain.settlement import Tally, own_balance, settle
from outcry.domain.types import UNIT, OrderId, SelfTradePrevention, Side
from tests.domain.test_holds import resting

Drawn = tuple[str, int, int, int]
"""Account, price, quantity and fee of a resting order."""
RATES = st.integers(0, FEE_MAX)
MAKERS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cleo"]),
        st.integers(1, 10**12),  # price
        st.integers(1, 10**12),  # quantity
        RATES,
    ),
    max_size=6,
)


def makers_of(
    book: Book, owners: dict[str, Account], side: Side, drawn: list[Drawn]
) -> list[Order]:
    orders = []
    for number, (name, price, quantity, rate) in enumerate(drawn, 1):
        order = resting(owners[name], side, price, quantity)
        order.order_id, order.maker_fee = OrderId(number), rate
        book.rest(order)
        hold(order, quantity)
        orders.append(order)
    return orders


@given(st.sampled_from(Side), MAKERS, st.integers(1, 4 * 10**12), RATES)
def test_nothing_is_made_and_nothing_is_lost(
    side: Side, drawn: list[Drawn], quantity: int, rate: int
) -> None:
    """Cash and fees together, and shares, are what they were; held is what still rests."""
    owners = {name: Account(name) for name in ("ann", "bob", "cleo", "taker")}
    book = Book()
    other = Side.SELL if side is Side.BUY else Side.BUY
    makers = makers_of(book, owners, other, drawn)
    taker = resting(owners["taker"], side, 10**12 if side is Side.BUY else 1, quantity)
    taker.taker_fee = rate
    matched = match(taker, book.opposite(side), SelfTradePrevention.NONE, 100)
    tally = Tally(taker)
    trades = settle(taker, matched.touched, matched.trades, tally)
    fees = sum(trade.taker_fee + trade.maker_fee for trade in trades)
    assert sum(owner.cash for owner in owners.values()) == -fees
    for trade in trades:
        value = trade.price * trade.quantity
        assert trade.taker_fee == value * rate // UNIT
        assert trade.maker_fee == value * drawn[trade.maker - 1][3] // UNIT
    quantities = [owner.positions["ACME"].quantity for owner in owners.values() if owner.positions]
    assert sum(quantities) == 0
    assert abs(owners["taker"].positions["ACME"].quantity) == taker.filled
    for name, owner in owners.items():
        assert owner.held == sum(order.held for order in makers if order.account == name)
        assert owner.open_orders == sum(order.account == name for order in makers if order.leaves)
    told = tally.balances()
    expected = dict.fromkeys(order.account for order in matched.touched)
    assert [balance.account for balance in told] == [*(["taker"] if trades else []), *expected]
    for balance in told:
        owner = owners[balance.account]
        assert (balance.cash, balance.held) == (owner.cash, owner.held)
        assert balance.position == owner.positions["ACME"].quantity


def test_an_account_may_trade_with_itself() -> None:
    """Then only the fees leave it: its position is what it was."""
    ann, book = Account("ann"), Book()
    (maker,) = makers_of(book, {"ann": ann}, Side.SELL, [("ann", 2 * UNIT, 3 * UNIT, UNIT // 100)])
    taker = resting(ann, Side.BUY, 2 * UNIT, 2 * UNIT)
    taker.taker_fee = UNIT // 50
    tally = Tally(taker)
    matched = match(taker, book.asks, SelfTradePrevention.NONE, 9)
    (trade,) = settle(taker, matched.touched, matched.trades, tally)
    value = 4 * UNIT * UNIT
    assert (trade.taker_fee, trade.maker_fee) == (value // 50, value // 100)
    assert ann.cash == -(value // 50 + value // 100)
    assert (ann.positions["ACME"].quantity, maker.leaves) == (0, UNIT)
    (told,) = tally.balances()
    assert (told.account, told.cash) == ("ann", ann.cash)


def test_who_nothing_changed_for_is_not_told() -> None:
    """An order that never rested has held nothing; one that does is told once."""
    order = resting(Account("ann"), Side.BUY, UNIT, UNIT)
    assert Tally(order).balances() == ()
    assert own_balance(order, order.covered) == ()
    hold(order, UNIT)
    (told,) = own_balance(order, order.covered)
    assert (told.account, told.held, told.symbol) == ("ann", UNIT * UNIT, "ACME")
