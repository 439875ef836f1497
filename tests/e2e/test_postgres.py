"""Books in PostgreSQL: brokers are killed, and the server falls, and nothing is booked twice."""

import asyncio
import sys
from pathlib import Path

import pytest

from chaos.trader import trading
from chaos.venue import BROKER, Kind, running_venue
from outcry.cli.logs import Folders
from outcry.cli.operator import Bus
from outcry.cli.verify.course import run_course
from outcry.domain.limits import BOUNDS
from outcry.runtime.nats_config import OPERATOR
from tests.postgres import MISSING, postgres, programs

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS = 5


@pytest.mark.skipif(programs() is None, reason=MISSING)
@pytest.mark.timeout(180)
async def test_books_in_postgresql_survive_what_is_killed(tmp_path: Path) -> None:
    """Two brokers on one database are killed in turn under load, then the server is; in the end
    the books are what follows from the log, row by row, and the ledger agrees with the engine."""
    with postgres() as server:
        address = server.address(server.make())
        kind = Kind(settings={"OUTCRY_DATABASE_URL": address})
        async with running_venue(tmp_path, kind) as venue:
            other = await venue.another(BROKER)
            async with trading(venue, "postgres") as floor:
                for count in range(1, KILLS + 1):
                    await floor.progress(20)
                    victim = other if count % 2 else venue[BROKER]
                    await victim.kill()
                    await victim.start()
                await floor.progress(20)
                server.stop()
                await floor.progress(20)
                server.start()
                await floor.progress(20)
            await venue.mend()
            bus = Bus(data_dir=venue.folder, nats_url=venue.nats_url(OPERATOR))
            report = await run_course(bus, Folders(), address, BOUNDS, quiet=True)
            assert "rows equal" in report.books
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "outcry.cli", "reconcile"),
                *(f"--nats-url={bus.nats_url}", f"--data-dir={venue.folder}"),
                f"--database-url={address}",
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await process.communicate()
            assert process.returncode == 0, said.decode(errors="replace")
