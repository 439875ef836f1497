"""Every client sees each execution once and in order, or is told why it cannot."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from outcry.stream import hub as rules
from outcry.stream.client import Client, Closing
from outcry.stream.hub import Hub
from outcry.stream.ring import Ring
from outcry.stream.view import EVERYTHING, PUBLIC, Shown, View, show
from tests.stream.executions import LOG, answer, execution, shown


class Peer:
    """A client and the far end of its connection: what arrived, and why it was closed."""

    def __init__(self, hub: Hub, view: View = PUBLIC) -> None:
        self.hub = hub
        self.client = Client(self._write, self._close, view)
        self.received = b""
        self.writes = 0
        self.room = 1 << 60  # bytes until its connection holds unsent bytes
        self.closing: Closing | None = None

    def join(self, after: int | None = None, log_id: str = "") -> Closing | None:
        self.closing = self.hub.join(self.client, after, log_id)
        return self.closing

    def drain(self) -> bool:
        self.room = 1 << 60
        return self.hub.unblock(self.client)

    def seqs(self) -> list[int]:
        """The sequence numbers of the frames that arrived."""
        return [told["seq"] for told in self.executions()]

    def executions(self) -> list[dict[str, Any]]:
        """What the frames that arrived hold."""
        told, rest = [], self.received
        while rest:
            size, start = rest[1], 2
            if size == 126:
                size, start = int.from_bytes(rest[2:4], "big"), 4
            assert rest[0] == 0x81, "a whole text frame"
            assert rest[1] != 127, "frames of these tests are under 64 KiB"
            told.append(msgspec.json.decode(rest[start : start + size]))
            rest = rest[start + size :]
        return told

    def _write(self, data: bytes) -> None:
        assert self.room > 0, "the hub wrote to a connection with unsent bytes"
        assert self.closing is None, "the hub wrote to a closed client"
        self.received += data
        self.writes += 1
        self.room -= len(data)
        if self.room <= 0:
            self.hub.block(self.client)

    def _close(self, closing: Closing) -> None:
        assert self.closing is None, "a client is closed once"
        self.closing = closing


def a_hub(frames_max: int = 100, bytes_max: int = 1 << 20) -> Hub:
    return Hub(Ring(frames_max, bytes_max))


def test_one_write_for_all_frames_of_a_turn() -> None:
    """Executions of several entries in one turn reach each client in one write, one frame each."""
    hub = a_hub()
    peers = [Peer(hub) for _ in range(3)]
    for peer in peers:
        assert peer.join() is None
    hub.append(shown(1, 2))
    hub.append(shown(3))
    assert not hub.turn()
    assert [peer.seqs() for peer in peers] == [[1, 2, 3]] * 3
    assert [peer.writes for peer in peers] == [1, 1, 1]
    assert hub.deliveries == 9


def test_live_client_sees_only_what_comes_after_it() -> None:
    """A client that does not ask for the past sees the executions that come after it joined."""
    hub = a_hub()
    hub.append(shown(1, 2))
    peer = Peer(hub)
    peer.join()
    hub.append(shown(3))
    hub.turn()
    assert peer.seqs() == [3]


@pytest.mark.parametrize("after", range(11))
def test_resumes_after_any_held_execution(after: int) -> None:
    """A client that resumes after execution n gets n + 1 and all that follow, then what is new."""
    hub = a_hub()
    hub.append(shown(*range(1, 11)))
    peer = Peer(hub)
    assert peer.join(after, LOG) is None
    hub.append(shown(11, 12))
    while hub.turn():
        pass
    assert peer.seqs() == list(range(after + 1, 13))


def test_empty_log_can_be_followed_from_the_start() -> None:
    """Before the first execution a client may follow after 0 and misses nothing."""
    hub = a_hub()
    peer = Peer(hub)
    assert peer.join(0, LOG) is None
    hub.append(shown(1))
    hub.turn()
    assert peer.seqs() == [1]


def test_ring_may_start_anywhere() -> None:
    """A service started late holds only the newest executions, and knows which."""
    hub = a_hub()
    hub.append(shown(500, 501))
    assert hub.position == 501
    late = Peer(hub)
    refusal = late.join(498)
    assert refusal is not None
    assert refusal.code == 4410
    assert Peer(hub).join(499) is None


def test_resume_beyond_the_end_is_refused() -> None:
    """A client that saw an execution this log does not have is told to take a snapshot."""
    hub = a_hub()
    hub.append(shown(1, 2))
    refusal = Peer(hub).join(3)
    assert refusal is not None
    assert refusal.code == 4416
    assert "snapshot" in refusal.text
    assert Peer(hub).join(2) is None


def test_resume_of_another_log_is_refused() -> None:
    """A place in another log says nothing about this one."""
    hub = a_hub()
    hub.append(shown(1, 2))
    refusal = Peer(hub).join(1, "fffffffffffff")
    assert refusal is not None
    assert refusal.code == 4409


def test_blocked_client_costs_the_others_nothing() -> None:
    """While one client does not read, the others get every execution in the same turn."""
    hub = a_hub()
    slow, fast = Peer(hub), Peer(hub)
    slow.room = 1
    for peer in (slow, fast):
        peer.join()
    for seq in range(1, 6):
        hub.append(shown(seq))
        assert not hub.turn(), "a blocked client needs no further turn"
    assert fast.seqs() == [1, 2, 3, 4, 5]
    assert slow.seqs() == [1]
    assert hub.behind == 1
    assert slow.drain()
    assert not hub.turn()
    assert slow.seqs() == [1, 2, 3, 4, 5]
    assert hub.behind == 0


def test_client_the_ring_has_passed_is_closed() -> None:
    """A client whose next execution is gone is closed with 1013 and a reason; the others stay."""
    hub = a_hub(frames_max=3)
    slow, fast = Peer(hub), Peer(hub)
    slow.room = 1
    for peer in (slow, fast):
        peer.join()
    for seq in range(1, 6):
        hub.append(shown(seq))
        hub.turn()
    assert slow.closing is not None
    assert slow.closing.code == 1013
    assert "execution 2 is gone" in slow.closing.text
    assert fast.closing is None
    assert fast.seqs() == [1, 2, 3, 4, 5]
    assert not slow.drain(), "a closed client does not come back"


def test_more_in_one_turn_than_the_ring_holds() -> None:
    """Clients at the front miss nothing when one turn brings more than the ring can hold."""
    hub = a_hub(frames_max=2)
    peer = Peer(hub)
    peer.join()
    hub.append(shown(1, 2, 3, 4, 5))
    hub.turn()
    assert peer.seqs() == [1, 2, 3, 4, 5]


def test_pending_bytes_are_bounded() -> None:
    """A burst within one turn is written out as soon as the bound on a run is passed."""
    hub = a_hub()
    peer = Peer(hub)
    peer.join()
    for seq in range(1, 41):
        hub.append(shown(seq, size=60_000))
    assert peer.writes >= 2
    assert peer.seqs()[0] == 1


def test_catching_up_goes_in_chunks() -> None:
    """A client far behind gets one bounded write a turn, and turns go on until it is at the end."""
    hub = a_hub(bytes_max=1 << 24)
    hub.append(shown(*range(1, 21), size=60_000))
    peer = Peer(hub)
    peer.join(0)
    while hub.turn():
        assert len(peer.received) <= peer.writes * 2 * rules.CHUNK_BYTES
    assert peer.seqs() == list(range(1, 21))
    assert peer.writes >= 20 * 60_000 // (2 * rules.CHUNK_BYTES)


def test_catching_up_is_shared_out() -> None:
    """Of many clients that catch up, a bounded number is served each turn, in their order."""
    hub = a_hub()
    hub.append(shown(1))
    peers = [Peer(hub) for _ in range(rules.CHUNKS_PER_TURN + 5)]
    for peer in peers:
        peer.join(0)
    assert hub.turn()
    assert sum(bool(peer.writes) for peer in peers) == rules.CHUNKS_PER_TURN
    assert not hub.turn()
    assert all(peer.seqs() == [1] for peer in peers)


@pytest.mark.parametrize(
    ("executions", "text"),
    [
        (shown(), "empty array"),
        (shown(5), "execution 5 came where 3 was expected"),
        (shown(2), "execution 2 came where 3 was expected"),
        (shown(3, log="fffffffffffff"), "of log 'fffffffffffff'"),
    ],
)
def test_a_broken_log_is_not_passed_on(executions: list[Shown], text: str) -> None:
    """What does not continue the log raises, and no client sees any of it."""
    hub = a_hub()
    hub.append(shown(1, 2))
    peer = Peer(hub)
    peer.join()
    with pytest.raises(ValueError, match=text):
        hub.append(executions)
    hub.turn()
    assert peer.seqs() == []


NAMES = ["alice", "bob", "carol", "dora"]
VIEWS = [PUBLIC, View(("alice",)), View(("alice", "bob")), View(("carol",)), EVERYTHING]


def test_everybody_sees_what_his_key_lets_him_see() -> None:
    """What is one's own comes whole, the rest as anybody sees it; an administrator sees all."""
    hub = a_hub()
    peers = [Peer(hub, view) for view in VIEWS]
    for peer in peers:
        peer.join()
    hub.append(show(answer(execution(1, "alice", "bob", digest="0"), execution(2, "dora"))))
    hub.turn()
    anybody, alice, both, carol, admin = [peer.executions()[0] for peer in peers]
    assert "account" not in anybody["order"]
    assert (alice["order"]["account"], alice["changed"][0].get("account")) == ("alice", None)
    assert (both["order"]["account"], both["changed"][0]["account"]) == ("alice", "bob")
    assert carol == anybody
    assert (admin["changed"][0]["account"], admin["digest"]) == ("bob", "0")
    assert [len(peer.executions()) for peer in peers] == [2] * 5
    assert ["account" in peer.executions()[1]["order"] for peer in peers] == [False] * 4 + [True]


