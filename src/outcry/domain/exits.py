"""Exits: the orders that end the positions which other orders, their parents, open.

Rule 1: an exit comes with its parent and is held, and holds nothing, until that has filled
something; with each fill it is armed by as much. Once its parent has ended it is an order of its
own. It ends with a parent that filled nothing; a parent whose exit has been filled ends with that.
Rule 2: whatever becomes of one on account of the other waits for its turn in the queue of what is
set off (`cascade`), and is told by an execution of its own.
Rule 3: an exit never opens a position. It is armed by no more than other orders leave to close.
"""

from collections.abc import Iterable
from typing import NamedTuple

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.instructions import Instructions
from outcry.domain.order import Order, OrderStatus, exit_id
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.risk import Ask, margin, mark_at_trigger
from outcry.domain.stops import Stops
from outcry.domain.trails import is_trailing
from outcry.domain.types import (
    BUY,
    DAY,
    GTC,
    GTD,
    LIMIT,
    MARKET,
    STOP,
    STOP_LIMIT,
    TRAILING_STOP,
    OrderType,
    Side,
    TimeInForce,
    Units,
    decimal,
)


def brings_exit(said: Instructions) -> bool:
    return bool(said.take_profit or said.stop_loss)


def exit_of(parent: Order) -> Order:
    """The order that ends what a new one opens; the two are bound to each other."""
    said = parent.instructions
    assert said is not None, "who brings an exit says at which prices"
    leg = Order(
        exit_id(parent.order_id),
        parent.account,
        "",
        parent.symbol,
        other_side(parent.side),
        exit_type(bool(said.take_profit), bool(said.stop_loss_limit)),
        exit_time(parent.time_in_force),
        said.take_profit or said.stop_loss_limit,
        parent.quantity,
        parent.quantity,
        status=OrderStatus.HELD,
        multiplier=parent.multiplier,
        maker_fee=parent.maker_fee,
        taker_fee=parent.taker_fee,
        instructions=Instructions(
            good_until_ns=said.good_until_ns,
            stop_price=said.stop_loss,
            trigger=said.trigger,
            stop_limit_price=said.stop_loss_limit if said.take_profit else 0,
            unarmed=True,
        ),
        owner=parent.owner,
        position=parent.position,
    )
    tie(parent, leg)
    return leg


def exit_type(gains: bool, limited: bool) -> OrderType:
    """By whether it has a take profit, and a price once its stop is set off."""
    stop = STOP_LIMIT if limited else STOP
    return LIMIT if gains else stop


def exit_time(of_parent: TimeInForce) -> TimeInForce:
    """It ends with the day or the date of its parent, where that has one."""
    return of_parent if of_parent in (DAY, GTD) else GTC


def tie(parent: Order, leg: Order) -> None:
    parent.exit, leg.parent = leg, parent


def call_exit(order: Order, stops: Stops) -> None:
    """An order has filled more, or has other terms: its exit is to come up to it in its turn, where
    it is not there already; and so is it itself, if it is an exit that lost its turn by a
    replace."""
    if grows(order):
        stops.enqueue(order)
    leg = order.exit
    if leg is None:
        return
    leg.target = order.filled
    if grows(leg) or (is_unarmed(leg) and leg.quantity != order.quantity):
        stops.enqueue(leg)


def release(order: Order, stops: Stops) -> None:
    """An order has come to its end: it waits for nothing, and who is bound to it goes his way."""
    stops.remove(order)
    parent, leg = order.parent, order.exit
    if parent is not None:
        parent.exit = order.parent = None
        if order.status is OrderStatus.FILLED:
            stops.enqueue(parent)
    if leg is not None:
        order.exit = leg.parent = None
        leg.target = order.filled
        if grows(leg) or is_unarmed(leg):
            stops.enqueue(leg)
        else:
            leg.target = 0


def is_unarmed(order: Order) -> bool:
    return order.instructions is not None and order.instructions.unarmed


def is_bound(order: Order) -> bool:
    """Whether its quantity is not its own, but follows a parent."""
    return order.parent is not None or order.target > 0 or is_unarmed(order)


def grows(leg: Order) -> bool:
    """Whether the parent of an exit has filled more than it is armed with."""
    return leg.target > (0 if is_unarmed(leg) else leg.quantity)


