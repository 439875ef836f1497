"""How much a sender may put into the log in a second, with a clock in the hand of the test."""

import pytest

from outcry.gateway import throttle
from outcry.gateway.throttle import Throttle


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_account_sends_as_many_orders_a_second_as_it_may(clock: Clock) -> None:
    """What is more is refused until the second is over; other accounts have their own count."""
    guard = Throttle(0, clock)
    told = [guard.refuse("k", "ann", 2) for _ in range(3)]
    assert told == ["", "", "order_rate"]
    assert guard.refuse("k", "bob", 2) == ""
    clock.now += 1
    assert guard.refuse("k", "ann", 2) == ""


def test_without_a_rate_nothing_is_counted(clock: Clock) -> None:
    """A rate of 0 is none."""
    guard = Throttle(0, clock)
    assert not any(guard.refuse("k", "ann", 0) for _ in range(10_000))


def test_a_key_with_too_many_rejections_is_refused(clock: Clock) -> None:
    """For all of its accounts, until the second is over; other keys go on."""
    guard = Throttle(2, clock)
    guard.rejected("k")
    assert guard.refuse("k", "ann", 0) == ""
    guard.rejected("k")
    assert guard.refuse("k", "ann", 0) == "too_many_rejects"
    assert guard.refuse("k", "bob", 9) == "too_many_rejects"
    assert guard.refuse("l", "ann", 0) == ""
    clock.now += 1
    assert guard.refuse("k", "ann", 0) == ""


def test_rejections_may_be_without_bound(clock: Clock) -> None:
    """With 0 nobody counts them."""
    guard = Throttle(0, clock)
    for _ in range(10_000):
        guard.rejected("k")
    assert guard.refuse("k", "ann", 0) == ""


def test_what_is_counted_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes when too many are counted is refused; those who are go on."""
    monkeypatch.setattr(throttle, "COUNTED_MAX", 2)
    guard = Throttle(1, clock)
    assert [guard.refuse("k", name, 5) for name in "abc"] == ["", "", "order_rate"]
    assert guard.refuse("k", "a", 5) == ""
    for key in "abc":
        guard.rejected(key)
    assert [guard.refuse(key, "a", 0) for key in "abc"] == ["too_many_rejects"] * 2 + [""]
