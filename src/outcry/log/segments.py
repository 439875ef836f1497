"""Segment files: a stretch of one stream, compressed and sealed.

A file is named by its first and last sequence. It begins with a header of 512 bytes (a line of
JSON, spaces, the checksum of both); the rest is the entries, compressed by zlib, each as sequence,
time, lengths, subject and body.

Rule 1: a file has its name when it is complete and on the disk, and never changes after that.
Rule 2: nothing of a file is handed out before all of it was found to be what was written.
"""

import contextlib
import os
import re
import struct
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from outcry.log.folders import make_folder, sync_folder
from outcry.log.log import Damaged, Entry, LogError

FORMAT = 1
RAW_BYTES_MAX = 64 << 20
"""Bytes of entries after which the next ones get a file of their own."""
LEVEL = 3
"""Of zlib: 320 MB/s and a ninth of the size, where 6 gives 130 MB/s and an eleventh."""
HEADER_BYTES = 512
_MAGIC = b"outcry segment "
_CHECKSUM_BYTES = 16
_CHUNK = 1 << 20
_RECORD = struct.Struct(">QQHI")
_NAME = re.compile(r"(\d{20})-(\d{20})\.segment")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: entries `first` to `last` of `stream` in the log `log` (its id)."""

    format: int
    log: str
    stream: str
    first: int
    last: int
    raw_bytes: int
    bytes: int
    checksum: str
    """Of the compressed entries, which take `bytes`."""


class Segment(NamedTuple):
    """A file by its name."""

    first: int
    last: int
    path: Path


def segment_of(path: Path) -> Segment | None:
    """What the name of a file says; None: it is no segment."""
    match = _NAME.fullmatch(path.name)
    return Segment(int(match[1]), int(match[2]), path) if match else None


class SegmentWriter:
    """One file in the making; `seal` gives it its name."""

    def __init__(self, folder: Path, log: str, stream: str, first: int) -> None:
        self.raw_bytes = 0
        self._folder = folder
        self._log = log
        self._stream = stream
        self._first = self._next = first
        self._path = folder / f"{first:020d}.tmp"  # one that was left is written over
        make_folder(folder)
        self._file = self._path.open("wb")
        self._file.write(bytes(HEADER_BYTES))
        self._deflate = zlib.compressobj(LEVEL)
        self._digest = blake2b(digest_size=_CHECKSUM_BYTES)
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        """Append the next entry."""
        assert entry.seq == self._next, f"{entry.seq} follows {self._next - 1}"
        subject = entry.subject.encode()
        head = _RECORD.pack(entry.seq, entry.ts_ns, len(subject), len(entry.body))
        raw = head + subject + entry.body
        self._put(self._deflate.compress(raw))
        self.raw_bytes += len(raw)
        self._next += 1

    def seal(self) -> Segment:
        """End the file, which holds an entry at least: it is on the disk when this returns."""
        self._put(self._deflate.flush())
        last = self._next - 1
        header = Header(
            format=FORMAT,
            log=self._log,
            stream=self._stream,
            first=self._first,
            last=last,
            raw_bytes=self.raw_bytes,
            bytes=self._bytes,
            checksum=self._digest.hexdigest(),
        )
        self._file.seek(0)
        self._file.write(_header_block(header))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        path = self._folder / f"{self._first:020d}-{last:020d}.segment"
        self._path.rename(path)
        sync_folder(self._folder)
        return Segment(self._first, last, path)

    def discard(self) -> None:
        """Leave nothing of a file that is not sealed."""
        with contextlib.suppress(OSError):  # it writes what it still holds: the disk may be full
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._bytes += len(data)
        self._file.write(data)


def read_header(path: Path) -> Header:
    """The header of a file; raises Damaged."""
    with _opened(path) as file:
        return _read_header(file, path)


def read_segment(path: Path, next_seq: int = 0) -> Iterator[Entry]:
    """The entries of a file from `next_seq` on; raises Damaged, before the first of them."""
    with _opened(path) as file:
        header = _read_header(file, path)
        _check_body(file, path, header)
        expected = header.first
        try:
            for entry in _entries(file):
                if entry.seq != expected:
                    raise Damaged(path, f"entry {entry.seq} follows {expected - 1}")
                expected += 1
                if entry.seq >= next_seq:
                    yield entry
        except (zlib.error, UnicodeDecodeError) as error:
            raise Damaged(path, f"its entries cannot be read ({error})") from error
        if expected != header.last + 1:
            raise Damaged(path, f"it ends at {expected - 1} instead of {header.last}")


def _opened(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():  # to open a pipe might never end
        raise Damaged(path, "it is no file")
    try:
        return path.open("rb")
    except OSError as error:
        raise LogError(f"{path} cannot be read: {error.strerror}") from error


def _header_block(header: Header) -> bytes:
    text = _MAGIC + msgspec.json.encode(header)
    block = text.ljust(HEADER_BYTES - _CHECKSUM_BYTES)
    return block + blake2b(block, digest_size=_CHECKSUM_BYTES).digest()


def _read_header(file: BinaryIO, path: Path) -> Header:
    block = file.read(HEADER_BYTES)
    text, checksum = block[:-_CHECKSUM_BYTES], block[-_CHECKSUM_BYTES:]
    if blake2b(text, digest_size=_CHECKSUM_BYTES).digest() != checksum:
        raise Damaged(path, "its header is not what was written")
    try:
        header = msgspec.json.decode(text.removeprefix(_MAGIC), type=Header)
    except msgspec.DecodeError as error:
        raise Damaged(path, f"its header cannot be read ({error})") from error
    if header.format != FORMAT:
        raise LogError(f"{path} has format {header.format}; this program reads {FORMAT}")
    named = segment_of(path)
    if named is not None and (named.first, named.last) != (header.first, header.last):
        raise Damaged(path, f"it holds {header.first} to {header.last}, not what its name says")
    return header


def _check_body(file: BinaryIO, path: Path, header: Header) -> None:
    """Read the rest once for its checksum, and go back to where it began."""
    digest = blake2b(digest_size=_CHECKSUM_BYTES)
    size = 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    if (size, digest.hexdigest()) != (header.bytes, header.checksum):
        raise Damaged(path, "its entries are not what was written")
    file.seek(HEADER_BYTES)


def _entries(file: BinaryIO) -> Iterator[Entry]:
    buffer = b""
    for raw in _inflated(file):
        buffer += raw
        at = 0
        while len(buffer) - at >= _RECORD.size:
            seq, ts_ns, subject_len, body_len = _RECORD.unpack_from(buffer, at)
            begin = at + _RECORD.size
            body_at = begin + subject_len
            end = body_at + body_len
            if end > len(buffer):
                break
            yield Entry(seq, ts_ns, buffer[begin:body_at].decode(), buffer[body_at:end])
            at = end
        buffer = buffer[at:]


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    inflate = zlib.decompressobj()
    while data := file.read(_CHUNK):
        while data:
            yield inflate.decompress(data, _CHUNK)
            data = inflate.unconsumed_tail
    yield inflate.flush()
