"""Qualifiers of an order: it may only rest, or only make a position smaller.

What it has to trade at once at least is foretold as a fill-or-kill order is (`matching`).
"""

from outcry.domain.book import Book
from outcry.domain.exits import brings_exit
from outcry.domain.instructions import Instructions
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.risk import Ask
from outcry.domain.types import BUY, decimal


def refuse_opening(ask: Ask, said: Instructions) -> Reject | None:
    """A reduce-only order closes. It does so to its end: while it rests it holds the shares. One
    with an exit opens."""
    brings = brings_exit(said) if ask.own is None else ask.own.exit is not None
    if brings and ask.closes:
        kind = "short" if ask.side is BUY else "long"
        text = (
            f"an order that brings its exit opens a position, and account {ask.account.name} is "
            f"{kind} {decimal(abs(ask.position.quantity))} {ask.instrument.symbol}, which this one "
            "would close: close that first, or protect it by an order of the order_class oco"
        )
        return Reject(RejectReason.OPEN_ONLY, text, "order_class")
    if not said.reduce_only or ask.closes:
        return None
    kind = "short" if ask.side is BUY else "long"
    text = (
        f"account {ask.account.name} has no {kind} position in {ask.instrument.symbol}, "
        "and a reduce-only order may open none"
    )
    return Reject(RejectReason.REDUCE_ONLY, text, "reduce_only")


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
