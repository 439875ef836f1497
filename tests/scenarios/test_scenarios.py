"""The rules as stories; each file is about one of them."""

from itertools import pairwise
from pathlib import Path

import pytest

from outcry.domain.order import CancelReason
from outcry.domain.reject import RejectReason
from tests.scenarios.precedence import REFUSES
from tests.scenarios.stage import GONE
from tests.scenarios.story import Story, play, read_stories

STORIES = [
    story for path in sorted(Path(__file__).parent.glob("*.txt")) for story in read_stories(path)
]
TOLD_ELSEWHERE = {CancelReason.UPGRADE: "by tests/domain/test_snapshot_form.py: it has two engines"}
"""Reasons to cancel that a story cannot bring about."""


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.path.stem}: {story.title}")
def test_a_story_goes_as_it_is_told(story: Story) -> None:
    """Every answer of the venue is the expected one, and refuses for what the table allows."""
    for answer in play(story).heard:
        if answer.result == "rejected" and answer.op != "malformed":
            assert answer.op in REFUSES[RejectReason[answer.reason.upper()]], answer.op


def test_every_reason_to_refuse_has_a_story() -> None:
    """The files of refusals have one story a reason, in the order of precedence."""
    stories = [story for story in STORIES if story.path.stem.startswith("refusals")]
    assert [story.title for story in stories] == [reason.word for reason in RejectReason]
    for story in stories:
        assert any(line.startswith(f"refused {story.title}") for _, line in story.lines)


def test_every_reason_to_cancel_has_a_story() -> None:
    """The rest of an order goes for one of these reasons, and for each somebody has told how."""
    expected = {
        f"{status} {reason}"
        for story in STORIES
        for _, line in story.lines
        for status, reason in pairwise(line.split())
        if status in GONE
    }
    told = {reason for reason in CancelReason if expected & {f"{gone} {reason}" for gone in GONE}}
    assert told == set(CancelReason).difference(TOLD_ELSEWHERE)


def test_no_number_of_a_reason_is_used_twice() -> None:
    """Every reason has a number of its own: one that is a second name of another does not count."""
    assert len(RejectReason) == len(RejectReason.__members__)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("expect filled", "new"),
        ("expect new left 4", "left 5"),
        ("refused tick_size", "accepted"),
        ("trade 1 @ 16.00 with a1", "no more trades"),
        ("book empty", "16"),
        ("queue ask 16.00: a2", "a1"),
        ("frobnicate", "no such line"),
    ],
)
def test_a_story_that_goes_otherwise_fails(line: str, fault: str) -> None:
    """The stage notices, and says where."""
    lines = [(1, "alice sell 5 ACME @ 16.00 as a1"), (2, line)]
    with pytest.raises(AssertionError, match=rf"tale.txt:2: .*{fault}"):
        play(Story(Path("tale.txt"), "a tale", lines))


def test_a_story_must_tell_all_trades() -> None:
    """A trade that nobody expected fails the story."""
    lines = [(1, "a sell 5 ACME @ 16.00 as a1"), (2, "b buy 5 ACME @ 16.00"), (3, "expect filled")]
    with pytest.raises(AssertionError, match="more trades"):
        play(Story(Path("tale.txt"), "a tale", lines))
