"""Archiving in a process of its own, of low priority: `python -m outcry.orders.archive_process`.

What to do comes as one line of JSON on standard input, passwords and all, where nobody else reads
it. That input stays open as long as the order service lives: when it ends, so does this.
"""

import asyncio
import os
import sys
import threading
from pathlib import Path

import msgspec
import structlog

from outcry.log.jetstream import JetStreamLog
from outcry.orders.archiving import AnotherArchives, archive
from outcry.runtime.lifecycle import run, unless
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import LogFormat, LogLevel
from outcry.wire.subjects import EXECUTIONS, ORDERS

NICE = 10
ORPHANED = 71
"""Exit code (EX_OSERR): the order service is gone."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is told; see OrderServiceSettings."""

    nats_url: str
    archive_dir: str
    snapshot_dir: str
    min_age_s: float
    log_format: str
    log_level: str


async def run_process(task: Task) -> bool:
    """Have a process do it, while this one goes on; whether it ended well.

    It tells what went wrong itself.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "outcry.orders.archive_process"),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:  # no room for another process
        structlog.get_logger().warning("archive.failed", why=str(error))
        return False
    try:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(task) + b"\n")
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()  # which loses nothing
            await process.wait()
    if code:
        structlog.get_logger().warning("archive.failed", exit_code=code)
    return code == 0


def main() -> int:
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    threading.Thread(target=_watch, name="order-service", daemon=True).start()
    os.nice(NICE)
    configure_logging("archive", LogFormat(task.log_format), LogLevel(task.log_level))
    return run(lambda stop: unless(stop, work(task)))


async def work(task: Task) -> None:
    """What the process does. Raises LogError, Refused: why nothing may go."""
    nc = await connect(task.nats_url, ORDER_SERVICE)
    try:
        done = await archive(
            JetStreamLog(nc, ORDERS),
            JetStreamLog(nc, EXECUTIONS),
            Path(task.archive_dir),
            Path(task.snapshot_dir),
            min_age_s=task.min_age_s,
        )
        if done.why:
            structlog.get_logger().info("archive.rest_stays", first=done.first, why=done.why)
    except AnotherArchives as another:
        structlog.get_logger().info("archive.left_to_another", why=str(another))
    finally:
        await nc.close()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main())
