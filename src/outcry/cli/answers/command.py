"""`outcry executions rebuild`: EXECUTIONS made anew from ORDERS, where it is damaged or foreign."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from outcry.cli.answers.old import Old
from outcry.cli.answers.rebuilding import Plan, compare, store
from outcry.cli.at_rest import connection_to
from outcry.cli.confirm import Yes, confirm
from outcry.cli.difference import show_difference
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.logs import Folders, whole_log
from outcry.cli.operator import Bus
from outcry.cli.progress import progress
from outcry.cli.verify.snapshots import Taken
from outcry.cli.verify.start import OPENING_MAX, start_of
from outcry.domain.commands import OpenVenue
from outcry.domain.limits import BOUNDS
from outcry.log.api import ask
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Log, LogError
from outcry.log.streams import Limits, replace_executions
from outcry.orders import snapshots
from outcry.orders.snapshots import Unusable
from outcry.wire.entries import read_entry
from outcry.wire.order_id import log_id_text
from outcry.wire.subjects import EXECUTIONS, ORDERS, VENUE_OPEN

REPLACED = "executions.replaced"


class _Consumers(msgspec.Struct):
    consumers: list[str] | None = None


def rebuild(*, yes: Yes = False, bus: Bus | None = None, folders: Folders | None = None) -> int:
    """Make EXECUTIONS anew from ORDERS, where it is damaged, foreign or gone.

    No service may run. What it held is kept in files, in executions.replaced in the data folder.
    Where what is there is right, nothing is changed.
    """
    carry_out(_rebuild(bus or Bus(), folders or Folders(), yes=yes))
    return ExitCode.OK


async def _rebuild(bus: Bus, folders: Folders, *, yes: bool) -> None:
    console = Console(highlight=False)
    async with connection_to(bus, stopped=True) as nc:
        await _refuse_readers(nc)
        live = JetStreamLog(nc, EXECUTIONS)
        async with _kept(bus, folders, live) as old:
            plan, room = await _plan(nc, bus, folders, old)
            entries = plan.end - plan.start().desk.position
            with progress("compare", entries) as advance:
                difference = await compare(plan, advance)
            if difference is None:
                console.print("EXECUTIONS is what follows from ORDERS: nothing to do")
                return
            show_difference(difference, as_json=False)
            confirm(
                f"EXECUTIONS will be made anew from entry {plan.begin:,} on; what it held is in "
                f"{old.folder}",
                yes=yes,
            )
            await replace_executions(nc, Limits(room), plan.begin)
            old.replaced = True
            with progress("rebuild", entries) as advance:
                last = await store(plan, live, advance)
    console.print(f"rebuilt: entries {plan.begin:,} to {last:,} of EXECUTIONS", style="bold green")
    if old.kept.last_seq:
        console.print(f"what it held before is in {old.folder}", soft_wrap=True)
    console.print("if the books were made from it, make them anew: `outcry books rebuild`")


async def _refuse_readers(nc: Connection) -> None:
    """Raises Failed: somebody reads one of the streams, as every service does."""
    for stream in (ORDERS, EXECUTIONS):
        with contextlib.suppress(LogError):  # there is none of this name
            answer = await ask(nc, f"CONSUMER.NAMES.{stream}")
            names = msgspec.json.decode(answer, type=_Consumers).consumers
            if names:
                raise Failed(
                    f"{', '.join(sorted(names))} reads {stream}: stop all services first (one that "
                    "was killed is gone after half a minute)",
                    ExitCode.REFUSED,
                )


@contextlib.asynccontextmanager
async def _kept(bus: Bus, folders: Folders, live: Log) -> AsyncIterator[Old]:
    """The old EXECUTIONS in files, which go again unless it was replaced."""
    old = Old(folders.archive(bus, EXECUTIONS), bus.data_dir / REPLACED)
    try:
        await old.keep(live)
        yield old
    finally:
        if not old.replaced:
            old.forget()


async def _plan(nc: Connection, bus: Bus, folders: Folders, old: Old) -> tuple[Plan, int]:
    """What there is to do, and the bytes that ORDERS may hold."""
    orders = whole_log(nc, bus, folders, ORDERS)
    state = await orders.info()
    first = max(state.first_seq, 1)
    opening = await _opening(orders, state.last_seq) if first == 1 else None
    taken = _snapshots(folders.snapshots(bus), opening)
    engine = opening.engine if opening else ""
    begin = max(1, min(old.archive.last_seq + 1, state.last_seq)) if old.archive.last_seq else first
    start = partial(start_of, first, engine, taken, BOUNDS)
    return Plan(orders, old, start, begin, state.last_seq), state.max_bytes


async def _opening(orders: Log, last: int) -> OpenVenue | None:
    """The first opening in ORDERS: only order services and the operator can write one."""
    for seq in range(1, min(last, OPENING_MAX) + 1):
        entry = await orders.get(seq)
        if entry is not None and entry.subject == VENUE_OPEN:
            command: Any = read_entry(entry.subject, entry.body, "")[0]
            if isinstance(command, OpenVenue):
                return command
    return None


def _snapshots(folder: Path, opening: OpenVenue | None) -> list[Taken]:
    """Those of this log, the oldest first; of the newest's log where the opening is gone."""
    taken = []
    for path in reversed(snapshots.found(folder)):
        with contextlib.suppress(Unusable, OSError):
            taken.append(Taken(path, snapshots.read_header(path)))
    if not taken:
        return []
    log = log_id_text(opening.log_id) if opening else taken[-1].header.log
    return [one for one in taken if one.header.log == log]
