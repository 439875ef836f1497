"""The bounds of the engine. They belong to its version: a server's settings never change them."""

VERSION = "1"
"""Changes with every rule that could make an old log give other executions."""
SCHEMA = 1
"""The version of the messages."""

COMMANDS_MAX = 1_000
"""Commands an entry may hold; an entry with more is refused whole."""
TOUCHES_MAX = 10_000
"""Resting orders that the commands of one entry may change (docs/adr/0002); the rest of an order
that would change more is cancelled with the reason `work_limit`."""
RESTING_MAX = 1_000_000
"""Orders that may rest; new ones are refused beyond."""
INSTRUMENTS_MAX = 10_000
ACCOUNTS_MAX = 1_000_000
"""Accounts with settings of their own."""
CLIENT_ID_HORIZON = 2_000_000
"""Client order ids that are remembered, unless `venue.open` says otherwise."""
INDEX_BITS = 12
"""Bits of an order id that hold the place of its command in the entry."""
