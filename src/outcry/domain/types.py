"""The words of the trade that everything else is built of.

Prices and quantities are whole numbers of 10⁻⁹ (`Units`), money is price x quantity and so a whole
number of 10⁻¹⁸ (`Money`); decimals exist only at the door (`wire.decimals`) and in texts for
people. Times are nanoseconds since 1970 (`..._ns`).
"""

from enum import StrEnum
from typing import Final, NewType

Units = int
"""A price or a quantity in 10⁻⁹. Python integers: no overflow inside the engine."""

UNIT = 10**9
_MONEY_PLACES = 18

Money = int
"""An amount of the currency of the venue in 10⁻¹⁸: what price x quantity gives, so that no value is
ever rounded. Signed; without bound, as Python's integers are."""


def decimal(units: Units) -> str:
    """The shortest decimal of non-negative `units`."""
    whole, fraction = divmod(units, UNIT)
    return f"{whole}.{fraction:09d}".rstrip("0") if fraction else str(whole)


def money_text(money: Money) -> str:
    """The shortest decimal of `money`."""
    digits = str(abs(money)).zfill(_MONEY_PLACES + 1)
    whole, fraction = digits[:-_MONEY_PLACES], digits[-_MONEY_PLACES:].rstrip("0")
    text = f"{whole}.{fraction}" if fraction else whole
    return text if money >= 0 else f"-{text}"


OrderId = NewType("OrderId", int)
"""`entry << 12 | index`: the place in ORDERS of the command that made the order; of an exit as many
further as `LEG_INDEX` says."""


class Side(StrEnum):
    """FIX tag 54."""

    BUY = "buy"
    SELL = "sell"


BUY: Final = Side.BUY
"""The hot path has names of their own for members of enumerations (`BUY`, `LIMIT`, `IOC` ...): to
look one up in its class takes ten times as long, and there were twenty such looks an order."""


class OrderType(StrEnum):
    """FIX tag 40. A stop order, trailing or not, becomes a market order when it is triggered, a
    stop-limit order a limit order."""

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


LIMIT: Final = OrderType.LIMIT
MARKET: Final = OrderType.MARKET
STOP: Final = OrderType.STOP
STOP_LIMIT: Final = OrderType.STOP_LIMIT
TRAILING_STOP: Final = OrderType.TRAILING_STOP
STOPS: Final = (STOP, STOP_LIMIT, TRAILING_STOP)
"""Held until they are triggered."""
PRICED: Final = (LIMIT, STOP_LIMIT)
"""They have a price of their own, at which they rest."""


class Trigger(StrEnum):
    """What triggers a stop (FIX TriggerPriceType, tag 1107): the price of a trade, or the best
    price of the side that the order will trade with."""

    TRADE = "trade"
    QUOTE = "quote"


class TimeInForce(StrEnum):
    """FIX tag 59."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    DAY = "day"
    GTD = "gtd"


GTC: Final = TimeInForce.GTC
IOC: Final = TimeInForce.IOC
FOK: Final = TimeInForce.FOK
DAY: Final = TimeInForce.DAY
GTD: Final = TimeInForce.GTD
LASTING: Final = (GTC, DAY, GTD)
"""With one of these an order may wait; with any other it is done at once."""


class SelfTradePrevention(StrEnum):
    """What happens when an incoming order meets a resting one of its own account."""

    NONE = "none"
    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"


CANCEL_NEWEST: Final = SelfTradePrevention.CANCEL_NEWEST
CANCEL_OLDEST: Final = SelfTradePrevention.CANCEL_OLDEST


class InstrumentState(StrEnum):
    """What an instrument admits: everything, cancels alone, or nothing but cancels and reads.

    `HALTED` and `CANCEL_ONLY` both refuse new orders and replaces and let cancels through; they
    differ in what they tell: a halt is a stop of trading, cancel-only is the way into or out of it.
    """

    OPEN = "open"
    CANCEL_ONLY = "cancel_only"
    HALTED = "halted"


OPEN: Final = InstrumentState.OPEN


class AccountType(StrEnum):
    """A cash account buys with what it has and sells what it has; a margin account may borrow."""

    CASH = "cash"
    MARGIN = "margin"


CASH: Final = AccountType.CASH


class AccountState(StrEnum):
    """`RESTRICTED` takes cancels and transfers only; `CLOSED` is empty, and stays closed."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    CLOSED = "closed"


ACTIVE: Final = AccountState.ACTIVE
CLOSED: Final = AccountState.CLOSED


class Access(StrEnum):
    """Who may act for an account: who has a key to it, or anybody who reaches the bus."""

    KEYS = "keys"
    OPEN = "open"


class Role(StrEnum):
    """What a key is good for: reading, reading and trading, or everything, for every account."""

    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


READ: Final = Role.READ
TRADE: Final = Role.TRADE


class ClockSource(StrEnum):
    """Where log time comes from: the stamps of the log, or `clock.advance` entries alone."""

    STAMPS = "stamps"
    ENTRIES = "entries"
