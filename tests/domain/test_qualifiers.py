"""What an order may only do: rest, or make a position smaller."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.wire.messages import ExecutionMessage
from tests.venue import Venue

SIDES = st.sampled_from(["buy", "sell"])
PRICES = st.integers(98, 102)


def send(venue: Venue, side: str, quantity: int, price: int, **more: object) -> ExecutionMessage:
    terms = {"symbol": "ACME", "side": side, "quantity": str(quantity), "price": str(price)}
    (execution,) = venue.send("order.created", terms | more)
    return execution


@given(st.lists(st.tuples(SIDES, PRICES), max_size=6), SIDES, PRICES, st.booleans())
def test_a_post_only_order_rests_or_is_refused(
    resting: list[tuple[str, int]], side: str, price: int, own: bool
) -> None:
    """It is refused exactly where an order of the other side stands at its price or better, and
    then nothing is other than before."""
    venue = Venue("ACME")
    for other, at in resting:
        send(venue, other, 1, at, account="alice")
    book = venue.engine.books["ACME"]
    best = (book.asks if side == "buy" else book.bids).best()
    meets = best is not None and (
        best.price <= price * 10**9 if side == "buy" else best.price >= price * 10**9
    )
    before = len(venue.engine.orders)
    account = "alice" if own else "bob"
    execution = send(venue, side, 1, price, account=account, post_only=True)
    assert not execution.trades
    assert (execution.result, execution.reason) == (
        ("rejected", "would_take") if meets else ("accepted", "")
    )
    assert len(venue.engine.orders) == before + (not meets)


@given(st.integers(-3, 3), SIDES, st.integers(1, 4))
def test_a_reduce_only_order_closes_or_is_refused(held: int, side: str, quantity: int) -> None:
    """It is taken exactly where all of it makes the position smaller."""
    venue = Venue("ACME")
    terms = {"account": "frank", "type": "margin", "shorting": True, "access": "open"}
    venue.send("account.open", terms)
    venue.send("account.deposit", {"account": "frank", "amount": "100000"})
    if held:
        send(venue, "buy" if held < 0 else "sell", abs(held), 100, account="alice")
        send(venue, "sell" if held < 0 else "buy", abs(held), 100, account="frank")
    execution = send(venue, side, quantity, 100, account="frank", reduce_only=True)
    there = max(0, held if side == "sell" else -held)
    if not there:
        assert (execution.result, execution.reason) == ("rejected", "reduce_only")
    elif quantity > there:
        assert (execution.result, execution.reason) == ("rejected", "shares_available")
    else:
        assert execution.result == "accepted"
