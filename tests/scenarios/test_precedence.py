"""The order of precedence: for every two reasons that are neighbours in it, a story says so."""

from collections.abc import Iterator
from itertools import product

from outcry.domain.reject import RejectReason as Why
from tests.scenarios.precedence import NEVER_MEET, REFUSES, neighbours
from tests.scenarios.test_scenarios import STORIES


def told() -> Iterator[tuple[str, str]]:
    """The pairs of words in titles like `a and b before c, d and e: more`."""
    for story in STORIES:
        title = story.title.partition(":")[0]
        first, before, later = title.replace(" and ", ", ").partition(" before ")
        if before and story.path.stem == "precedence":
            yield from product(first.split(", "), later.split(", "))


def test_every_reason_is_in_the_table() -> None:
    """It is said of each reason which commands can be refused for it."""
    assert list(REFUSES) == list(Why)


def test_every_pair_of_neighbours_has_a_story() -> None:
    """Of two reasons that follow each other for some command the first wins, in a story."""
    stories = set(told())
    untold = [(a.word, b.word) for a, b in neighbours() if (a.word, b.word) not in stories]
    assert untold == []


def test_neighbours_that_are_told_stand_in_that_order() -> None:
    """What a title says comes before the other is declared before it, and can meet it."""
    order = [reason.word for reason in Why]
    for first, later in told():
        assert order.index(first) < order.index(later), f"{first} before {later}"
        assert Why[later.upper()] not in NEVER_MEET.get(Why[first.upper()], ((), ""))[0]


def test_what_never_meets_is_a_pair_of_one_command() -> None:
    """The table of exceptions names pairs alone that some command could break otherwise."""
    for reason, (others, _) in NEVER_MEET.items():
        for other in others:
            assert set(REFUSES[reason]) & set(REFUSES[other]), f"{reason.word}, {other.word}"
