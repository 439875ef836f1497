"""What happens without a command: who waits, and how many may."""

from outcry.domain.commands import CancelAll, FireSwitch
from outcry.domain.due import Due
from outcry.domain.expiry import Expiry
from outcry.domain.limits import Bounds
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.switches import Deadline
from tests.venue import Venue

MS = 1_000_000


def test_who_waits_goes_on_before_what_fires_now() -> None:
    """In the order in which they began to wait."""
    due, venue = Due(9, Expiry()), Venue("ACME")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1", account="carol")
    holders = venue.engine.open_orders
    first, second = CancelAll("alice", "", None), CancelAll("bob", "ACME", None)
    due.arm("carol", Deadline(5, 1))
    assert due.wait(first, 10) is None
    assert due.wait(second, 20) is None
    assert due.fall(4, holders, 30, 9) == [(first, 10), (second, 20)]
    assert due.fall(5, holders, 30, 9) == [(first, 10), (second, 20), (FireSwitch("carol"), 30)]
    assert due.fall(6, holders, 40, 2) == [(first, 10), (second, 20)]
    assert due.wait(first, 50) is None
    assert due.fall(6, holders, 60, 1) == [(first, 50)]


def test_switches_that_were_armed_for_nothing_hold_up_nobody() -> None:
    """However many go out at once, the orders of the same entry trade."""
    venue = Venue("ACME", bounds=Bounds(due=2))
    venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    for number in range(9):
        arming = {"op": "cancel_all_after", "timeout": 5, "account": f"idle{number}"}
        venue.send("order.created", arming, 7)
    terms = {"symbol": "ACME", "side": "sell", "quantity": "1", "price": "1", "account": "bob"}
    (sold,) = venue.send("order.created", terms, 7 + 5 * MS)
    assert sold.order is not None and sold.order.status == "filled"
    assert venue.engine.next_due_ns is None


def test_only_so_many_wait() -> None:
    """Mass cancels, and they and switches together; who waits already may be moved."""
    due = Due(2, Expiry())
    alice, bob, carol = (CancelAll(name, "", None) for name in ("alice", "bob", "carol"))
    assert due.arm("alice", Deadline(5, 1)) is None
    assert due.wait(alice, 10) is None
    assert limited(due.arm("bob", Deadline(5, 2)))
    assert due.arm("alice", Deadline(6, 3)) is None
    assert due.wait(bob, 10) is None
    assert limited(due.wait(carol, 10))
    assert due.wait(alice, 20) is None


def test_switches_keep_no_mass_cancel_out() -> None:
    """Though somebody has armed as many as there may be, many orders can be taken out."""
    due = Due(2, Expiry())
    for account in ("mallory1", "mallory2"):
        assert due.arm(account, Deadline(5, 1)) is None
    assert limited(due.arm("alice", Deadline(5, 2)))
    assert due.wait(CancelAll("alice", "", None), 10) is None


def limited(refusal: Reject | None) -> bool:
    return refusal is not None and refusal.reason is RejectReason.DUE_LIMIT


def test_the_venue_says_when_something_is_due() -> None:
    """None while nothing is."""
    venue = Venue("ACME")
    due = [venue.engine.next_due_ns]
    for timeout in (5, 0):
        venue.send("order.created", {"op": "cancel_all_after", "timeout": timeout}, 7)
        due.append(venue.engine.next_due_ns)
    assert due == [None, 7 + 5 * MS, None]


def test_a_mass_cancel_that_goes_on_is_due_already() -> None:
    """However long ago it began."""
    venue = Venue("ACME", bounds=Bounds(touches=0))
    venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    venue.send("order.created", {"op": "cancel_all"}, 9)
    assert venue.engine.next_due_ns == 9


def test_nothing_is_due_by_itself_where_entries_move_time() -> None:
    """Nobody needs to write a tick there."""
    venue = Venue("ACME", clock="entries")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    venue.send("order.created", {"op": "cancel_all_after", "timeout": 5})
    assert venue.engine.next_due_ns is None
    fired, moved = venue.send("clock.advance", {"by": 5 * MS})
    assert (fired.op, fired.index, fired.seq) == ("switch.fired", 1_000, moved.seq - 1)
    assert (moved.op, moved.index, moved.result) == ("clock.advance", 0, "accepted")


def test_a_tick_changes_nothing_by_itself() -> None:
    """One more of them makes no difference but its own execution."""
    venue = Venue("ACME")
    (tick,) = venue.send("clock.tick", {})
    assert (tick.op, tick.result) == ("clock.tick", "accepted")
