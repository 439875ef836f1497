"""Services as child processes: watched, started again, never left behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from outcry.cli.child import Child
from outcry.runtime.lifecycle import Refused
from tests.waiting import free_port, until_true

pytestmark = pytest.mark.e2e

PATIENCE_S = 30.0
NOBODY = {"OUTCRY_NATS_URL": "nats://127.0.0.1:9", "OUTCRY_DURABILITY": "process"}


def order_service(port: int, said: list[str]) -> Child:
    """An order service that waits for a NATS which never comes."""
    environment = {**NOBODY, "OUTCRY_OPS_PORT": str(port)}
    return Child("order-service", environment, f"http://127.0.0.1:{port}", said.append)


@asynccontextmanager
async def kept(child: Child) -> AsyncIterator["asyncio.Future[None]"]:
    keeping = asyncio.ensure_future(child.keep())
    try:
        yield keeping
    finally:
        await child.stop(asyncio.Event(), PATIENCE_S)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def answers(child: Child) -> None:
    """Wait until its /readyz answers, if only that it is not ready."""

    async def answer() -> bool:
        return await child.ready() or '"ready"' in child.trouble

    await until_true(answer)


def pid_of(child: Child) -> int:
    process = child._process
    assert process is not None
    return process.pid


async def test_a_service_that_dies_is_started_again() -> None:
    """A killed service is back by itself, and a line says what happened."""
    said: list[str] = []
    child = order_service(free_port(), said)
    async with kept(child):
        await answers(child)
        first = pid_of(child)
        os.kill(first, signal.SIGKILL)

        async def another() -> bool:
            return pid_of(child) != first

        await until_true(another)
        await answers(child)
    assert said == ["order-service ended (killed by signal 9); starting it again in 0.2 s"]


async def test_a_service_that_refuses_to_start_says_why() -> None:
    """What a service says when it cannot start ends its supervisor, with that one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        child = order_service(taken.getsockname()[1], [])
        with pytest.raises(Refused, match=r"cannot listen on .* --ops-port"):
            await child.keep()


async def test_a_service_that_does_not_drain_is_killed() -> None:
    """Patience has an end: a second Ctrl-C, or the bound, kills."""
    said: list[str] = []
    child = order_service(free_port(), said)
    keeping = asyncio.ensure_future(child.keep())
    await answers(child)
    os.kill(pid_of(child), signal.SIGSTOP)
    hurry = asyncio.Event()
    hurry.set()
    await child.stop(hurry, PATIENCE_S)
    await keeping
    assert said == ["order-service did not drain in time; killing it, nothing is lost"]


def test_a_service_never_outlives_its_supervisor() -> None:
    """Even where the supervisor is killed, its services end."""
    code = (
        "import asyncio, sys\n"
        "from outcry.cli.child import Child\n"
        f"child = Child('order-service', {NOBODY!r} | {{'OUTCRY_OPS_PORT': '{free_port()}'}},\n"
        "    'http://127.0.0.1:9', print)\n"
        "asyncio.run(child.keep())\n"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert supervisor.stderr is not None
    assert supervisor.stderr.readline()  # the service waits for NATS: it is up
    supervisor.kill()
    # the service holds this standard output too, which so ends with the last of both
    supervisor.communicate(timeout=PATIENCE_S)
