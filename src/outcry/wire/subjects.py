"""Names on the bus: the two streams, the subjects they capture, what the services ask each other.

Rule: whoever may write a subject is decided in runtime/nats_config, nowhere else.
"""

ORDERS = "ORDERS"
"""Stream of entries: everything that changes the state of the market, in order."""
EXECUTIONS = "EXECUTIONS"
"""Stream of answers: message n answers entry n of ORDERS."""

ORDER_CREATED = "order.created"
"""Commands from the gateways, each with the key of its sender; guests publish to it too, but what
they do arrives as `ORDER_GUEST`."""
ORDER_GUEST = "order.guest"
"""Order commands of guests, who have no key: the server renames what they publish."""
ORDER_COMPLETED = "order.completed"
"""A copy of every answer; the server sends it after the answer is stored. Guests hear under this
name what the trade stream publishes as `ORDER_PUBLIC`."""
ORDER_PUBLIC = "order.public"
"""The answers without what is nobody's business: accounts, client order ids, balances."""
VENUE_OPEN = "venue.open"
"""The first entry of a log: its identity, shard, engine version and schema."""
CLOCK_TICK = "clock.tick"
"""An entry of the order service alone, when something is due and nobody else writes one."""

ENTRY_SUBJECTS = (
    ORDER_CREATED,
    ORDER_GUEST,
    "venue.*",
    "instrument.*",
    "account.*",
    "market.*",
    "key.*",
    "clock.*",
)
"""What ORDERS captures. The subject of an entry is its kind."""

BOOKS = "books"
"""Prefix of the requests that the broker answers from its books."""
SNAPSHOT_TAKE = "snapshots.take"
"""The request by which the operator has the order services take a snapshot."""

ACCESS = "access.list"
"""The request by which gateways and trade streams learn which keys there are (`orders.access`).
ORDERS must not capture it: its acknowledgement would come before the answer."""

SHARD = 0


def executions(shard: int = SHARD) -> str:
    """The subject that only the order service of `shard` writes and that EXECUTIONS captures."""
    return f"executions.{shard}"
