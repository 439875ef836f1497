"""Memory that all clients of a kind share.

Rule 1: a client may always hold `SHARE_MIN`. More is its own as long as there is room; when all of
them together hold too much, whoever asks for more is sent away, and nobody else notices.
"""

SHARE_MIN = 64 * 1024


class Room:
    """`most` bytes, and how many of them are taken."""

    __slots__ = ("most", "taken")

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0


class Share:
    """What one client holds."""

    __slots__ = ("_room", "_size")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size = 0

    def hold(self, size: int) -> bool:
        """Hold so many bytes from now on, 0 when the client goes; False: no, it is too much."""
        room = self._room
        taken = room.taken + size - self._size
        if size > SHARE_MIN and size > self._size and taken > room.most:
            return False
        room.taken = taken
        self._size = size
        return True
