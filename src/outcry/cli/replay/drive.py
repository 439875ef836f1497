"""Sends a market file through a venue and checks what comes back, several arrays at a time.

Commands of one connection enter the log in the order in which they were sent, so arrays may
follow each other without waiting; that the order was kept is checked by `seq`. A refusal of one
array with others behind it would break that order, so it ends the replay.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import NamedTuple

from outcry.cli.replay.check import Check
from outcry.cli.replay.flow import Command, Flow
from outcry.cli.replay.market_file import Step
from outcry.wire.messages import ExecutionMessage

ARRAY_MAX = 500
"""Commands in one array, half of what an entry may hold."""
ARRAYS_MAX = 4
"""Arrays under way."""
_TICKS_PER_S = 20

Executions = asyncio.Future[list[ExecutionMessage]]
Send = Callable[[list[Command]], Awaitable[Executions]]
"""Sends an array; its executions come in the order of its commands."""
Advance = Callable[[int], None]
"""Told of commands that are done."""


class _Batch(NamedTuple):
    steps: list[tuple[Step, bool]]  # whether the line sent a command
    commands: list[Command]


async def drive(
    steps: Iterable[Step], flow: Flow, check: Check, send: Send, rate: float, advance: Advance
) -> None:
    """Replay `steps`; `rate` is commands a second, 0 as fast as it goes. Raises Failed."""
    size = min(ARRAY_MAX, max(1, round(rate / _TICKS_PER_S))) if rate else ARRAY_MAX
    clock = asyncio.get_running_loop().time
    started, sent = clock(), 0
    under_way: deque[tuple[_Batch, Executions]] = deque()
    try:
        for batch in _batches(steps, flow, size):
            if rate:
                await asyncio.sleep(max(0.0, started + sent / rate - clock()))
            under_way.append((batch, await send(batch.commands)))
            sent += len(batch.commands)
            while len(under_way) >= ARRAYS_MAX or (under_way and under_way[0][1].done()):
                await _settle(under_way, check, advance)
        while under_way:
            await _settle(under_way, check, advance)
    finally:
        await asyncio.gather(*(coming for _, coming in under_way), return_exceptions=True)


async def _settle(
    under_way: deque[tuple[_Batch, Executions]], check: Check, advance: Advance
) -> None:
    batch, coming = under_way.popleft()
    executions = iter(await coming)
    for step, sent in batch.steps:
        check.take(step, next(executions) if sent else None)
    advance(len(batch.commands))


def _batches(steps: Iterable[Step], flow: Flow, size: int) -> Iterator[_Batch]:
    batch = _Batch([], [])
    for step in steps:
        command = flow.command(step)
        if command is not None and len(batch.commands) == size:
            yield batch
            batch = _Batch([], [])
        batch.steps.append((step, command is not None))
        if command is not None:
            batch.commands.append(command)
    if batch.commands or batch.steps:
        yield batch
