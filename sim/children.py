"""The processes that the order service starts: one that dumps a snapshot, one that archives."""

import asyncio
from collections.abc import Callable

from outcry.log.log import LogError
from outcry.orders import archive_process
from outcry.runtime.lifecycle import Refused
from sim.dice import Dice
from sim.service import here


class Child:
    """A forked child, see forked.Forked: what it does is done at once, of this moment."""

    def __init__(self, dice: Dice, work: Callable[[], None]) -> None:
        self.pid = 0
        self._polls = dice.below(4)
        self._fate = "killed by signal 9" if dice.chance(0.1) else ""
        work()

    def ended(self) -> str | None:
        self._polls -= 1
        return None if self._polls >= 0 else self._fate

    def kill(self) -> None:
        """It has done its work."""


async def archive_apart(task: archive_process.Task) -> bool:
    """Stands for `run_process`: what its process does is done in a simulated one."""
    parent = here()
    child = parent.fork(f"archiver of {parent.pid}")
    ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    parent.on_death.append(child.kill)
    child.begin(_archive(task, ended))
    try:
        return await ended
    finally:
        parent.on_death.remove(child.kill)
        child.kill()


async def _archive(task: archive_process.Task, ended: "asyncio.Future[bool]") -> None:
    done = True
    try:
        await archive_process.work(task)
    except (LogError, Refused):  # as in lifecycle.run
        done = False
    except Exception as error:  # noqa: BLE001 - a defect, told to who waits
        if not ended.done():
            ended.set_exception(error)
    if not ended.done():
        ended.set_result(done)
