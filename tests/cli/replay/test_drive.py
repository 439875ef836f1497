"""How a market file is sent."""

import asyncio

import pytest

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.replay.check import Check
from outcry.cli.replay.drive import ARRAY_MAX, ARRAYS_MAX, Executions, drive
from outcry.cli.replay.flow import Command, Flow
from outcry.cli.replay.market_file import New, Top
from tests.cli.replay.venue import SYMBOL, Venue, steps_of

ORDERS: list[New] = [New(n, "B", 1000000 + n, 1) for n in range(2 * ARRAY_MAX + 1)]


async def test_full_speed_sends_full_arrays() -> None:
    """Without a rate, arrays are as long as they may be; tops take no room in them."""
    venue, flow = Venue(), Flow(SYMBOL)
    done: list[int] = []
    lines = [line for order in ORDERS for line in (order, Top((), ((order.price, 1),)))]
    check = Check(flow, 1)
    await drive(steps_of(*lines), flow, check, venue.send, 0, done.append)
    assert venue.arrays == 3
    assert sum(done) == len(ORDERS)
    assert check.tops == len(ORDERS)
    assert check.shown == []


async def test_a_rate_is_kept() -> None:
    """At 100 commands a second, arrays are of five, and the last leaves when its time has come."""
    venue, flow = Venue(), Flow(SYMBOL)
    clock = asyncio.get_running_loop().time
    before = clock()
    await drive(steps_of(*ORDERS[:20]), flow, Check(flow, 1), venue.send, 100, lambda _: None)
    assert venue.arrays == 4
    assert clock() - before >= 0.15


async def test_few_arrays_are_under_way() -> None:
    """What is sent ahead of its answers is bounded."""
    venue, flow = Venue(), Flow(SYMBOL)
    waiting: list[tuple[Executions, Executions]] = []
    most = 0

    async def send(commands: list[Command]) -> Executions:
        nonlocal most
        held: Executions = asyncio.get_running_loop().create_future()
        waiting.append((held, await venue.send(commands)))
        most = max(most, len(waiting))
        if len(waiting) == ARRAYS_MAX:
            asyncio.get_running_loop().call_soon(release)
        return held

    def release() -> None:
        for held, answer in waiting:
            held.set_result(answer.result())
        waiting.clear()

    steps = steps_of(*ORDERS[: 2 * ARRAYS_MAX * 5])
    await drive(steps, flow, Check(flow, 1), send, 100, lambda _: None)
    assert most == ARRAYS_MAX


async def test_a_refusal_ends_the_replay() -> None:
    """Whatever is behind a refused array would be out of order, so nothing more is sent."""
    flow, sent = Flow(SYMBOL), 0

    async def send(_: list[Command]) -> Executions:
        nonlocal sent
        sent += 1
        refused: Executions = asyncio.get_running_loop().create_future()
        refused.set_exception(Failed("too much at once", ExitCode.UNREACHABLE))
        return refused

    with pytest.raises(Failed, match="too much at once"):
        await drive(steps_of(*ORDERS), flow, Check(flow, 1), send, 0, lambda _: None)
    assert sent == 1
