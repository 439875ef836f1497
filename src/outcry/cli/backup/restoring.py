"""Makes a data folder of a backup.

Rule 1: the new folder has its name when all of it is there and was checked: every file against the
manifest, both streams from their first entry to their last, the chain of digests, the snapshot.
Rule 2: entries keep their numbers and their times. A new stream would stamp them anew, so all of
them are in the archive, and ORDERS begins, empty, after them; EXECUTIONS begins with its newest.
"""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path, PurePosixPath

from outcry.cli.backup.manifest import Manifest, damaged, file_of, read_manifest
from outcry.cli.data_folder import ARCHIVE, SNAPSHOTS
from outcry.cli.failed import ExitCode, Failed
from outcry.domain.digest import START
from outcry.log.archive import Archive
from outcry.log.connection import Connection
from outcry.log.folders import make_folder, sync_folder
from outcry.log.history import follow
from outcry.log.log import Entry
from outcry.log.streams import Limits, restore_streams
from outcry.orders import snapshots
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.runtime.nats_server import start_nats_server
from outcry.runtime.settings import Durability
from outcry.wire.subjects import EXECUTIONS, ORDERS

UNFINISHED = ".restoring"

Told = Callable[[str], None]


async def restore_backup(
    backup: Path, data_dir: Path, limits: Limits, told: Told, nats_url: str = ""
) -> Manifest:
    """A data folder with what `backup` holds; `nats_url`: the streams are made there, not in it.

    Raises Failed, LogError, Refused, OSError: there is none, and what was begun is gone.
    """
    manifest = read_manifest(backup)
    if manifest is None:
        raise Failed(f"{backup} is no backup: it has no manifest.json", ExitCode.REFUSED)
    _check_new(data_dir)
    begun = data_dir.with_name(data_dir.name + UNFINISHED)
    shutil.rmtree(begun, ignore_errors=True)  # of one that was interrupted
    make_folder(begun)
    try:
        told("copying and checking")
        _copy_files(backup, manifest, begun)
        newest = _check_history(begun, manifest)
        told("making the streams")
        async with _nats_of(begun, limits, nats_url) as nc:
            await restore_streams(nc, limits, newest)
        _name(begun, data_dir)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    return manifest


def _check_new(data_dir: Path) -> None:
    if data_dir.is_dir() and not any(data_dir.iterdir()):
        return
    if data_dir.exists():
        raise Failed(
            f"{data_dir} is not empty: a backup is restored into a new folder, give one with "
            "--data-dir",
            ExitCode.REFUSED,
        )


def _copy_files(backup: Path, manifest: Manifest, begun: Path) -> None:
    for file in manifest.files:
        if not _is_of_backup(file.path):
            raise damaged(backup / "manifest.json", f"it names {file.path!r}")
        source, target = backup / file.path, begun / file.path
        make_folder(target.parent)
        try:
            shutil.copyfile(source, target)
        except FileNotFoundError:
            raise damaged(source, "it is missing") from None
        if file_of(begun, target) != file:
            raise damaged(source, "it is not what was written")
        with target.open("rb") as copied:
            os.fsync(copied.fileno())
        sync_folder(target.parent)


def _is_of_backup(path: str) -> bool:
    """Whether it lies where the files of a backup do: not above its folder, and not where a data
    folder keeps what nobody else shall give it, such as the passwords of NATS."""
    top, *below = PurePosixPath(path).parts or ("",)
    return top in (ARCHIVE, SNAPSHOTS) and bool(below) and ".." not in below and "\0" not in path


def _check_history(begun: Path, manifest: Manifest) -> Entry:
    """Read all of both streams once; gives the newest answer. Raises Failed, LogError."""
    newest = next(iter(snapshots.found(begun / SNAPSHOTS)), None)
    try:
        header = snapshots.read_header(newest) if newest else None
    except snapshots.Unusable as error:
        raise damaged(begun / SNAPSHOTS, str(error)) from error
    for stream in (ORDERS, EXECUTIONS):
        archive = Archive(begun / ARCHIVE, stream)
        if (archive.first_seq, archive.last_seq, archive.log) != (1, manifest.entry, manifest.log):
            what = f"it does not hold entries 1 to {manifest.entry} of log {manifest.log}"
            raise damaged(archive.folder, what)
    for _ in Archive(begun / ARCHIVE, ORDERS).read(1):
        pass
    digest, last = START, None
    for answer in Archive(begun / ARCHIVE, EXECUTIONS).read(1):
        digest = follow(answer, digest, "This backup cannot be restored, use another one.")
        last = answer
        if newest and header and header.entry == answer.seq and header.digest != digest.hex():
            raise damaged(newest, "it is of another history")
    if last is None or digest.hex() != manifest.digest:
        raise damaged(begun / ARCHIVE, "its history ends with another digest than the manifest's")
    return last


def _name(begun: Path, data_dir: Path) -> None:
    if data_dir.exists():
        data_dir.rmdir()
    begun.rename(data_dir)
    sync_folder(data_dir.parent)


@contextlib.asynccontextmanager
async def _nats_of(begun: Path, limits: Limits, nats_url: str) -> AsyncIterator[Connection]:
    """A connection to the NATS that gets the streams, while the block runs."""
    async with contextlib.AsyncExitStack() as stack:
        url = nats_url
        if not url:
            server = await start_nats_server(
                begun, port=0, monitor_port=0, durability=Durability.DISK, limits=limits
            )
            stack.push_async_callback(server.stop)
            url = server.url(ORDER_SERVICE)
        nc = await connect(url, ORDER_SERVICE)
        stack.push_async_callback(nc.close)
        yield nc
