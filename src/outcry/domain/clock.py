"""Log time: the stamps of the log, or in a lockstep venue what `clock.advance` entries add up to.

Rule 1: it never goes back, except once: at the opening a lockstep clock is set to its start.
"""

from outcry.domain.commands import AdvanceClock, OpenVenue
from outcry.domain.limits import LAST_NS
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import ClockSource


class Clock:
    __slots__ = ("by_entries", "now_ns")

    def __init__(self) -> None:
        self.now_ns = 0
        self.by_entries = False

    def stamp(self, ts_ns: int) -> None:
        """An entry has come that the log stamped `ts_ns`."""
        if ts_ns > self.now_ns and not self.by_entries:
            self.now_ns = ts_ns

    def open(self, command: OpenVenue) -> None:
        if command.clock is ClockSource.ENTRIES:
            self.by_entries = True
            self.now_ns = command.start_ns

    def advance(self, command: AdvanceClock) -> Reject | None:
        if not self.by_entries:
            text = "log time follows the log here; only a lockstep venue is moved by entries"
            return Reject(RejectReason.CLOCK_NOT_BY_ENTRIES, text)
        if self.now_ns + command.by_ns > LAST_NS:
            text = f"log time ends {LAST_NS - self.now_ns} ns from now; move it by less"
            return Reject(RejectReason.CLOCK_LIMIT, text, "by")
        self.now_ns += command.by_ns
        return None
