"""Who waits for something to be booked."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from outcry.broker.position import Position


class Goal(NamedTuple):
    """Execution `seq` and entry `entry` of the log; 0: any."""

    seq: int = 0
    entry: int = 0

    def is_reached(self, position: Position) -> bool:
        return self.seq <= position.seq and self.entry <= position.entry


class Progress:
    """Where the books are, and the readers that wait for them to get somewhere."""

    def __init__(self, position: Position, hurry: Callable[[], None]) -> None:
        self.position = position
        self._hurry = hurry
        self._waiting: dict[asyncio.Future[None], Goal] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def move(self, position: Position) -> None:
        self.position = position
        for reached in [one for one, goal in self._waiting.items() if goal.is_reached(position)]:
            del self._waiting[reached]
            if not reached.done():  # its time may have run out in this turn of the loop
                reached.set_result(None)
        if self._waiting:
            self._hurry()

    async def reach(self, goal: Goal, timeout_s: float) -> bool:
        """Wait until it is booked; False: it was not in time."""
        if goal.is_reached(self.position):
            return True
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[reached] = goal
        self._hurry()
        try:
            async with asyncio.timeout(timeout_s):
                await reached
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(reached, None)
        return True
