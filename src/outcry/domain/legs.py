"""Legs: how the prices of an order with two ways to trade, and of an exit and its parent, have to
stand to each other, and to the buying power that an exit does not hold.
"""

from collections.abc import Iterable
from typing import NamedTuple

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.exits import brings_exit, other_side
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.risk import Ask, margin, mark_at_trigger
from outcry.domain.trails import trails_by
from outcry.domain.types import BUY, LIMIT, PRICED, Side, Units, decimal


class _Price(NamedTuple):
    """A price that has to stand on one side of another; 0: there is none."""

    price: Units = 0
    name: str = ""
    field: str = ""
    """Of the command, that tells of it; empty: it is that of another order, or of the market."""


class _Prices(NamedTuple):
    """Of an exit, or of an order with two ways to trade: its side, where it loses, where its parent
    enters, whose limit price comes first, and where it gains."""

    side: Side
    loss: _Price
    entries: tuple[_Price, ...]
    gain: _Price


def refuse_legs(terms: NewOrder, own: Order | None, book: Book) -> Reject | None:
    """Whether the prices of an order with two ways to trade, or of an exit and its parent, stand as
    they have to; `own` is the order that is to have these terms, None: it is new.

    An exit loses beyond wherever its parent may enter, or it would end the position at once; it
    gains beyond the limit price of its parent, or where that has none beyond where it enters.
    """
    said = terms.instructions
    assert said is not None, "an order without instructions has one price"
    if own is not None and own.instructions is not None:
        before = own.price, own.instructions.stop_price
        if before == (terms.price, said.stop_price):
            return None
    legs = _prices(terms, said, own, book)
    sign = -1 if legs.side is BUY else 1
    entries = [entry for entry in legs.entries if entry.price] or [_Price()]
    nearest = min(entries, key=lambda entry: sign * entry.price)
    for low, high in ((legs.loss, nearest), (entries[0], legs.gain), (legs.loss, legs.gain)):
        if low.price and high.price and sign * low.price >= sign * high.price:
            return _wrong_way(low, high, sign)
    return None


def _wrong_way(low: _Price, high: _Price, sign: int) -> Reject:
    """The one of which the command tells has to go; neither: its price brings it there."""
    one, other = (low, high) if low.field or not high.field else (high, low)
    way = "below" if (one is low) == (sign > 0) else "above"
    text = f"{one.name} {decimal(one.price)} has to be {way} {other.name} {decimal(other.price)}"
    return Reject(RejectReason.LEG_PRICES, text, one.field or "price")


def _prices(terms: NewOrder, said: Instructions, own: Order | None, book: Book) -> _Prices:
    price, stop = _Price(terms.price, "price", "price"), _own_stop(said)
    entries = price, stop if stop.price else _market(terms.side, book)
    if own is None and brings_exit(said):
        loss = _Price(said.stop_loss, "stop_loss", "stop_loss")
        gain = _Price(said.take_profit, "take_profit", "take_profit")
        return _Prices(other_side(terms.side), loss, entries, gain)
    leg = None if own is None else own.exit
    if leg is not None and leg.instructions is not None:
        loss = _Price(leg.instructions.stop_price, "the stop price of its exit")
        gain = _Price(leg.price if leg.type is LIMIT else 0, "the take profit of its exit")
        return _Prices(leg.side, loss, entries, gain)
    parent = None if own is None else own.parent
    of_parent = () if parent is None else _entries_of(parent, said.unarmed, book)
    gain = price if terms.type is LIMIT else _Price()
    return _Prices(terms.side, stop, of_parent, gain)


def _entries_of(parent: Order, unarmed: bool, book: Book) -> tuple[_Price, ...]:
    """Where an open parent enters; once that has filled something the market is where it is."""
    price = _Price(parent.price, "the price of its parent")
    if not unarmed:
        return (price,)
    stop = _waits_for(parent.instructions)
    if stop:
        return price, _Price(stop, "the stop price of its parent")
    return price, _market(parent.side, book)


def _own_stop(said: Instructions) -> _Price:
    field = trails_by(said)
    if field:
        return _Price(_waits_for(said), f"the stop price that follows from its {field}", field)
    return _Price(_waits_for(said), "stop_price", "stop_price")


def _waits_for(said: Instructions | None) -> Units:
    return 0 if said is None or said.triggered else said.stop_price


def _market(side: Side, book: Book) -> _Price:
    """Where an order of this side would trade now."""
    if book.mark:
        return _Price(book.mark, "the reference price")
    best = book.opposite(side).best()
    return _Price() if best is None else _Price(best.price, f"the best {other_side(side)} order")


def refuse_need(ask: Ask, said: Instructions) -> Reject | None:
    """An exit holds no buying power, so that its fills may need none. Of a new order: its price is
    where its exit begins, if it has one."""
    side = other_side(ask.side)
    gain = said.take_profit if ask.type not in PRICED else 0
    then = mark_at_trigger(side, said.stop_loss, ask.mark)
    prices = ("take_profit", gain, ask.mark), ("stop_loss_limit", said.stop_loss_limit, then)
    return _refuse_need(side, ask.account.multiplier, prices)


def refuse_need_of(
    leg: Order, price: Units, said: Instructions | None, mark: Units
) -> Reject | None:
    """The same of an exit that is to have other terms while it is bound to its parent; `price` 0:
    it is a market order once it is set off."""
    assert said is not None, "an exit has instructions"
    gain, limit = 0, ("price", price)
    if leg.type is LIMIT:
        begins = leg.parent.price if leg.parent is not None and said.unarmed else 0
        gain = 0 if begins else price
        limit = "stop_limit_price", said.stop_limit_price
    then = mark_at_trigger(leg.side, said.stop_price, mark)
    assert leg.owner is not None, "an accepted order has an owner"
    prices = ("price", gain, mark), (*limit, then)
    return _refuse_need(leg.side, leg.owner.multiplier, prices)


def _refuse_need(
    side: Side, multiplier: int, prices: Iterable[tuple[str, Units, Units]]
) -> Reject | None:
    """Of fields with their prices, and where the market is taken to be then."""
    for field, price, around in prices:
        if price and margin(side, True, price, price, around, multiplier):
            text = (
                f"at {decimal(price)}, so far from {decimal(around)}, the exit would need buying "
                "power, and it may hold none"
            )
            return Reject(RejectReason.BUYING_POWER, text, field)
    return None