def test_each_view_is_written_once_to_each_client() -> None:
    """All frames of a turn in one write; who is not concerned gets the bytes of everybody."""
    hub = a_hub()
    peers = [Peer(hub, view) for view in VIEWS * 2]
    for peer in peers:
        peer.join()
    hub.append(show(answer(execution(1, "dora"))))
    hub.append(show(answer(execution(2, "alice"))))
    hub.turn()
    assert [peer.writes for peer in peers] == [1] * 10
    assert hub.deliveries == 20
    assert peers[3].received == peers[0].received
    assert peers[1].received == peers[6].received != peers[0].received


@pytest.mark.parametrize("view", VIEWS)
def test_who_comes_back_sees_what_he_would_have_seen(view: View) -> None:
    """A resumed client gets the same bytes as one that was there."""
    hub = a_hub()
    there, back = Peer(hub, view), Peer(hub, view)
    there.join()
    for seq in range(1, 5):
        hub.append(show(answer(execution(seq, "alice" if seq % 2 else "bob", "carol"))))
    hub.turn()
    back.join(0)
    while hub.turn():
        pass
    assert back.received == there.received
    assert len(back.executions()) == 4


class ExactlyOnce(RuleBasedStateMachine):
    """Clients come, stall, drain, leave and resume at any moment while executions flow."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = a_hub(frames_max=12, bytes_max=8_000)
        self.peers: list[tuple[Peer, int]] = []  # with the seq it saw last before it joined

    @rule(count=st.integers(1, 5), size=st.integers(0, 300))
    def executions(self, count: int, size: int) -> None:
        first = self.hub.position + 1
        told = [
            execution(seq, NAMES[seq % 3], NAMES[seq % 4], id="x" * size)
            for seq in range(first, first + count)
        ]
        self.hub.append(show(answer(*told)))

    @rule()
    def turn(self) -> None:
        self.hub.turn()

    @rule(room=st.integers(1, 3_000), view=st.sampled_from(VIEWS))
    def join_live(self, room: int, view: View) -> None:
        peer = Peer(self.hub, view)
        peer.room = room
        after = self.hub.position
        assert peer.join() is None
        self.peers.append((peer, after))

    @rule(back=st.integers(-2, 15), room=st.integers(1, 3_000), view=st.sampled_from(VIEWS))
    def join_after(self, back: int, room: int, view: View) -> None:
        peer = Peer(self.hub, view)
        peer.room = room
        after = max(0, self.hub.position - back)
        refusal = peer.join(after)
        assert (refusal is not None and refusal.cause == "beyond_end") == (
            after > self.hub.position
        )
        if refusal is None:
            self.peers.append((peer, after))

    @precondition(lambda self: self.peers)
    @rule(data=st.data(), room=st.integers(1, 3_000))
    def drain(self, data: st.DataObject, room: int) -> None:
        peer, _ = data.draw(st.sampled_from(self.peers))
        peer.drain()
        peer.room = room

    @precondition(lambda self: self.peers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.peers))
        self.peers.remove(gone)
        self.hub.leave(gone[0].client)

    @invariant()
    def in_order_without_gap_none_twice(self) -> None:
        for peer, after in self.peers:
            seqs = peer.seqs()
            assert seqs == list(range(after + 1, after + 1 + len(seqs)))

    @invariant()
    def each_sees_what_is_his_own(self) -> None:
        for peer, _ in self.peers:
            view = peer.client.view
            for told in peer.executions():
                orders = [told["order"], *told["changed"]]
                named = {order["account"] for order in orders if "account" in order}
                own = {NAMES[told["seq"] % 3], NAMES[told["seq"] % 4]}
                assert named == (own if view.everything else own & set(view.accounts))

    def teardown(self) -> None:
        open_peers = [(peer, after) for peer, after in self.peers if peer.closing is None]
        for _ in range(50):
            for peer, _after in open_peers:
                peer.drain()
            self.hub.turn()
        for peer, after in open_peers:
            if peer.closing is None:
                assert peer.seqs() == list(range(after + 1, self.hub.position + 1))
            else:
                assert peer.closing.cause == "slow"


TestExactlyOnce = ExactlyOnce.TestCase
TestExactlyOnce.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
