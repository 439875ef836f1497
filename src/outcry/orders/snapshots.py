"""The folder of snapshots: the state of the engine after an entry, a file each.

Rule 1: a file is whole or has no name: it is written under a temporary one, synced, then renamed.
Rule 2: every bit of a file is under its checksum; what does not agree with it is never loaded.
Rule 3: a snapshot is a shortcut. Nothing is lost with it that the log does not hold.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from outcry.domain import snapshot
from outcry.domain.engine import Engine
from outcry.domain.limits import BOUNDS, SCHEMA, Bounds
from outcry.log.folders import make_folder, sync_folder
from outcry.wire.executions import Writer

KEPT = 3
"""Snapshots of a log that stay; older ones go when a new one is there."""
SUFFIX = ".snapshot"
UNFINISHED = ".unfinished"
ABANDONED_S = 600.0
"""An unfinished file that is older has nobody any more who writes it."""
_MAGIC = b"Open Outcry snapshot 1\n"
_CHUNK = 4 << 20
_HEADER_MAX = 4096


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself: which log, after which entry, of which engine."""

    log: str
    shard: int
    engine: str
    schema: int
    mark: str = ""
    """The version of the engine that goes on from here; empty: that of `engine`."""
    entry: int
    seq: int
    ts: str
    digest: str
    size: int
    """Bytes of the state, which follows."""


class Stored(NamedTuple):
    """A snapshot in its folder."""

    path: Path
    header: Header


class Unusable(Exception):
    """A file of which no engine can be made: the text says why."""


class OtherVersion(Unusable):
    """Whole, but of an engine or schema that this program does not go on with."""

    def __init__(self, text: str, version: str) -> None:
        super().__init__(text)
        self.version = version
        """The one that goes on with it."""


def header_of(engine: Engine, parts: Sequence[snapshot.Buffer]) -> Header:
    """The header for the `dump` of a venue that is open."""
    venue = engine.venue
    assert venue is not None, "a log has no name before its venue is open"
    return Header(
        log=Writer(venue.shard, venue.log_id).log,
        shard=venue.shard,
        engine=venue.engine,
        schema=venue.schema,
        mark=engine.rulebook.successor,
        entry=engine.entry,
        seq=engine.seq,
        ts=str(engine.clock.now_ns),
        digest=engine.digest.hex(),
        size=sum(map(len, parts)),
    )


def file_name(header: Header) -> str:
    return f"{header.log}-{header.shard}-{header.entry:016d}{SUFFIX}"


def write(path: Path, header: Header, parts: Sequence[snapshot.Buffer]) -> None:
    """Write a whole snapshot to `path`, which must not exist, and sync it. Raises OSError."""
    told = msgspec.json.encode(header) + b"\n"
    checksum = sha256(told)
    for part in parts:
        checksum.update(part)
    beginning = b"".join((_MAGIC, told, checksum.hexdigest().encode(), b"\n"))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for part in (beginning, *parts):
            _write_slowly(handle, part)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_slowly(handle: int, part: snapshot.Buffer) -> None:
    """Piece by piece onto the disk: one big sync would hold up those of the log."""
    view = memoryview(part)
    while view:
        view = view[os.write(handle, view[:_CHUNK]) :]
        if len(part) >= _CHUNK:
            os.fsync(handle)


def unfinished(folder: Path, name: str) -> Path:
    """Where a file is written before it is `name`: of one attempt alone, whoever shares the folder.

    A process id would not do: in containers all have the same.
    """
    return folder / f".{name}.{secrets.token_hex(8)}{UNFINISHED}"


def publish(written: Path, name: str) -> Path:
    """Give a written snapshot its name, for good, and let the oldest of its log go."""
    path = written.with_name(name)
    written.replace(path)
    sync_folder(path.parent)
    _prune(path)
    return path


