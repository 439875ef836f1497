"""The clients at the front, by what they may see: one run of frames for each view.

Rule: frames are made for an account only while somebody at the front may see what is its own, and
the run of those whom no execution of a turn concerns is the public one.
"""

from collections.abc import Iterator, Sequence

from outcry.stream.client import Client, Write
from outcry.stream.view import PUBLIC, Shown, View
from outcry.wire.views import concerns

Clients = dict[Client, Write]


class Front:
    """Clients that have seen all that was written."""

    def __init__(self) -> None:
        self._public: Clients = {}
        self._others: dict[View, Clients] = {}
        self._listening: dict[str, dict[View, None]] = {}
        """Views by the accounts whose own they show."""

    def add(self, client: Client) -> None:
        view = client.view
        if view == PUBLIC:
            self._public[client] = client.write
            return
        clients = self._others.setdefault(view, {})
        clients[client] = client.write
        for account in view.accounts:
            self._listening.setdefault(account, {})[view] = None

    def remove(self, client: Client) -> bool:
        """Whether it was there."""
        view = client.view
        if view == PUBLIC:
            return self._public.pop(client, None) is not None
        clients = self._others.get(view, {})
        if clients.pop(client, None) is None:
            return False
        if not clients:
            del self._others[view]
            for account in view.accounts:
                self._listening[account].pop(view)
                if not self._listening[account]:
                    del self._listening[account]
        return True

    def write(self, turn: Sequence[Shown]) -> int:
        """Write what came in one turn, once to each client; gives how many frames that were."""
        run = b"".join([shown.frame for shown in turn])
        told = _write(self._public, run)
        if self._others:
            for clients, other in list(self._runs(turn, run)):
                told += _write(clients, other)
        return told * len(turn)

    def _runs(self, turn: Sequence[Shown], run: bytes) -> Iterator[tuple[Clients, bytes]]:
        own = self._own_frames(turn)
        for view, clients in self._others.items():
            if view.everything:
                yield clients, b"".join([view.frame(shown) for shown in turn])
            elif view in own:
                frames = own[view]
                parts = [frames.get(at, shown.frame) for at, shown in enumerate(turn)]
                yield clients, b"".join(parts)
            else:
                yield clients, run

    def _own_frames(self, turn: Sequence[Shown]) -> dict[View, dict[int, bytes]]:
        """Frames by their place in the turn, of views that an execution concerns."""
        found: dict[View, dict[int, bytes]] = {}
        if not self._listening:
            return found
        for at, shown in enumerate(turn):
            for account in concerns(shown.whole):
                for view in self._listening.get(account, ()):
                    frames = found.setdefault(view, {})
                    if at not in frames:
                        frames[at] = view.own_frame(shown)
        return found


def _write(clients: Clients, run: bytes) -> int:
    told = list(clients.values())  # a write may take its client away: `Hub.block`
    for write in told:
        write(run)
    return len(told)
