"""Price, then time: the walk through a ladder."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.instructions import Instructions
from outcry.domain.level import Level
from outcry.domain.matching import foretell, match
from outcry.domain.order import Order, new_order
from outcry.domain.types import OrderId, OrderType, SelfTradePrevention, Side, TimeInForce

PRICES = st.integers(1, 4)
QUANTITIES = st.integers(1, 5)
DISPLAYS = st.sampled_from([0, 0, 1, 2])
ACCOUNTS = st.sampled_from(["alice", "bob"])


def an_order(
    number: int,
    account: str,
    side: Side,
    quantity: int,
    price: int,
    kind: OrderType,
    display: int = 0,
) -> Order:
    said = Instructions(display_quantity=display) if display else None
    fok = TimeInForce.FOK
    terms = NewOrder(account, "", "ACME", side, kind, fok, quantity, price, instructions=said)
    return new_order(OrderId(number), terms)


@given(
    st.lists(st.tuples(ACCOUNTS, QUANTITIES, PRICES, DISPLAYS), max_size=8),
    st.sampled_from(Side),
    st.integers(1, 30),
    PRICES,
    st.sampled_from(OrderType),
    st.sampled_from(SelfTradePrevention),
    st.integers(0, 12),
)
def test_what_can_be_filled_is_what_would_be(
    resting: list[tuple[str, int, int, int]],
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
    for number, (account, size, at, display) in enumerate(resting):
        book.rest(an_order(number, account, other, size, at, OrderType.LIMIT, display))
    taker = an_order(99, "alice", side, quantity, price, kind)
    foretold = foretell(taker, quantity, price, book.opposite(side), prevention, touches)
    matched = match(taker, book.opposite(side), prevention, touches)
    assert (foretold.refusal is None) == (taker.leaves == 0)
    assert len(matched.touched) <= foretold.looks <= touches
    if foretold.refusal is None:
        assert len(matched.touched) == foretold.looks
    for level in book.opposite(side):
        assert level.quantity == sum(order.leaves - order.hidden for order in standing(level))
    assert len(matched.touched) <= touches
    assert sum(trade.quantity for trade in matched.trades) == taker.filled
    if taker.leaves == 0:
        assert matched.stopped is None


@given(
    st.lists(st.tuples(ACCOUNTS, QUANTITIES, PRICES, DISPLAYS), max_size=8),
    st.integers(1, 12),
    st.integers(1, 12),
    PRICES,
    st.sampled_from(SelfTradePrevention),
    st.integers(0, 12),
)
def test_a_least_that_is_foretold_is_traded(
    resting: list[tuple[str, int, int, int]],
    least: int,
    more: int,
    price: int,
    prevention: SelfTradePrevention,
    touches: int,
) -> None:
    """It is foretold exactly where as much would trade, and no further than that is looked."""
    book = Book()
    for number, (account, size, at, display) in enumerate(resting):
        book.rest(an_order(number, account, Side.SELL, size, at, OrderType.LIMIT, display))
    said = Instructions(min_quantity=least)
    quantity, ioc = least + more, TimeInForce.IOC
    terms = NewOrder(
        "alice", "", "ACME", Side.BUY, OrderType.LIMIT, ioc, quantity, price, instructions=said
    )
    taker = new_order(OrderId(99), terms)
    foretold = foretell(taker, least, price, book.asks, prevention, touches)
    matched = match(taker, book.asks, prevention, touches)
    assert (foretold.refusal is None) == (taker.filled >= least)
    assert foretold.looks <= touches
    if foretold.refusal is None:
        assert foretold.looks <= len(matched.touched)


def standing(level: Level) -> list[Order]:
    """The orders of a level, in their order."""
    orders, order = [], level.first
    while order is not None:
        orders.append(order)
        order = order.next
    return orders


@given(
    st.lists(st.tuples(ACCOUNTS, QUANTITIES, st.sampled_from([0, 1, 2, 3])), min_size=1),
    st.integers(1, 40),
)
def test_what_is_hidden_goes_behind_what_is_shown(
    resting: list[tuple[str, int, int]], wanted: int
) -> None:
    """At one price what an order shows trades in its turn; then it shows more, as the last."""
    book = Book()
    queue: list[list[int]] = []
    for number, (account, size, display) in enumerate(resting):
        book.rest(an_order(number, account, Side.SELL, size, 1, OrderType.LIMIT, display))
        queue.append([number, min(size, display or size), size, display])
    taker = an_order(99, "carol", Side.BUY, wanted, 1, OrderType.LIMIT)
    matched = match(taker, book.asks, SelfTradePrevention.NONE, 1_000)
    expected = []
    while wanted and queue:
        number, shown, left, display = queue.pop(0)
        fill = min(wanted, shown)
        expected.append((number, fill))
        wanted -= fill
        left -= fill
        if fill < shown:
            queue.insert(0, [number, shown - fill, left, display])
        elif left:
            queue.append([number, min(left, display), left, display])
    assert [(trade.maker, trade.quantity) for trade in matched.trades] == expected
    level = book.asks.best()
    left_over = [] if level is None else standing(level)
    told = [(order.order_id, order.leaves - order.hidden, order.leaves) for order in left_over]
    assert told == [(number, shown, left) for number, shown, left, _ in queue]
