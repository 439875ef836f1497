"""Exits: the orders that end the positions which other orders, their parents, open.

Rule 1: an exit comes with its parent and is held, and holds nothing, until that has filled
something; with each fill it is armed by as much. Once its parent has ended it is an order of its
own. It ends with a parent that filled nothing.
Rule 2: whatever becomes of an exit on account of its parent waits for its turn in the queue of what
is set off (`cascade`), and is told by an execution of its own.
Rule 3: an exit never opens a position. It finds all that its parent has filled: the orders of an
account that open a position go one way there while one of them brings an exit (`qualifiers`), and
no other order closes what an exit is still to be armed with (`risk`). What transfers have taken it
lacks.
Rule 4: an exit ends the trade: when it enters at its stop price its parent goes, before that, and
so it does where it has filled all that it was given, at its turn. So no parent that is open has an
exit that is not.

    where an exit is        status            quantity             target
    before a first fill     held, unarmed     that of its parent   what its parent has filled
    on its way              new, held, ...    what it was given    the same
    spent, until its turn   partially_filled  filled whole         the same
    its parent has ended    any of these      as before            the same until its turn, then 0
"""

from outcry.domain.instructions import Instructions
from outcry.domain.order import Order, OrderStatus, exit_id
from outcry.domain.stops import Stops
from outcry.domain.types import (
    BUY,
    GTC,
    LASTING,
    LIMIT,
    STOP,
    STOP_LIMIT,
    OrderType,
    Side,
    TimeInForce,
    Units,
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
    """That of a parent that may wait; else it lasts until it is cancelled."""
    return of_parent if of_parent in LASTING else GTC


def tie(parent: Order, leg: Order) -> None:
    parent.exit, leg.parent = leg, parent
    assert parent.position is not None, "an accepted order has an owner"
    parent.position.parents += 1 if parent.side is BUY else -1


def _untie(parent: Order, leg: Order) -> None:
    parent.exit = leg.parent = None
    assert parent.position is not None, "an accepted order has an owner"
    parent.position.parents -= 1 if parent.side is BUY else -1


def call_exit(order: Order, stops: Stops) -> None:
    """Queue the exit of an order that has filled more or has new terms. Also the order itself,
    where it is an exit that a replace took out of the queue."""
    reckon(order)
    if grows(order):
        stops.enqueue(order)
    leg = order.exit
    if leg is None:
        return
    leg.target = order.filled
    reckon(leg)
    if grows(leg) or (is_unarmed(leg) and leg.quantity != order.quantity):
        stops.enqueue(leg)


def release(order: Order, stops: Stops) -> None:
    """An order has come to its end: it waits for nothing, and who is bound to it goes his way."""
    stops.remove(order)
    let_go(order)
    parent, leg = order.parent, order.exit
    if parent is not None:
        _untie(parent, order)
    if leg is not None:
        _untie(order, leg)
        leg.target = order.filled
        if grows(leg) or is_unarmed(leg) or leg.is_spent:
            stops.enqueue(leg)
            reckon(leg)
        else:
            let_go(leg)


def is_unarmed(order: Order) -> bool:
    return order.instructions is not None and order.instructions.unarmed


def is_bound(order: Order) -> bool:
    """Whether its quantity is not its own, but follows a parent."""
    return order.parent is not None or order.target > 0 or is_unarmed(order)


def armed(leg: Order) -> Units:
    """How much an exit has been given to close, what it has filled of that included."""
    return 0 if is_unarmed(leg) else leg.quantity


def grows(leg: Order) -> bool:
    """Whether the parent of an exit has filled more than it is armed with."""
    return leg.target > armed(leg)


def reckon(leg: Order) -> None:
    """Let the position of an exit count what that is still to be armed with."""
    pending = max(0, leg.target - armed(leg)) if leg.target else 0
    if pending != leg.pending:
        assert leg.position is not None, "an accepted order has an owner"
        leg.position.pending += pending - leg.pending
        leg.pending = pending


def let_go(leg: Order) -> None:
    """An exit is armed with no more: it had its last turn, or its end."""
    leg.target = 0
    reckon(leg)


def missing(leg: Order) -> Units:
    """By how much an exit can be armed: what its parent has filled since, and no other order will
    close."""
    if not leg.target:
        return 0
    position = leg.position
    assert position is not None, "an accepted order has an owner"
    if leg.side is BUY:
        free = -position.quantity - position.buying
    else:
        free = position.quantity - position.selling
    return max(0, min(free, leg.target - armed(leg)))


def other_side(side: Side) -> Side:
    return Side.SELL if side is BUY else BUY