def missing(leg: Order) -> Units:
    """By how much an exit can be armed: what its parent has filled since, and no other order will
    close."""
    position = leg.position
    assert position is not None, "an accepted order has an owner"
    if leg.side is BUY:
        free = -position.quantity - position.buying
    else:
        free = position.quantity - position.selling
    return max(0, min(free, leg.target - (0 if is_unarmed(leg) else leg.quantity)))


# Refusals ------------------------------------------------------------------------------------


class _Leg(NamedTuple):
    """A price that has to stand on one side of another; 0: there is none."""

    price: Units = 0
    name: str = ""
    field: str = ""
    """Of the command, that tells of it; empty: it is that of another order, or of the market."""


class _Legs(NamedTuple):
    """Of an exit, or of an order with two ways to trade: its side, where it loses, where its parent
    enters, whose limit price comes first, and where it gains."""

    side: Side
    loss: _Leg
    entries: tuple[_Leg, ...]
    gain: _Leg


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
    legs = _legs(terms, said, own, book)
    sign = -1 if legs.side is BUY else 1
    entries = [entry for entry in legs.entries if entry.price] or [_Leg()]
    nearest = min(entries, key=lambda entry: sign * entry.price)
    for low, high in ((legs.loss, nearest), (entries[0], legs.gain), (legs.loss, legs.gain)):
        if low.price and high.price and sign * low.price >= sign * high.price:
            return _wrong_way(low, high, sign)
    return None


def _wrong_way(low: _Leg, high: _Leg, sign: int) -> Reject:
    """The one of which the command tells has to go; neither: its price brings it there."""
    one, other = (low, high) if low.field or not high.field else (high, low)
    way = "below" if (one is low) == (sign > 0) else "above"
    text = f"{one.name} {decimal(one.price)} has to be {way} {other.name} {decimal(other.price)}"
    return Reject(RejectReason.LEG_PRICES, text, one.field or "price")


def _legs(terms: NewOrder, said: Instructions, own: Order | None, book: Book) -> _Legs:
    price, stop = _Leg(terms.price, "price", "price"), _own_stop(said)
    entries = price, stop if stop.price else _market(terms.side, book)
    if own is None and brings_exit(said):
        loss = _Leg(said.stop_loss, "stop_loss", "stop_loss")
        gain = _Leg(said.take_profit, "take_profit", "take_profit")
        return _Legs(other_side(terms.side), loss, entries, gain)
    leg = None if own is None else own.exit
    if leg is not None and leg.instructions is not None:
        loss = _Leg(leg.instructions.stop_price, "the stop price of its exit")
        gain = _Leg(leg.price if leg.type is LIMIT else 0, "the take profit of its exit")
        return _Legs(leg.side, loss, entries, gain)
    parent = None if own is None else own.parent
    of_parent = () if parent is None else _entries_of(parent, said.unarmed, book)
    gain = price if terms.type is LIMIT else _Leg()
    return _Legs(terms.side, stop, of_parent, gain)


def _entries_of(parent: Order, unarmed: bool, book: Book) -> tuple[_Leg, ...]:
    """Where an open parent enters; once that has filled something the market is where it is."""
    price = _Leg(parent.price, "the price of its parent")
    if not unarmed:
        return (price,)
    stop = _waits_for(parent.instructions)
    if stop:
        return price, _Leg(stop, "the stop price of its parent")
    return price, _market(parent.side, book)


def _own_stop(said: Instructions) -> _Leg:
    if is_trailing(said):
        field = "trail" if said.trail else "trail_percent"
        return _Leg(_waits_for(said), f"the stop price that follows from its {field}", field)
    return _Leg(_waits_for(said), "stop_price", "stop_price")


def _waits_for(said: Instructions | None) -> Units:
    return 0 if said is None or said.triggered else said.stop_price


def _market(side: Side, book: Book) -> _Leg:
    """Where an order of this side would trade now."""
    if book.mark:
        return _Leg(book.mark, "the reference price")
    best = book.opposite(side).best()
    return _Leg() if best is None else _Leg(best.price, f"the best {other_side(side)} order")


def refuse_need(ask: Ask, said: Instructions) -> Reject | None:
    """An exit holds no buying power, so that its fills may need none. Of a new order: its price is
    where its exit begins, if it has one."""
    side = other_side(ask.side)
    gain = said.take_profit if ask.type in (MARKET, STOP, TRAILING_STOP) else 0
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


def other_side(side: Side) -> Side:
    return Side.SELL if side is BUY else BUY
