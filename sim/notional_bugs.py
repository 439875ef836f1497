"""Bugs of notional orders, and of orders with an end in time, to plant, as those of `bugs`."""

from contextlib import ExitStack
from typing import Any

import outcry.domain.notional
from outcry.domain.expiry import Expiry
from outcry.domain.order import Order
from sim.planting import Bug, replace


def a_lot_too_much(stack: ExitStack) -> None:
    """A notional order is rounded up to the next lot."""

    def mutant(real: Any, worth: int, price: int, lot: int) -> int:
        return int(real(worth, price, lot)) + lot

    replace(stack, outcry.domain.notional, "lots", mutant)


def an_end_that_stays(stack: ExitStack) -> None:
    """An order goes when it was to go first, whatever a replace has said since."""

    def mutant(real: Any, self: Expiry, order: Order) -> None:
        if order.order_id not in self._orders:
            real(self, order)

    replace(stack, Expiry, "add", mutant)


NOTIONAL_BUGS: tuple[Bug, ...] = (a_lot_too_much, an_end_that_stays)
