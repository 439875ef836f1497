"""The newest executions as WebSocket frames, in memory of a fixed size.

Frames lie by the `seq` of their execution, which has no gaps, so that the place of a client in the
stream is one number and finding its next frames is one slice.
"""


class Ring:
    """Holds the frames of `first_seq` to `next_seq - 1`; the oldest go when a bound is reached.

    The newest frame is always held, even if it alone is larger than `bytes_max`.
    """

    def __init__(self, frames_max: int, bytes_max: int) -> None:
        self._slots = [b""] * frames_max  # the frame of seq n lies in slot n % frames_max
        self._bytes_max = bytes_max
        self.bytes_held = 0
        self.first_seq = 1
        self.next_seq = 1

    @property
    def frames_held(self) -> int:
        """How many frames there are."""
        return self.next_seq - self.first_seq

    def start_at(self, seq: int) -> None:
        """Make `seq` the first to come. Only for a ring that has not held anything yet."""
        assert self.frames_held == 0, "only an empty ring can be moved"
        self.first_seq = self.next_seq = seq

    def push(self, frame: bytes) -> None:
        """Add the frame of `next_seq`."""
        if self.frames_held == len(self._slots):
            self._drop_oldest()
        self._slots[self.next_seq % len(self._slots)] = frame
        self.next_seq += 1
        self.bytes_held += len(frame)
        while self.bytes_held > self._bytes_max and self.frames_held > 1:
            self._drop_oldest()

    def chunk(self, seq: int, end_seq: int, bytes_max: int) -> tuple[bytes, int]:
        """Join frames from `seq` up to before `end_seq`, at least one, until `bytes_max` is passed.

        Returns the bytes and the seq that follows them. `seq` must be held.
        """
        assert self.first_seq <= seq < end_seq <= self.next_seq, "only held frames can be read"
        frames = []
        size = 0
        while seq < end_seq and size < bytes_max:
            frame = self._slots[seq % len(self._slots)]
            frames.append(frame)
            size += len(frame)
            seq += 1
        return b"".join(frames), seq

    def _drop_oldest(self) -> None:
        slot = self.first_seq % len(self._slots)
        self.bytes_held -= len(self._slots[slot])
        self._slots[slot] = b""
        self.first_seq += 1


def text_frame(payload: bytes) -> bytes:
    """Return the unmasked, final WebSocket text frame of `payload` (RFC 6455, section 5.2)."""
    size = len(payload)
    if size <= 125:
        header = bytes((0x81, size))
    elif size <= 0xFFFF:
        header = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        header = b"\x81\x7f" + size.to_bytes(8, "big")
    return b"".join((header, payload))
