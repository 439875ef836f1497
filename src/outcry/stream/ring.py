"""The newest executions with the frames that anybody may see, in memory of a fixed size.

They lie by their `seq`, which has no gaps, so that the place of a client in the stream is one
number. What only some may see is made again for each who catches up.
"""

from outcry.stream.view import Shown, View

_NOTHING = Shown(b"", b"")


class Ring:
    """Holds executions `first_seq` to `next_seq - 1`; the oldest go when a bound is reached.

    The newest is always held, even if it alone is larger than `bytes_max`.
    """

    def __init__(self, frames_max: int, bytes_max: int) -> None:
        self._slots = [_NOTHING] * frames_max  # seq n lies in slot n % frames_max
        self._bytes_max = bytes_max
        self.bytes_held = 0
        self.first_seq = 1
        self.next_seq = 1

    @property
    def frames_held(self) -> int:
        """How many executions there are."""
        return self.next_seq - self.first_seq

    def start_at(self, seq: int) -> None:
        """Make `seq` the first to come. Only for a ring that has not held anything yet."""
        assert self.frames_held == 0, "only an empty ring can be moved"
        self.first_seq = self.next_seq = seq

    def push(self, shown: Shown) -> None:
        """Add the execution of `next_seq`."""
        if self.frames_held == len(self._slots):
            self._drop_oldest()
        self._slots[self.next_seq % len(self._slots)] = shown
        self.next_seq += 1
        self.bytes_held += shown.size
        while self.bytes_held > self._bytes_max and self.frames_held > 1:
            self._drop_oldest()

    def chunk(self, seq: int, end_seq: int, bytes_max: int, view: View) -> tuple[bytes, int]:
        """Join frames of a view from `seq` up to before `end_seq`, at least one, until `bytes_max`
        is passed.

        Returns the bytes and the seq that follows them. `seq` must be held.
        """
        assert self.first_seq <= seq < end_seq <= self.next_seq, "only held frames can be read"
        frames = []
        size = 0
        while seq < end_seq and size < bytes_max:
            frame = view.frame(self._slots[seq % len(self._slots)])
            frames.append(frame)
            size += len(frame)
            seq += 1
        return b"".join(frames), seq

    def _drop_oldest(self) -> None:
        slot = self.first_seq % len(self._slots)
        self.bytes_held -= self._slots[slot].size
        self._slots[slot] = _NOTHING
        self.first_seq += 1
