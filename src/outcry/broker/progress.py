"""Who waits for an execution to be booked."""

import asyncio
from collections.abc import Callable

from outcry.broker.position import Position


class Progress:
    """Where the books are, and the readers that wait for them to get somewhere."""

    def __init__(self, position: Position, hurry: Callable[[], None]) -> None:
        self.position = position
        self._hurry = hurry
        self._moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def move(self, position: Position) -> None:
        self.position = position
        moved, self._moved = self._moved, asyncio.get_running_loop().create_future()
        moved.set_result(None)

    async def reach(self, seq: int, timeout_s: float) -> bool:
        """Wait until execution `seq` is booked; False: it was not in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.position.seq < seq:
                    self._hurry()
                    await asyncio.shield(self._moved)
        except TimeoutError:
            return False
        return True
