"""What is asked of an order before anything changes: checks one by one, the first refusal wins.

They stand in the order of `RejectReason`; a later rule joins by its place among them.
"""

from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.instructions import NONE, Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.order import Order
from outcry.domain.refusals import filled, no_such_term
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.stops import restated
from outcry.domain.types import OPEN, InstrumentState, Units, decimal


def refuse_order(order: NewOrder, instrument: Instrument) -> Reject | None:
    """What a new order, and an order with the terms of a replace, must pass."""
    if instrument.state is not OPEN:
        return _not_open(instrument)
    price, quantity, said = order.price, order.quantity, order.instructions
    if said is None:  # what most orders pass is asked without a call
        fits = not price % instrument.tick and price <= instrument.max_price
        fits = fits and not quantity % instrument.lot
        if fits and instrument.min_quantity <= quantity <= instrument.max_quantity:
            return None
        said = NONE
    refusal = _refuse_prices(price, said.stop_price, instrument)
    return refusal or _refuse_quantities(quantity, said, instrument)


def _refuse_prices(price: Units, stop_price: Units, instrument: Instrument) -> Reject | None:
    """What an order has none of is 0."""
    if price % instrument.tick:
        return _off_tick(price, instrument)
    if stop_price % instrument.tick:
        return _off_tick(stop_price, instrument, "stop_price")
    if price > instrument.max_price:
        return _too_high(price, instrument)
    if stop_price > instrument.max_price:
        return _too_high(stop_price, instrument, "stop_price")
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
    order: Order, command: ReplaceOrder, instrument: Instrument
) -> Reject | None:
    """Whether a replace may give `order` new terms: the rules of a new order, and sense."""
    if instrument.state is not OPEN:
        return _not_open(instrument)
    if command.price is not None and not order.price:
        return no_such_term(order, "price")
    if command.stop_price is not None and not order.worst:
        return no_such_term(order, "stop_price")
    quantity = order.quantity if command.quantity is None else command.quantity
    terms = NewOrder(
        order.account,
        order.client_order_id,
        order.symbol,
        order.side,
        order.type,
        order.time_in_force,
        quantity,
        order.price if command.price is None else command.price,
        instructions=restated(order.instructions, command.stop_price),
    )
    refusal = refuse_order(terms, instrument)
    if refusal is None and quantity <= order.filled:
        return filled(order, quantity)
    return refusal


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
