"""A client of the trade stream that misses nothing: it comes back with the last it saw."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from chaos.service import until

PAUSE_S = 0.02


class Follower:
    """Keeps every frame that it was sent, from the first execution of the log on."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.seen: list[bytes] = []
        self._url = url
        self._headers = headers

    async def follow(self) -> None:
        """See executions, for ever, over any number of connections."""
        place = "after=0"
        while True:
            try:
                address = f"{self._url}?{place}"
                async with connect(address, additional_headers=self._headers, proxy=None) as stream:
                    while True:
                        frame = await stream.recv(decode=False)
                        self.seen.append(frame)
                        told = json.loads(frame)
                        place = f"after={told['seq']}&log={told['log']}"
            except (OSError, ConnectionClosed, InvalidHandshake):
                await asyncio.sleep(PAUSE_S)

    async def has_seen(self, count: int) -> None:
        """Wait until it has seen so many executions."""

        async def all_seen() -> bool:
            return len(self.seen) >= count

        await until(all_seen, f"{count} executions on the stream")


@asynccontextmanager
async def following(url: str, headers: Mapping[str, str]) -> AsyncIterator[Follower]:
    """A follower at work while the block runs, with whatever key is in the headers."""
    follower = Follower(url, headers)
    work = asyncio.create_task(follower.follow())
    try:
        yield follower
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
