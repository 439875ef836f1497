"""Qualifiers of an order: it may only rest, only make a position smaller, or bring an exit.

Rule: while an order is open that brings an exit, the orders of its account that open a position
there all go its way. One that went the other way could leave the exit nothing to close.
What it has to trade at once at least is foretold as a fill-or-kill order is (`matching`).
"""

from outcry.domain.book import Book
from outcry.domain.exits import brings_exit, other_side
from outcry.domain.instructions import Instructions
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.risk import Ask
from outcry.domain.types import BUY, decimal


def refuse_opening(ask: Ask, said: Instructions) -> Reject | None:
    """A reduce-only order closes. It does so to its end: while it rests it holds the shares. One
    that brings an exit opens."""
    if ask.own is None and brings_exit(said):
        return _refuse_exit(ask)
    if not said.reduce_only or ask.closes:
        return None
    kind = "short" if ask.side is BUY else "long"
    text = (
        f"account {ask.account.name} has no {kind} position in {ask.instrument.symbol}, "
        "and a reduce-only order may open none"
    )
    return Reject(RejectReason.REDUCE_ONLY, text, "reduce_only")


def _refuse_exit(ask: Ask) -> Reject | None:
    """There has to be something to exit, and nothing that opens may be open the other way."""
    position, symbol = ask.position, ask.instrument.symbol
    if ask.closes:
        kind = "short" if ask.side is BUY else "long"
        text = (
            f"an order that brings its exit opens a position, and account {ask.account.name} is "
            f"{kind} {decimal(abs(position.quantity))} {symbol}, which this one would close: close "
            "that first, or protect it by an order of the order_class oco"
        )
        return Reject(RejectReason.OPEN_ONLY, text, "order_class")
    against = position.selling if ask.side is BUY else position.buying
    there = against - abs(position.quantity)
    if there <= 0:
        return None
    way = other_side(ask.side)
    text = (
        f"account {ask.account.name} has orders open to {way} {decimal(there)} {symbol} that would "
        f"open a position, and could leave the exit of this one nothing to {way}: "
        "cancel those first"
    )
    return Reject(RejectReason.BOTH_WAYS, text, "order_class")


def refuse_beside_exit(ask: Ask) -> Reject | None:
    """Nothing that opens goes against an order that brings its exit."""
    buys = ask.position.parents > 0
    if ask.closes or (ask.side is BUY) == buys:
        return None
    text = (
        f"account {ask.account.name} has an order open to {other_side(ask.side)} "
        f"{ask.instrument.symbol} that brings its exit, and this one would open a position the "
        f"other way, and could leave that exit nothing to {ask.side}: cancel that order first"
    )
    return Reject(RejectReason.BOTH_WAYS, text, "side")


def refuse_taking(ask: Ask, said: Instructions, book: Book) -> Reject | None:
    """A post-only order meets nobody when it comes, nor an order of its own account."""
    best = book.opposite(ask.side).best() if said.post_only else None
    if best is None or (ask.limit < best.price if ask.side is BUY else ask.limit > best.price):
        return None
    text = (
        f"at {decimal(ask.limit)} it would meet an order at {decimal(best.price)} at once, and a "
        "post-only order may only rest"
    )
    return Reject(RejectReason.WOULD_TAKE, text, "post_only")
