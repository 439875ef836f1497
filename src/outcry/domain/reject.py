"""Why a command was refused. Rejects are values; an exception in the engine is a bug.

Rule 1: the numbers are stable and never reused. Rule 2: they stand in order of precedence: a
command that breaks several rules is refused for the one with the lowest number.
"""

from enum import IntEnum
from typing import NamedTuple


class RejectReason(IntEnum):
    """On the wire the name in lower case stands (`word`)."""

    MALFORMED = 1
    TOO_MANY_COMMANDS = 2
    VENUE_NOT_OPEN = 3
    VENUE_ALREADY_OPEN = 4
    OTHER_VERSION = 5
    CLOCK_NOT_BY_ENTRIES = 6
    DUPLICATE_INSTRUMENT = 7
    INSTRUMENT_LIMIT = 8
    ACCOUNT_LIMIT = 9
    CLOCK_LIMIT = 10
    CLIENT_ORDER_ID_REUSED = 20
    UNKNOWN_SYMBOL = 30
    UNKNOWN_ORDER = 31
    HALTED = 32
    CANCEL_ONLY = 33
    TICK_SIZE = 40
    PRICE_LIMIT = 41
    LOT_SIZE = 42
    MIN_QUANTITY = 43
    MAX_QUANTITY = 44
    QUANTITY_FILLED = 45
    RESTING_LIMIT = 50

    @property
    def word(self) -> str:
        return self.name.lower()


class Reject(NamedTuple):
    """A refusal: the reason, a sentence for people, and the field at fault (empty: none)."""

    reason: RejectReason
    text: str
    field: str = ""
