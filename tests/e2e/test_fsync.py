"""The disk before the acknowledgement, as the kernel saw it."""

from pathlib import Path

import pytest

from chaos.fsync import Skipped, trace
from outcry.runtime.settings import Durability

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("durability", [Durability.DISK, Durability.PROCESS])
async def test_what_is_acknowledged_was_synced_before(
    tmp_path: Path, durability: Durability
) -> None:
    """Write, fsync, acknowledgement, in this order; without sync_interval: always there is none."""
    try:
        traced = await trace(tmp_path, 64, durability)
    except Skipped as why:
        pytest.skip(str(why))
    assert traced.acknowledged == 64
    assert len(traced.early) == (0 if durability is Durability.DISK else 64), str(traced)
