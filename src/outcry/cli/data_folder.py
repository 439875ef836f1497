"""The folder of `outcry up`: one owner at a time, and what client commands find there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from outcry.runtime.nats_folder import explained, lock_folder, name_holder, write_private

ARCHIVE = "archive"
SNAPSHOTS = "snapshots"
BOOKS = "books.db"
"""What lies in it, and the first two in a backup, beside the folder of NATS."""
KEY = "key"
"""The key of the account `demo`, for the client commands of whoever may read the folder."""
FOLDER = "data"
_ADDRESSES = "outcry.json"
_HERE = ("localhost", "127.0.0.1", "::1")


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


def find_key(url: str) -> str:
    """The key that lies in the data folder, if the exchange that runs on it has `url`.

    Nobody else is ever shown it. Empty: there is none.
    """
    addresses = find_addresses(_usual_folder())
    if addresses is None or _place(url) not in map(_place, (addresses.http_url, addresses.ws_url)):
        return ""
    return read_key(_usual_folder() / KEY)


def gateway_url() -> str:
    """The gateway of the exchange that runs on the data folder, else where one is by default."""
    addresses = find_addresses(_usual_folder())
    return addresses.http_url if addresses else "http://localhost:8080"


def stream_url() -> str:
    """The same of its trade stream."""
    addresses = find_addresses(_usual_folder())
    return addresses.ws_url if addresses else "ws://localhost:8081/ws"


def _usual_folder() -> Path:
    """$OUTCRY_DATA_DIR, or `data`."""
    return Path(os.environ.get("OUTCRY_DATA_DIR") or FOLDER)


def read_key(path: Path) -> str:
    """What a file holds that is a key; empty: nothing, or nothing that this user may read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _place(url: str) -> tuple[str | None, int | None]:
    """Host and port of an address, the names of this machine alike."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None, None
    host = _HERE[0] if parts.hostname in _HERE else parts.hostname
    return host, port or {"http": 80, "ws": 80, "https": 443, "wss": 443}.get(parts.scheme)
