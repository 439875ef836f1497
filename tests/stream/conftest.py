"""What tests of the stream's sockets share."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.stream.serving import PATIENCE_S, Venue


@pytest_asyncio.fixture
async def venues() -> AsyncIterator[list[Venue]]:
    """Venues to stop when the test is over."""
    opened: list[Venue] = []
    yield opened
    for venue in opened:
        await venue.server.stop(drain_s=PATIENCE_S)
        assert not venue.server.connections
