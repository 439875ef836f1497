"""The clients at the front, by what they may see: one run of frames for each view.

Rule: frames are made for an account only while somebody at the front may see what is its own, and
the run of those whom no execution of a turn concerns is the public one.
"""

from collections.abc import Sequence

from outcry.stream.client import Client, Write
from outcry.stream.view import PUBLIC, Shown, View
from outcry.wire.views import concerns


class _Group:
    """The clients of one view; `frames` of this turn that are their own, by place in it."""

    __slots__ = ("clients", "frames", "view")

    def __init__(self, view: View) -> None:
        self.view = view
        self.clients: dict[Client, Write] = {}
        self.frames: dict[int, bytes] = {}

    def run(self, turn: Sequence[Shown]) -> bytes:
        """What its clients see of a turn of which something is their own."""
        if self.view.everything:
            return b"".join([self.view.frame(shown) for shown in turn])
        frames, self.frames = self.frames, {}
        return b"".join([frames.get(at, shown.frame) for at, shown in enumerate(turn)])


class Front:
    """Clients that have seen all that was written."""

    def __init__(self) -> None:
        self._public: dict[Client, Write] = {}
        self._groups: dict[View, _Group] = {}
        self._listening: dict[str, dict[_Group, None]] = {}
        """Groups by the accounts whose own they see."""

    def add(self, client: Client) -> None:
        view = client.view
        if view == PUBLIC:
            self._public[client] = client.write
            return
        group = self._groups.get(view)
        if group is None:
            group = self._groups[view] = _Group(view)
            for account in view.accounts:
                self._listening.setdefault(account, {})[group] = None
        group.clients[client] = client.write

    def remove(self, client: Client) -> bool:
        """Whether it was there."""
        if client.view == PUBLIC:
            return self._public.pop(client, None) is not None
        group = self._groups.get(client.view)
        if group is None or group.clients.pop(client, None) is None:
            return False
        if not group.clients:
            self._forget(group)
        return True

    def write(self, turn: Sequence[Shown]) -> int:
        """Write what came in one turn, once to each client; gives how many frames that were."""
        public = b"".join([shown.frame for shown in turn])
        told = _write(self._public, public)
        if self._listening:
            self._make_own_frames(turn)
        for group in list(self._groups.values()):
            own = group.frames or group.view.everything
            told += _write(group.clients, group.run(turn) if own else public)
        return told * len(turn)

    def _make_own_frames(self, turn: Sequence[Shown]) -> None:
        """For each group that an execution concerns."""
        for at, shown in enumerate(turn):
            for account in concerns(shown.whole):
                for group in self._listening.get(account, ()):
                    if at not in group.frames:
                        group.frames[at] = group.view.own_frame(shown)

    def _forget(self, group: _Group) -> None:
        del self._groups[group.view]
        for account in group.view.accounts:
            groups = self._listening[account]
            del groups[group]
            if not groups:
                del self._listening[account]


def _write(clients: dict[Client, Write], run: bytes) -> int:
    told = list(clients.values())  # a write may take its client away: `Hub.block`
    for write in told:
        write(run)
    return len(told)
