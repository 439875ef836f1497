"""The ring holds the newest executions within its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.stream.ring import Ring
from outcry.stream.view import EVERYTHING, PUBLIC, Shown, text_frame


def held(ring: Ring) -> list[bytes]:
    """Each frame of the ring by itself, oldest first."""
    seqs = range(ring.first_seq, ring.next_seq)
    return [ring.chunk(seq, seq + 1, 1, PUBLIC)[0] for seq in seqs]


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
        ring.push(Shown(b"", frame))
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
        ring.push(Shown(letter, letter * 10))
    assert ring.chunk(100, 104, 1, PUBLIC) == (b"a" * 10, 101)
    assert ring.chunk(101, 104, 11, PUBLIC) == (b"b" * 10 + b"c" * 10, 103)
    assert ring.chunk(100, 102, 1000, PUBLIC) == (b"a" * 10 + b"b" * 10, 102)
    assert ring.chunk(100, 102, 1000, EVERYTHING) == (text_frame(b"a") + text_frame(b"b"), 102)
    assert ring.bytes_held == 44
