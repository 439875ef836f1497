"""What is asked of an order before anything changes: checks one by one, the first refusal wins.

They stand in the order of `RejectReason`; a later rule joins by its place among them.
"""

from outcry.domain.commands import NewOrder
from outcry.domain.instrument import Instrument
from outcry.domain.order import Order
from outcry.domain.refusals import filled
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import MARKET, OPEN, InstrumentState, Units, decimal


def refuse_order(order: NewOrder, instrument: Instrument) -> Reject | None:
    """What a new order, and an order with the terms of a replace, must pass."""
    if instrument.state is not OPEN:
        return _not_open(instrument)
    price, quantity = order.price, order.quantity
    if order.type is not MARKET:
        if price % instrument.tick:
            return _off_tick(price, instrument)
        if price > instrument.max_price:
            return _too_high(price, instrument)
    if quantity % instrument.lot:
        return _off_lot(quantity, instrument)
    if quantity < instrument.min_quantity:
        return _too_small(quantity, instrument)
    if quantity > instrument.max_quantity:
        return _too_large(quantity, instrument)
    return None


def refuse_replacement(
    order: Order, quantity: Units, price: Units, instrument: Instrument
) -> Reject | None:
    """Whether a replace may give `order` these terms: the rules of a new order, and sense."""
    terms = NewOrder(
        order.account,
        order.client_order_id,
        order.symbol,
        order.side,
        order.type,
        order.time_in_force,
        quantity,
        price,
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


def _off_tick(price: Units, instrument: Instrument) -> Reject:
    return Reject(
        RejectReason.TICK_SIZE,
        f"price {decimal(price)} is not a multiple of the tick "
        f"{decimal(instrument.tick)} of {instrument.symbol}",
        "price",
    )


def _too_high(price: Units, instrument: Instrument) -> Reject:
    return Reject(
        RejectReason.PRICE_LIMIT,
        f"price {decimal(price)} is above the highest price "
        f"{decimal(instrument.max_price)} of {instrument.symbol}",
        "price",
    )


def _off_lot(quantity: Units, instrument: Instrument) -> Reject:
    return Reject(
        RejectReason.LOT_SIZE,
        f"quantity {decimal(quantity)} is not a multiple of the lot "
        f"{decimal(instrument.lot)} of {instrument.symbol}",
        "quantity",
    )


def _too_small(quantity: Units, instrument: Instrument) -> Reject:
    return Reject(
        RejectReason.MIN_QUANTITY,
        f"quantity {decimal(quantity)} is below the least "
        f"{decimal(instrument.min_quantity)} of {instrument.symbol}",
        "quantity",
    )


def _too_large(quantity: Units, instrument: Instrument) -> Reject:
    return Reject(
        RejectReason.MAX_QUANTITY,
        f"quantity {decimal(quantity)} is above the most "
        f"{decimal(instrument.max_quantity)} of {instrument.symbol}",
        "quantity",
    )
