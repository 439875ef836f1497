"""Names on the bus: the two streams, the subjects they capture, what the services ask each other.

Rule: whoever may write a subject is decided in runtime/nats_config, nowhere else.
"""

ORDERS = "ORDERS"
"""Stream of entries: everything that changes the state of the market, in order."""
EXECUTIONS = "EXECUTIONS"
"""Stream of answers: message n answers entry n of ORDERS."""

ORDER_CREATED = "order.created"
"""Order commands, from the gateways and from any guest."""
ORDER_COMPLETED = "order.completed"
"""A copy of every answer, for any subscriber; the server sends it after the answer is stored."""
VENUE_OPEN = "venue.open"
"""The first entry of a log: its identity, shard, engine version and schema."""
CLOCK_TICK = "clock.tick"
"""An entry of the order service alone, when something is due and nobody else writes one."""

ENTRY_SUBJECTS = (ORDER_CREATED, "venue.*", "instrument.*", "account.*", "clock.*")
"""What ORDERS captures. The subject of an entry is its kind."""

BOOKS = "books"
"""Prefix of the requests that the broker answers from its books."""
SNAPSHOT_TAKE = "snapshots.take"
"""The request by which the operator has the order services take a snapshot."""

SHARD = 0


def executions(shard: int = SHARD) -> str:
    """The subject that only the order service of `shard` writes and that EXECUTIONS captures."""
    return f"executions.{shard}"
