"""How a service lives, and that it ends."""

import asyncio

import pytest

from outcry.runtime import lifecycle
from outcry.runtime.lifecycle import Stopped, unless, working


async def deaf() -> None:
    """Loses its first cancellation, as `wait_for` may before Python 3.12."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "CANCEL_AGAIN_S", 0.01)


async def test_work_that_loses_a_cancellation_ends_with_its_service() -> None:
    """It is cancelled again, and the service ends."""
    async with working(deaf()) as (work,):
        await asyncio.sleep(0)
    assert work.cancelled()


async def test_a_start_that_loses_a_cancellation_is_given_up() -> None:
    """A stop before the start is done ends the service all the same."""
    stop = asyncio.Event()
    starting = asyncio.ensure_future(unless(stop, deaf()))
    await asyncio.sleep(0)
    stop.set()
    with pytest.raises(Stopped):
        await starting
