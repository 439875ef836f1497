"""Sequences of commands against the twin, each from a seed: no network, no faults, only rules."""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from outcry.domain.limits import Bounds
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from sim import bounds as slow
from sim.anything import Anything
from sim.audit import Audit, check_crossing, check_holds
from sim.broken import Broken, hold
from sim.dice import Dice
from sim.exact import Fields
from sim.truth import compare
from sim.twin import Twin

COMMANDS = 200
BATCH = 6
TOLD_EVERY_S = 10.0
SMALL: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"touches": 2, "looks": 3, "due": 1, "switches": 1},
    {"resting": 6, "switches": 1, "instruments": 2},
    {"accounts": 3, "holdings": 4, "keys": 6},
)
"""Bounds that are met."""


class Outcome(NamedTuple):
    """`broken` is empty when every rule held."""

    seed: int
    broken: str
    executions: int


class Sequence:
    """An engine, its twin and an auditor, who are told the same."""

    def __init__(self, seed: int) -> None:
        dice = Dice(f"{seed}/sequence")
        small = dice.one_of(SMALL)
        self.desk = Desk(Bounds(**small))
        self.twin = Twin(slow.Bounds(**small))
        self.audit = Audit()
        self.anything = Anything(dice.apart("commands"))

    def entries(self, commands: int = COMMANDS, most: int = BATCH) -> Iterator[tuple[str, Any]]:
        """The opening, then entries of `most` commands each, with so many `commands` together."""
        yield from self.anything.opening()
        left = commands
        while left > 0:
            subject, body = self.anything.entry(min(left, most))
            left -= len(body) if isinstance(body, list) else 1
            yield subject, body

    def tell(self, subject: str, body: Any) -> list[Fields]:
        """One entry more. Raises `Broken` where somebody has something to say against it."""
        ts_ns = self.anything.now_ns
        entry = Entry(self.desk.position + 1, ts_ns, subject, json.dumps(body).encode())
        executions: list[Fields] = json.loads(self.desk.answer(entry))
        foreseen = self.twin.answer(subject, body, ts_ns)
        hold(len(executions) == len(foreseen), "one execution for each command", entry)
        for got, want in zip(executions, foreseen, strict=True):
            compare(got, want)
        self.audit.read(executions)
        self._check_balances()
        check_holds(self.desk.engine)
        check_crossing(self.desk.engine)
        self.anything.learn(executions)
        return executions

    def _check_balances(self) -> None:
        """Whoever reads all executions knows what each account has."""
        for name, account in self.twin.accounts.items():
            mine = account.cash, self.twin.held(account)
            hold(self.audit.cash[name] == mine, "balances tell of every change", name, mine)
            for symbol, quantity in account.positions.items():
                told = self.audit.positions.get((name, symbol))
                closing = sum(o.leaves for o in self.twin.open_of(account, symbol) if o.closes)
                fits = told == (quantity, closing) or (told is None and not quantity)
                hold(fits, "balances tell of every position", name, symbol, quantity, closing)


def run_sequence(seed: int, commands: int = COMMANDS) -> Outcome:
    sequence = Sequence(seed)
    try:
        for subject, body in sequence.entries(commands):
            sequence.tell(subject, body)
    except Broken as rule:
        return Outcome(seed, str(rule), sequence.audit.seq)
    return Outcome(seed, "", sequence.audit.seq)


def run_sequences(first: int, count: int, workers: int, commands: int = COMMANDS) -> int:
    """Run `count` of them from seed `first` on; the exit code is 1 when a rule was broken."""
    began = told = time.monotonic()
    done = executions = 0
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(workers or os.cpu_count() or 1, count)) as pool:
        run = partial(run_sequence, commands=commands)
        for outcome in pool.imap_unordered(run, range(first, first + count), chunksize=4):
            done += 1
            executions += outcome.executions
            if outcome.broken:
                pool.terminate()
                _say(f"sequence {outcome.seed} breaks a rule: {outcome.broken}")
                _say(f"replay it with: python -m sim sequences {outcome.seed} --count 1")
                return 1
            if time.monotonic() - told > TOLD_EVERY_S or done == count:
                told = time.monotonic()
                seconds = f"{told - began:.0f} s"
                _say(
                    f"{done} of {count} sequences, {executions} executions, {seconds}: "
                    "no rule broken"
                )
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the report of a command
