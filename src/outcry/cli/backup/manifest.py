"""What a backup holds, in its `manifest.json`: written last, so that one without it is none.

A backup is laid out like a data folder: `archive` holds both streams as segment files, from the
first entry to the last one that was answered, and `snapshots` the newest state.
"""

import os
from hashlib import blake2b
from pathlib import Path

import msgspec

from outcry.cli.failed import ExitCode, Failed
from outcry.log.folders import sync_folder

FORMAT = 1
NAME = "manifest.json"
_CHUNK = 1 << 20


class File(msgspec.Struct, frozen=True):
    """A file of the backup; `path` is below its folder."""

    path: str
    bytes: int
    checksum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The history that a backup holds: up to `entry`, whose answer ends with execution `seq`."""

    format: int
    log: str
    shard: int
    entry: int
    seq: int
    ts: str
    """Log time of that execution."""
    digest: str
    files: tuple[File, ...]
    checksum: str = ""
    """Of all else here."""


def read_manifest(folder: Path) -> Manifest | None:
    """None: there is none. Raises Failed: it is damaged, or of another program."""
    path = folder / NAME
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Failed(f"{path} cannot be read: {error}", ExitCode.REFUSED) from error
    if manifest.format != FORMAT:
        text = f"{path} has format {manifest.format}; this program reads {FORMAT}"
        raise Failed(text, ExitCode.REFUSED)
    if _checksum(manifest) != manifest.checksum:
        raise damaged(path, "it does not agree with its own checksum")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put it in the place of the one before. Raises OSError."""
    sealed = msgspec.structs.replace(manifest, checksum=_checksum(manifest))
    text = msgspec.json.format(msgspec.json.encode(sealed), indent=2) + b"\n"
    new = folder / f"{NAME}.new"
    with new.open("wb") as file:
        file.write(text)
        os.fsync(file.fileno())
    new.replace(folder / NAME)
    sync_folder(folder)


def file_of(folder: Path, path: Path) -> File:
    """What the manifest says of a file. Raises OSError."""
    digest, size = blake2b(digest_size=16), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return File(path.relative_to(folder).as_posix(), size, digest.hexdigest())


def damaged(path: Path, what: str) -> Failed:
    return Failed(
        f"{path} is damaged: {what}; this backup cannot be restored, use another one",
        ExitCode.REFUSED,
    )


def _checksum(manifest: Manifest) -> str:
    bare = msgspec.structs.replace(manifest, checksum="")
    return blake2b(msgspec.json.encode(bare), digest_size=16).hexdigest()
