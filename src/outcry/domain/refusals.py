"""Refusals by what is there: the venue, accounts, other orders, the order that is named. Those by
the terms of an order alone have their sentences in `checks`."""

from outcry.domain.account import Account
from outcry.domain.client_ids import Record
from outcry.domain.commands import CancelOrder, ReplaceOrder
from outcry.domain.instructions import NONE, Instructions
from outcry.domain.order import Order
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.trails import trails_by
from outcry.domain.types import STOP, STOP_LIMIT, Units, decimal


def not_open() -> Reject:
    text = "the venue is not open yet: a log begins with venue.open"
    return Reject(RejectReason.VENUE_NOT_OPEN, text)


def taken(record: Record, field: str) -> Reject:
    """The client order id in `field` has been used, and not for this."""
    if record.blocked:
        text = f"this client order id was given up by a cancel (seq {record.seq}); take a new one"
        return Reject(RejectReason.CLIENT_ORDER_ID_BLOCKED, text, field)
    return reused(record, field)


def reused(record: Record, field: str) -> Reject:
    name = "transfer id" if field == "transfer_id" else "client order id"
    text = f"this {name} was used for another command (seq {record.seq}); take a new one"
    return Reject(RejectReason.CLIENT_ORDER_ID_REUSED, text, field)


def expired(expire_ns: int, now_ns: int) -> Reject:
    text = f"the command came at {now_ns}, and was to be done until {expire_ns} or not at all"
    text += _not_nanoseconds(expire_ns, now_ns)
    return Reject(RejectReason.EXPIRED, text, "expire_at")


def over(good_until_ns: int, now_ns: int) -> Reject:
    """The time until which an order was to be good, before it came, or a replace that says so."""
    text = f"it came at {now_ns}, and the order was to be good until {good_until_ns}"
    text += _not_nanoseconds(good_until_ns, now_ns)
    return Reject(RejectReason.EXPIRED, text, "good_until")


def _not_nanoseconds(moment: int, now_ns: int) -> str:
    """What is said of a time that is about now in another unit; empty: it is not."""
    for unit, in_ns in ("seconds", 10**9), ("milliseconds", 10**6), ("microseconds", 10**3):
        if now_ns < 2 * moment * in_ns < 4 * now_ns:
            return f": that looks like {unit}, and times are in nanoseconds since 1970"
    return ""


def unknown_order(command: CancelOrder | ReplaceOrder, record: Record | None) -> Reject:
    """`record`: of the client order id that it names, None where that is unknown."""
    field = "client_order_id" if command.order_id is None else "order_id"
    text = f"account {command.account} has no open order with this {field.replace('_', ' ')}"
    if record is not None and not record.blocked:
        text = f"the order of account {command.account} with this client order id has ended"
    return Reject(RejectReason.UNKNOWN_ORDER, text, field)


def filled(order: Order, quantity: Units) -> Reject:
    """A replace asks for a total of `quantity`."""
    return Reject(
        RejectReason.QUANTITY_FILLED,
        f"the new total quantity {decimal(quantity)} is not above the "
        f"{decimal(order.filled)} already filled: cancel the order instead",
        "quantity",
    )


def no_such_term(order: Order, field: str) -> Reject:
    """A replace is for a term that the order has not, or that follows from others."""
    name = order.type.replace("_", " ")
    if field == "quantity":
        text = (
            "the quantity of an exit follows what its parent fills: replace the parent, or cancel "
            "one of them"
        )
    elif field == "good_until":
        text = f"a {order.time_in_force} order has no good_until: only one that is gtd has"
    elif trails_by(order.instructions or NONE):
        text = _no_term_of_trailing(order.instructions or NONE, field)
    elif field == "price":
        text = "a stop order has no price: replace its stop_price, or send a stop_limit order anew"
    elif field == "stop_price" and order.type in (STOP, STOP_LIMIT):
        text = "the order was triggered: its stop_price is of no use any more"
    else:
        text = f"a {name} order has no {field}"
    return Reject(RejectReason.NO_SUCH_TERM, text, field)


def _no_term_of_trailing(said: Instructions, field: str) -> str:
    own, way, other = "trail", "by an amount (trail)", "in percent"
    if said.trail_percent:
        own, way, other = "trail_percent", "in percent (trail_percent)", "by an amount"
    if field == "stop_price":
        return f"the stop price of this order follows from its {own}: replace that"
    if field in ("trail", "trail_percent"):
        return f"this order trails {way}, not {other}: give {own} alone"
    return f"a trailing stop has no {field}: replace its {own}"


def no_reference_price(symbol: str, field: str) -> Reject:
    """What `field` says is reckoned from a price."""
    text = f"{symbol} has no price yet to reckon {field} from: wait for a trade"
    return Reject(RejectReason.NO_REFERENCE_PRICE, text, field)


def unknown_symbol(symbol: str) -> Reject:
    return Reject(RejectReason.UNKNOWN_SYMBOL, f"{symbol} is not listed here", "symbol")


def unknown_account(name: str, field: str = "account") -> Reject:
    return Reject(RejectReason.UNKNOWN_ACCOUNT, f"there is no account {name}", field)


def closed(account: Account) -> Reject:
    return Reject(RejectReason.ACCOUNT_CLOSED, f"account {account.name} is closed", "account")


def too_many_resting(most: int) -> Reject:
    text = f"the venue holds {most} resting orders, the most it takes"
    return Reject(RejectReason.RESTING_LIMIT, text)


def too_many_due(most: int) -> Reject:
    text = f"{most} dead man's switches and mass cancels wait already, the most the venue takes"
    return Reject(RejectReason.DUE_LIMIT, text)
