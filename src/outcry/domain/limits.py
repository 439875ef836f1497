"""The bounds of the engine. They belong to its version: a server's settings never change them."""

from typing import NamedTuple

from outcry.domain.types import UNIT

VERSION = "4"
"""Changes with every rule that could make an old log give other executions."""
SCHEMA = 1
"""The version of the messages."""

COMMANDS_MAX = 1_000
"""Commands an entry may hold; an entry with more is refused whole."""
DUE_INDEX = COMMANDS_MAX
"""The place in its entry of the first execution that answers no command: something fell due, a
stop order was triggered, or an exit followed its parent."""
LEG_INDEX = 2_000
"""An order and its exit came with one command: so much is between the places in their ids."""
TIMEOUT_MAX_MS = 24 * 3_600 * 1_000
"""The longest time after which a dead man's switch fires."""
CLIENT_ID_HORIZON = 2_000_000
"""Client order ids that are remembered, unless `venue.open` says otherwise."""
CLIENT_ID_HORIZON_MAX = 1 << 24
INDEX_BITS = 12
"""Bits of an order id that hold the place of its command in the entry."""
LAST_NS = (1 << 63) - 1
"""The end of log time, in 2262: what the books store has 64 bits."""


FEE_MAX = UNIT // 10
"""The highest fee: a tenth of the value."""
PROTECTION = UNIT // 10
"""How far from the reference price a market order trades where the instrument has no band."""
MULTIPLIER_MAX = 20
"""How often a margin account may use what it has."""
KEY_ACCOUNTS_MAX = 16
"""Accounts of one key."""


class Bounds(NamedTuple):
    """What the engine holds and does at most; only tests give an engine others than `BOUNDS`."""

    touches: int = 5_500
    """Resting orders that the commands of one entry may change (docs/adr/0002), one with a display
    quantity each time that it is met, stop orders that they trigger, and exits that follow their
    parents; the rest of an order that would change more is cancelled with the reason
    `work_limit`."""
    looks: int = 100_000
    """Resting orders that the fill-or-kill orders of one entry may look at to foretell their fill;
    one that would look further is killed with the reason `work_limit`."""
    resting: int = 1_000_000
    """Orders that may rest; new ones are refused beyond."""
    instruments: int = 10_000
    """Instruments that may be listed."""
    accounts: int = 1_000_000
    """Accounts, also those that were closed."""
    due: int = 1_000
    """Executions of an entry that tell of what nobody sent: what fell due, triggered stop orders,
    and exits that follow their parents. The rest follows at the next entry."""
    switches: int = 100_000
    """Accounts with an armed dead man's switch, and mass cancels that wait to go on, together: one
    more switch is refused. A mass cancel is where so many of them wait."""
    holdings: int = 2_000_000
    """Positions of all accounts, also those that are empty again: an order or a deposit that would
    begin one more is refused. As many pairs of an account and an instrument may have limits or fees
    of their own."""
    keys: int = 100_000
    """Keys, also those that were revoked."""
    version: str = VERSION
    """The version of the engine: a whole number in digits. Bounds are its, and change with it."""


BOUNDS = Bounds()
