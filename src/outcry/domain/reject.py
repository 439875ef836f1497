"""Why a command was refused. Rejects are values; an exception in the engine is a bug.

Rule 1: the numbers are stable and never reused; they say nothing of order.
Rule 2: the reasons are declared in order of precedence: a command that breaks several rules is
refused for the first. Who may not do a thing (`UNKNOWN_KEY` to `NOT_ALLOWED`) is told nothing else.
"""

from enum import IntEnum
from typing import NamedTuple


class RejectReason(IntEnum):
    """On the wire the name in lower case stands (`word`)."""

    MALFORMED = 1
    """The command could not be read; `field` is the one at fault, where one is."""
    TOO_MANY_COMMANDS = 2
    """The array holds more commands than an entry may; none of them is done."""
    VENUE_NOT_OPEN = 3
    """A log begins with `venue.open`; nothing else is taken before it."""
    VENUE_ALREADY_OPEN = 4
    """A log is opened once."""
    OTHER_VERSION = 5
    """`venue.open` asks for another engine or schema than this one."""
    CLOCK_NOT_BY_ENTRIES = 6
    """`clock.advance` is for lockstep venues; here log time follows the log."""
    UNKNOWN_KEY = 14
    """There is no key with this id."""
    KEY_REVOKED = 15
    """The key was revoked."""
    NOT_ALLOWED = 16
    """The sender may not do this, or not for this account."""
    DUPLICATE_INSTRUMENT = 7
    """The symbol is listed already."""
    INSTRUMENT_LIMIT = 8
    """The venue lists as many instruments as it takes."""
    DUPLICATE_ACCOUNT = 12
    """There is an account of this name, or there was."""
    ACCOUNT_LIMIT = 9
    """The venue has as many accounts as it takes."""
    CLOCK_LIMIT = 10
    """Log time would go beyond its end, in 2262."""
    NOT_NEWER = 11
    """`venue.upgrade` asks for a version of the engine that is not newer than this one."""
    DUPLICATE_KEY = 13
    """There is a key with this id, or there was."""
    UNKNOWN_ACCOUNT = 17
    """There is no account of this name."""
    CLIENT_ORDER_ID_REUSED = 20
    """The client order id was accepted for a command with other content."""
    CLIENT_ORDER_ID_BLOCKED = 21
    """A cancel by this client order id came before any order had it; it was given up by that."""
    EXPIRED = 22
    """The command came after the time that it gave itself, or its order: `expire_at`, `good_until`.
    """
    ACCOUNT_CLOSED = 23
    """The account was closed."""
    ACCOUNT_RESTRICTED = 24
    """The account takes cancels and transfers only."""
    ACCOUNT_KILLED = 25
    """The kill switch of the account is on: only cancels go through."""
    INSTRUMENT_KILLED = 26
    """The kill switch of the instrument is on: only cancels go through."""
    MARKET_KILLED = 27
    """The kill switch of the market is on: only cancels go through."""
    UNKNOWN_SYMBOL = 30
    """The symbol is not listed."""
    UNKNOWN_ORDER = 31
    """The account has no open order of this name: there was none, or it has ended."""
    HALTED = 32
    """Trading in the instrument is halted: only cancels go through."""
    CANCEL_ONLY = 33
    """The instrument takes cancels only."""
    NO_SUCH_TERM = 34
    """A replace is for a term that the order has not: a stop order has no price, and only one that
    waits for it has a stop price."""
    NO_REFERENCE_PRICE = 35
    """There is no price to go by: nothing has traded yet, the operator has named none, and where
    any bid or offer will do nobody has made one."""
    TICK_SIZE = 40
    """The price is not a multiple of the tick."""
    PRICE_LIMIT = 41
    """The price is above the highest of the instrument."""
    LEG_PRICES = 63
    """An exit gains on one side of its stop price and of its parent's price and loses on the other;
    so do the two ways of an order that has two."""
    LOT_SIZE = 42
    """The quantity is not a multiple of the lot."""
    MIN_QUANTITY = 43
    """The quantity is below the least of the instrument."""
    MAX_QUANTITY = 44
    """The quantity is above the most of the instrument."""
    QUANTITY_FILLED = 45
    """A replace asks for a total that is filled already; cancel instead."""
    PRICE_BAND = 46
    """The price is too far from the reference price of the instrument."""
    MAX_NOTIONAL = 47
    """Price x quantity is above the most that the account may order at once."""
    OPEN_ORDERS_LIMIT = 48
    """The account has as many open orders as it may."""
    ORDER_RATE = 49
    """The account has sent as many orders in this second as it may."""
    RESTING_LIMIT = 50
    """As many orders rest as the venue takes."""
    DUE_LIMIT = 51
    """As many dead man's switches and unfinished mass cancels wait as the venue takes."""
    HOLDINGS_LIMIT = 52
    """The accounts have as many positions together, also empty ones, as the venue takes; or as many
    limits and fees of their own in single instruments."""
    REDUCE_ONLY = 59
    """The order may only make a position smaller, and would open one."""
    OPEN_ONLY = 64
    """The order brings an exit, and would close a position where there has to be one to exit."""
    BOTH_WAYS = 65
    """The account would have orders that open a position either way, and one of them brings an
    exit, which could find nothing to close."""
    POSITION_LIMIT = 53
    """The position could become larger than the account may have."""
    EXPOSURE_LIMIT = 54
    """What the account has at stake could become more than it may."""
    SHORTING = 55
    """The account may not sell what it does not have."""
    SHARES_AVAILABLE = 56
    """Less is there to close, or to withdraw, than was asked for, beside what open orders hold."""
    BUYING_POWER = 57
    """The account cannot pay for it with what it has and what it may borrow."""
    WOULD_TAKE = 58
    """The order may only rest, and would trade at once."""
    CASH_AVAILABLE = 60
    """There is less to withdraw."""
    ACCOUNT_NOT_EMPTY = 61
    """The account has cash, a position or an open order."""
    KEY_LIMIT = 62
    """The venue has as many keys as it takes."""

    @property
    def word(self) -> str:
        return self.name.lower()


class Reject(NamedTuple):
    """A refusal: the reason, a sentence for people, and the field at fault (empty: none)."""

    reason: RejectReason
    text: str
    field: str = ""
