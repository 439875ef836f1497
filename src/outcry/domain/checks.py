"""What is asked of an order before anything changes: checks one by one, the first refusal wins.

They stand in the order of `RejectReason`; a later rule joins by its place among them.
"""

from outcry.domain.book import Book
from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.exits import is_bound
from outcry.domain.instructions import NONE, Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.legs import refuse_legs
from outcry.domain.order import Order
from outcry.domain.refusals import filled, no_reference_price, no_such_term
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.replacement import Terms
from outcry.domain.trails import trails_by
from outcry.domain.types import GTD, LIMIT, OPEN, InstrumentState, Units, decimal


def refuse_order(
    order: NewOrder, own: Order | None, instrument: Instrument, book: Book
) -> Reject | None:
    """What a new order, and an order with the terms of a replace, which is `own`, must pass."""
    if instrument.state is not OPEN:
        return _not_open(instrument)
    price, quantity, said = order.price, order.quantity, order.instructions
    if said is None:  # what most orders pass is asked without a call
        fits = not price % instrument.tick and price <= instrument.max_price
        fits = fits and not quantity % instrument.lot
        if fits and instrument.min_quantity <= quantity <= instrument.max_quantity:
            return None
        said = NONE
    refusal = _refuse_prices(price, said, instrument)
    if order.instructions is not None:
        refusal = refusal or refuse_legs(order, own, book)
    return refusal or _refuse_quantities(quantity, said, instrument)


def _refuse_prices(price: Units, said: Instructions, instrument: Instrument) -> Reject | None:
    """What an order has none of is 0. The stop price of one that trails is nobody's word."""
    trails = trails_by(said)
    prices = (
        ("price", price),
        ("stop_price", 0 if trails else said.stop_price),
        ("stop_limit_price", said.stop_limit_price),
        ("take_profit", said.take_profit),
        ("stop_loss", said.stop_loss),
        ("stop_loss_limit", said.stop_loss_limit),
    )
    if trails and not said.high_water:
        return no_reference_price(instrument.symbol, trails)
    for field, one in (*prices, ("trail", said.trail)):
        if one % instrument.tick:
            return _off_tick(one, instrument, field)
    refusal = _refuse_trail(said, instrument, trails) if trails else None
    if refusal is not None:
        return refusal
    for field, one in prices:
        if one > instrument.max_price:
            return _too_high(one, instrument, field)
    return None


def _refuse_trail(said: Instructions, instrument: Instrument, field: str) -> Reject | None:
    """A trailing stop says no price, but one follows from what it says."""
    if said.stop_price > instrument.max_price:
        return _too_far_above(said, instrument, field)
    if said.stop_price < instrument.tick:
        return _too_far_below(said, instrument, field)
    return None


def _refuse_quantities(
    quantity: Units, said: Instructions, instrument: Instrument
) -> Reject | None:
    if quantity % instrument.lot:
        return _off_lot(quantity, instrument)
    if said.display_quantity % instrument.lot:
        return _off_lot(said.display_quantity, instrument, "display_quantity")
    if said.min_quantity % instrument.lot:
        return _off_lot(said.min_quantity, instrument, "min_quantity")
    if quantity < instrument.min_quantity:
        return _too_small(quantity, instrument)
    if 0 < said.display_quantity < instrument.min_quantity:
        return _too_small(said.display_quantity, instrument, "display_quantity")
    if quantity > instrument.max_quantity:
        return _too_large(quantity, instrument)
    return None


def refuse_replacement(
    order: Order, command: ReplaceOrder, terms: Terms, instrument: Instrument, book: Book
) -> Reject | None:
    """Whether a replace may give `order` new terms: the rules of a new order, and sense."""
    if instrument.state is not OPEN:
        return _not_open(instrument)
    field = _wrong_term(order, command, order.instructions or NONE)
    if field:
        return no_such_term(order, field)
    new = NewOrder(
        order.account,
        order.client_order_id,
        order.symbol,
        order.side,
        order.type,
        order.time_in_force,
        terms.quantity,
        terms.price,
        instructions=terms.instructions,
    )
    refusal = refuse_order(new, order, instrument, book)
    if refusal is None and terms.quantity <= order.filled:
        return filled(order, terms.quantity)
    return refusal


def _wrong_term(order: Order, command: ReplaceOrder, said: Instructions) -> str:
    """The field of a replace that is for a term that the order has not; empty: none is."""
    waits = not said.triggered
    has_two_ways = waits and order.type is LIMIT and said.stop_price
    for field, asked, has in (
        ("quantity", command.quantity, not is_bound(order)),
        ("price", command.price, order.price),
        ("stop_price", command.stop_price, waits and said.stop_price and not trails_by(said)),
        ("stop_limit_price", command.stop_limit_price, has_two_ways),
        ("good_until", command.good_until_ns, order.time_in_force is GTD),
        ("trail", command.trail, said.trail),
        ("trail_percent", command.trail_percent, said.trail_percent),
    ):
        if asked is not None and not has:
            return field
    return ""


def _not_open(instrument: Instrument) -> Reject:
    if instrument.state is InstrumentState.HALTED:
        return Reject(
            RejectReason.HALTED,
            f"{instrument.symbol} is halted: only cancels are accepted until trading resumes",
            "symbol",
        )
    return Reject(
        RejectReason.CANCEL_ONLY,
        f"{instrument.symbol} is in cancel-only: new orders and replaces are not accepted",
        "symbol",
    )


def _off_tick(price: Units, instrument: Instrument, field: str = "price") -> Reject:
    return Reject(
        RejectReason.TICK_SIZE,
        f"{field} {decimal(price)} is not a multiple of the tick "
        f"{decimal(instrument.tick)} of {instrument.symbol}",
        field,
    )


def _too_high(price: Units, instrument: Instrument, field: str = "price") -> Reject:
    return Reject(
        RejectReason.PRICE_LIMIT,
        f"{field} {decimal(price)} is above the highest price "
        f"{decimal(instrument.max_price)} of {instrument.symbol}",
        field,
    )


def _too_far_above(said: Instructions, instrument: Instrument, field: str) -> Reject:
    return Reject(
        RejectReason.PRICE_LIMIT,
        f"{field} puts the stop price at {decimal(said.stop_price)}, above the highest price "
        f"{decimal(instrument.max_price)} of {instrument.symbol}; the market is at "
        f"{decimal(said.high_water)}",
        field,
    )


def _too_far_below(said: Instructions, instrument: Instrument, field: str) -> Reject:
    return Reject(
        RejectReason.PRICE_LIMIT,
        f"{field} puts the stop price below one tick, {decimal(instrument.tick)} of "
        f"{instrument.symbol}, where nobody trades; the market is at {decimal(said.high_water)}",
        field,
    )


def _off_lot(quantity: Units, instrument: Instrument, field: str = "quantity") -> Reject:
    return Reject(
        RejectReason.LOT_SIZE,
        f"{field} {decimal(quantity)} is not a multiple of the lot "
        f"{decimal(instrument.lot)} of {instrument.symbol}",
        field,
    )


def _too_small(quantity: Units, instrument: Instrument, field: str = "quantity") -> Reject:
    return Reject(
        RejectReason.MIN_QUANTITY,
        f"{field} {decimal(quantity)} is below the least "
        f"{decimal(instrument.min_quantity)} of {instrument.symbol}",
        field,
    )


def _too_large(quantity: Units, instrument: Instrument) -> Reject:
    return Reject(
        RejectReason.MAX_QUANTITY,
        f"quantity {decimal(quantity)} is above the most "
        f"{decimal(instrument.max_quantity)} of {instrument.symbol}",
        "quantity",
    )
