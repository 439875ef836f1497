"""An event loop without a clock and without the outside: its time jumps to the next timer.

Rule 1: all that runs is run here, in one thread, in an order that the seed decides where asyncio
promises none: the steps of different tasks that are ready at once.
Rule 2: what belongs to a process that stands still is kept until it goes on.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

from sim.dice import Dice
from sim.process import PROCESS, Process

EXECUTOR_S = 0.002
"""What work of another thread takes at most; it is done here, between two callbacks."""


class Stuck(Exception):
    """Nothing will ever happen again."""


class _Soon(asyncio.Handle):
    __slots__ = ("process",)
    process: Process | None


class _Later(asyncio.TimerHandle):
    __slots__ = ("process",)
    process: Process | None


class VirtualLoop(asyncio.BaseEventLoop):
    """`shuffles` is the share of turns in which the order of tasks is changed."""

    def __init__(self, dice: Dice, shuffles: float = 0.0) -> None:
        super().__init__()
        self._now = 0.0
        self._dice = dice
        self._shuffles = shuffles
        self._soon: deque[_Soon | _Later] = deque()
        self._later: list[tuple[float, int, _Later]] = []
        self._timers = 0
        self.defects: list[BaseException] = []
        """What callbacks of living processes raised."""

    def time(self) -> float:
        return self._now

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        context = context or copy_context()
        handle = _Soon(callback, args, self, context)
        handle.process = context.get(PROCESS)
        self._soon.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment] # there is one thread

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        context = context or copy_context()
        timer = _Later(when, callback, args, self, context)
        timer.process = context.get(PROCESS)
        self._timers += 1
        heapq.heappush(self._later, (when, self._timers, timer))
        return timer

    def create_task(self, coro: Coroutine[Any, Any, Any], **how: Any) -> "asyncio.Task[Any]":  # type: ignore[override]
        task = super().create_task(coro, **how)
        process = (how.get("context") or copy_context()).get(PROCESS)
        if process is not None:
            process.adopt(task)
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Done in one piece, some time later; its process may be gone before it hears of it."""
        told: asyncio.Future[Any] = self.create_future()

        def work() -> None:
            try:
                result = func(*args)
            except Exception as error:  # noqa: BLE001 - it belongs to who asked
                self.call_later(self._dice.between(0, EXECUTOR_S), _fail, told, error)
            else:
                self.call_later(self._dice.between(0, EXECUTOR_S), _give, told, result)

        self.call_later(self._dice.between(0, EXECUTOR_S), work)
        return told

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        error = context.get("exception")
        process = getattr(context.get("handle"), "process", None)
        if error is not None and "handle" in context and not (process and process.dead):
            self.defects.append(error)

    def _run_once(self) -> None:
        if not self._soon:
            while self._later and self._later[0][2].cancelled():
                heapq.heappop(self._later)
            if not self._later:
                raise Stuck("nothing is due, now or ever")
            self._now = max(self._now, self._later[0][0])
        while self._later and self._later[0][0] <= self._now:
            self._soon.append(heapq.heappop(self._later)[2])
        turn, self._soon = self._soon, deque()
        if len(turn) > 1 and self._shuffles and self._dice.chance(self._shuffles):
            turn = self._shuffled(turn)
        for handle in turn:
            if handle.cancelled():
                continue
            process = handle.process
            if process is not None and process.still:
                process.kept.append(handle)
            else:
                handle._run()

    def go_on(self, process: Process) -> None:
        """Let a process that stood still do what was due meanwhile."""
        self._soon.extend(process.kept)
        process.kept.clear()

    def _shuffled(self, turn: "deque[_Soon | _Later]") -> "deque[_Soon | _Later]":
        """The same with the steps of tasks in another order; callbacks stay where they are."""
        handles = list(turn)
        steps = [n for n, handle in enumerate(handles) if _is_step(handle)]
        for place in range(len(steps) - 1, 0, -1):
            other = self._dice.below(place + 1)
            one, two = steps[place], steps[other]
            handles[one], handles[two] = handles[two], handles[one]
        return deque(handles)


def _is_step(handle: asyncio.Handle) -> bool:
    return isinstance(getattr(handle._callback, "__self__", None), asyncio.Task)  # type: ignore[attr-defined]


def _give(future: "asyncio.Future[Any]", result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
