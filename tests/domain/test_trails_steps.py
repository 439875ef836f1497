"""What a trade costs where a hundred thousand trail the market, counted in steps."""

from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any

import pytest

from outcry.domain import trails
from outcry.domain.report import NO_QUOTE
from outcry.domain.stops import Stops
from outcry.domain.trails import Trails
from tests.domain.trailing import SELL, check_bounds, holding, trailing

MANY = 100_000


class Steps:
    """Counts what is done to heaps: a step is one entry that goes in or comes out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0

        def pushing(heap: list[Any], entry: Any) -> None:
            self.count += 1
            heappush(heap, entry)

        def popping(heap: list[Any]) -> Any:
            self.count += 1
            return heappop(heap)

        def heaping(heap: list[Any]) -> None:
            self.count += len(heap)
            heapify(heap)

        monkeypatch.setattr(trails, "heappush", pushing)
        monkeypatch.setattr(trails, "heappop", popping)
        monkeypatch.setattr(trails, "heapify", heaping)

    def of(self, stops: Stops, prices: range) -> tuple[int, int]:
        """Of trades at these prices, all together and of the one that takes most."""
        before, most = self.count, 0
        for price in prices:
            begun = self.count
            stops.traded("ACME", price, price)
            most = max(most, self.count - begun)
        return self.count - before, most


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


def crowd(mark: int = 10**9, *, percent: bool = False) -> Stops:
    """A hundred thousand, all with trails of their own, from the same market."""
    fars = range(mark // 2, mark // 2 + MANY * 1_000, 1_000)
    if percent:
        return holding(
            mark, *(trailing(n, SELL, mark, percent=50 * far) for n, far in enumerate(fars))
        )
    return holding(mark, *(trailing(n, SELL, mark, trail=far) for n, far in enumerate(fars)))


@pytest.mark.parametrize("percent", [False, True])
def test_a_rising_market_moves_one_number_a_trade(steps: Steps, percent: bool) -> None:
    """However many trail it: a handful of steps a trade."""
    stops = crowd(percent=percent)
    whole, most = steps.of(stops, range(10**9 + 1, 10**9 + 10_001))
    assert not stops.queue
    assert whole <= 8 * 10_000 and most <= 12


def each_at_its_price(mark: int = 10**9, trail: int = 10**8) -> Stops:
    """A hundred thousand, each from a lower market than the one before."""
    stops = Stops()
    for number in range(MANY):
        stops.add(trailing(number, SELL, mark - number, trail), mark - number, NO_QUOTE)
    return stops


def test_a_falling_market_takes_what_it_reaches(steps: Steps) -> None:
    """And a few steps for each of those, though each has a high-water mark of its own."""
    stops = each_at_its_price()
    falling = range(10**9 - MANY, 9 * 10**8 - MANY // 2 - 1, -1000)
    whole, _ = steps.of(stops, falling)
    assert len(stops.queue) == MANY // 2 + 1
    assert whole <= 6 * len(stops.queue)


def test_one_trade_may_join_them_all_once(steps: Steps) -> None:
    """It takes a few steps for each high-water mark that there was; the next takes a handful."""
    stops = each_at_its_price()
    whole, _ = steps.of(stops, range(10**9, 10**9 + 1))
    assert whole <= 4 * MANY
    whole, _ = steps.of(stops, range(10**9 + 1, 10**9 + 2))
    assert whole <= 8


def test_a_sawtooth_joins_each_order_seldom(steps: Steps) -> None:
    """They come on the way down, and each new high makes one tide of all: each is moved no more
    often than the logarithm of how many there are."""
    stops, mark, number, entered = Stops(), 10**9, count(), 0
    for tooth in range(100):
        low = mark + tooth
        for step in range(1_000):
            order = trailing(next(number), SELL, low - step, trail=10**8)
            stops.add(order, low - step, NO_QUOTE)
            entered += steps.of(stops, range(low - step, low - step + 1))[0]
        entered += steps.of(stops, range(low + 1, low + 2))[0]
    (waits,) = stops.waiting["ACME"].values()
    assert isinstance(waits, Trails) and len(waits) == MANY and len(waits.tides) == 1
    assert entered <= 17 * MANY


def test_who_comes_and_goes_again_and_again_takes_no_room() -> None:
    """In the tide of another who stays, or in one that ends with him."""
    stops = holding(100, trailing(0, SELL, 100, trail=9))
    for number in range(1, 1_000):
        order = trailing(number, SELL, 100 + number % 3, trail=1 + number % 50)
        stops.wait(order)
        stops.remove(order)
    (waits,) = stops.waiting["ACME"].values()
    assert isinstance(waits, Trails)
    check_bounds(stops)
    assert len(stops._numbers) == len(waits.tides) == 1
    (tide,) = waits.tides.values()
    assert len(tide.trails) <= 2
