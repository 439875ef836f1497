"""What waits in the twin for its time or its turn: switches that are armed, and mass cancels."""

from dataclasses import dataclass

from sim.exact import Fields


@dataclass
class Armed:
    """A dead man's switch."""

    account: str
    deadline: int
    number: int
    """Of all that were ever armed."""


@dataclass
class MassCancel:
    op: str
    command: Fields
    before: str
    """It takes orders with ids before this one."""


class Waiting:
    def __init__(self, most: int) -> None:
        self.most = most
        self.armed: list[Armed] = []
        self.unfinished: list[MassCancel] = []
        self.arrivals = 0

    def is_full(self) -> bool:
        """No room for one more switch."""
        return len(self.armed) + len(self.unfinished) >= self.most

    def is_full_of_cancels(self) -> bool:
        return len(self.unfinished) >= self.most

    def has_armed(self, account: str) -> bool:
        return any(switch.account == account for switch in self.armed)

    def disarm(self, account: str) -> None:
        self.armed = [switch for switch in self.armed if switch.account != account]

    def arm(self, account: str, deadline: int) -> None:
        self.disarm(account)
        self.arrivals += 1
        self.armed.append(Armed(account, deadline, self.arrivals))

    def fire(self, now: int, before: str, holders: set[str]) -> None:
        """Every switch that is due becomes a mass cancel, by deadline, then by arrival.

        One of an account that is not among the `holders` of open orders just goes out.
        """
        for switch in sorted(self.armed, key=lambda switch: (switch.deadline, switch.number)):
            if switch.deadline <= now:
                self.disarm(switch.account)
                if switch.account in holders:
                    command = {"op": "switch.fired", "account": switch.account}
                    self.wait(MassCancel("switch.fired", command, before))

    def is_waiting(self, command: Fields) -> bool:
        return any(work.command == command for work in self.unfinished)

    def wait(self, work: MassCancel) -> None:
        """Let `work` go on in its turn; one that waits already takes in the newer orders."""
        for waiting in self.unfinished:
            if waiting.command == work.command:
                waiting.before = work.before
                return
        self.unfinished.append(work)
