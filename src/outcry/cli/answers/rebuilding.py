"""EXECUTIONS made anew: all that follows from ORDERS, computed once to compare, once to store.

Rule 1: nothing is deleted before the whole of ORDERS was executed, and what is there was copied.
Rule 2: whatever ends it after that, the order service or another run goes on where it was; what
cannot be computed any more, another run finds in the copy.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import NamedTuple

from outcry.cli.answers.old import Old
from outcry.cli.difference import Difference, answer_difference
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.progress import Advance
from outcry.cli.tape import stretch
from outcry.cli.verify.start import Start
from outcry.domain.digest import START
from outcry.log.history import Diverged, follow
from outcry.log.log import Entry, Log
from outcry.wire.subjects import executions

UNACKED_MAX = 64


class Plan(NamedTuple):
    """`start` gives a desk that can answer what follows on it, each time a new one; `begin` is the
    first entry whose answer is to be stored, `end` the last of ORDERS."""

    orders: Log
    old: Old
    start: Callable[[], Start]
    begin: int
    end: int


async def compare(plan: Plan, advance: Advance) -> Difference | None:
    """Hold what is there against all that follows from ORDERS; gives the first difference.

    Raises Failed: answers that cannot be computed any more are not there either, those in the
    archive are not right, or the newest are of another engine.
    """
    _check_kept(plan)
    position = plan.start().desk.position
    there = plan.old.answers(position + 1)
    first = _lost(plan, position)
    async with aclosing(_computed(plan, advance)) as computed:
        async for entry, before in computed:
            position = entry.seq
            if first is None:
                first = _difference(plan, entry, before, next(there, None))
    last = plan.old.kept.last_seq
    if position < min(last, plan.end):
        raise Failed(
            f"another engine goes on with this log at entry {position + 1}: rebuild with the Open "
            "Outcry that has it",
            ExitCode.REFUSED,
        )
    if first is None and last > plan.end:
        where, note = f"EXECUTIONS, entry {plan.end + 1}", "ORDERS has no such entry"
        return Difference(where, "none", "an answer", note)
    return first


def _lost(plan: Plan, position: int) -> Difference | None:
    """What a run that was ended midway has not stored again of the answers up to `position`."""
    last = max(plan.old.archive.last_seq, plan.old.kept.last_seq)
    if last >= position:
        return None
    where = f"EXECUTIONS, entry {max(last + 1, plan.begin)}"
    return Difference(where, "an answer", "none", plan.old.trouble)


def _difference(plan: Plan, entry: Entry, before: bytes, stored: Entry | None) -> Difference | None:
    """Between the expected answer, `before` which the digest is, and the one that is there."""
    if stored is None:
        note = plan.old.trouble or "it ends before ORDERS does"
        return Difference(f"EXECUTIONS, entry {entry.seq}", "an answer", "none", note)
    if stored.body == entry.body:
        return None
    difference = answer_difference(entry.seq, before, entry.body, stored.body)
    if entry.seq < plan.begin:
        raise Failed(
            f"the archive {plan.old.archive.folder} is not right: {difference.where}; move that "
            "folder away, and all of EXECUTIONS is made anew",
            ExitCode.REFUSED,
        )
    return difference


def _check_kept(plan: Plan) -> None:
    """What cannot be computed must be there, in one chain, up to the digest of the snapshot."""
    desk = plan.start().desk
    if not desk.position:
        return
    due, digest = plan.begin, _digest_before(plan)
    try:
        for answer in plan.old.known(plan.begin):
            if answer.seq > desk.position:
                break
            digest = follow(answer, digest)
            due = answer.seq + 1
    except Diverged:
        pass
    if due <= desk.position or digest != desk.engine.digest:
        raise Failed(
            f"the answers up to entry {desk.position} do not follow from what is left of ORDERS, "
            f"and EXECUTIONS does not hold them as they were: take both from a backup with "
            "`outcry restore`",
            ExitCode.REFUSED,
        )


def _digest_before(plan: Plan) -> bytes | None:
    """Of the history before the first answer to be stored; None: it is not known."""
    if plan.begin == 1:
        return START
    before = plan.old.archive.get(plan.begin - 1)
    return follow(before, None) if before else None


async def _computed(plan: Plan, advance: Advance) -> AsyncGenerator[tuple[Entry, bytes], None]:
    """The answers after the start, each with the digest before it. They end with ORDERS, or at
    a mark."""
    desk = plan.start().desk
    async with aclosing(stretch(plan.orders, desk.position + 1, plan.end)) as batches:
        async for entries in batches:
            before_seq = desk.engine.seq
            for entry in entries:
                before = desk.engine.digest
                body = desk.answer(entry)
                yield Entry(entry.seq, entry.ts_ns, executions(), body), before
                if desk.engine.rulebook.successor:
                    return
            advance(len(entries), desk.engine.seq - before_seq)
            await asyncio.sleep(0)


async def store(plan: Plan, live: Log, advance: Advance) -> int:
    """Fill the new, empty stream; gives the entry it ends with."""
    waiting: deque[asyncio.Future[int]] = deque()
    last = plan.begin - 1

    async def send(entry: Entry) -> None:
        nonlocal last
        last = entry.seq
        sending = live.send(entry.subject, entry.body, expected_last=entry.seq - 1)
        waiting.append(await sending)
        if len(waiting) >= UNACKED_MAX:
            await waiting.popleft()

    for answer in _kept(plan):
        await send(answer)
    async with aclosing(_computed(plan, advance)) as computed:
        async for answer, _ in computed:
            if answer.seq >= plan.begin:
                await send(answer)
    await asyncio.gather(*waiting)
    return last


def _kept(plan: Plan) -> Iterator[Entry]:
    """The answers that are stored as they were, as they cannot be computed."""
    position = plan.start().desk.position
    for answer in plan.old.known(plan.begin):
        if answer.seq > position:
            return
        yield answer
