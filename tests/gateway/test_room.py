"""Memory that clients share."""

from outcry.gateway.room import SHARE_MIN, Room, Share


def test_who_asks_for_more_than_there_is_goes() -> None:
    """Nobody else does, and what he held is there for others again."""
    room = Room(3 * SHARE_MIN)
    first, second = Share(room), Share(room)
    assert first.hold(2 * SHARE_MIN)
    assert second.hold(SHARE_MIN)
    assert not second.hold(2 * SHARE_MIN)
    assert room.taken == 3 * SHARE_MIN
    assert first.hold(2 * SHARE_MIN - 1)
    second.hold(0)
    assert first.hold(3 * SHARE_MIN)
    assert room.taken == 3 * SHARE_MIN


def test_a_little_is_always_there() -> None:
    """However much others hold, a client may say something short."""
    room = Room(0)
    assert Share(room).hold(SHARE_MIN)
    assert not Share(room).hold(SHARE_MIN + 1)
