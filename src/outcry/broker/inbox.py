"""Entries on their way from the reader to the clerk: bounded, and taken many at a time."""

import asyncio

from outcry.log.log import Entry

BYTES_MAX = 1 << 20
"""Beyond it the reader waits; so this is also about what one transaction holds at most."""
PAUSE_S = 0.1
"""How long entries may wait for more to come. Many at a time cost far less each, and nobody sees
the difference: whoever waits for what is booked calls `hurry`."""


class Inbox:
    """One reader puts, one clerk takes."""

    def __init__(self, *, bytes_max: int = BYTES_MAX, pause_s: float = PAUSE_S) -> None:
        self.bytes = 0
        self.closed = False
        self._entries: list[Entry] = []
        self._bytes_max = bytes_max
        self._pause_s = pause_s
        self._filled = asyncio.Event()
        self._hurry = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._entries)

    async def put(self, entry: Entry) -> None:
        """Add the next entry, when there is room."""
        await self._room.wait()
        self._entries.append(entry)
        self.bytes += len(entry.body)
        self._filled.set()
        if self.bytes >= self._bytes_max:
            self._room.clear()
            self._hurry.set()

    async def take(self) -> list[Entry]:
        """All entries that are there, at least one; none: it was closed."""
        await self._filled.wait()
        try:
            async with asyncio.timeout(self._pause_s):
                await self._hurry.wait()
        except TimeoutError:
            pass  # nobody was in a hurry
        entries, self._entries = self._entries, []
        self.bytes = 0
        self._room.set()
        if not self.closed:
            self._filled.clear()
            self._hurry.clear()
        return entries

    def hurry(self) -> None:
        """Let what is there be taken at once."""
        self._hurry.set()

    def close(self) -> None:
        """Nothing more is put in."""
        self.closed = True
        self._filled.set()
        self._hurry.set()
