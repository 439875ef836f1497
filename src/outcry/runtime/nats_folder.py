"""The folder of an embedded NATS server: one user at a time, secrets readable by its owner only."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from outcry.log.folders import lock_file
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import USERS


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses into a Refused."""
    try:
        yield
    except OSError as error:
        raise Refused(
            f"the data folder {folder} cannot be used: {error.strerror}: {error.filename}; "
            "give a folder that you may write with --data-dir"
        ) from error


def lock_folder(folder: Path, file: str, user: str) -> int:
    """A descriptor that holds the folder until it is closed here and in every child.

    Raises Refused when another `user` holds it already, by the same `file` in it.
    """
    try:
        descriptor = lock_file(folder / file)
    except BlockingIOError as error:
        holder = (folder / file).read_text(errors="replace").strip() or "starting"
        raise Refused(
            f"the data folder {folder.resolve()} is in use by another {user} (process {holder}); "
            "stop that one, or give another folder with --data-dir"
        ) from error
    os.ftruncate(descriptor, 0)
    return descriptor


def name_holder(descriptor: int, pid: int) -> None:
    """Write into the lock who holds it; a full disk may leave it out."""
    with contextlib.suppress(OSError):
        os.pwrite(descriptor, f"{pid}\n".encode(), 0)


def passwords(folder: Path) -> dict[str, str]:
    """The password of each user, made at random on first use and kept."""
    path = folder / "credentials.json"
    try:
        known = json.loads(path.read_bytes()) if path.exists() else {}
        if not all(isinstance(known.get(user, ""), str) for user in USERS):
            raise ValueError
    except (ValueError, AttributeError) as error:
        raise Refused(
            f"{path} is damaged; delete it, and new passwords are made at the next start"
        ) from error
    if not all(user in known for user in USERS):
        known = {user: known.get(user) or secrets.token_hex(24) for user in USERS}
        write_private(path, json.dumps(known, indent=2) + "\n")
    return {user: known[user] for user in USERS}


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole; nobody but the owner may ever read it.

    One that says so already stays: what ran shall start again where the disk is full.
    """
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if path.read_text(encoding="utf-8") == text:
            return
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def forget_ports(folder: Path) -> None:
    """Remove what a killed server left; the next one may have its process id."""
    for left in folder.glob("*.ports"):
        left.unlink()
