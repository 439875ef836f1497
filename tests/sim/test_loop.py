"""The loop of the simulator."""

import asyncio
from collections.abc import Iterator

import pytest

from sim.dice import Dice
from sim.loop import Stuck, VirtualLoop
from sim.process import Process


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop(Dice("1"))
    yield loop
    loop.close()


def test_time_jumps_to_the_next_timer(loop: VirtualLoop) -> None:
    """An hour passes at once, and exactly."""
    loop.run_until_complete(asyncio.sleep(3_600.0))
    assert loop.time() == 3_600.0


def test_it_says_when_nothing_will_ever_happen(loop: VirtualLoop) -> None:
    """Whoever waits for what cannot come hangs nobody."""
    with pytest.raises(Stuck):
        loop.run_until_complete(loop.create_future())


def test_a_process_that_stands_still_does_what_was_due_when_it_goes_on(loop: VirtualLoop) -> None:
    """Its timers and messages wait, those of others do not."""
    process, heard = Process("zombie", loop), list[str]()
    process.call(heard.append, "message", after_s=1.0)
    loop.call_later(2.0, heard.append, "other")
    process.still = True
    loop.run_until_complete(asyncio.sleep(3.0))
    assert heard == ["other"]
    process.still = False
    loop.go_on(process)
    loop.run_until_complete(asyncio.sleep(0))
    assert heard == ["other", "message"]


def test_a_process_that_is_killed_does_nothing_more(loop: VirtualLoop) -> None:
    """It ends at the await where it was; what it does while it ends is seen by nobody."""
    process, heard = Process("killed", loop), list[str]()

    async def work() -> None:
        try:
            await asyncio.sleep(1.0)
            heard.append("done")
        finally:
            asyncio.ensure_future(asyncio.sleep(5.0))  # noqa: RUF006 - nor does this live on

    task = process.begin(work())
    process.call(heard.append, "message", after_s=1.0)
    loop.call_later(0.5, process.kill)
    loop.run_until_complete(asyncio.sleep(9.0))
    assert task.cancelled()
    assert heard == []


def test_the_order_of_tasks_is_the_seeds(loop: VirtualLoop) -> None:
    """Of tasks that are ready at once asyncio promises no order, and the simulator gives none."""

    def order(seed: str) -> list[int]:
        loop, ran = VirtualLoop(Dice(seed), shuffles=1.0), list[int]()

        async def run(number: int) -> None:
            ran.append(number)

        async def all_of_them() -> None:
            await asyncio.gather(*(run(number) for number in range(9)))

        loop.run_until_complete(all_of_them())
        loop.close()
        return ran

    assert order("1") == order("1")
    assert order("1") != order("2")
    assert sorted(order("1")) == list(range(9))
