"""Orders with an end in time against a plain list, and where a day ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.commands import NewOrder
from outcry.domain.expiry import DAY_NS, Expiry, end_of_day, pin_day
from outcry.domain.instructions import Instructions
from outcry.domain.limits import LAST_NS
from outcry.domain.order import Order, new_order
from outcry.domain.switches import NEVER
from outcry.domain.types import BUY, DAY, GTC, GTD, LIMIT, OrderId, TimeInForce

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.integers(0, 40)),
        st.tuples(st.just("take"), st.integers(0, 9)),
        st.tuples(st.just("move"), st.integers(0, 40)),
    )
)


def order(number: int, good_until_ns: int = 0, time: TimeInForce = GTD) -> Order:
    said = Instructions(good_until_ns=good_until_ns) if good_until_ns else None
    terms = NewOrder("alice", "", "ACME", BUY, LIMIT, time, 1, 1, instructions=said)
    return new_order(OrderId(number), terms)


@given(STEPS)
def test_orders_go_by_their_time_then_by_their_ids(steps: list[tuple[str, int]]) -> None:
    """Each once, when log time is later than its own, up to three at a time; who has none never.
    What was said last is when that is."""
    expiry, there, orders = Expiry(), dict[int, int](), dict[int, Order]()
    for step, number in steps:
        if step == "add":
            new = order(len(there) + 100, number)
            expiry.add(new)
            there[new.order_id], orders[new.order_id] = number, new
        elif step == "move":
            one = orders.get(number // 4 + 100)
            if one is not None and there[one.order_id]:
                one.instructions = Instructions(good_until_ns=1 + number % 4)
                expiry.add(one)
                there[one.order_id] = 1 + number % 4
        elif step == "remove":
            expiry.remove(order(number + 100, 1))
            there |= dict.fromkeys(there.keys() & {number + 100}, 0)
        else:
            over = sorted((until, one) for one, until in there.items() if 0 < until < number)
            gone = [one for _, one in over[:3]]
            assert [taken.order_id for taken in expiry.take(number, 3)] == gone
            there |= dict.fromkeys(gone, 0)
        first = min((until for until in there.values() if until), default=NEVER - 1)
        assert expiry.next_ns == first + 1


def test_who_orders_and_cancels_again_and_again_takes_no_room() -> None:
    """An order that is open no longer is forgotten, however far away its end would have been."""
    expiry = Expiry()
    for number in range(7):
        expiry.add(order(number, 5))
    for number in range(7, 10_000):
        one = order(number, 20_000 + number * (-1) ** number)
        expiry.add(one)
        expiry.remove(one)
        assert len(expiry._heap) <= 2 * len(expiry._orders) + 65
    assert len(expiry._orders) == 7


def test_who_says_again_and_again_until_when_takes_no_room() -> None:
    """Only the last of them counts, and the same as before is another one too."""
    expiry, one = Expiry(), order(1, 5)
    for number in range(10_000):
        one.instructions = Instructions(good_until_ns=5 + number % 3)
        expiry.add(one)
        assert len(expiry._heap) <= 67
    assert expiry.next_ns == 6
    assert expiry.take(6, 9) == [one]
    assert expiry.next_ns == NEVER


@pytest.mark.parametrize(
    ("now_ns", "ends_ns"),
    [
        (0, DAY_NS),
        (DAY_NS - 1, DAY_NS),
        (DAY_NS, 2 * DAY_NS),
        (1_761_930_000_000_000_000, 1_761_955_200_000_000_000),  # 2025-10-31, at 17:00
        (LAST_NS, LAST_NS),
    ],
)
def test_a_day_ends_at_midnight(now_ns: int, ends_ns: int) -> None:
    """At 00:00 UTC a new one has begun; the last one ends with log time."""
    assert end_of_day(now_ns) == ends_ns


def test_an_order_that_is_good_for_the_day_keeps_what_else_it_says() -> None:
    """Its end comes beside it."""
    terms = Instructions(post_only=True)
    one = order(1, time=DAY)
    one.instructions = terms
    pin_day(one, 7)
    assert one.instructions == Instructions(post_only=True, good_until_ns=DAY_NS)


def test_an_order_at_the_end_of_time_never_goes() -> None:
    """Nothing is later than that."""
    expiry = Expiry()
    expiry.add(order(1, LAST_NS))
    expiry.add(order(2, time=GTC))
    assert expiry.next_ns == NEVER
    assert expiry.take(LAST_NS, 9) == []
