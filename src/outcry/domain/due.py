"""What happens without a command: orders and switches whose time has come, and mass cancels that
go on.

Rule 1: who waits goes on in the order in which it began to wait; what fires now comes after those.
Rule 2: what waits already does not wait twice: it takes in the orders that came meanwhile.
Rule 3: a switch of an account with nothing open goes out and leaves no trace, so that a great many
of them that were armed for nothing hold up nobody.
Rule 4: orders whose time is over go before all else, so that each is told why it went as it was
told that it would; those that do not fit go first at the next entry.
"""

from itertools import islice

from outcry.domain.commands import FireSwitch
from outcry.domain.expiry import Expiry
from outcry.domain.mass_cancel import MassCancel
from outcry.domain.open_orders import OpenOrders
from outcry.domain.refusals import too_many_due
from outcry.domain.reject import Reject
from outcry.domain.switches import NEVER, Deadline, Switches


class Due:
    """At most `most` accounts with an armed switch and mass cancels that wait, together.

    Mass cancels have as much room of their own: whoever arms all switches there may be keeps
    nobody from taking many orders out.
    """

    __slots__ = ("_most", "expiry", "switches", "unfinished")

    def __init__(self, most: int, expiry: Expiry) -> None:
        self.expiry = expiry
        self.switches = Switches()
        self.unfinished: dict[MassCancel, int] = {}
        """Mass cancels that wait to go on, and below which order ids."""
        self._most = most

    def arm(self, account: str, deadline: Deadline) -> Reject | None:
        """Arm the switch of an account, anew if it is armed. None: it is done."""
        waiting = len(self.switches.armed) + len(self.unfinished)
        if account not in self.switches.armed and waiting >= self._most:
            return too_many_due(self._most)
        self.switches.arm(account, deadline)
        return None

    def wait(self, work: MassCancel, before: int) -> Reject | None:
        """Let a mass cancel go on at the next entry. None: it will."""
        if work not in self.unfinished and len(self.unfinished) >= self._most:
            return too_many_due(self._most)
        self.unfinished[work] = before
        return None

    def is_due(self, now_ns: int) -> bool:
        first_ns = self.expiry.next_ns
        return first_ns <= now_ns or self.switches.next_ns <= now_ns or bool(self.unfinished)

    def fall(
        self, now_ns: int, open_orders: OpenOrders, before: int, most: int
    ) -> list[tuple[MassCancel, int]]:
        """Fire what is due; the first `most` that wait, and below which order ids.

        Of the accounts of switches that fire now go the orders with ids below `before`.
        """
        for account in self.switches.fire(now_ns):
            if account in open_orders:
                self.unfinished[FireSwitch(account)] = before
        return list(islice(self.unfinished.items(), most))

    def next_ns(self, now_ns: int) -> int | None:
        """The log time at which something is due next; None: nothing is, ever."""
        if self.is_due(now_ns):
            return now_ns
        first_ns = min(self.expiry.next_ns, self.switches.next_ns)
        return None if first_ns == NEVER else first_ns
