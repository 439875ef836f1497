"""Dead man's switches against a plain list."""

from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.switches import NEVER, Deadline, Switches

ACCOUNTS = st.sampled_from(["alice", "bob", "carol"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), ACCOUNTS, st.integers(0, 9)),
        st.tuples(st.just("disarm"), ACCOUNTS, st.just(0)),
        st.tuples(st.just("fire"), st.just(""), st.integers(0, 9)),
    )
)


@given(STEPS)
def test_switches_fire_by_deadline_then_by_arming(steps: list[tuple[str, str, int]]) -> None:
    """Each once, when its last deadline has come, unless it was disarmed."""
    switches, armed = Switches(), dict[str, Deadline]()
    for place, (step, account, at_ns) in enumerate(steps):
        if step == "arm":
            armed[account] = Deadline(at_ns, place)
            switches.arm(account, armed[account])
        elif step == "disarm":
            armed.pop(account, None)
            switches.disarm(account)
        else:
            due = sorted((deadline, who) for who, deadline in armed.items())
            fired = [who for deadline, who in due if deadline.at_ns <= at_ns]
            assert switches.fire(at_ns) == fired
            armed = {who: deadline for who, deadline in armed.items() if who not in fired}
        assert switches.armed == armed
        assert switches.next_ns == min((d.at_ns for d in armed.values()), default=NEVER)
    assert Switches.restored(armed).next_ns == switches.next_ns


def test_who_arms_again_and_again_takes_no_room() -> None:
    """A deadline that was moved is forgotten, whether it was moved on or back."""
    switches = Switches()
    for place in range(10_000):
        at_ns = 20_000 + place if place % 2 else 20_000 - place
        switches.arm("alice", Deadline(at_ns, place))
        switches.arm(f"bob{place % 7}", Deadline(30_000 + place, place))
        assert len(switches._heap) <= 2 * len(switches.armed) + 65
    assert len(switches.armed) == 8
