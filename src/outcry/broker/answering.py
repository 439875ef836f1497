"""Bytes in, bytes out: questions to the books, and their answers or refusals."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from outcry.broker.database import READERS, is_away
from outcry.broker.metrics import Metrics
from outcry.broker.position import read_position
from outcry.broker.progress import Goal, Progress
from outcry.broker.questions import BadRequest, Fields, read_request
from outcry.broker.reads import READS
from outcry.wire.books import ErrorAnswer, ErrorMessage

WAIT_S = 2.0
"""How long a question waits for what it asks to be booked."""
READING_MAX = 256
"""Questions that are worked on, or wait for a thread; more are refused."""
WAITING_MAX = 4_096
"""Questions that wait for an execution; more that would have to are refused. It may never come,
and they cost little: so these are counted apart, and who waits keeps nobody else from reading."""


class Refusal(Exception):
    """A question that gets no answer, and why; the codes are those of `wire.books`."""

    def __init__(self, code: str, text: str, field: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.body = msgspec.json.encode(ErrorAnswer(ErrorMessage(code, text, field)))


class Answering:
    """Answers from the database that `engine` reads, once `progress` is where it has to be."""

    def __init__(
        self, engine: Engine, progress: Progress, metrics: Metrics, *, wait_s: float = WAIT_S
    ) -> None:
        self._engine = engine
        self._progress = progress
        self._metrics = metrics
        self._wait_s = wait_s
        self._reading = 0
        self._threads = ThreadPoolExecutor(READERS, "reads")

    async def answer(self, question: str, body: bytes) -> bytes:
        """The answer to one of `QUESTIONS`. Raises Refusal, and nothing else."""
        begin = time.perf_counter()
        try:
            answer = await self._answer(question, body)
        except Refusal as refusal:
            self._metrics.refused(refusal.code)
            raise
        self._metrics.answered(question, time.perf_counter() - begin)
        return answer

    async def _answer(self, question: str, body: bytes) -> bytes:
        try:
            fields = read_request(question, body)
            await self._reach(Goal(fields.pop("min_seq", 0), fields.pop("min_entry", 0)))
            return await self._read_soon(question, fields)
        except BadRequest as bad:
            raise Refusal(bad.code, bad.text, bad.field) from bad
        except Refusal:
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and is_away(error):
                text = "the server of the books is away; ask again"
                raise Refusal("busy", text) from error
            structlog.get_logger().exception("a question failed", question=question)
            raise Refusal("internal", "the books could not be read; see the log") from error

    async def _read_soon(self, question: str, fields: Fields) -> bytes:
        if self._reading >= READING_MAX:
            raise Refusal("busy", f"{READING_MAX} questions wait already; ask again")
        self._reading += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._read, question, fields)
        finally:
            self._reading -= 1

    async def _reach(self, goal: Goal) -> None:
        """Wait for what has to be booked first. Raises Refusal: it is not in time."""
        is_reached = goal.is_reached(self._progress.position)
        if not is_reached and len(self._progress) >= WAITING_MAX:
            raise Refusal("busy", f"{WAITING_MAX} questions wait for executions already; ask again")
        if await self._progress.reach(goal, self._wait_s):
            return
        at = self._progress.position
        if goal.seq > at.seq:
            text, field = (
                f"execution {goal.seq} is not booked yet, the newest is {at.seq}",
                "min_seq",
            )
        else:
            text, field = (
                f"entry {goal.entry} is not booked yet, the newest is {at.entry}",
                "min_entry",
            )
        raise Refusal("not_booked_yet", f"{text}; ask again", field)

    def _read(self, question: str, fields: Fields) -> bytes:
        with self._engine.connect() as connection:
            at = read_position(connection)
            return msgspec.json.encode(READS[question](connection, at, fields))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
