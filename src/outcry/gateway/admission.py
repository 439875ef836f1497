"""Whether a command may enter the log now. What is refused here never reaches it.

An order service that is away must not turn into stale trades: when the oldest unanswered entry is
over a second old, or a log is nearly full, new orders and replaces are refused; cancels, and
what an administrator sends, enter as long as there is a connection.
"""

import time
from collections.abc import Callable
from typing import Protocol

from outcry.domain.commands import Command, NewOrder, ReplaceOrder
from outcry.gateway.answers import Answer, refused
from outcry.log.log import StreamState

AWAY_S = 1.0
FULL_SHARE = 0.95
"""Share of a stream's room after which only cancels enter."""


class Load(Protocol):
    """What the admission sees of the order entry."""

    position: int

    @property
    def connected(self) -> bool: ...

    @property
    def unacked_s(self) -> float: ...

    @property
    def unanswered_s(self) -> float: ...


class Admission:
    """Kept up to date by the service: the state of the two streams."""

    def __init__(self, load: Load, clock: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._clock = clock
        self._behind_since: float | None = None
        self._seen_at_end = 0
        self._full = ""

    def observe(self, orders: StreamState, executions: StreamState) -> None:
        """Take the state of the streams; to be called about twice a second."""
        for name, state in (("ORDERS", orders), ("EXECUTIONS", executions)):
            if state.max_bytes > 0 and state.bytes > FULL_SHARE * state.max_bytes:
                self._full = name
                break
        else:
            self._full = ""
        if self._load.position >= self._seen_at_end:  # all that was there last time is answered
            self._behind_since = None
        if orders.last_seq > self._load.position and self._behind_since is None:
            self._behind_since = self._clock()
        self._seen_at_end = orders.last_seq

    def why_closed(self) -> str:
        """Why new orders are refused; empty: they enter."""
        if not self._load.connected:
            return "the gateway has no connection to NATS"
        if self._load.unacked_s > AWAY_S:
            return "NATS does not confirm that it stores what is sent"
        if self._load.unanswered_s > AWAY_S or self._is_behind():
            return "the order service does not answer"
        if self._full:
            return f"the log {self._full} is nearly full"
        return ""

    def _is_behind(self) -> bool:
        since = self._behind_since
        return (
            since is not None
            and self._clock() - since > AWAY_S
            and self._load.position < self._seen_at_end
        )

    def refuse(self, command: Command) -> Answer | None:
        """The answer to a command that may not enter; None: it may."""
        kind = type(command)
        if kind is not NewOrder and kind is not ReplaceOrder and self._load.connected:
            return None
        why = self.why_closed()
        return refused(why) if why else None
