"""Cancel on disconnect: the orders of an account live no longer than its sessions.

Rule 1: from the moment such a session opens, and as long as it lives, the account's dead man's
switch is armed and renewed. So a gateway that is killed, cut off or frozen leads to the cancel too,
TIMEOUT_MS after its last renewal.
Rule 2: when the last such session of the account here has gone, everything of the account is
cancelled at once, and the switch disarmed. Where that cannot enter the log, rule 1 holds.
Rule 3: what is sent for a session carries its key. When that is revoked nothing it could send would
be done, so nothing is sent: the switch is left armed, and fires TIMEOUT_MS after its last renewal
unless another session of the account renews it.
Rule 4: where entries alone move log time nothing is armed, as renewals would come of this machine's
time: there only rule 2 holds, and of a key that is revoked the orders stay, for who revoked it to
cancel.
"""

import asyncio
from collections.abc import Callable, Sequence

from outcry.domain.commands import CancelAll, CancelAllAfter, OrderCommand
from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway.answers import ACCEPTED, Answer
from outcry.gateway.gate import Gate
from outcry.gateway.senders import Sender

TIMEOUT_MS = 10_000
RENEW_S = 3.0
SETTLE_S = 2.0
"""How long a gateway that ends waits for the last cancels; then rule 1 has to do."""

Lost = Callable[[], None]
"""Told that an account cannot be watched over; its session should end."""


class Lifelines:
    """Which accounts have sessions here; commands go through `gate` as everybody's do."""

    def __init__(self, gate: Gate, *, by_entries: bool) -> None:
        self._gate = gate
        self._by_entries = by_entries
        self._sessions: dict[str, list[Sender]] = {}
        """Whose they are, the oldest first, for each account."""
        self._leaving = 0
        self._settled = asyncio.Event()
        self._settled.set()

    def hold(self, sender: Sender, account: str, lost: Lost) -> None:
        """A session of the account opens; `lost` when its switch cannot be armed."""
        self._sessions.setdefault(account, []).append(sender)
        if self._by_entries:
            return

        def armed(answers: list[Answer]) -> None:
            if answers[0].status != ACCEPTED and not sender.revoked:
                lost()

        self._gate.send(sender, [_armed(sender, account)], armed)

    def release(self, sender: Sender, account: str) -> None:
        """A session of the account has gone, or can do no more as its key was revoked."""
        senders = self._sessions[account]
        senders.remove(sender)
        if senders:
            return
        del self._sessions[account]
        if sender.revoked:
            return
        commands: list[OrderCommand] = [CancelAll(account, "", None, key=sender.key_id)]
        if not self._by_entries:
            commands.append(CancelAllAfter(account, 0, key=sender.key_id))
        self._leaving += 1
        self._settled.clear()
        self._gate.send(sender, commands, self._left)

    def _left(self, _: list[Answer]) -> None:
        self._leaving -= 1
        if not self._leaving:
            self._settled.set()

    async def renew(self) -> None:
        """Keep the switches armed, for ever."""
        while True:
            await asyncio.sleep(RENEW_S)
            if not self._by_entries:
                self.renew_now()

    def renew_now(self) -> None:
        """Once for each account, by the key of its oldest session."""
        by_sender: dict[Sender, list[OrderCommand]] = {}
        for account, (sender, *_) in self._sessions.items():
            by_sender.setdefault(sender, []).append(_armed(sender, account))
        for sender, commands in by_sender.items():
            for some in _parts(commands):
                self._gate.send(sender, some, _ignore)

    async def settled(self) -> None:
        """Wait, within bounds, until what was sent for sessions that have gone is answered."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._settled.wait()
        except TimeoutError:
            pass  # the switches do it


def _armed(sender: Sender, account: str) -> CancelAllAfter:
    return CancelAllAfter(account, TIMEOUT_MS, key=sender.key_id)


def _parts(commands: Sequence[OrderCommand]) -> list[Sequence[OrderCommand]]:
    starts = range(0, len(commands), COMMANDS_MAX)
    return [commands[start : start + COMMANDS_MAX] for start in starts]


def _ignore(_: list[Answer]) -> None:
    """It comes again."""
