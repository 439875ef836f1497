"""Notional orders: they say what they are to be worth in place of a quantity.

Rule 1: the worth becomes a quantity, in lots, when the order is accepted and before anything else
is asked of it; from then on it is an order like any other of that quantity.
Rule 2: a limit order gets as much as its worth is at its price, a market order what it will trade
at the prices that are there, and for what the book lacks as much as at its protection price. So a
buy never costs more, and a market order never sells for more; fees come on top.
"""

from collections.abc import Iterator

import msgspec

from outcry.domain.account import Account
from outcry.domain.book import Book
from outcry.domain.commands import NewOrder
from outcry.domain.instrument import Instrument
from outcry.domain.matching import meetings
from outcry.domain.refusals import no_reference_price
from outcry.domain.reject import Reject
from outcry.domain.risk import protection_price
from outcry.domain.types import (
    BUY,
    CANCEL_NEWEST,
    UNIT,
    Money,
    SelfTradePrevention,
    Units,
    decimal,
)
from outcry.domain.work import Work


def in_shares(
    command: NewOrder,
    account: Account,
    instrument: Instrument,
    book: Book,
    work: Work,
) -> NewOrder | Reject:
    """The order of so much worth as one of a quantity; 0 where that is less than a lot."""
    worth, lot = _notional(command) * UNIT, instrument.lot
    if command.price:
        quantity = lots(worth, command.price, lot)
    else:
        protection = protection_price(command.side, instrument, book, book.mark)
        if not protection:
            return no_reference_price(instrument.symbol, "notional")
        quantity = at_market(command, worth, protection, lot, account, book, work)
    return msgspec.structs.replace(command, quantity=quantity)


def lots(worth: Money, price: Units, lot: Units) -> Units:
    """As many whole lots as are worth no more at this price."""
    return worth // price // lot * lot


def at_market(
    command: NewOrder,
    worth: Money,
    protection: Units,
    lot: Units,
    account: Account,
    book: Book,
    work: Work,
) -> Units:
    """What a market order trades for its worth with whom `match` would meet.

    It looks no further than a fill-or-kill order may. What is left of the worth then is divided by
    the highest price that it can still meet: of a buy its protection, of a sell the best bid.
    """
    quantity, rest, looks, best = 0, worth, 0, 0
    highest = protection
    most = min(work.touches, work.looks)
    for price, shown in _ahead(command, protection, account, book):
        best = best or price
        if looks == most:
            highest = protection if command.side is BUY else best
            break
        looks += 1
        part = min(shown, lots(rest, price, lot))
        quantity += part
        rest -= part * price
        if part < shown:
            rest = 0
        if not rest:
            break
    work.looks -= looks
    return quantity + lots(rest, highest, lot)


def _ahead(
    command: NewOrder, protection: Units, account: Account, book: Book
) -> Iterator[tuple[Units, Units]]:
    """Price and quantity of each that a market order meets, as long as it goes on; 0: its own."""
    opposite, prevention = book.opposite(command.side), account.prevention
    own = None if prevention is SelfTradePrevention.NONE else account.name
    floor = opposite.sign * protection
    for level in opposite:
        if opposite.sign * level.price < floor:
            return
        for maker, shown in meetings(level, own):
            if own is None or maker.account != own:
                yield level.price, shown
            else:
                yield level.price, 0
                if prevention is CANCEL_NEWEST or maker.protects:
                    return


def in_notional(refusal: Reject, command: NewOrder) -> Reject:
    """A refusal of the quantity in the words of who has asked for a worth."""
    notional = _notional(command)
    if not notional or refusal.field != "quantity":
        return refusal
    text = f"notional {decimal(notional)}: {refusal.text}"
    return Reject(refusal.reason, text, "notional")


def _notional(command: NewOrder) -> Units:
    return command.instructions.notional if command.instructions is not None else 0
