"""Trailing stops against a naive model, in which each trade moves each order by itself."""

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from outcry.domain import trails
from outcry.domain.order import Order
from outcry.domain.report import NO_QUOTE
from outcry.domain.stops import Stops
from outcry.domain.types import TRAILING_STOP, UNIT, Side, Units
from tests.domain.trailing import BUY, SELL, check_bounds, holding, said, stop, told, trailing

# Examples ------------------------------------------------------------------------------------


def test_the_stop_price_of_a_sell_rises_with_the_market_and_never_falls() -> None:
    """That of a buy falls with it and never rises."""
    sell, buy = trailing(1, SELL, 100, trail=10), trailing(2, BUY, 100, trail=10)
    stops = holding(100, sell, buy)
    seen = []
    for price in (105, 102, 103, 97, 99):
        stops.traded("ACME", price, price)
        seen.append(told(stops, sell, buy))
    assert seen == [
        [(105, 95), (100, 110)],
        [(105, 95), (100, 110)],
        [(105, 95), (100, 110)],
        [(105, 95), (97, 107)],
        [(105, 95), (97, 107)],
    ]
    assert not stops.queue
    stops.traded("ACME", 95, 95)
    assert list(stops.queue) == [1]


def test_a_trail_in_percent_is_of_the_high_water_mark_rounded_down() -> None:
    """So the stop price of a sell is rounded up, that of a buy down."""
    sell, buy = trailing(1, SELL, 101, percent=5 * UNIT), trailing(2, BUY, 101, percent=5 * UNIT)
    stops = holding(101, sell, buy)
    assert told(stops, sell, buy) == [(101, 96), (101, 106)]
    stops.traded("ACME", 99, 121)
    assert told(stops, sell) == [(121, 115)]
    assert list(stops.queue) == [2] and said(buy).stop_price == 99 + 4


def test_one_execution_reaches_by_its_first_price_before_it_raises_by_its_last() -> None:
    """A sweep up from 95 sets off the sell that 95 reaches, though it ends at 120; a sweep down
    from 120 raises it first, and then reaches it on its way."""
    up, down = trailing(1, SELL, 100, trail=5), trailing(2, SELL, 100, trail=10)
    stops = holding(100, up, down)
    stops.traded("ACME", 95, 120)
    assert list(stops.queue) == [1]
    assert told(stops, up, down) == [(100, 95), (120, 110)]
    other = trailing(3, SELL, 100, trail=15)
    stops.add(other, 100, NO_QUOTE)
    stops.traded("ACME", 130, 116)
    assert list(stops.queue) == [1, 2]
    assert told(stops, down, other) == [(130, 120), (130, 115)]


def test_the_nearest_comes_first_then_who_began_to_wait_first() -> None:
    """Among all that one price reaches: of an amount, of a percentage, and plain stops."""
    stops = holding(
        100,
        trailing(1, SELL, 100, trail=10),
        stop(2, SELL, 90),
        trailing(3, SELL, 100, percent=10 * UNIT),
        stop(4, SELL, 91),
        trailing(5, SELL, 100, trail=8),
        trailing(6, SELL, 100, trail=10),
        trailing(7, SELL, 100, trail=11),
    )
    stops.traded("ACME", 90, 90)
    assert list(stops.queue) == [5, 4, 1, 2, 3, 6]


def test_who_was_reached_trails_no_more() -> None:
    """Until it waits again, where trading in its instrument had stopped: then from where it was."""
    order = trailing(1, SELL, 100, trail=10)
    stops = holding(100, order)
    stops.traded("ACME", 90, 130)
    assert told(stops, order) == [(100, 90)]
    del stops.queue[order.order_id]
    stops.wait(order)
    stops.traded("ACME", 95, 95)
    assert told(stops, order) == [(100, 90)]
    stops.traded("ACME", 104, 104)
    assert told(stops, order) == [(104, 94)]


def test_where_nothing_is_between_mark_and_stop_price_it_waits_for_its_turn_alone() -> None:
    """A percentage may be so small that it comes to nothing."""
    stops = holding(100, trailing(1, SELL, 100, percent=1), trailing(2, SELL, 100, trail=1))
    assert list(stops.queue) == [1]


def test_instruments_are_apart() -> None:
    """A trade moves those alone that wait for its instrument."""
    acme, zinc = trailing(1, BUY, 100, trail=9), trailing(2, BUY, 100, trail=9, symbol="ZINC")
    stops = holding(100, acme, zinc)
    stops.traded("ZINC", 90, 90)
    assert told(stops, acme, zinc) == [(100, 109), (90, 99)]


def test_nothing_is_kept_for_nobody() -> None:
    """However they went: reached, cancelled while they waited, or in the queue."""
    orders = [
        trailing(1, BUY, 100, trail=9),
        trailing(2, BUY, 100, percent=9 * UNIT),
        trailing(3, SELL, 100, trail=9),
        trailing(4, SELL, 99, trail=9),
    ]
    stops = holding(100, *orders)
    stops.traded("ACME", 109, 109)
    for order in orders:
        stops.remove(order)
    assert not stops.queue and not stops.waiting and not stops._numbers


# Whatever happens ----------------------------------------------------------------------------


class Waiting(NamedTuple):
    """Who waits in the naive model."""

    order: Order
    number: int
    high: Units

    @property
    def stop_price(self) -> Units:
        terms = said(self.order)
        if not (terms.trail or terms.trail_percent):
            return terms.stop_price
        behind = terms.trail or int(self.high * terms.trail_percent / (100 * UNIT))
        return self.high + (behind if self.order.side is BUY else -behind)


