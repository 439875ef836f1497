"""The snapshots of a log as verify needs them: to begin with, and to hold an engine against."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from outcry.cli.difference import Difference
from outcry.domain import snapshot
from outcry.domain.engine import Engine
from outcry.domain.limits import Bounds
from outcry.domain.report import order_state
from outcry.log.log import Log
from outcry.orders import snapshots
from outcry.orders.snapshots import Damaged, Header, OtherVersion
from outcry.wire.executions import read_answer

_PARTS: dict[str, Callable[[Engine], Any]] = {
    "seq": lambda engine: engine.seq,
    "digest": lambda engine: engine.digest.hex(),
    "log time": lambda engine: str(engine.clock.now_ns),
    "venue": lambda engine: str(engine.venue),
    "instruments": lambda engine: str(engine.rulebook.instruments),
    "accounts": lambda engine: str(engine.rulebook.prevention),
    "resting orders": lambda engine: [order_state(order) for order in engine.orders.values()],
}


class Taken(NamedTuple):
    """A snapshot of this log, whose answer is stored with its digest."""

    path: Path
    header: Header


async def taken_of(answers: Log, folder: Path) -> list[Taken]:
    """The snapshots in `folder` that are of this log, the oldest first. Raises Difference: one is
    damaged."""
    taken = []
    for path in reversed(snapshots.found(folder)):
        try:
            header = snapshots.read_header(path)
        except FileNotFoundError:  # it made room meanwhile
            continue
        except (Damaged, OSError) as error:
            raise _damaged(path, error) from error
        stored = await answers.get(header.entry)
        if stored is None:
            continue
        answer = read_answer(stored.body)[-1]
        if answer.log == header.log and answer.digest == header.digest:
            taken.append(Taken(path, header))
    return taken


def read_snapshot(path: Path, bounds: Bounds) -> Engine | None:
    """The engine of a snapshot; None: it is gone, or of another version. Raises Difference."""
    try:
        return snapshots.read(path, bounds)[1]
    except (FileNotFoundError, OtherVersion):
        return None
    except (Damaged, OSError) as error:
        raise _damaged(path, error) from error


def check_snapshot(path: Path, engine: Engine, bounds: Bounds) -> bool:
    """Hold a snapshot against the engine at its entry; whether it could be. Raises Difference."""
    kept = read_snapshot(path, bounds)
    if kept is None:
        return False
    if b"".join(snapshot.dump(kept)) == b"".join(snapshot.dump(engine)):
        return True
    for name, part in _PARTS.items():
        if part(kept) != part(engine):
            raise Difference(f"snapshot {path.name}: {name}", part(engine), part(kept))
    raise Difference(f"snapshot {path.name}", "the state of the engine", "another one")


def _damaged(path: Path, error: Exception) -> Difference:
    note = "services pass it over; move it away"
    return Difference(f"snapshot {path.name}", "a whole one", str(error), note)
