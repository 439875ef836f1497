"""The log executed again: each stored answer held against the one that the engine gives now.

Rule 1: what is not equal byte for byte is reported at once, and nothing after it is looked at.
Rule 2: what is for another version of the engine is followed along its digests, not executed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from outcry.cli.books.shadow import Shadow
from outcry.cli.books.tally import Tally
from outcry.cli.difference import Difference, answer_difference
from outcry.cli.tape import Pair, stretch, work_off
from outcry.cli.verify.snapshots import check_snapshot
from outcry.domain.limits import Bounds
from outcry.log.history import Diverged, follow
from outcry.log.log import Entry, Log
from outcry.orders.answer import Desk

_TRADE = b'{"trade_id":'


class Audit:
    """`desk` answers from where it is; `digest` is that of the history before the first entry that
    is looked at, None: it is taken as it stands."""

    def __init__(self, desk: Desk, bounds: Bounds, digest: bytes | None) -> None:
        self.desk = desk
        self.bounds = bounds
        self.tally = Tally()
        self.trades = 0
        self.commands = 0
        """That were executed."""
        self.snapshots_checked = 0
        self.shadow: Shadow | None = None
        """Books that are made anew beside it, up to entry `book_to`."""
        self.book_to = 0
        self.snapshots: Mapping[int, Path] = {}
        """By the entry at which each is held against the engine."""
        self._digest = digest

    def follow(self, answers: Sequence[Entry]) -> int:
        """Take the next answers as they stand, in one chain. Raises Difference."""
        for answer in answers:
            try:
                self._digest = follow(answer, self._digest)
            except Diverged as diverged:
                raise _broken(diverged) from None
        self._book_some(answers)
        return len(answers)

    def take(self, pairs: Sequence[Pair]) -> tuple[int, int]:
        """Execute the next entries; gives their number and that of their commands.

        Raises Difference.
        """
        desk, before = self.desk, self.desk.engine.seq
        executed = 0
        for entry, answer in pairs:
            if desk.engine.rulebook.successor:
                break
            self._execute(entry, answer)
            executed += 1
        answers = [answer for _, answer in pairs]
        self._book_some(answers[:executed])
        self.follow(answers[executed:])
        commands = desk.engine.seq - before
        self.commands += commands
        return len(pairs), commands

    def _execute(self, entry: Entry, answer: Entry) -> None:
        digest = self.desk.engine.digest
        body = self.desk.answer(entry)
        if body != answer.body:
            raise answer_difference(entry.seq, digest, body, answer.body)
        self.trades += body.count(_TRADE)
        self._digest = self.desk.engine.digest
        snapshot = self.snapshots.get(entry.seq)
        if snapshot is not None:
            self.snapshots_checked += check_snapshot(snapshot, self.desk.engine, self.bounds)

    def _book_some(self, answers: Sequence[Entry]) -> None:
        due = [answer for answer in answers if answer.seq <= self.book_to]
        if self.shadow is not None and due:
            self.book(due)

    def book(self, answers: Sequence[Entry]) -> None:
        """Book the next answers, which were looked at. Raises Difference: they break the chain."""
        assert self.shadow is not None, "there are books"
        try:
            self.tally.add(self.shadow.book(answers))
        except (Diverged, msgspec.MsgspecError) as diverged:
            raise _broken(diverged) from None

    async def book_rest(self, answers: Log, last: int) -> None:
        """Book up to entry `last` what was looked at before it was to be booked."""
        assert self.shadow is not None, "there are books"
        first = self.shadow.position.entry + 1
        await work_off(stretch(answers, first, last), self.book, lambda _: None)


def _broken(error: Exception) -> Difference:
    return Difference(f"EXECUTIONS: {error}", "one unbroken chain of digests", "a break")
