"""Bugs of exits, and of orders with two ways to trade, to plant, as those of `bugs`."""

from contextlib import ExitStack
from typing import Any

import outcry.domain.admission
import outcry.domain.trading
from outcry.domain.cascade import Cascade
from outcry.domain.order import Order
from outcry.domain.stops import Stops
from outcry.domain.types import SelfTradePrevention
from sim.planting import Bug, replace


def an_exit_left_behind(stack: ExitStack) -> None:
    """An exit does not hear that its parent has ended."""

    def mutant(real: Any, order: Order, stops: Stops) -> None:
        leg, order.exit = order.exit, None
        real(order, stops)
        order.exit = leg

    replace(stack, outcry.domain.trading, "release", mutant)


def one_way_only(stack: ExitStack) -> None:
    """An order with two ways to trade rests in the book, and waits for nothing."""

    def mutant(real: Any, self: Stops, order: Order, *market: Any) -> None:
        if order.level is None:
            real(self, order, *market)

    replace(stack, Stops, "add", mutant)


def two_ways_to_open(stack: ExitStack) -> None:
    """Beside an order that brings its exit others may open a position the other way."""
    replace(stack, outcry.domain.admission, "refuse_beside_exit", lambda *_: None)


def a_stop_that_gives_way(stack: ExitStack) -> None:
    """Self-trade prevention takes the stop order away that protects a position."""

    def mutant(_: Any, order: Order) -> SelfTradePrevention:
        assert order.owner is not None, "an admitted order has an owner"
        return order.owner.prevention

    replace(stack, outcry.domain.trading, "prevention_of", mutant)


def a_parent_that_lives_on(stack: ExitStack) -> None:
    """An exit that ends the trade leaves its parent where it is."""
    replace(stack, Cascade, "_end_parent", lambda *_: ())


EXIT_BUGS: tuple[Bug, ...] = (
    an_exit_left_behind,
    one_way_only,
    two_ways_to_open,
    a_stop_that_gives_way,
    a_parent_that_lives_on,
)
