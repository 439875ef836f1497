"""The NATS of an exchange that runs, or of one that does not: started on its folder for a while."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from outcry.cli.data_folder import held_folder
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.operator import Bus, connected
from outcry.log.connection import Connection
from outcry.log.streams import Limits
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import OPERATOR, read_limits
from outcry.runtime.nats_server import start_nats_server
from outcry.runtime.settings import Durability


@contextlib.asynccontextmanager
async def connection_to(bus: Bus, *, stopped: bool = False) -> AsyncIterator[Connection]:
    """The operator's connection to the NATS of `bus` while the block runs.

    Where nothing runs on the data folder, a nats-server runs on it as long as the block does, and
    holds it, so that no `outcry up` begins meanwhile. `stopped`: only that will do. Raises Failed.
    """
    async with _url_of(bus, stopped=stopped) as url, connected(url) as nc:
        yield nc


@contextlib.asynccontextmanager
async def _url_of(bus: Bus, *, stopped: bool) -> AsyncIterator[str]:
    if bus.nats_url:
        yield bus.nats_url
        return
    async with contextlib.AsyncExitStack() as stack:
        try:
            if not (bus.data_dir / "nats" / "jetstream").is_dir():
                yield bus.find_url()  # it may run with a NATS that is elsewhere
                return
            stack.enter_context(held_folder(bus.data_dir))
        except Refused as refused:  # somebody runs on it
            if stopped:
                raise Failed(f"{refused}", ExitCode.REFUSED) from refused
            yield bus.find_url()
            return
        print(
            f"outcry: no exchange runs on {bus.data_dir.resolve()}; a nats-server is started there "
            "until this is done",
            file=sys.stderr,
        )
        try:
            server = await start_nats_server(
                bus.data_dir,
                port=0,
                monitor_port=0,
                durability=Durability.DISK,
                limits=_limits_of(bus.data_dir),
            )
        except Refused as refused:
            raise Failed(str(refused), ExitCode.REFUSED) from refused
        stack.push_async_callback(server.stop)
        yield server.url(OPERATOR)


def _limits_of(folder: Path) -> Limits | None:
    """What the exchange gave its streams; None: it does not say any more."""
    try:
        return read_limits((folder / "nats" / "nats.conf").read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError):
        return None
