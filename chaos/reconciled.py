"""The books of the broker and the engine agree, as `outcry reconcile` finds, told as a user is."""

import asyncio
import sys

from chaos.venue import Venue
from outcry.runtime.nats_config import OPERATOR


async def check_reconciled(venue: Venue) -> None:
    """The command finds nothing. Raises AssertionError with what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "outcry.cli",
        "reconcile",
        f"--nats-url={venue.nats_url(OPERATOR)}",
        f"--data-dir={venue.folder}",
        f"--database-url=sqlite:///{venue.books}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode(errors="replace")
