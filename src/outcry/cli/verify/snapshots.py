"""The snapshots of a log as verify needs them: to begin with, and to hold an engine against."""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from outcry.cli.difference import Difference
from outcry.domain import snapshot
from outcry.domain.account import Account
from outcry.domain.engine import Engine
from outcry.domain.limits import Bounds
from outcry.domain.report import order_state
from outcry.log.history import Diverged, last_of
from outcry.log.log import Log
from outcry.orders import snapshots
from outcry.orders.snapshots import Header, OtherVersion, Unusable
from outcry.wire.messages import ExecutionMessage

_PARTS: dict[str, Callable[[Engine], Any]] = {
    "seq": lambda engine: engine.seq,
    "digest": lambda engine: engine.digest.hex(),
    "log time": lambda engine: str(engine.clock.now_ns),
    "venue": lambda engine: str(engine.venue),
    "instruments": lambda engine: str(engine.rulebook.instruments),
    "accounts": lambda engine: [str(engine.accounts.settings(n)) for n in engine.accounts.by_name],
    "what accounts have": lambda engine: [_has(one) for one in engine.accounts.by_name.values()],
    "keys": lambda engine: str(engine.keyring.keys),
    "switches": lambda engine: str(engine.due.switches.armed),
    "mass cancels that go on": lambda engine: str(engine.due.unfinished),
    "client ids": lambda engine: (engine.client_ids.count, engine.client_ids.horizon),
    "resting orders": lambda engine: [order_state(order) for order in engine.orders.values()],
}


def _has(account: Account) -> tuple[Any, ...]:
    quantities = {symbol: held.quantity for symbol, held in account.positions.items()}
    return account.name, account.cash, account.held, quantities, account.terms


class Taken(NamedTuple):
    """A snapshot of this log, whose answer is stored with its digest."""

    path: Path
    header: Header


async def taken_of(answers: Log, folder: Path) -> tuple[list[Taken], int]:
    """The snapshots in `folder` that are of this history, the oldest first, and the number of those
    that are of this log and another history. Raises Difference: one is damaged."""
    taken, others = [], 0
    for path in reversed(snapshots.found(folder)):
        try:
            header = snapshots.read_header(path)
        except FileNotFoundError:  # it made room meanwhile
            continue
        except (Unusable, OSError) as error:
            raise _damaged(path, error) from error
        answer = await _answer(answers, header.entry)
        if answer is None or answer.log != header.log:
            continue
        if answer.digest == header.digest:
            taken.append(Taken(path, header))
        else:
            others += 1
    return taken, others


async def _answer(answers: Log, entry: int) -> ExecutionMessage | None:
    """The last execution of an entry; None: it is not there, or cannot be read."""
    stored = await answers.get(entry)
    try:
        return last_of(stored) if stored else None
    except Diverged:  # who executes it will tell of it
        return None


def read_snapshot(path: Path, bounds: Bounds) -> Engine | None:
    """The engine of a snapshot; None: it is gone, or of another version. Raises Difference."""
    try:
        return snapshots.read(path, bounds)[1]
    except (FileNotFoundError, OtherVersion):
        return None
    except (Unusable, OSError) as error:
        raise _damaged(path, error) from error


def check_snapshot(path: Path, engine: Engine, bounds: Bounds) -> bool:
    """Hold a snapshot against the engine at its entry; whether it could be. Raises Difference."""
    kept = read_snapshot(path, bounds)
    if kept is None:
        return False
    if _fingerprint(kept) == _fingerprint(engine):
        return True
    for name, part in _PARTS.items():
        if part(kept) != part(engine):
            raise Difference(f"snapshot {path.name}: {name}", part(engine), part(kept))
    raise Difference(f"snapshot {path.name}", "the state of the engine", "another one")


def _fingerprint(engine: Engine) -> bytes:
    """Of all of its state, without a copy of it."""
    digest = blake2b()
    for part in snapshot.dump(engine):
        digest.update(part)
    return digest.digest()


def _damaged(path: Path, error: Exception) -> Difference:
    note = "services pass it over; move it away"
    return Difference(f"snapshot {path.name}", "a whole one", str(error), note)
