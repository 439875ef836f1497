"""Cancel on disconnect: the orders of an account live no longer than its sessions.

Rule 1: from the moment such a session opens, and as long as it lives, the account's dead man's
switch is armed and renewed. So a gateway that is killed, cut off or frozen leads to the cancel too,
TIMEOUT_MS after its last renewal.
Rule 2: when the last such session of the account here has gone, everything of the account is
cancelled at once, and the switch disarmed. Where that cannot enter the log, rule 1 holds.
Rule 3: where entries alone move log time nothing is armed, as renewals would come of this machine's
time: there only rule 2 holds.
"""

import asyncio
from collections.abc import Callable, Sequence

from outcry.domain.commands import CancelAll, CancelAllAfter, OrderCommand
from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway.answers import ACCEPTED, Answer
from outcry.gateway.gate import Gate

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
        self._sessions: dict[str, int] = {}
        """How many an account has."""
        self._leaving = 0
        self._settled = asyncio.Event()
        self._settled.set()

    def hold(self, account: str, lost: Lost) -> None:
        """A session of the account opens; `lost` when its switch cannot be armed."""
        self._sessions[account] = self._sessions.get(account, 0) + 1
        if self._by_entries:
            return

        def armed(answers: list[Answer]) -> None:
            if answers[0].status != ACCEPTED:
                lost()

        self._gate.send([CancelAllAfter(account, TIMEOUT_MS)], armed)

    def release(self, account: str) -> None:
        """A session of the account has gone."""
        self._sessions[account] -= 1
        if self._sessions[account]:
            return
        del self._sessions[account]
        commands: list[OrderCommand] = [CancelAll(account, "", None)]
        if not self._by_entries:
            commands.append(CancelAllAfter(account, 0))
        self._leaving += 1
        self._settled.clear()
        self._gate.send(commands, self._left)

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
        for some in _parts(list(self._sessions)):
            self._gate.send([CancelAllAfter(account, TIMEOUT_MS) for account in some], _ignore)

    async def settled(self) -> None:
        """Wait, within bounds, until what was sent for sessions that have gone is answered."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._settled.wait()
        except TimeoutError:
            pass  # the switches do it


def _parts(accounts: Sequence[str]) -> list[Sequence[str]]:
    starts = range(0, len(accounts), COMMANDS_MAX)
    return [accounts[start : start + COMMANDS_MAX] for start in starts]


def _ignore(_: list[Answer]) -> None:
    """It comes again."""
