"""What the operator asks the order service for over NATS."""

from pathlib import Path

import msgspec

from outcry.orders.keeper import Keeper
from outcry.orders.requests import Taken, snapshot_requests
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.wire.subjects import SNAPSHOT_TAKE
from tests.orders.test_service import ORDER, Exchange, kept
from tests.running_nats import running_nats

WAIT_S = 30.0


async def asked(folder: Path, keeper: Keeper | None) -> Taken:
    """What the operator is told."""
    async with (
        running_nats(folder) as nats,
        snapshot_requests(await nats.connect(ORDER_SERVICE), keeper),
    ):
        operator = await nats.connect()
        answer = await operator.request(SNAPSHOT_TAKE, b"", timeout=WAIT_S)
    return msgspec.json.decode(answer.data, type=Taken)


async def test_a_snapshot_is_taken(tmp_path: Path) -> None:
    """The answer is the header of the snapshot there is now."""
    exchange = Exchange(tmp_path / "snapshots")
    async with exchange.service() as service:
        await exchange.enter(service, ORDER)
        taken = await asked(tmp_path, kept(service))
        assert taken.snapshot is not None
        assert taken.snapshot == kept(service).newest
        assert taken.snapshot.entry == 2


async def test_why_none_is_taken_is_told(tmp_path: Path) -> None:
    """Without snapshots, or without room for them, the operator reads why."""
    assert "keeps no snapshots" in (await asked(tmp_path, None)).error
    exchange = Exchange(tmp_path / "snapshots")
    async with exchange.service() as service:
        await exchange.enter(service, ORDER)
        exchange.folder.rmdir()
        exchange.folder.write_text("a file in its place")
        taken = await asked(tmp_path, kept(service))
        assert taken.snapshot is None
        assert "File exists" in taken.error
