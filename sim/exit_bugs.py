"""Bugs of exits, and of orders with two ways to trade, to plant, as those of `bugs`."""

from contextlib import ExitStack
from typing import Any

import outcry.domain.cascade
import outcry.domain.trading
from outcry.domain.cascade import Cascade
from outcry.domain.exits import armed
from outcry.domain.order import Order
from outcry.domain.stops import Stops
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


def an_exit_that_opens(stack: ExitStack) -> None:
    """An exit is armed with what its parent has filled, whatever is left to close."""

    def mutant(_: Any, leg: Order) -> int:
        return leg.target - armed(leg)

    replace(stack, outcry.domain.cascade, "missing", mutant)


def a_parent_that_lives_on(stack: ExitStack) -> None:
    """An exit that ends the trade leaves its parent where it is."""
    replace(stack, Cascade, "_end_parent", lambda *_: ())


EXIT_BUGS: tuple[Bug, ...] = (
    an_exit_left_behind,
    one_way_only,
    an_exit_that_opens,
    a_parent_that_lives_on,
)
