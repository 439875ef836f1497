"""What a resting order holds, whatever is filled of it."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.account import Account, Position
from outcry.domain.holds import cost, hold
from outcry.domain.limits import FEE_MAX, MULTIPLIER_MAX
from outcry.domain.order import Order
from outcry.domain.types import GTC, LIMIT, UNIT, OrderId, Side

SIDES = st.sampled_from(Side)
PRICES = st.integers(1, 10**13)
QUANTITIES = st.integers(1, 10**13)
RATES = st.integers(0, FEE_MAX)
MULTIPLIERS = st.integers(1, MULTIPLIER_MAX)


def resting(owner: Account, side: Side, price: int, quantity: int, closes: bool = False) -> Order:
    position = owner.positions.setdefault("ACME", Position())
    order = Order(OrderId(1), owner.name, "", "ACME", side, LIMIT, GTC, price, quantity, quantity)
    order.owner, order.position, order.closes = owner, position, closes
    order.margin = 0 if closes else price
    return order


@given(PRICES, PRICES, RATES, MULTIPLIERS, st.lists(QUANTITIES, min_size=1, max_size=8))
def test_fees_of_fills_never_exceed_what_is_held(
    margin: int, price: int, rate: int, multiplier: int, fills: list[int]
) -> None:
    """Each fee is rounded down by itself, and so is that of the whole: the parts are no more."""
    whole = cost(margin, price, sum(fills), rate, multiplier)
    parts = [margin * fill + multiplier * (price * fill * rate // UNIT) for fill in fills]
    assert sum(parts) <= whole
    assert whole - sum(parts) < multiplier * len(fills)


@given(SIDES, st.booleans(), PRICES, PRICES, RATES, MULTIPLIERS, QUANTITIES, st.data())
def test_what_is_held_is_what_the_leaves_imply(
    side: Side,
    closes: bool,
    price: int,
    margin: int,
    rate: int,
    multiplier: int,
    quantity: int,
    data: st.DataObject,
) -> None:
    """After any fills, and nothing when it has gone; what closes at a loss holds shares as well."""
    owner = Account("ann")
    order = resting(owner, side, price, quantity, closes)
    order.margin, order.maker_fee, order.multiplier = margin, rate, multiplier
    leaves = quantity
    while leaves:
        hold(order, leaves)
        fee = price * leaves * rate // UNIT
        assert owner.held == order.held == margin * leaves + multiplier * fee
        assert owner.positions["ACME"].closing == (leaves if closes else 0)
        assert owner.open_orders == 1
        position = owner.positions["ACME"]
        there = (leaves, 0) if side is Side.BUY else (0, leaves)
        assert (position.buying, position.selling) == there
        leaves = data.draw(st.integers(0, leaves - 1))
    hold(order, 0)
    position = owner.positions["ACME"]
    assert (owner.held, owner.open_orders, order.covered) == (0, 0, 0)
    assert (position.buying, position.selling, position.closing) == (0, 0, 0)


@given(SIDES, QUANTITIES, QUANTITIES)
def test_an_order_that_closes_holds_shares(side: Side, first: int, second: int) -> None:
    """As many as it has leaves, and no money without a margin; those of several orders add up."""
    owner = Account("ann")
    orders = [resting(owner, side, UNIT, quantity, closes=True) for quantity in (first, second)]
    for order in orders:
        hold(order, order.leaves)
    assert owner.positions["ACME"].closing == first + second
    assert (owner.held, owner.open_orders) == (0, 2)
    hold(orders[0], 0)
    assert owner.positions["ACME"].closing == second


@given(PRICES, PRICES, QUANTITIES, MULTIPLIERS)
def test_without_a_fee_an_order_holds_its_margin(
    margin: int, price: int, quantity: int, multiplier: int
) -> None:
    """Of buying power, however often its account may borrow."""
    assert cost(margin, price, quantity, 0, multiplier) == margin * quantity
