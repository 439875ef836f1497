"""A process of the simulated system: the tasks that live and die together."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any

PROCESS: ContextVar["Process | None"] = ContextVar("process", default=None)
"""Whose code runs. Tasks, timers and callbacks inherit it from who made them."""

REAP_S = 0.001
REAPS_MAX = 1_000


class Process:
    """It can stand still (SIGSTOP), go on, and be killed at any `await` (SIGKILL).

    What dies is cut off from the outside first, by `on_death`; then its tasks are cancelled, so
    that what they do while they end is seen by nobody.
    """

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name = name
        self.still = False
        self.dead = False
        self.kept: list[Any] = []
        """Handles that were due while it stood still."""
        self.on_death: list[Callable[[], object]] = []
        self.died: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._reaps = 0
        self.outside: Context = copy_context()
        """Where it is made: of no process."""
        context = copy_context()
        context.run(PROCESS.set, self)
        self.context: Context = context

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        return self._loop.create_task(work, context=self.context.copy())

    def call(self, callback: Callable[..., object], *args: Any, after_s: float = 0.0) -> None:
        """Have it run a callback, as if a message had come; nothing if it is dead by then."""
        self._loop.call_later(after_s, self._take, callback, args, context=self.context)

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
        if self.dead:
            task.cancel()

    def kill(self) -> None:
        if self.dead:
            return
        self.dead = True
        for cut in self.on_death:
            cut()
        self.still = False
        self.died.set_result(None)
        self._reap()

    def _take(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        if not self.dead:
            callback(*args)

    def _reap(self) -> None:
        self._reaps += 1
        assert self._reaps < REAPS_MAX, f"{self.name} does not die: {list(self._tasks)}"
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            self._loop.call_later(REAP_S, self._reap)
