"""Pre-trade risk: whether an account may have an order, before anything changes.

The checks stand in the order of `RejectReason`, behind those of the instrument (`checks`).
Rule 1: an order opens or it closes, never both: one that would do both is refused. It closes where
the account has the opposite position; then it needs as much of that as other orders do not hold,
and no exit is still to be armed with.
Rule 2: what it may cost at most is known when it is accepted: its price, for a short sale the best
bid or the reference price where that is higher, for a market order its protection price.
Rule 3: what it would lose at once against the reference price is paid in full, not borrowed: so no
fill leaves less than nothing of an account that has buying power.
"""

from collections.abc import Mapping

import msgspec

from outcry.domain.account import Account, Position, Standing
from outcry.domain.book import Book
from outcry.domain.holds import cost
from outcry.domain.instrument import Instrument
from outcry.domain.limits import PROTECTION
from outcry.domain.order import Order
from outcry.domain.power import available, exposure
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import (
    BUY,
    CASH,
    LIMIT,
    PRICED,
    UNIT,
    Money,
    OrderType,
    Side,
    Units,
    decimal,
    money_text,
)

NS_PER_S = 1_000_000_000


class Ask(msgspec.Struct, frozen=True, gc=False):
    """What an order asks for: `quantity` in all, of which `leaves` are to be filled.

    `limit` is its price, or the protection price of a market order, `price` the one at which it
    may cost most, `margin` the buying power that each share needs, `mark` the reference price by
    which it is reckoned, `own` the order that is to be replaced.
    """

    account: Account
    position: Position
    standing: Standing
    instrument: Instrument
    type: OrderType
    side: Side
    limit: Units
    price: Units
    margin: Units
    mark: Units
    quantity: Units
    leaves: Units
    closes: bool
    own: Order | None
    other: "Ask | None" = None
    """What it asks for by its stop price, of one with two ways to trade; `price` and `margin` are
    the dearer ones of both."""

    @property
    def others(self) -> Units:
        """Leaves of the other orders of its account on its side."""
        position = self.position
        resting = position.buying if self.side is BUY else position.selling
        return resting - self.own.covered if self.own is not None else resting


def ask(
    account: Account,
    position: Position,
    standing: Standing,
    instrument: Instrument,
    book: Book,
    kind: OrderType,
    side: Side,
    price: Units,
    stop_price: Units,
    quantity: Units,
    own: Order | None,
) -> Ask:
    """What an order of these terms asks for; `price` and `stop_price` are 0 where it has none."""
    closes = position.quantity < 0 if side is BUY else position.quantity > 0
    mark, multiplier = book.mark, account.multiplier
    if stop_price:
        mark = mark_at_trigger(side, stop_price, mark)
    limit = price or protection_price(side, instrument, book, mark)
    worst = limit if closes or side is BUY else worst_price(price, book, mark)
    needs = 0 if closes else worst
    if mark and (limit > mark if side is BUY else limit < mark):
        needs = margin(side, closes, limit, worst, mark, multiplier)
    return Ask(
        account,
        position,
        standing,
        instrument,
        kind,
        side,
        limit,
        worst,
        needs,
        mark,
        quantity,
        quantity if own is None else quantity - own.filled,
        closes,
        own,
    )


def either(rests: Ask, stops: Ask) -> Ask:
    """What an order asks for that has two ways to trade: what is dearer."""
    return msgspec.structs.replace(
        rests,
        price=max(rests.price, stops.price),
        margin=max(rests.margin, stops.margin),
        other=stops,
    )


def without_margin(ask: Ask) -> Ask:
    """The same, where it may hold no buying power."""
    other = ask.other and msgspec.structs.replace(ask.other, margin=0)
    return msgspec.structs.replace(ask, margin=0, other=other)


def mark_at_trigger(side: Side, stop_price: Units, mark: Units) -> Units:
    """The reference price by which a stop order is reckoned: where it will be triggered, as far as
    anybody knows: its stop price, or the mark where that is beyond it."""
    if side is BUY:
        return max(stop_price, mark)
    return min(stop_price, mark) if mark else stop_price


