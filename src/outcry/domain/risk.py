"""Pre-trade risk: whether an account may have an order, before anything changes.

The checks stand in the order of `RejectReason`, behind those of the instrument (`checks`).
Rule 1: an order opens or it closes, never both: one that would do both is refused. It closes where
the account has the opposite position; then it needs as much of that as other orders do not hold.
Rule 2: what it may cost at most is known when it is accepted: its price, for a short sale the best
bid where that is higher, for a market order its protection price.
"""

from collections.abc import Mapping

import msgspec

from outcry.domain.account import Account, Limits, Position, Standing
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
    MARKET,
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
    may cost most, `own` the order that is to be replaced.
    """

    account: Account
    position: Position
    standing: Standing
    instrument: Instrument
    type: OrderType
    side: Side
    limit: Units
    price: Units
    quantity: Units
    leaves: Units
    closes: bool
    own: Order | None

    @property
    def others(self) -> Units:
        """Leaves of the other orders of its account on its side."""
        position = self.position
        resting = position.buying if self.side is BUY else position.selling
        return resting - self.own.covered if self.own is not None else resting

    @property
    def more(self) -> Money:
        """Buying power that it needs beyond what the replaced order holds."""
        standing = self.standing
        rate = max(standing.maker_fee, standing.taker_fee)
        need = cost(self.price * self.leaves, rate, self.account.multiplier)
        return need if self.own is None else need - self.own.held


def would_close(position: Position, side: Side) -> bool:
    """Whether an order on this side makes the position smaller."""
    return position.quantity < 0 if side is BUY else position.quantity > 0


def protection_price(side: Side, instrument: Instrument, book: Book) -> Units:
    """The worst price at which a market order trades; 0: there is nothing to go by."""
    best = book.opposite(side).best()
    around = book.mark or (best.price if best is not None else 0)
    low, high = band(around, instrument.price_band or PROTECTION)
    return min(high, instrument.max_price) if side is BUY else low


def worst_price(kind: OrderType, side: Side, price: Units, closes: bool, book: Book) -> Units:
    """At which an order of this `price`, or protection price, may trade."""
    if side is BUY or closes:
        return price
    best = book.bids.best()
    bid = best.price if best is not None else 0
    return bid if kind is MARKET else max(price, bid)


def band(around: Units, share: Units) -> tuple[Units, Units]:
    """The lowest and the highest price that differ from `around` by no more than `share`."""
    return -(-around * (UNIT - share) // UNIT), around * (UNIT + share) // UNIT


def refuse_price(ask: Ask, mark: Units) -> Reject | None:
    """The band around the reference price, where there is one."""
    instrument = ask.instrument
    if not instrument.price_band or not mark or ask.type is not LIMIT:
        return None
    low, high = band(mark, instrument.price_band)
    if low <= ask.limit <= high:
        return None
    return Reject(
        RejectReason.PRICE_BAND,
        f"price {decimal(ask.limit)} is outside {decimal(low)} to {decimal(high)}, the band around "
        f"the reference price {decimal(mark)} of {instrument.symbol}",
        "price",
    )


def refuse_size(ask: Ask) -> Reject | None:
    most = ask.standing.max_notional
    notional = ask.price * ask.quantity
    if not most or notional <= most * UNIT:
        return None
    text = (
        f"{decimal(ask.quantity)} at {decimal(ask.price)} are {money_text(notional)}, above the "
        f"{decimal(most)} that account {ask.account.name} may order at once"
    )
    return Reject(RejectReason.MAX_NOTIONAL, text, "quantity")


def refuse_count(account: Account, limits: Limits) -> Reject | None:
    """A new order: whether the account may have one more."""
    most = account.limits.max_open_orders or limits.max_open_orders
    if not most or account.open_orders < most:
        return None
    text = f"account {account.name} has {account.open_orders} open orders; {most} is the most"
    return Reject(RejectReason.OPEN_ORDERS_LIMIT, text)


def refuse_rate(account: Account, limits: Limits, now_ns: int) -> Reject | None:
    """How many orders the account may send in a second of log time."""
    most = account.limits.max_order_rate or limits.max_order_rate
    if not most or account.second != now_ns // NS_PER_S or account.sent < most:
        return None
    text = (
        f"account {account.name} has sent {account.sent} orders in this second; {most} is the most"
    )
    return Reject(RejectReason.ORDER_RATE, text)


def count(account: Account, now_ns: int) -> None:
    """One more order of the account was accepted."""
    second = now_ns // NS_PER_S
    if account.second == second:
        account.sent += 1
    else:
        account.second, account.sent = second, 1


def refuse_means(ask: Ask, limits: Limits, books: Mapping[str, Book]) -> Reject | None:
    """Position, exposure, and whether there is enough to pay or to deliver."""
    if ask.closes:
        return _refuse_close(ask)
    return (
        _refuse_position(ask)
        or _refuse_exposure(ask, limits, books)
        or _refuse_short(ask)
        or _refuse_cost(ask, books)
    )


def _refuse_position(ask: Ask) -> Reject | None:
    most = ask.standing.max_position
    if not most:
        return None
    held = ask.position.quantity if ask.side is BUY else -ask.position.quantity
    possible = held + ask.others + ask.leaves
    if possible <= most:
        return None
    text = (
        f"the position of account {ask.account.name} in {ask.instrument.symbol} could become "
        f"{decimal(possible)}; {decimal(most)} is the most"
    )
    return Reject(RejectReason.POSITION_LIMIT, text, "quantity")


def _refuse_exposure(ask: Ask, limits: Limits, books: Mapping[str, Book]) -> Reject | None:
    account = ask.account
    most = account.limits.max_exposure or limits.max_exposure
    if not most:
        return None
    possible = exposure(account, books) + account.held + ask.more
    if possible <= most * UNIT:
        return None
    text = (
        f"the exposure of account {account.name} could become {money_text(possible)}; "
        f"{decimal(most)} is the most"
    )
    return Reject(RejectReason.EXPOSURE_LIMIT, text, "quantity")


def _refuse_short(ask: Ask) -> Reject | None:
    if ask.side is BUY or ask.account.shorting:
        return None
    text = (
        f"account {ask.account.name} may not sell short: needed {decimal(ask.leaves)} "
        f"{ask.instrument.symbol}, available 0"
    )
    return Reject(RejectReason.SHORTING, text, "side")


def _refuse_close(ask: Ask) -> Reject | None:
    there = abs(ask.position.quantity)
    if ask.leaves <= there - ask.others:
        return None
    text = (
        f"account {ask.account.name} needs {decimal(ask.leaves)} {ask.instrument.symbol} to "
        f"{'cover' if ask.side is BUY else 'sell'}, has {decimal(there)}, of which open orders "
        f"hold {decimal(ask.others)}: an order closes a position or opens one, not both"
    )
    return Reject(RejectReason.SHARES_AVAILABLE, text, "quantity")


def _refuse_cost(ask: Ask, books: Mapping[str, Book]) -> Reject | None:
    more, account = ask.more, ask.account
    if more <= 0:
        return None
    power = available(account, books)
    if more <= power:
        return None
    kind = "cash" if account.type is CASH else "buying power"
    text = (
        f"account {account.name} needs {money_text(more)} of {kind}, has {money_text(power)} "
        f"available and {money_text(account.held)} held by open orders"
    )
    return Reject(RejectReason.BUYING_POWER, text, "quantity")
