"""Dead man's switches: an account that is not heard of in time loses its open orders.

Rule: they fire by their deadlines, and at one deadline in the order in which they were armed.
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import NamedTuple, Self

from outcry.domain.limits import LAST_NS

NEVER = LAST_NS + 1
_STALE_MAX = 64


class Deadline(NamedTuple):
    at_ns: int
    place: int
    """Of the command that armed the switch, as in an order id: who came first."""


class Switches:
    """One switch at most for each account. `next_ns` is the first deadline, or `NEVER`."""

    __slots__ = ("_heap", "armed", "next_ns")

    def __init__(self) -> None:
        self.armed: dict[str, Deadline] = {}
        self.next_ns = NEVER
        self._heap: list[tuple[Deadline, str]] = []
        """Holds what is armed, and beside that no more than as much that is not any longer."""

    @classmethod
    def restored(cls, armed: Mapping[str, Deadline]) -> Self:
        switches = cls()
        for account, deadline in armed.items():
            switches.arm(account, deadline)
        return switches

    def arm(self, account: str, deadline: Deadline) -> None:
        """Arm the switch of an account, anew if it is armed."""
        self.armed[account] = deadline
        heappush(self._heap, (deadline, account))
        self._tidy()

    def disarm(self, account: str) -> None:
        if self.armed.pop(account, None) is not None:
            self._tidy()

    def fire(self, now_ns: int) -> list[str]:
        """Take out what is due: its accounts, in the order in which they fire."""
        heap, armed = self._heap, self.armed
        fired = []
        while heap and heap[0][0].at_ns <= now_ns:
            deadline, account = heappop(heap)
            if armed.get(account) == deadline:
                del armed[account]
                fired.append(account)
        self._tidy()
        return fired

    def _tidy(self) -> None:
        heap, armed = self._heap, self.armed
        if len(heap) > 2 * len(armed) + _STALE_MAX:
            heap = self._heap = sorted((deadline, account) for account, deadline in armed.items())
        while heap and armed.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        self.next_ns = heap[0][0].at_ns if heap else NEVER
