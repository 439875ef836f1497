"""Who waits for an execution to be booked."""

import asyncio
from collections.abc import Callable

from outcry.broker.position import Position


class Progress:
    """Where the books are, and the readers that wait for them to get somewhere."""

    def __init__(self, position: Position, hurry: Callable[[], None]) -> None:
        self.position = position
        self._hurry = hurry
        self._waiting: dict[asyncio.Future[None], int] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def move(self, position: Position) -> None:
        self.position = position
        for reached in [one for one, seq in self._waiting.items() if seq <= position.seq]:
            del self._waiting[reached]
            if not reached.done():  # its time may have run out in this turn of the loop
                reached.set_result(None)
        if self._waiting:
            self._hurry()

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Wait until execution `seq` is booked; False: it was not in time."""
        if self.position.seq >= seq:
            return True
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[reached] = seq
        self._hurry()
        try:
            async with asyncio.timeout(timeout_s):
                await reached
        except TimeoutError:
            return False
        finally:
            self._waiting.pop(reached, None)
        return True