class Naive:
    """Each trade moves each order, and looks at each, in turn."""

    def __init__(self) -> None:
        self.waiting: list[Waiting] = []
        self.queue: list[int] = []
        self._numbers = count()

    def hold(self, order: Order, mark: Units) -> None:
        one = Waiting(order, next(self._numbers), said(order).high_water)
        if is_at(one, mark):
            self.queue.append(order.order_id)
        else:
            self.waiting.append(one)

    def remove(self, order: Order) -> None:
        self.waiting = [one for one in self.waiting if one.order is not order]
        self.queue = [number for number in self.queue if number != order.order_id]

    def traded(self, prices: list[int]) -> None:
        for price in prices:
            moved = [one._replace(high=beyond(one, price)) for one in self.waiting]
            for side, sign in ((BUY, 1), (SELL, -1)):
                reached = [one for one in moved if one.order.side is side and is_at(one, price)]
                reached.sort(key=lambda one: (sign * one.stop_price, one.number))
                self.queue += [one.order.order_id for one in reached]
                moved = [one for one in moved if one not in reached]
            self.waiting = moved


def beyond(one: Waiting, price: Units) -> Units:
    best = min if one.order.side is BUY else max
    return best(one.high, price) if one.order.type is TRAILING_STOP else one.high


def is_at(one: Waiting, price: Units) -> bool:
    return price >= one.stop_price if one.order.side is BUY else price <= one.stop_price


PRICES = st.integers(80, 120)
NEW = st.tuples(
    st.sampled_from([BUY, SELL]),
    st.sampled_from(["trail", "trail", "percent", "percent", "stop"]),
    st.integers(1, 30),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("new"), NEW),
        st.tuples(st.just("new"), NEW),
        st.tuples(st.just("trades"), st.lists(PRICES, min_size=1, max_size=4)),
        st.tuples(st.just("trades"), st.lists(PRICES, min_size=1, max_size=4)),
        st.tuples(st.just("mark"), PRICES),
        st.tuples(st.just("remove"), st.integers(0, 40)),
        st.tuples(st.just("again"), st.integers(0, 40)),
        st.tuples(st.just("replace"), st.tuples(st.integers(0, 40), st.integers(1, 30))),
        st.tuples(st.just("load"), st.none()),
    ),
    max_size=60,
)


class Market:
    """The same steps in both."""

    def __init__(self) -> None:
        self.stops, self.naive = Stops(), Naive()
        self.mark = 100
        self.orders: dict[int, Order] = {}
        """In the order in which they began to wait."""
        self._ids = count(1)

    def new(self, terms: tuple[Side, str, int]) -> None:
        side, kind, number = terms
        order_id = next(self._ids)
        if kind == "stop":
            order = stop(order_id, side, 85 + number)
        elif kind == "trail":
            order = trailing(order_id, side, self.mark, trail=number)
        else:
            order = trailing(order_id, side, self.mark, percent=number * UNIT)
        self.hold(order)

    def hold(self, order: Order) -> None:
        self.orders.pop(order.order_id, None)
        self.orders[order.order_id] = order
        self.stops.add(order, self.mark, NO_QUOTE)
        self.naive.hold(order, self.mark)

    def trades(self, prices: list[int]) -> None:
        prices = sorted(prices, reverse=prices[0] > prices[-1])
        self.stops.traded("ACME", prices[0], prices[-1])
        self.naive.traded(prices)
        self.mark = prices[-1]

    def remove(self, at: int) -> Order | None:
        if not self.orders:
            return None
        order = list(self.orders.values())[at % len(self.orders)]
        del self.orders[order.order_id]
        self.stops.remove(order)
        self.naive.remove(order)
        return order

    def again(self, at: int) -> None:
        """It is the last of its price now."""
        order = self.remove(at)
        if order is not None:
            self.hold(order)

    def replace(self, terms: tuple[int, int]) -> None:
        order = self.remove(terms[0])
        if order is None:
            return
        before = said(order)
        if order.type is TRAILING_STOP:
            new = {"trail": terms[1]} if before.trail else {"trail_percent": terms[1] * UNIT}
            changed = msgspec.structs.replace(before, **new)
            order.instructions = trails.at_high_water(changed, order.side, before.high_water)
        self.hold(order)

    def load(self, _: None) -> None:
        """Let them wait again that waited, as a snapshot does."""
        self.stops.present_all()
        queue, self.stops = self.stops.queue, Stops()
        for order in self.orders.values():
            if order.order_id not in queue:
                self.stops.wait(order)
        self.stops.queue = queue

    def set_mark(self, mark: int) -> None:
        """The operator says what the reference price is: nobody is moved."""
        self.mark = mark


@settings(max_examples=500)
@given(STEPS)
def test_trails_are_as_if_each_trade_moved_each_order(steps: list[tuple[str, Any]]) -> None:
    """Who is reached, in which order, and at which stop price: whoever came, went or was replaced
    between, whatever the operator said, and after a snapshot."""
    market = Market()
    does: dict[str, Callable[[Any], Any]] = {
        "new": market.new,
        "trades": market.trades,
        "mark": market.set_mark,
        "remove": market.remove,
        "again": market.again,
        "replace": market.replace,
        "load": market.load,
    }
    for step, terms in steps:
        does[step](terms)
        stops, naive = market.stops, market.naive
        assert list(stops.queue) == naive.queue
        for one in naive.waiting:
            if one.order.type is TRAILING_STOP:
                assert told(stops, one.order) == [(one.high, one.stop_price)]
        check_bounds(stops)
    while market.orders:
        market.remove(0)
    assert not market.stops.waiting and not market.stops._numbers
