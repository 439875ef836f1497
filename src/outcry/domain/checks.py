"""What is asked of an order before anything changes: checks one by one, the first refusal wins.

They stand in the order of `RejectReason`; a later rule joins by its place among them.
"""

from outcry.domain.commands import NewOrder
from outcry.domain.instrument import Instrument
from outcry.domain.order import Order
from outcry.domain.refusals import filled
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import MARKET, OPEN, InstrumentState, Units, decimal


def trading(_: NewOrder, instrument: Instrument) -> Reject | None:
    state = instrument.state
    if state is OPEN:
        return None
    if state is InstrumentState.HALTED:
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


def price(order: NewOrder, instrument: Instrument) -> Reject | None:
    if order.type is MARKET:
        return None
    if order.price % instrument.tick:
        return Reject(
            RejectReason.TICK_SIZE,
            f"price {decimal(order.price)} is not a multiple of the tick "
            f"{decimal(instrument.tick)} of {instrument.symbol}",
            "price",
        )
    if order.price > instrument.max_price:
        return Reject(
            RejectReason.PRICE_LIMIT,
            f"price {decimal(order.price)} is above the highest price "
            f"{decimal(instrument.max_price)} of {instrument.symbol}",
            "price",
        )
    return None


def quantity(order: NewOrder, instrument: Instrument) -> Reject | None:
    amount = order.quantity
    if amount % instrument.lot:
        return Reject(
            RejectReason.LOT_SIZE,
            f"quantity {decimal(amount)} is not a multiple of the lot "
            f"{decimal(instrument.lot)} of {instrument.symbol}",
            "quantity",
        )
    if amount < instrument.min_quantity:
        return Reject(
            RejectReason.MIN_QUANTITY,
            f"quantity {decimal(amount)} is below the least "
            f"{decimal(instrument.min_quantity)} of {instrument.symbol}",
            "quantity",
        )
    if amount > instrument.max_quantity:
        return Reject(
            RejectReason.MAX_QUANTITY,
            f"quantity {decimal(amount)} is above the most "
            f"{decimal(instrument.max_quantity)} of {instrument.symbol}",
            "quantity",
        )
    return None


def refuse_order(order: NewOrder, instrument: Instrument) -> Reject | None:
    """What a new order, and an order with the terms of a replace, must pass."""
    return trading(order, instrument) or price(order, instrument) or quantity(order, instrument)


def refuse_terms(
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
