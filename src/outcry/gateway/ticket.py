"""Commands on their way into the log, and who waits for what becomes of them."""

from collections.abc import Callable, Sequence
from enum import Enum


class Fate(Enum):
    """What became of commands."""

    ANSWERED = "answered"
    UNKNOWN = "unknown"
    """They may be in the log, or may come to be; no answer in time."""
    REFUSED = "refused"
    """They never entered the log, and never will."""


Deliver = Callable[[Fate, Sequence[bytes]], None]
"""Called once for a ticket; with the executions, in order, when it was answered."""


class Ticket:
    """Commands that travel together, and who waits for them.

    `names` are the client order ids in it, each after its account.
    """

    __slots__ = ("commands", "count", "deadline", "deliver", "names", "size")

    def __init__(
        self,
        commands: Sequence[bytes],
        names: Sequence[str],
        deliver: Deliver,
        deadline: float,
    ) -> None:
        self.commands = commands
        self.names = names
        self.count = len(commands)
        self.size = sum(map(len, commands)) + self.count
        self.deliver: Deliver | None = deliver
        self.deadline = deadline

    def end(self, fate: Fate, executions: Sequence[bytes] = ()) -> None:
        """Tell who waits, unless they were told already."""
        deliver, self.deliver = self.deliver, None
        if deliver is not None:
            deliver(fate, executions)
