"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

SAY_S = 10.0
"""Between two lines, where there is no terminal."""

Advance = Callable[[int, int], None]
"""Told how many units are done, and how many of what the speed is given in."""


class Units(NamedTuple):
    """What is worked off, and what the speed is given in."""

    done: str
    speed: str


ENTRIES = Units("entries", "commands/s")
COMMANDS = Units("commands", "commands/s")
ROWS = Units("rows", "rows/s")


@contextmanager
def progress(
    what: str, total: int, units: Units = ENTRIES, *, quiet: bool = False
) -> Iterator[Advance]:
    """Show how `total` units are worked off while the block runs, on standard error."""
    if quiet:
        yield lambda _done, _counted: None
    elif sys.stderr.isatty():
        with _bar(what, total, units) as advance:
            yield advance
    else:
        yield _lines(what, total, units)


@contextmanager
def _bar(what: str, total: int, units: Units) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TextColumn(units.done),
        TextColumn("{task.fields[rate]}", style="cyan"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(what, total=total, rate="")
        rate = _rate()

        def advance(done: int, counted: int) -> None:
            bar.update(task, advance=done, rate=f"{rate(counted):,.0f} {units.speed}")

        yield advance


def _lines(what: str, total: int, units: Units) -> Advance:
    rate = _rate()
    done, said = 0, time.monotonic()

    def advance(more: int, counted: int) -> None:
        nonlocal done, said
        done += more
        speed = rate(counted)
        if time.monotonic() - said >= SAY_S:
            said = time.monotonic()
            share = f"{done:,} of {total:,} {units.done} ({done * 100 // max(total, 1)} %)"
            print(f"{what}: {share}, {speed:,.0f} {units.speed}", file=sys.stderr, flush=True)

    return advance


def _rate() -> Callable[[int], float]:
    """How many a second since now."""
    began, total = time.monotonic(), 0

    def rate(counted: int) -> float:
        nonlocal total
        total += counted
        return total / max(time.monotonic() - began, 1e-3)

    return rate
