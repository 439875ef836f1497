"""What the clients of one key see of an execution, as a WebSocket frame."""

from typing import NamedTuple

import msgspec

from outcry.domain.types import Role
from outcry.wire.access import Key
from outcry.wire.views import concerns, own, public

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Shown(msgspec.Struct, frozen=True, gc=False):
    """An execution: all of it, and the frame of what anybody may see."""

    whole: bytes
    frame: bytes

    @property
    def size(self) -> int:
        return len(self.whole) + len(self.frame)


class View(NamedTuple):
    """Everything, or what is of `accounts` as well, or (neither) what anybody may see."""

    accounts: tuple[str, ...] = ()
    everything: bool = False

    @property
    def kind(self) -> str:
        """A word for the metrics."""
        if self.everything:
            return "everything"
        return "own" if self.accounts else "public"

    def frame(self, shown: Shown) -> bytes:
        """What its clients see of an execution."""
        if self.everything:
            return text_frame(shown.whole)
        if self.accounts and not set(self.accounts).isdisjoint(concerns(shown.whole)):
            return self.own_frame(shown)
        return shown.frame

    def own_frame(self, shown: Shown) -> bytes:
        """The same where it is known that it concerns one of the accounts."""
        return text_frame(own(shown.whole, self.accounts))


PUBLIC = View()
EVERYTHING = View(everything=True)


def view_of(key: Key | None) -> View:
    """What the owner of a key may see; None: somebody without one."""
    if key is None:
        return PUBLIC
    return EVERYTHING if key.role is Role.ADMIN else View(tuple(sorted(set(key.accounts))))


def show(answer: bytes) -> list[Shown]:
    """The executions of a message of EXECUTIONS. Raises ValueError: it holds something else."""
    shown = []
    for raw in _split(answer):
        whole = bytes(raw)
        shown.append(Shown(whole, text_frame(public(whole))))
    return shown


def text_frame(payload: bytes) -> bytes:
    """Return the unmasked, final WebSocket text frame of `payload` (RFC 6455, section 5.2)."""
    size = len(payload)
    if size <= 125:
        return b"\x81%c%b" % (size, payload)
    if size <= 0xFFFF:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), payload)


def payload_of(frame: bytes) -> bytes:
    """What `text_frame` was given."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]
