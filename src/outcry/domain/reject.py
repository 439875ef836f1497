"""Why a command was refused. Rejects are values; an exception in the engine is a bug.

Rule 1: the numbers are stable and never reused. Rule 2: they stand in order of precedence: a
command that breaks several rules is refused for the one with the lowest number.
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
    DUPLICATE_INSTRUMENT = 7
    """The symbol is listed already."""
    INSTRUMENT_LIMIT = 8
    """The venue lists as many instruments as it takes."""
    ACCOUNT_LIMIT = 9
    """As many accounts have settings of their own as the venue takes."""
    CLOCK_LIMIT = 10
    """Log time would go beyond its end, in 2262."""
    NOT_NEWER = 11
    """`venue.upgrade` asks for a version of the engine that is not newer than this one."""
    CLIENT_ORDER_ID_REUSED = 20
    """The client order id was accepted for a command with other content."""
    CLIENT_ORDER_ID_BLOCKED = 21
    """A cancel by this client order id came before any order had it; it was given up by that."""
    EXPIRED = 22
    """The command came after the time that it gave itself: `expire_at`."""
    UNKNOWN_SYMBOL = 30
    """The symbol is not listed."""
    UNKNOWN_ORDER = 31
    """The account has no open order of this name: there was none, or it has ended."""
    HALTED = 32
    """Trading in the instrument is halted: only cancels go through."""
    CANCEL_ONLY = 33
    """The instrument takes cancels only."""
    TICK_SIZE = 40
    """The price is not a multiple of the tick."""
    PRICE_LIMIT = 41
    """The price is above the highest of the instrument."""
    LOT_SIZE = 42
    """The quantity is not a multiple of the lot."""
    MIN_QUANTITY = 43
    """The quantity is below the least of the instrument."""
    MAX_QUANTITY = 44
    """The quantity is above the most of the instrument."""
    QUANTITY_FILLED = 45
    """A replace asks for a total that is filled already; cancel instead."""
    RESTING_LIMIT = 50
    """As many orders rest as the venue takes."""
    DUE_LIMIT = 51
    """As many dead man's switches and unfinished mass cancels wait as the venue takes."""

    @property
    def word(self) -> str:
        return self.name.lower()


class Reject(NamedTuple):
    """A refusal: the reason, a sentence for people, and the field at fault (empty: none)."""

    reason: RejectReason
    text: str
    field: str = ""
