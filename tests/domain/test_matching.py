"""Price, then time: the walk through a ladder."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.matching import foretell, match
from outcry.domain.order import Order, new_order
from outcry.domain.types import OrderId, OrderType, SelfTradePrevention, Side, TimeInForce

PRICES = st.integers(1, 4)
QUANTITIES = st.integers(1, 5)
ACCOUNTS = st.sampled_from(["alice", "bob"])


def an_order(
    number: int, account: str, side: Side, quantity: int, price: int, kind: OrderType
) -> Order:
    terms = NewOrder(account, "", "ACME", side, kind, TimeInForce.FOK, quantity, price)
    return new_order(OrderId(number), terms)


@given(
    st.lists(st.tuples(ACCOUNTS, QUANTITIES, PRICES), max_size=8),
    st.sampled_from(Side),
    st.integers(1, 30),
    PRICES,
    st.sampled_from(OrderType),
    st.sampled_from(SelfTradePrevention),
    st.integers(0, 9),
)
def test_what_can_be_filled_is_what_would_be(
    resting: list[tuple[str, int, int]],
    side: Side,
    quantity: int,
    price: int,
    kind: OrderType,
    prevention: SelfTradePrevention,
    touches: int,
) -> None:
    """A fill-or-kill order is asked about beforehand by the same walk that trades it."""
    book = Book()
    other = Side.SELL if side is Side.BUY else Side.BUY
    for number, (account, size, at) in enumerate(resting):
        book.rest(an_order(number, account, other, size, at, OrderType.LIMIT))
    taker = an_order(99, "alice", side, quantity, price, kind)
    foretold = foretell(taker, book.opposite(side), prevention, touches)
    matched = match(taker, book.opposite(side), prevention, touches)
    assert (foretold.refusal is None) == (taker.leaves == 0)
    assert len(matched.touched) <= foretold.looks <= touches
    assert len(matched.touched) <= touches
    assert sum(trade.quantity for trade in matched.trades) == taker.filled
    if taker.leaves == 0:
        assert matched.stopped is None
