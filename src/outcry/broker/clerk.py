"""The clerk: books what is in the inbox, one transaction after the other.

Rule 1: it books what goes on from the position in the database, and stops at anything else.
Rule 2: a server of the database that is away is waited for; what it may have committed before it
went is found by the position.
Rule 3: of two clerks on one database one books. The other stands by: it watches the position, drops
what is booked, and tries again when the position has not moved for a while.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

from outcry.broker.booking import Books
from outcry.broker.check import read_entries
from outcry.broker.database import Database, is_away, is_denied, is_locked
from outcry.broker.inbox import Inbox
from outcry.broker.journal import Journal
from outcry.broker.metrics import Metrics
from outcry.broker.position import Position, read_position
from outcry.broker.progress import Progress
from outcry.broker.rows import make_batch
from outcry.log.log import Entry
from outcry.runtime.lifecycle import Refused

Result = TypeVar("Result")

POLL_S = 0.1
PATIENCE_S = 1.0
"""How long the position has to stand still, with entries beyond it, before a clerk takes over."""


class Clerk:
    """Moves entries from `inbox` into the database; `progress` tells how far."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        progress: Progress,
        journal: Journal,
        metrics: Metrics,
        booked: Callable[[int], None],
    ) -> None:
        """`booked` is called with each entry that the books have come to."""
        self.standing_by = False
        self._writer = database.writer
        self._reader = database.reader
        self._inbox = inbox
        self._progress = progress
        self._journal = journal
        self._metrics = metrics
        self._booked = booked
        self._books = Books(database.writer.dialect)
        self._thread = ThreadPoolExecutor(1, "clerk")

    async def work(self) -> None:
        """Book until the inbox is closed and empty.

        Raises Diverged, Refused when the disk does not take the books, or what else the database
        raises.
        """
        try:
            while entries := await self._inbox.take():
                await self._work_off(entries)
        finally:
            self._thread.shutdown(wait=False)

    async def _work_off(self, entries: list[Entry]) -> None:
        while entries:
            if self.standing_by:
                await self._wait_for_turn(entries[-1].seq)
            at = self._progress.position
            entries = [entry for entry in entries if entry.seq > at.entry]
            if not entries or self.standing_by:
                return
            try:
                after = await self._in_thread(partial(self._book, entries, at))
            except OperationalError as error:
                if is_denied(error):
                    raise Refused(
                        f"the books cannot be written: {error.orig}; check the disk and the file "
                        "of --database-url"
                    ) from error
                if not await self._is_worth_waiting(error):
                    raise
                continue
            if after is not None:
                self._move(after)
                return
            structlog.get_logger().info("another broker keeps these books; standing by")
            self.standing_by = True

    async def _is_worth_waiting(self, error: OperationalError) -> bool:
        """Wait a little where the database may be had again soon; False: it is another trouble."""
        if is_locked(error):
            structlog.get_logger().warning("another program writes to the books; waiting")
        elif is_away(error):
            structlog.get_logger().warning("the server of the books is away; waiting")
        else:
            return False
        await asyncio.sleep(POLL_S)
        return True

    async def _wait_for_turn(self, entry: int) -> None:
        """Stand by until `entry` is booked, or nobody else books, or the inbox is closed."""
        still_since = time.monotonic()
        while self._progress.position.entry < entry and not self._inbox.closed:
            if time.monotonic() - still_since > PATIENCE_S:
                structlog.get_logger().info("no other broker keeps these books now; taking over")
                self.standing_by = False
                return
            await asyncio.sleep(POLL_S)
            try:
                position = await self._in_thread(self._read_position)
            except OperationalError as error:
                if not await self._is_worth_waiting(error):
                    raise
                still_since = time.monotonic()
                continue
            if position != self._progress.position:
                still_since = time.monotonic()
                self._move(position)

    def _move(self, position: Position) -> None:
        self._progress.move(position)
        self._booked(position.entry)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _read_position(self) -> Position:
        with self._reader.connect() as connection:
            return read_position(connection)

    def _book(self, entries: list[Entry], before: Position) -> Position | None:
        """Book the entries after `before`; None: the books are not there any more."""
        begin = time.perf_counter()
        executions, after = read_entries(entries, before)
        batch = make_batch(executions)
        try:
            with self._writer.begin() as connection:
                moved = self._books.book(connection, batch, before, after)
        except BaseException:
            self._books.forget()
            raise
        if not moved:
            self._books.forget()
            return None
        self._metrics.booked(batch, time.perf_counter() - begin)
        self._journal(executions)
        return after