def protection_price(side: Side, instrument: Instrument, book: Book, mark: Units) -> Units:
    """The worst price at which a market order trades; 0: there is nothing to go by."""
    best = book.opposite(side).best()
    around = mark or (best.price if best is not None else 0)
    low, high = band(around, instrument.price_band or PROTECTION)
    return min(high, instrument.max_price) if side is BUY else low


def bearable(order: Order, price: Units, mark: Units) -> Units:
    """How far a triggered stop order may trade: to `price`, but not so far from `mark` that it
    loses more than it holds for."""
    if order.closes:
        loss = (order.margin + mark) // order.multiplier
    else:
        worth = mark if order.side is BUY else order.worst
        loss = max(0, order.margin - worth) // order.multiplier
    return min(price, mark + loss) if order.side is BUY else max(price, mark - loss)


def worst_price(price: Units, book: Book, mark: Units) -> Units:
    """What each share of a short sale at this `price` (0: at any) may be worth to who has to buy it
    back."""
    best = book.bids.best()
    return max(price, mark) if best is None else max(price, mark, best.price)


def margin(
    side: Side, closes: bool, limit: Units, worst: Units, mark: Units, multiplier: int
) -> Units:
    """Buying power that a share needs: what it is worth, and what it would lose at once against the
    reference price, as often as the account may borrow. What is closed sets its worth free."""
    loss = limit - mark if side is BUY else mark - limit
    if loss <= 0 or not mark:
        return 0 if closes else worst
    if closes:
        return max(0, multiplier * loss - mark)
    return multiplier * loss + (mark if side is BUY else worst)


