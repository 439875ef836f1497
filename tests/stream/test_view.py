"""What the clients of a key see, and frames are what RFC 6455 says."""

import msgspec
import pytest
from websockets.frames import Frame, Opcode

from outcry.domain.types import Role
from outcry.stream.view import (
    EVERYTHING,
    PUBLIC,
    View,
    payload_of,
    show,
    text_frame,
    view_of,
)
from outcry.wire.access import Key
from outcry.wire.views import own, public
from tests.stream.executions import answer, execution, message


def test_a_key_decides_what_is_seen() -> None:
    """An administrator sees everything, others what is public or of their accounts."""
    assert view_of(None) == PUBLIC
    assert view_of(Key("1", Role.ADMIN, ("alice",))) == EVERYTHING
    accounts = ("bob", "alice", "bob")
    for role in (Role.READ, Role.TRADE):
        assert view_of(Key("1", role, accounts)) == View(("alice", "bob"))
    assert [view.kind for view in (PUBLIC, View(("alice",)), EVERYTHING)] == [
        "public",
        "own",
        "everything",
    ]


def test_a_view_makes_its_frames() -> None:
    """All of an execution, one's own form, or the frame of everybody where it is not concerned."""
    (shown,) = show(answer(execution(1, "alice", "bob")))
    assert shown.frame == text_frame(public(shown.whole))
    assert EVERYTHING.frame(shown) == text_frame(shown.whole)
    assert View(("bob",)).frame(shown) == text_frame(own(shown.whole, ("bob",)))
    assert View(("carol",)).frame(shown) is shown.frame
    assert PUBLIC.frame(shown) is shown.frame
    assert shown.size == len(shown.whole) + len(shown.frame)


def test_every_execution_of_an_answer_is_shown() -> None:
    """One by one, as they stand there."""
    whole = [each.whole for each in show(message(1, 2, 3))]
    assert b"[%b]" % b",".join(whole) == message(1, 2, 3)


@pytest.mark.parametrize("body", [b"{", b"{}", b"[{}]", b'[{"seq":"1"}]', b""])
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    """Nobody is shown any of it."""
    with pytest.raises(msgspec.DecodeError):
        show(body)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_frame_is_a_final_unmasked_text_frame(size: int) -> None:
    """Our frame is byte for byte what an independent implementation of RFC 6455 makes."""
    payload = b"x" * size
    assert payload_of(text_frame(payload)) == payload
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
