"""How far a long command is: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SAY_S = 10.0
"""Between two lines, where there is no terminal."""

Advance = Callable[[int, int], None]
"""Told how many entries are done, and how many commands."""


@contextmanager
def progress(what: str, entries: int, *, quiet: bool = False) -> Iterator[Advance]:
    """Show how `entries` are worked off while the block runs, on standard error."""
    if quiet:
        yield lambda _entries, _commands: None
    elif sys.stderr.isatty():
        with _bar(what, entries) as advance:
            yield advance
    else:
        yield _lines(what, entries)


@contextmanager
def _bar(what: str, entries: int) -> Iterator[Advance]:
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
        TextColumn("entries"),
        TextColumn("{task.fields[rate]}", style="cyan"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(what, total=entries, rate="")
        rate = _rate()

        def advance(done: int, commands: int) -> None:
            bar.update(task, advance=done, rate=f"{rate(commands):,.0f} commands/s")

        yield advance


def _lines(what: str, entries: int) -> Advance:
    rate = _rate()
    done, said = 0, time.monotonic()

    def advance(more: int, commands: int) -> None:
        nonlocal done, said
        done += more
        speed = rate(commands)
        if time.monotonic() - said >= SAY_S:
            said = time.monotonic()
            share = f"{done:,} of {entries:,} entries ({done * 100 // max(entries, 1)} %)"
            print(f"{what}: {share}, {speed:,.0f} commands/s", file=sys.stderr, flush=True)

    return advance


def _rate() -> Callable[[int], float]:
    """Commands a second since now."""
    began, total = time.monotonic(), 0

    def rate(commands: int) -> float:
        nonlocal total
        total += commands
        return total / max(time.monotonic() - began, 1e-3)

    return rate
