"""The number of clients is what the process has descriptors for."""

import resource

import pytest

from outcry.runtime.descriptors import RESERVE, room_for


@pytest.mark.parametrize(
    ("soft", "hard", "room", "raised"),
    [
        (1024, 1 << 20, 10_000, 20_000 + RESERVE),
        (1024, 4096, (4096 - RESERVE) // 2, 4096),
        (1024, resource.RLIM_INFINITY, 10_000, 20_000 + RESERVE),
        (1 << 20, 1 << 20, 10_000, None),
        (64, 64, 1, None),
    ],
)
def test_limit_is_raised_as_far_as_needed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, room: int, raised: int | None
) -> None:
    """The limit of open files is raised for all clients, or as far as the system lets us."""
    asked: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits[0]))
    assert room_for(10_000) == room
    assert asked == ([] if raised is None else [raised])


def test_a_limit_that_cannot_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses, there is room for what the limit allows already."""

    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert room_for(10_000) == (1256 - RESERVE) // 2
