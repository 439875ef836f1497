"""What is said where the system does something else than the twin."""

import pytest

from sim.broken import Broken
from sim.truth import compare, differences

WANTED = {"op": "new", "entry": 7, "index": 2, "order": {"status": "new", "leaves": "3"}}


def test_what_differs_is_named() -> None:
    """Entry, command and field are told, each value with who says it."""
    got = WANTED | {"order": {"status": "new", "leaves": "4"}}
    with pytest.raises(Broken, match=r'7, index 2, new: order\.leaves is "4", the twin says "3"'):
        compare(got, WANTED)


def test_what_the_twin_does_not_foresee_is_left_out() -> None:
    """Texts and digests are the system's alone; of what is malformed also what could be read."""
    compare(WANTED | {"text": "a", "digest": "b"}, WANTED)
    compare({"op": "malformed", "field": "price", "reason": "malformed"}, {"op": "malformed"})


def test_lists_differ_in_their_elements() -> None:
    """Of lists of one length the element is named, of others the whole."""
    assert list(differences({"a": [1, 2]}, {"a": [1, 3]})) == ["a[1] is 2, the twin says 3"]
    assert list(differences({"a": [1]}, {"a": []})) == ["a is [1], the twin says []"]
