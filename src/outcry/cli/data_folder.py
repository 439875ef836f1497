"""The folder of `outcry up`: one owner at a time, and what client commands find there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from outcry.runtime.nats_folder import explained, lock_folder, name_holder, write_private

ARCHIVE = "archive"
SNAPSHOTS = "snapshots"
BOOKS = "books.db"
"""What lies in it, and the first two in a backup, beside the folder of NATS."""
_ADDRESSES = "outcry.json"


class Addresses(msgspec.Struct, frozen=True):
    """Where a running exchange is. `nats_url` has the operator's password in it."""

    http_url: str
    ws_url: str
    nats_url: str
    nats_monitor_url: str
    pid: int


@contextlib.contextmanager
def held_folder(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs; it is made where there is none.

    Raises Refused: another `outcry up` holds it, or it cannot be written.
    """
    with explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = lock_folder(folder, "outcry.lock", "`outcry up`")
    try:
        name_holder(lock, os.getpid())
        (folder / _ADDRESSES).unlink(missing_ok=True)  # of one that was killed
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def published(folder: Path, addresses: Addresses) -> Iterator[None]:
    """Let the client commands find the exchange while the block runs."""
    with explained(folder):
        write_private(folder / _ADDRESSES, msgspec.json.encode(addresses).decode() + "\n")
    try:
        yield
    finally:
        (folder / _ADDRESSES).unlink(missing_ok=True)


def find_addresses(folder: Path) -> Addresses | None:
    """Of the exchange that runs on `folder`, as far as this user may know them."""
    try:
        return msgspec.json.decode((folder / _ADDRESSES).read_bytes(), type=Addresses)
    except (OSError, msgspec.DecodeError):
        return None
