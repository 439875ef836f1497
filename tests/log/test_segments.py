"""Segment files: what was written is what is read, or it is told which file is damaged."""

import os
import struct
import zlib
from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.log import segments
from outcry.log.log import Damaged, Entry, LogError
from outcry.log.segments import (
    HEADER_BYTES,
    SegmentWriter,
    read_header,
    read_segment,
    segment_of,
)
from outcry.wire.subjects import ORDER_CREATED, ORDERS
from tests.log.stored import LOG, entries, sealed


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Sequence, time, subject and body come back, from any entry on."""
    written = entries(5, 400)
    segment = sealed(tmp_path, written)
    assert segment == segment_of(segment.path)
    assert (segment.first, segment.last) == (5, 400)
    assert list(read_segment(segment.path)) == written
    assert list(read_segment(segment.path, 399)) == written[-2:]


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.text(max_size=9), st.binary()), min_size=1))
def test_any_entry_can_be_written(
    tmp_path_factory: pytest.TempPathFactory, stored: list[tuple[int, str, bytes]]
) -> None:
    """A segment sets no terms for what a log holds."""
    written = [Entry(seq, *parts) for seq, parts in enumerate(stored, 1)]
    segment = sealed(tmp_path_factory.mktemp("segments"), written)
    assert list(read_segment(segment.path)) == written


def test_an_entry_may_be_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    """Answers have up to eight megabytes, and some do not compress."""
    large = [Entry(seq, seq, ORDER_CREATED, os.urandom(3 << 20)) for seq in (1, 2)]
    assert list(read_segment(sealed(tmp_path, large).path)) == large


def test_a_header_tells_what_a_file_holds(tmp_path: Path) -> None:
    """Log, stream, first and last are read without the entries."""
    header = read_header(sealed(tmp_path, entries(1, 9)).path)
    assert (header.log, header.stream, header.first, header.last) == (LOG, ORDERS, 1, 9)


def test_any_flipped_bit_is_found(tmp_path: Path) -> None:
    """Wherever it is; the text names the file, and no entry is handed out before."""
    path = sealed(tmp_path, entries(1, 20)).path
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in (1, 128):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            with pytest.raises(LogError, match=path.name):
                next(read_segment(path))
    path.write_bytes(whole)
    assert len(list(read_segment(path))) == 20


@pytest.mark.parametrize("kept", [0, 1, HEADER_BYTES - 1, HEADER_BYTES, -1])
def test_a_file_that_was_cut_is_found(tmp_path: Path, kept: int) -> None:
    """As a disk may leave it."""
    path = sealed(tmp_path, entries(1, 20)).path
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Damaged, match=path.name):
        next(read_segment(path))


def test_a_file_is_none_that_could_not_be_written_so(tmp_path: Path) -> None:
    """However right its checksum: what is no text or not compressed is damage like any other."""
    path = sealed(tmp_path, entries(1, 1)).path
    header = read_header(path)
    for body in (b"not compressed", zlib.compress(struct.pack(">QQHI", 1, 1, 1, 0) + b"\xff")):
        checksum = blake2b(body, digest_size=16).hexdigest()
        forged = msgspec.structs.replace(header, bytes=len(body), checksum=checksum)
        path.write_bytes(segments._header_block(forged) + body)
        with pytest.raises(Damaged, match="cannot be read"):
            list(read_segment(path))


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe would keep whoever opens it for ever."""
    path = tmp_path / f"{1:020d}-{2:020d}.segment"
    os.mkfifo(path)
    with pytest.raises(Damaged, match="no file"):
        read_header(path)


def test_a_file_with_another_name_is_found(tmp_path: Path) -> None:
    """Two files that were swapped would be entries in another order."""
    path = sealed(tmp_path, entries(1, 20)).path
    other = path.rename(tmp_path / path.name.replace("01-", "02-"))
    with pytest.raises(Damaged, match="not what its name says"):
        read_header(other)


def test_a_file_in_the_making_has_no_name(tmp_path: Path) -> None:
    """What a kill leaves behind is no segment, and the next one is written in its place."""
    writer = SegmentWriter(tmp_path, LOG, ORDERS, 1)
    writer.add(entries(1, 1)[0])
    assert [segment_of(path) for path in tmp_path.iterdir()] == [None]
    segment = sealed(tmp_path, entries(1, 3))
    assert list(tmp_path.iterdir()) == [segment.path]
    writer.discard()
    assert list(tmp_path.iterdir()) == [segment.path]


def test_a_file_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    """As when the log cannot be read on."""
    writer = SegmentWriter(tmp_path, LOG, ORDERS, 1)
    writer.discard()
    assert list(tmp_path.iterdir()) == []
