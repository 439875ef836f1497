"""The ring holds the newest frames within its bounds, and frames are what RFC 6455 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from outcry.stream.ring import Ring, text_frame


def held(ring: Ring) -> list[bytes]:
    """Each frame of the ring by itself, oldest first."""
    seqs = range(ring.first_seq, ring.next_seq)
    return [ring.chunk(seq, seq + 1, 1)[0] for seq in seqs]


@given(
    sizes=st.lists(st.integers(1, 40), max_size=60),
    frames_max=st.integers(1, 20),
    bytes_max=st.integers(1, 200),
)
def test_newest_frames_within_both_bounds(
    sizes: list[int], frames_max: int, bytes_max: int
) -> None:
    """The ring holds the longest run of newest frames that fits, and never less than one."""
    frames = [bytes([i]) * size for i, size in enumerate(sizes)]
    ring = Ring(frames_max, bytes_max)
    for frame in frames:
        ring.push(frame)
    kept = len(held(ring))
    assert held(ring) == frames[len(frames) - kept :]
    assert ring.bytes_held == sum(sizes[len(sizes) - kept :])
    assert kept <= frames_max
    assert ring.bytes_held <= bytes_max or kept == 1
    one_more = sizes[len(sizes) - kept - 1 :]
    assert kept == len(frames) or kept == frames_max or sum(one_more) > bytes_max


def test_chunk_stops_after_its_size() -> None:
    """A chunk has at least one frame and stops at the frame that passes its size."""
    ring = Ring(8, 1000)
    ring.start_at(100)
    for letter in (b"a", b"b", b"c", b"d"):
        ring.push(letter * 10)
    assert ring.chunk(100, 104, 1) == (b"a" * 10, 101)
    assert ring.chunk(101, 104, 11) == (b"b" * 10 + b"c" * 10, 103)
    assert ring.chunk(100, 102, 1000) == (b"a" * 10 + b"b" * 10, 102)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_frame_is_a_final_unmasked_text_frame(size: int) -> None:
    """Our frame is byte for byte what an independent implementation of RFC 6455 makes."""
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