def found(folder: Path) -> list[Path]:
    """The snapshots of a folder, of whatever log: the one of the newest entry first."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=_entry_named, reverse=True)


def read_header(path: Path) -> Header:
    """What a snapshot says of itself, without a look at the rest. Raises Unusable, OSError."""
    with _opened(path) as file:
        return _split(path, file.read(_HEADER_MAX))[0]


def read(path: Path, bounds: Bounds = BOUNDS) -> tuple[Header, Engine]:
    """The engine of a snapshot, which goes on as the version of `bounds`.

    Raises Unusable, OtherVersion: it is neither of that version nor at the mark where that one goes
    on; and OSError.
    """
    with _opened(path) as file:
        header, told, checksum, begin = _split(path, file.read(_HEADER_MAX))
        held = os.fstat(file.fileno()).st_size - begin
        if held != header.size:
            raise Unusable(f"{path} holds {held} bytes of state, expected {header.size}")
        file.seek(begin)
        state = file.read(header.size)
    actual = sha256(told)
    actual.update(state)
    if actual.hexdigest().encode() != checksum:
        raise Unusable(f"{path} does not agree with its checksum")
    ours = bounds.version, SCHEMA
    if ours != (header.engine, header.schema) and bounds.version != header.mark:
        raise OtherVersion(
            f"{path} is of engine {header.engine} with schema {header.schema}; this is engine "
            f"{bounds.version} with schema {SCHEMA}",
            header.mark or header.engine,
        )
    try:
        engine = snapshot.load(state, bounds)
        told_by = header_of(engine, [state])
    except Exception as error:  # no state, whoever made it, may keep the service from its log
        raise Unusable(f"{path} cannot be read: {error!r}") from error
    if told_by != header:
        raise Unusable(f"{path} holds another state than its header says")
    if header.mark == bounds.version:
        engine.succeed()
    return header, engine


def clear(folder: Path) -> None:
    """Make the folder where there is none; remove what nobody finishes any more."""
    make_folder(folder)
    for path in folder.glob(f".*{UNFINISHED}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                path.unlink()


def _opened(path: Path) -> BinaryIO:
    """Raises Unusable: to open a pipe, or to read a device, might never end."""
    if not path.is_file():
        raise Unusable(f"{path} is no file that can be read")
    return path.open("rb")


def _split(path: Path, beginning: bytes) -> tuple[Header, bytes, bytes, int]:
    """Header, its bytes, the checksum, and where the state begins."""
    magic, told, checksum = beginning[: len(_MAGIC)], b"", b""
    told_end = beginning.find(b"\n", len(_MAGIC), _HEADER_MAX) + 1
    end = told_end + 2 * sha256().digest_size + 1
    if magic != _MAGIC or not told_end or beginning[end - 1 : end] != b"\n":
        raise Unusable(f"{path} does not begin as a snapshot does")
    told, checksum = beginning[len(_MAGIC) : told_end], beginning[told_end : end - 1]
    try:
        return msgspec.json.decode(told, type=Header), told, checksum, end
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} has a header that cannot be read: {error}") from error


def _entry_named(path: Path) -> tuple[str, str]:
    return path.stem.rpartition("-")[2], path.stem


def _prune(newest: Path) -> None:
    """By the time of writing: those that a log has grown past are not those of highest entry
    after it was restored from a backup."""
    log = newest.stem.rpartition("-")[0]
    ours = [path for path in newest.parent.glob(f"{log}-*{SUFFIX}") if path != newest]
    for path in sorted(ours, key=_written_at, reverse=True)[KEPT - 1 :]:
        if not _is_mark(path):
            path.unlink(missing_ok=True)


def _is_mark(path: Path) -> bool:
    """Whether another version went on from it: to execute the log again, it is needed for ever."""
    with contextlib.suppress(Unusable, OSError):
        return bool(read_header(path).mark)
    return False


def _written_at(path: Path) -> int:
    with contextlib.suppress(OSError):  # somebody else has removed it
        return path.stat().st_mtime_ns
    return 0
