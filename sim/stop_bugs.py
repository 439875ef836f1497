"""Bugs of stop orders to plant, as those of `bugs`."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from outcry.domain.cascade import Cascade
from outcry.domain.order import Order
from outcry.domain.stops import Stops, Waits
from outcry.domain.trails import Trails
from sim.exit_bugs import EXIT_BUGS
from sim.planting import Bug, replace

Reach = Callable[[Waits, int], list[tuple[int, Order]]]


def the_farthest_first(stack: ExitStack) -> None:
    """Of the stop orders that a price reaches those go first that were to go last."""

    def mutant(real: Reach, self: Waits, price: int) -> list[tuple[int, Order]]:
        return real(self, price)[::-1]

    replace(stack, Waits, "reach", mutant)


def blind_to_quotes(stack: ExitStack) -> None:
    """A stop order waits for a trade, whatever it was to wait for."""

    def mutant(real: Any, self: Stops, symbol: str, quote: Any) -> None:
        pass

    replace(stack, Stops, "quoted", mutant)


def unprotected(stack: ExitStack) -> None:
    """A stop order that is triggered goes as far as there is somebody."""
    replace(stack, Cascade, "_protection", lambda *_: 0)


def a_trail_that_stays(stack: ExitStack) -> None:
    """A trailing stop does not follow the market."""
    replace(stack, Trails, "_raise", lambda *_: None)


STOP_BUGS: tuple[Bug, ...] = (
    the_farthest_first,
    blind_to_quotes,
    unprotected,
    a_trail_that_stays,
    *EXIT_BUGS,
)
