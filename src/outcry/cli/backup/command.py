"""`outcry backup` and `outcry restore`."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cyclopts import Parameter

from outcry.cli.at_rest import connection_to
from outcry.cli.backup.making import make_backup
from outcry.cli.backup.manifest import Manifest
from outcry.cli.backup.restoring import restore_backup
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode
from outcry.cli.gateway_client import WHERE
from outcry.cli.logs import Folders, open_logs
from outcry.cli.operator import Bus, Json
from outcry.cli.tables import print_json
from outcry.log.streams import Limits

SAY_S = 5.0
_NS = 1_000_000_000


def backup(
    folder: Path,
    /,
    *,
    json: Json = False,
    bus: Bus | None = None,
    folders: Folders | None = None,
) -> int:
    """Put the whole venue into a folder: `outcry backup /backups/today`.

    The exchange may run meanwhile; where it does not, its data folder is read. Into a folder with
    an earlier backup goes only what is new.

    Parameters
    ----------
    folder
        Where to; a new folder, or one with an earlier backup of the same log.
    """
    manifest = carry_out(_backup(bus or Bus(), folders or Folders(), folder))
    _show(f"backed up to {folder}", manifest, as_json=json)
    return ExitCode.OK


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True, kw_only=True)
class New:
    """The venue to be."""

    data_dir: Path
    "The data folder to make; it must not exist, or be empty."
    nats_url: str = ""
    "Make the streams in this NATS, as its order service; otherwise in the data folder."
    orders_max_bytes: int = 4 << 30
    "Bytes that ORDERS may hold, as it will be given to `outcry up` or the order service."


def restore(folder: Path, /, *, new: New, json: Json = False) -> int:
    """Make a data folder of a backup: `outcry restore /backups/today --data-dir data2`.

    All of it is checked before the new folder is there. Then `outcry up --data-dir data2` goes on
    where the backup ends; the books are made anew.

    Parameters
    ----------
    folder
        The backup.
    """
    limits = Limits(new.orders_max_bytes)
    manifest = carry_out(restore_backup(folder, new.data_dir.resolve(), limits, _say, new.nats_url))
    _show(f"restored to {new.data_dir}", manifest, as_json=json)
    if not json and not new.nats_url:
        print(f"  go on there with: outcry up --data-dir {new.data_dir}")
    return ExitCode.OK


async def _backup(bus: Bus, folders: Folders, folder: Path) -> Manifest:
    async with connection_to(bus) as nc:
        logs = await open_logs(nc, bus, folders)
        tell = _progress(logs.end)
        return await make_backup(
            logs, lambda stream: folders.archive(bus, stream), folders.snapshots(bus), folder, tell
        )


def _progress(end: int) -> Callable[[str, int], None]:
    said = time.monotonic()

    def tell(stream: str, entry: int) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_S:
            said = time.monotonic()
            _say(f"{stream}: {entry:,} of {end:,} entries")

    return tell


def _say(text: str) -> None:
    print(f"outcry: {text}", file=sys.stderr, flush=True)


def _show(done: str, manifest: Manifest, *, as_json: bool) -> None:
    size = sum(file.bytes for file in manifest.files)
    if as_json:
        print_json(
            {
                "log": manifest.log,
                "entry": manifest.entry,
                "seq": manifest.seq,
                "ts": manifest.ts,
                "digest": manifest.digest,
                "files": len(manifest.files),
                "bytes": size,
            }
        )
        return
    at = datetime.fromtimestamp(int(manifest.ts) // _NS, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    print(f"{done}: log {manifest.log} up to entry {manifest.entry:,}, execution {manifest.seq:,}")
    print(f"  at {at}, digest {manifest.digest}, {len(manifest.files)} files, {size:,} bytes")
