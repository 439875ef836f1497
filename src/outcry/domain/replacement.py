"""What a replace makes of an order: its new terms, and whether it keeps its place with them."""

from enum import Enum, auto
from typing import NamedTuple

import msgspec

from outcry.domain.commands import ReplaceOrder
from outcry.domain.instructions import NONE, Instructions
from outcry.domain.order import Order
from outcry.domain.stops import restated
from outcry.domain.trails import retrailed
from outcry.domain.types import Units


class Place(Enum):
    """What an order keeps of its places among others."""

    NONE = auto()
    BOOK = auto()
    """That in the book, and not that among those that wait for a stop price."""
    BOTH = auto()
    """It stays where it is; an unarmed exit is nowhere."""


class Terms(NamedTuple):
    quantity: Units
    price: Units
    instructions: Instructions | None
    place: Place


def new_terms(order: Order, command: ReplaceOrder) -> Terms:
    """The terms of an order after a replace. It keeps its place where it only becomes smaller, or
    is only given another time until which it is good, or both; an exit that is not armed has
    none."""
    quantity = order.quantity if command.quantity is None else command.quantity
    price = order.price if command.price is None else command.price
    said = restated(order.instructions, command)
    said = retrailed(said, order.side, command)
    waits_anew = said != order.instructions
    end_ns = command.good_until_ns
    if end_ns is not None:
        said = msgspec.structs.replace(said or NONE, good_until_ns=end_ns)
    place = Place.NONE
    if said is not None and said.unarmed:
        place = Place.BOTH
    elif price == order.price and waits_anew and quantity == order.quantity:
        place = Place.BOOK if order.level is not None else Place.NONE
    elif price == order.price and not waits_anew:
        smaller = quantity < order.quantity or (end_ns is not None and quantity == order.quantity)
        place = Place.BOTH if smaller else Place.NONE
    return Terms(quantity, price, said, place)
