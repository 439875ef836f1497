"""What may be asked of the books, and what is said of what may not."""

from typing import Any

import msgspec
import pytest

from outcry.broker.questions import QUESTIONS, BadRequest, askable, read_request
from outcry.broker.reads import READS

UUID = "00000000-0007-8000-8050-123456789abc"


def ask(question: str, **fields: Any) -> dict[str, Any]:
    return read_request(question, msgspec.json.encode(fields))


def test_every_question_has_an_answer() -> None:
    """What can be asked is what can be read."""
    assert QUESTIONS.keys() == READS.keys()


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_nothing_has_to_be_asked(body: bytes) -> None:
    """An empty request has no fields."""
    assert read_request("orders", body) == {}


def test_null_is_as_if_left_out() -> None:
    """Some write every field, also those that they do not fill."""
    assert ask("orders", account=None, limit=3) == {"limit": 3}


def test_numbers_may_come_as_text() -> None:
    """A query string knows only text."""
    assert ask("orders", limit="7", min_seq=3) == {"limit": 7, "min_seq": 3}


def test_cursors_are_those_that_pages_gave() -> None:
    """An order's id, a trade's id, an account with a symbol."""
    assert ask("orders", before=UUID) == {"before": (7 << 12,)}
    assert ask("trades", after="17-0") == {"after": (17, 0)}
    assert ask("positions", after="demo:A/B") == {"after": ("demo", "A/B")}
    assert ask("activities", after="17-2") == {"after": (17, 2)}
    assert ask("accounts", after="demo") == {"after": ("demo",)}
    assert ask("audit", before="17") == {"before": (17,)}


@pytest.mark.parametrize(
    ("question", "fields", "field", "says"),
    [
        ("orders", {"color": "red"}, "color", "unknown field color; known: account, after"),
        ("orders", {"é" * 40: 1}, "", "unknown field"),
        ("orders", {"limit": 0}, "limit", "a whole number from 1 to 1000"),
        ("orders", {"limit": 1001}, "limit", "a whole number from 1 to 1000"),
        ("orders", {"limit": "ten"}, "limit", "a whole number"),
        ("orders", {"limit": 1.5}, "limit", "a whole number"),
        ("orders", {"limit": True}, "limit", "a whole number"),
        ("orders", {"limit": "1" * 99}, "limit", "a whole number"),
        ("orders", {"min_seq": -1}, "min_seq", "the seq of an execution"),
        ("orders", {"min_seq": 1 << 64}, "min_seq", "the seq of an execution"),
        ("orders", {"status": "happy"}, "status", "one of open, closed, new, partially_filled"),
        ("orders", {"side": "both"}, "side", "one of buy, sell"),
        ("orders", {"account": ""}, "account", "text of 1 to 128"),
        ("orders", {"account": "x" * 129}, "account", "text of 1 to 128"),
        ("orders", {"symbol": ["AAPL"]}, "symbol", "text of 1 to 128"),
        ("orders", {"before": "17-0"}, "before", "the `next` of a page of orders"),
        ("orders", {"before": UUID, "after": UUID}, "after", "not both"),
        ("order", {"order_id": "17"}, "order_id", "a UUID"),
        ("trades", {"before": UUID}, "before", "as in 17-0"),
        ("positions", {"after": "demo"}, "after", "the `next` of a page of positions"),
        ("book", {"depth": 5000}, "depth", "a whole number from 1 to 1000"),
        ("orders", {"viewer": "bob"}, "viewer", "a list of up to 64 accounts"),
        ("orders", {"viewer": ["bob", 7]}, "viewer", "a list of up to 64 accounts"),
        ("trades", {"viewer": ["x"] * 65}, "viewer", "a list of up to 64 accounts"),
        ("tape", {"viewer": ["bob"]}, "viewer", "unknown field viewer"),
        ("keys", {"viewer": ["bob"]}, "viewer", "unknown field viewer"),
        ("activities", {"kind": "gift"}, "kind", "one of trade, fee, deposit, withdrawal"),
        ("activities", {"before": UUID}, "before", "as in 17-0"),
        ("accounts", {"after": ""}, "after", "the `next` of a page of accounts"),
        ("audit", {"before": "now"}, "before", "a seq"),
        ("audit", {"op": "new"}, "op", "a command of administration"),
        ("instruments", {"symbol": "AAPL"}, "symbol", "unknown field symbol; known: min_seq"),
    ],
)
def test_a_bad_field_is_named(question: str, fields: dict[str, Any], field: str, says: str) -> None:
    """The error names the field and says what was expected."""
    with pytest.raises(BadRequest) as bad:
        ask(question, **fields)
    assert bad.value.field == field and says in bad.value.text


@pytest.mark.parametrize("body", [b"[]", b"1", b"{", b"\xff", b"[" * 10_000, b'{"a":1e999}'])
def test_what_is_not_an_object_is_told(body: bytes) -> None:
    """Any bytes are answered by an error, never by a crash."""
    with pytest.raises(BadRequest):
        read_request("orders", body)


def test_nobody_is_told_of_a_field_that_he_may_not_say() -> None:
    """Whose accounts are looked at a gateway says, and no address may."""
    for question in QUESTIONS:
        assert set(QUESTIONS[question]) - set(askable(question)) <= {"viewer"}
        with pytest.raises(BadRequest) as bad:
            ask(question, foo="1")
        assert "viewer" not in bad.value.text
