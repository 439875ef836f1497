"""The log executed again: each stored answer held against the one that the engine gives now.

Pure but for the books, which are made anew beside it. Rule: what is not equal byte for byte is
reported at once, and nothing after it is looked at.
"""

from collections.abc import Sequence

from outcry.cli.books.shadow import Shadow
from outcry.cli.books.tally import Tally
from outcry.cli.difference import Difference, answer_difference
from outcry.cli.tape import Pair, stretch, work_off
from outcry.log.history import Diverged
from outcry.log.log import Entry, Log
from outcry.orders.answer import Desk

_TRADE = b'{"trade_id":'


class Audit:
    """`desk` answers; `shadow`, where there is one, books what is stored up to entry `book_to`."""

    def __init__(self, desk: Desk, shadow: Shadow | None = None, book_to: int = 0) -> None:
        self.desk = desk
        self.tally = Tally()
        self.shadow = shadow
        self.trades = 0
        self._book_to = book_to

    def take(self, pairs: Sequence[Pair]) -> int:
        """Execute the next entries; gives the commands in them. Raises Difference."""
        before = self.desk.engine.seq
        for entry, answer in pairs:
            digest = self.desk.engine.digest
            body = self.desk.answer(entry)
            if body != answer.body:
                raise answer_difference(entry.seq, digest, body, answer.body)
            self.trades += body.count(_TRADE)
        answers = [answer for _, answer in pairs if answer.seq <= self._book_to]
        if self.shadow is not None and answers:
            self.book(answers)
        return self.desk.engine.seq - before

    def book(self, answers: Sequence[Entry]) -> None:
        """Book the next answers, which were executed. Raises Difference: they break the chain."""
        assert self.shadow is not None, "there are books"
        try:
            self.tally.add(self.shadow.book(answers))
        except Diverged as diverged:
            raise Difference(f"EXECUTIONS: {diverged}", "one unbroken chain", "a break") from None

    async def book_rest(self, answers: Log, last: int) -> None:
        """Book up to entry `last` what was executed before it was to be booked."""
        assert self.shadow is not None, "there are books"
        first = self.shadow.position.entry + 1
        await work_off(stretch(answers, first, last), self.book, lambda _: None)
