"""Who has which orders open, against a plain list."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.commands import NewOrder
from outcry.domain.open_orders import OpenOrders, first
from outcry.domain.order import Order, new_order
from outcry.domain.types import OrderId, OrderType, Side, TimeInForce

ACCOUNTS = ["alice", "bob"]
SYMBOLS = ["ACME", "ZINC"]
TERMS = st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(SYMBOLS), st.sampled_from(Side))


def an_order(number: int, account: str, symbol: str, side: Side) -> Order:
    time, kind = TimeInForce.GTC, OrderType.LIMIT
    return new_order(OrderId(number), NewOrder(account, "", symbol, side, kind, time, 1, 1))


@given(st.lists(TERMS), st.data())
def test_orders_are_found_by_who_has_them(
    terms: list[tuple[str, str, Side]], data: st.DataObject
) -> None:
    """By account, and by symbol and side where asked; oldest first, no more than wanted."""
    orders = [an_order(number, *each) for number, each in enumerate(terms)]
    open_orders = OpenOrders()
    for order in orders:
        open_orders.add(order)
        open_orders.add(order)  # as after a replace
    for order in data.draw(st.lists(st.sampled_from(orders), unique=True)) if orders else []:
        orders.remove(order)
        open_orders.remove(order)
    before, most = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    for account in ACCOUNTS:
        for symbol in ("", *SYMBOLS):
            for side in (None, *Side):
                expected = [
                    order
                    for order in orders
                    if order.account == account
                    and symbol in ("", order.symbol)
                    and side in (None, order.side)
                    and order.order_id < before
                ]
                groups = open_orders.groups(account, symbol, side)
                assert all(groups)
                assert first(groups, before, most) == expected[:most]
    assert set(open_orders._accounts) == {order.account for order in orders}


def test_what_never_rested_can_be_removed() -> None:
    """An order that is filled at once was never open."""
    open_orders = OpenOrders()
    open_orders.remove(an_order(1, "alice", "ACME", Side.BUY))
    assert open_orders.groups("alice") == []
