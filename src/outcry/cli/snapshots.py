"""`outcry snapshot`: the states of the engine from which the order service starts."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from outcry.cli import tables
from outcry.cli.at_rest import connection_to
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.logs import Folders
from outcry.cli.operator import Bus, Json
from outcry.domain import snapshot
from outcry.log.history import Diverged, last_of
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Log, LogError
from outcry.log.whole import WholeLog
from outcry.orders import snapshots
from outcry.orders.requests import Taken
from outcry.orders.snapshots import Header, Unusable
from outcry.wire.subjects import EXECUTIONS, SNAPSHOT_TAKE

TAKE_S = 60.0
COLUMNS = (
    tables.number("entry"),
    tables.number("seq"),
    tables.moment("ts", "log time"),
    tables.number("bytes"),
    tables.plain("engine").yielding(2),
    tables.identity("log", least=13),
    tables.identity("digest", least=16).yielding(1),
    tables.plain("trouble")._replace(folds=True),
)

Record = dict[str, Any]


def show(*, json: Json = False, bus: Bus | None = None, folders: Folders | None = None) -> int:
    """List the snapshots, the one of the newest entry first."""
    folder = (folders or Folders()).snapshots(bus or Bus())
    _show(folder, [_told(path) for path in snapshots.found(folder)], as_json=json)
    return ExitCode.OK


def verify(*, json: Json = False, bus: Bus | None = None, folders: Folders | None = None) -> int:
    """Read each snapshot whole, make an engine of it, and hold its digest against EXECUTIONS.

    To execute the log up to each of them as well is what `outcry verify` does.
    """
    at, beside = bus or Bus(), folders or Folders()
    folder = beside.snapshots(at)
    records = carry_out(_verify(at, beside, snapshots.found(folder)))
    _show(folder, records, as_json=json)
    bad = sum(1 for record in records if record["trouble"])
    if records and not json:
        print(f"{len(records) - bad} of {len(records)} are whole and of this log's history")
    if bad:
        return ExitCode.REFUSED
    return ExitCode.OK


def take(*, json: Json = False, bus: Bus | None = None) -> int:
    """Have the order service take a snapshot, now; orders go on meanwhile."""
    header = carry_out(take_one(bus or Bus()))
    if json:
        tables.print_json(msgspec.to_builtins(header))
    else:
        print(f"snapshot of entry {header.entry:,}, {header.size:,} bytes, digest {header.digest}")
    return ExitCode.OK


def _show(folder: Path, records: list[Record], *, as_json: bool) -> None:
    nothing = f"no snapshots in {folder}"
    answer = {"folder": str(folder), "snapshots": records}
    tables.show(answer, "snapshots", COLUMNS, as_json=as_json, nothing=nothing)


def _told(path: Path) -> Record:
    try:
        return _record(path, snapshots.read_header(path))
    except (Unusable, OSError) as error:
        return _record(path, None, str(error))


def _record(path: Path, header: Header | None, trouble: str = "") -> Record:
    told: Record = {"file": path.name, "trouble": trouble}
    if header is None:
        return told
    told |= msgspec.to_builtins(header)
    told["bytes"] = told.pop("size")
    return told


async def _verify(bus: Bus, folders: Folders, paths: list[Path]) -> list[Record]:
    """What each is; `trouble` says what is wrong with it, empty: nothing."""
    try:
        async with connection_to(bus) as nc:
            archive = folders.archive(bus, EXECUTIONS)
            answers = WholeLog(JetStreamLog(nc, EXECUTIONS), archive)
            return [await _verified(path, answers) for path in paths]
    except (Failed, LogError) as failed:
        print(f"outcry: not held against EXECUTIONS: {failed}", file=sys.stderr)
        return [await _verified(path, None) for path in paths]


async def _verified(path: Path, answers: Log | None) -> Record:
    try:
        header, engine = snapshots.read(path)
    except (Unusable, OSError) as error:
        return _told(path) | {"trouble": str(error)}
    anew = b"".join(snapshot.dump(engine))
    if snapshots.header_of(engine, [anew]) != header:
        return _record(path, header, "the engine made of it does not dump as it does")
    return _record(path, header, await _difference(header, answers) if answers else "")


async def _difference(header: Header, answers: Log) -> str:
    """In what EXECUTIONS contradicts a snapshot, if in anything."""
    stored = await answers.get(header.entry)
    if stored is None:
        return f"EXECUTIONS has no answer to entry {header.entry}"
    try:
        answer = last_of(stored)
    except Diverged as diverged:
        return str(diverged)
    if (answer.log, answer.shard) != (header.log, header.shard):
        return f"it is not of this log, {answer.log}"
    if answer.digest != header.digest:
        return f"the answer to its entry has digest {answer.digest}"
    return ""


async def take_one(bus: Bus) -> Header:
    """Have the order service take one. Raises Failed: it does not, or there is none."""
    async with connection_to(bus) as nc:
        ask = partial(nc.request, SNAPSHOT_TAKE, b"", timeout=TAKE_S)
        try:
            taken = msgspec.json.decode((await ask()).data, type=Taken)
        except NoRespondersError as error:
            raise Failed("no order service is running", ExitCode.UNREACHABLE) from error
        except (NatsError, TimeoutError) as error:
            raise Failed(
                f"no order service took a snapshot within {TAKE_S:.0f} s: {error}; its log lines "
                "say why",
                ExitCode.UNREACHABLE,
            ) from error
    if taken.snapshot is None:
        raise Failed(f"there is no new snapshot: {taken.error}", ExitCode.REFUSED)
    return taken.snapshot