def band(around: Units, share: Units) -> tuple[Units, Units]:
    """The lowest and the highest price that differ from `around` by no more than `share`."""
    return -(-around * (UNIT - share) // UNIT), around * (UNIT + share) // UNIT


def refuse_terms(ask: Ask) -> Reject | None:
    """The band around the reference price, where there is one, and the most for one order."""
    other, kept = ask.other, _keeps_price(ask)
    if ask.instrument.price_band:
        refusal = None if kept else _refuse_band(ask, "price")
        if refusal is None and other is not None:
            refusal = _refuse_band(other, "stop_limit_price")
        if refusal is not None:
            return refusal
    most = ask.standing.max_notional
    if most:
        asked = other if kept and other is not None else ask
        if asked.price * ask.quantity > most * UNIT:
            return _too_large(asked)
    return None


def _keeps_price(ask: Ask) -> bool:
    """Whether a replace leaves the price of an order with two ways to trade as it is, and makes it
    no larger: however far the market has gone from that price, it is not asked for."""
    own = ask.own
    if own is None or ask.other is None:
        return False
    return ask.limit == own.price and ask.quantity <= own.quantity


def _refuse_band(ask: Ask, field: str) -> Reject | None:
    if ask.mark and ask.type in PRICED:
        low, high = band(ask.mark, ask.instrument.price_band)
        if not low <= ask.limit <= high:
            return _outside(ask, low, high, field)
    return None


def refuse_number(ask: Ask, now_ns: int) -> Reject | None:
    """Open orders, of a new one, and orders in a second of log time."""
    account, standing = ask.account, ask.standing
    most = standing.max_open_orders
    if most and ask.own is None and account.open_orders >= most:
        text = f"account {account.name} has {account.open_orders} open orders; {most} is the most"
        return Reject(RejectReason.OPEN_ORDERS_LIMIT, text)
    most = standing.max_order_rate
    if most and account.second == now_ns // NS_PER_S and account.sent >= most:
        text = f"account {account.name} sent {account.sent} orders this second; {most} is the most"
        return Reject(RejectReason.ORDER_RATE, text)
    return None


def count(account: Account, now_ns: int) -> None:
    """One more order of the account was accepted."""
    second = now_ns // NS_PER_S
    if account.second == second:
        account.sent += 1
    else:
        account.second, account.sent = second, 1


def refuse_means(ask: Ask, books: Mapping[str, Book]) -> Reject | None:
    """Position, exposure, and whether there is enough to pay or to deliver."""
    account, standing, own, closes = ask.account, ask.standing, ask.own, ask.closes
    if closes:
        refusal = _refuse_close(ask)
        if refusal is not None or not ask.margin:
            return refusal
    more = cost(ask.margin, ask.price, ask.leaves, standing.fee, account.multiplier)
    if own is not None:  # what it holds comes free
        more -= own.held
    most = 0 if closes else standing.max_position
    if most:
        held = ask.position.quantity if ask.side is BUY else -ask.position.quantity
        possible = held + ask.others + ask.leaves
        if possible > most:
            return _too_far(ask, possible)
    most = 0 if closes else standing.max_exposure
    if most:
        possible = exposure(account, books) + account.held + more
        if possible > most * UNIT:
            return _too_exposed(ask, possible)
    if ask.side is not BUY and not closes and not account.shorting:
        return _too_short(ask)
    if more <= 0 or more <= (power := available(account, books)):
        return None
    return _too_dear(ask, more, power)


def _outside(ask: Ask, low: Units, high: Units, field: str) -> Reject:
    around = "the reference price" if ask.type is LIMIT else "where it is triggered,"
    text = (
        f"{field} {decimal(ask.limit)} is outside {decimal(low)} to {decimal(high)}, the band "
        f"around {around} {decimal(ask.mark)} of {ask.instrument.symbol}"
    )
    return Reject(RejectReason.PRICE_BAND, text, field)


def _too_large(ask: Ask) -> Reject:
    text = (
        f"{decimal(ask.quantity)} at {decimal(ask.price)} are "
        f"{money_text(ask.price * ask.quantity)}, above the {decimal(ask.standing.max_notional)} "
        f"that account {ask.account.name} may order at once"
    )
    return Reject(RejectReason.MAX_NOTIONAL, text, "quantity")


def _too_far(ask: Ask, possible: Units) -> Reject:
    text = (
        f"the position of account {ask.account.name} in {ask.instrument.symbol} could become "
        f"{decimal(possible)}; {decimal(ask.standing.max_position)} is the most"
    )
    return Reject(RejectReason.POSITION_LIMIT, text, "quantity")


def _too_exposed(ask: Ask, possible: Money) -> Reject:
    text = (
        f"the exposure of account {ask.account.name} could become {money_text(possible)}; "
        f"{decimal(ask.standing.max_exposure)} is the most"
    )
    return Reject(RejectReason.EXPOSURE_LIMIT, text, "quantity")


def _too_short(ask: Ask) -> Reject:
    text = (
        f"account {ask.account.name} may not sell short: needed {decimal(ask.leaves)} "
        f"{ask.instrument.symbol}, available 0"
    )
    return Reject(RejectReason.SHORTING, text, "side")


def _refuse_close(ask: Ask) -> Reject | None:
    there = abs(ask.position.quantity)
    pending = ask.position.pending - (ask.own.pending if ask.own is not None else 0)
    if ask.leaves <= there - ask.others - pending:
        return None
    first = "buy back what is owed first" if ask.side is BUY else "sell what is there first"
    rest = "then the rest" if ask.side is BUY or ask.account.shorting else "and no more than that"
    advice = f"an order closes a position or opens one, not both: {first}, {rest}"
    if ask.leaves <= there:
        advice = "cancel or reduce those first, or use order_class oco for a gain and a stop in one"
    text = (
        f"account {ask.account.name} needs {decimal(ask.leaves)} {ask.instrument.symbol} to "
        f"{'cover' if ask.side is BUY else 'sell'}, has {decimal(there)}, and its other open "
        f"orders on that side are for {decimal(ask.others + pending)}: {advice}"
    )
    return Reject(RejectReason.SHARES_AVAILABLE, text, "quantity")


def _too_dear(ask: Ask, more: Money, power: Money) -> Reject:
    account = ask.account
    kind = "cash" if account.type is CASH else "buying power"
    text = (
        f"account {account.name} needs {money_text(more)} of {kind}, has {money_text(power)} "
        f"available and {money_text(account.held)} held by open orders"
    )
    return Reject(RejectReason.BUYING_POWER, text, "quantity")
