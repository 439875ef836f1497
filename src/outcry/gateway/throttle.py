"""How much a sender may put into the log in a second. What is beyond never reaches it.

| what                                                  | is refused, until the second is over, as |
|-------------------------------------------------------|------------------------------------------|
| orders and replaces of an account beyond its own rate | `order_rate`                             |
| orders and replaces by a key with too many rejections | `too_many_rejects`                       |

Rule 1: cancels always pass, and so does what an administrator does to accounts and to the market.
Rule 2: seconds are this gateway's; the engine counts again, by log time and over all gateways.
Rule 3: here everything counts that is sent, repeats and what the engine will refuse too, as all of
it would stand in the log.
"""

from collections.abc import Callable

COUNTED_MAX = 100_000
"""Accounts and keys that are counted in one second; what comes of others is too much."""


class Throttle:
    """Counts of the second that is now; `clock` tells seconds.

    `rejects_max` is how many orders and replaces of one key may be rejected in a second before no
    more are taken; 0: as many as come.
    """

    def __init__(self, rejects_max: int, clock: Callable[[], float]) -> None:
        self._rejects_max = rejects_max
        self._clock = clock
        self._second = 0
        self._orders: dict[str, int] = {}
        self._rejects: dict[str, int] = {}

    def refuse(self, key: str, account: str, rate: int) -> str:
        """Count an order or replace of `account`, which may send `rate` a second (0: any number).

        Gives the code of why it is refused; empty: it may go on.
        """
        if not rate and not self._rejects:
            return ""
        self._turn()
        if self._rejects and self._rejects.get(key, 0) >= self._rejects_max:
            return "too_many_rejects"
        if not rate:
            return ""
        sent = self._orders.get(account, 0)
        if sent >= rate or (not sent and len(self._orders) >= COUNTED_MAX):
            return "order_rate"
        self._orders[account] = sent + 1
        return ""

    def rejected(self, key: str) -> None:
        """An order or replace sent by `key` came back rejected."""
        if not self._rejects_max:
            return
        self._turn()
        if key in self._rejects or len(self._rejects) < COUNTED_MAX:
            self._rejects[key] = self._rejects.get(key, 0) + 1

    def _turn(self) -> None:
        """Forget what was counted, if a second is over."""
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._orders.clear()
            self._rejects.clear()
