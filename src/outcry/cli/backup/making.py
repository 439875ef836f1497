"""Makes a backup, or brings an earlier one up to date.

Rule 1: it ends at the newest answer at its beginning. All up to there never changes again, so it is
consistent however long the copying takes, and whatever is archived and purged meanwhile.
Rule 2: what an earlier backup of the same history holds is not copied again.
"""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from outcry.cli.backup.manifest import (
    FORMAT,
    NAME,
    File,
    Manifest,
    file_of,
    read_manifest,
    write_manifest,
)
from outcry.cli.data_folder import ARCHIVE, SNAPSHOTS
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.logs import Logs
from outcry.domain.digest import START
from outcry.log.archive import Archive
from outcry.log.archiver import extend
from outcry.log.folders import make_folder, sync_folder
from outcry.log.history import Diverged, follow, last_of
from outcry.log.log import Log
from outcry.log.segments import Segment, read_segment
from outcry.orders import snapshots
from outcry.orders.archiving import sole_archiver
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_id import NO_LOG
from outcry.wire.subjects import EXECUTIONS, ORDERS

Told = Callable[[str, int], None]
"""Told how far the copying of a stream is: its name, and the entry."""


async def make_backup(
    logs: Logs, archive_of: Callable[[str], Archive], snapshot_dir: Path, folder: Path, told: Told
) -> Manifest:
    """A backup of `logs` in `folder`, which is empty or holds an earlier one.

    Raises Failed, LogError, OSError: there is none, or the earlier one is still there.
    """
    end = await _end(logs)
    before = await _earlier(folder, logs)
    make_folder(folder)
    streams = {ORDERS: logs.orders, EXECUTIONS: logs.answers}
    with sole_archiver(folder / ARCHIVE):
        for stream, log in streams.items():
            kept = Archive(folder / ARCHIVE, stream)
            _copy_segments(archive_of(stream), kept, end.entry, partial(told, stream))
            on_segment = partial(_tell, told, stream)
            await extend(kept, log, end.log, end.entry, on_segment=on_segment)
        _check_chain(folder, before)
        snapshot = await _copy_snapshot(snapshot_dir, folder / SNAPSHOTS, logs.answers, end)
        manifest = Manifest(
            format=FORMAT,
            log=end.log,
            shard=end.shard,
            entry=end.entry,
            seq=end.seq,
            ts=end.ts,
            digest=end.digest,
            files=tuple(_files(folder, end.entry, snapshot, before)),
        )
        write_manifest(folder, manifest)
        _forget_others(folder / SNAPSHOTS, snapshot)
    return manifest


async def _end(logs: Logs) -> ExecutionMessage:
    """The newest execution there is. Raises Failed: there is none yet, or no first one."""
    last = await logs.answers.get(logs.end) if logs.end else None
    answer = last_of(last) if last else None
    if answer is None or answer.log == NO_LOG:
        raise Failed("there is nothing to back up: the venue is not open yet", ExitCode.REFUSED)
    if logs.first > 1:
        raise Failed(
            f"the log begins at entry {logs.first}, and the archive does not hold what was before; "
            "name its folder with --archive-dir",
            ExitCode.REFUSED,
        )
    return answer


async def _earlier(folder: Path, logs: Logs) -> Manifest | None:
    """The backup that is there. Raises Failed: it is of another history, or something else."""
    before = read_manifest(folder)
    if before is None:
        _check_empty(folder)
        return None
    same = await logs.answers.get(before.entry)
    if same is None or last_of(same).digest != before.digest:
        raise Failed(
            f"{folder} holds a backup of log {before.log} up to entry {before.entry}, and this log "
            "does not go on from there: give another folder",
            ExitCode.REFUSED,
        )
    return before


def _check_empty(folder: Path) -> None:
    mine = {ARCHIVE, SNAPSHOTS, f"{NAME}.new"}  # what one that was interrupted has left
    if folder.exists() and not {path.name for path in folder.iterdir()} <= mine:
        raise Failed(
            f"{folder} holds something else than a backup: give an empty folder, or an earlier "
            "backup of this log",
            ExitCode.REFUSED,
        )


def _tell(told: Told, stream: str, segment: Segment) -> None:
    told(stream, segment.last)


def _copy_segments(source: Archive, kept: Archive, last: int, told: Callable[[int], None]) -> None:
    """Copy files of the archive as they are, where they go on from what is there."""
    for segment in source.segments():
        if segment.first == kept.last_seq + 1 and segment.last <= last:
            _copy(segment.path, kept.folder)
            for _ in read_segment(kept.folder / segment.path.name):
                pass
            told(segment.last)


def _check_chain(folder: Path, before: Manifest | None) -> None:
    """Raises Diverged, and what is new goes: with answers that are damaged it would be a backup
    that nobody can restore."""
    entry, digest = (before.entry, bytes.fromhex(before.digest)) if before else (0, START)
    try:
        for answer in Archive(folder / ARCHIVE, EXECUTIONS).read(entry + 1):
            digest = follow(answer, digest)
    except Diverged:
        for stream in (ORDERS, EXECUTIONS):
            for segment in Archive(folder / ARCHIVE, stream).segments():
                if segment.first > entry:
                    segment.path.unlink()
        raise


async def _copy_snapshot(
    source: Path, kept: Path, answers: Log, end: ExecutionMessage
) -> Path | None:
    """The newest snapshot up to `end` that is whole and of this history, copied."""
    for path in snapshots.found(source):
        try:
            header, _ = snapshots.read(path)
            if header.log != end.log or header.entry > end.entry:
                continue
            answer = await answers.get(header.entry)
            if answer is not None and last_of(answer).digest == header.digest:
                return _copy(path, kept)
        except (snapshots.Unusable, FileNotFoundError):  # gone meanwhile
            continue
    return None


def _files(folder: Path, last: int, snapshot: Path | None, before: Manifest | None) -> list[File]:
    known = {file.path: file for file in before.files} if before else {}
    segments = [
        segment.path
        for stream in (ORDERS, EXECUTIONS)
        for segment in Archive(folder / ARCHIVE, stream).segments()
        if segment.last <= last
    ]
    files = [
        known.get(path.relative_to(folder).as_posix()) or file_of(folder, path) for path in segments
    ]
    return [*files, file_of(folder, snapshot)] if snapshot else files


def _forget_others(folder: Path, snapshot: Path | None) -> None:
    for path in snapshots.found(folder):
        if path != snapshot:
            path.unlink()


def _copy(path: Path, folder: Path) -> Path:
    """Copy a file into `folder`, where it has its name once it is on the disk."""
    make_folder(folder)
    target, new = folder / path.name, folder / f"{path.name}.new"
    shutil.copyfile(path, new)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(target)
    sync_folder(folder)
    return target
