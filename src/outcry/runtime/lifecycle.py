"""How a service lives: it starts or says in one line why not, drains on a signal, ends cleanly."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import structlog
import uvloop

from outcry.log.log import Foreign, LogError

Service = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""Runs until its event is set, then drains and returns."""

Result = TypeVar("Result")

CANCEL_AGAIN_S = 12.0
"""Longer than a task takes to end. Before Python 3.12 `wait_for`, and so every request to NATS, may
lose a cancellation; a task that goes on for ever would hold up the end of its service."""

REFUSED = 1
FOREIGN = 65
FAILED = 70
SUPERSEDED = 78
"""Exit codes: told why in one line; the same because of a log that is not the one that was read
(EX_DATAERR), so that starting again does not help; a defect (EX_SOFTWARE); and a log that goes on
with a newer version of the engine (EX_CONFIG)."""


class Refused(Exception):
    """The service cannot run; the text says what was wrong and what to do."""


class Superseded(Refused):
    """The log goes on with a newer version; starting this one again does not help."""


class Stopped(Exception):
    """The service was asked to stop before it had started."""


def run(service: Service) -> int:
    """Run `service` until SIGTERM or SIGINT; gives the exit code."""
    if not __debug__:
        print("outcry: python -O removes checks that this program relies on", file=sys.stderr)  # noqa: T201 - before logging
        return REFUSED
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_signal(service))
    except Stopped:
        return 0
    except (Refused, LogError) as refusal:  # a log that is not what it should be says so itself
        print(f"outcry: {refusal}", file=sys.stderr)  # noqa: T201 - the one line for the user
        return _code_of(refusal)
    except Exception:  # noqa: BLE001 - the last place it can be told
        structlog.get_logger().exception("failed")
        return FAILED
    return 0


def _code_of(refusal: Exception) -> int:
    if isinstance(refusal, Superseded):
        return SUPERSEDED
    return FOREIGN if isinstance(refusal, Foreign) else REFUSED


async def _until_signal(service: Service) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service(stop)


@contextlib.asynccontextmanager
async def working(
    *work: Coroutine[Any, Any, None],
) -> AsyncIterator[tuple["asyncio.Task[None]", ...]]:
    """Tasks that run while the block does; for `until` to watch."""
    tasks = tuple(asyncio.ensure_future(one) for one in work)
    try:
        yield tasks
    finally:
        await _end(*tasks)
        await asyncio.gather(*tasks, return_exceptions=True)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives; raises `Stopped`, and cancels it, when `stop` is set before."""
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        await _end(working)
    if working.cancelled():
        raise Stopped
    return working.result()


async def until(stop: asyncio.Event, *failures: "asyncio.Future[Any]") -> None:
    """Wait for `stop`; raises what any of `failures` carries before."""
    stopped = asyncio.ensure_future(stop.wait())
    waiting = {stopped, *failures}
    try:
        while not stopped.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                future.result()
    finally:
        stopped.cancel()
        for future in waiting:  # one failure is told; what it brings with it is not
            future.add_done_callback(_take_note)


async def _end(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel tasks until all of them are done."""
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=CANCEL_AGAIN_S)


def _take_note(future: "asyncio.Future[Any]") -> None:
    if not future.cancelled():
        future.exception()
