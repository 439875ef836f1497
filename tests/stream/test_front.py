"""One run of frames for each view, made only where somebody sees it."""

import pytest

from outcry.stream import front as module
from outcry.stream.client import Client
from outcry.stream.front import Front
from outcry.stream.view import EVERYTHING, PUBLIC, View, show
from tests.stream.executions import answer, execution

ALICE, BOTH = View(("alice",)), View(("alice", "bob"))
TURN = show(answer(execution(1, "alice", "bob"), execution(2, "carol"), execution(3, "bob")))


def client(view: View, got: list[bytes]) -> Client:
    return Client(got.append, lambda _: None, view)


def test_each_view_gets_its_frames() -> None:
    """Those of everybody, but where an execution concerns its accounts, or shows everything."""
    front = Front()
    views = (PUBLIC, ALICE, BOTH, EVERYTHING)
    got: list[list[bytes]] = [[] for _ in views]
    for view, inbox in zip(views, got, strict=True):
        front.add(client(view, inbox))
    assert front.write(TURN) == len(views) * len(TURN)
    assert got == [[b"".join([view.frame(shown) for shown in TURN])] for view in views]


@pytest.mark.parametrize("view", [ALICE, BOTH])
def test_whom_nothing_concerns_gets_the_bytes_of_everybody(view: View) -> None:
    """The same object, so that it is kept once for however many clients are slow."""
    front = Front()
    anybody: list[bytes] = []
    own: list[bytes] = []
    front.add(client(PUBLIC, anybody))
    front.add(client(view, own))
    front.write(TURN[1:2])
    assert own[0] is anybody[0]
    front.write(TURN[:1])
    front.write(TURN[1:2])
    assert own[2] is anybody[2]


def test_nothing_is_made_for_whom_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without clients that see something of their own no execution is looked into."""
    front = Front()
    looked: list[bytes] = []

    def look(whole: bytes) -> tuple[str, ...]:
        looked.append(whole)
        return ()

    monkeypatch.setattr(module, "concerns", look)
    one, other = client(ALICE, []), client(BOTH, [])
    front.add(client(PUBLIC, []))
    front.add(client(EVERYTHING, []))
    front.write(TURN)
    assert not looked
    front.add(one)
    front.add(other)
    assert front.remove(one)
    assert not front.remove(one)
    front.write(TURN)
    assert len(looked) == len(TURN)
    assert front.remove(other)
    front.write(TURN)
    assert len(looked) == len(TURN)


def test_a_client_may_leave_while_it_is_written_to() -> None:
    """Others get their frames all the same."""
    front = Front()
    got: list[bytes] = []
    leaving = Client(lambda _: front.remove(leaving), lambda _: None, ALICE)
    front.add(leaving)
    front.add(client(BOTH, got))
    front.write(TURN)
    front.write(TURN)
    assert len(got) == 2
