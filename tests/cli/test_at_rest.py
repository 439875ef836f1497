"""The NATS of a data folder on which no exchange runs."""

from pathlib import Path

import pytest

from outcry.cli.at_rest import connection_to
from outcry.cli.data_folder import held_folder
from outcry.cli.failed import Failed
from outcry.cli.operator import Bus
from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits, ensure_streams, replace_executions
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.runtime.nats_server import start_nats_server
from outcry.runtime.settings import Durability
from outcry.wire.subjects import EXECUTIONS, ORDERS

LARGE = Limits(orders_bytes=8 << 30)


async def leave(folder: Path, limits: Limits) -> None:
    """Leave what an exchange with these limits leaves when it stops."""
    server = await start_nats_server(
        folder, port=0, monitor_port=0, durability=Durability.PROCESS, limits=limits
    )
    nc = await connect(server.url(ORDER_SERVICE), ORDER_SERVICE)
    await ensure_streams(nc, limits)
    await nc.close()
    await server.stop()


@pytest.mark.parametrize("limits", [Limits(), LARGE], ids=["usual", "large"])
async def test_a_stopped_exchange_can_be_read(tmp_path: Path, limits: Limits) -> None:
    """A server runs on its folder while somebody reads, with the room that its streams were given;
    it is held meanwhile, and free after it."""
    await leave(tmp_path, limits)
    for _ in range(2):
        async with connection_to(Bus(data_dir=tmp_path)) as nc:
            states = [await JetStreamLog(nc, stream).info() for stream in (ORDERS, EXECUTIONS)]
            room = [state.max_bytes for state in states]
            assert room == [limits.orders_bytes, limits.executions_bytes]
            await replace_executions(nc, limits, 1)  # for which it needs all the room again
            with pytest.raises(Refused), held_folder(tmp_path):
                pass
    with held_folder(tmp_path):
        pass


async def test_a_folder_in_use_is_not_taken(tmp_path: Path) -> None:
    """Who needs a stopped exchange is told that this one runs."""
    await leave(tmp_path, Limits())
    with held_folder(tmp_path), pytest.raises(Failed, match="is in use by another"):
        async with connection_to(Bus(data_dir=tmp_path), stopped=True):
            pass


async def test_where_nothing_ever_ran_there_is_nothing_to_read(tmp_path: Path) -> None:
    """No server is started on a folder that holds no log."""
    with pytest.raises(Failed, match="no exchange runs on the data folder"):
        async with connection_to(Bus(data_dir=tmp_path / "data")):
            pass
    assert not (tmp_path / "data").exists()
