"""Executions: what the engine answered, as bytes."""

import msgspec
import pytest
from hypothesis import given, settings

from outcry.domain import digest
from outcry.domain.limits import LEG_INDEX
from outcry.domain.order import CancelReason
from outcry.domain.reject import RejectReason
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer, split_digest
from tests.seeded import log
from tests.trading import Told, sessions
from tests.venue import Venue


@settings(max_examples=50)
@given(sessions())
def test_an_answer_is_read_as_it_was_written(session: list[Told]) -> None:
    """Reading an answer and writing it again gives the same bytes."""
    venue = Venue.closed()
    for subject, body, ts_ns in session:
        answer = venue.send_bytes(subject, msgspec.json.encode(body), ts_ns)
        assert msgspec.json.encode(read_answer(answer)) == answer


def test_the_digest_can_be_checked_by_anyone() -> None:
    """It runs over the bytes before it, so a reader needs no engine to follow it."""
    desk, before = Desk(), digest.START
    for entry in log(2, 200):
        bare, after = split_digest(desk.answer(entry))
        assert digest.extend(before, bare) == after
        assert [e.digest for e in read_answer(bare)] == [""] * len(read_answer(bare))
        before = after


@pytest.mark.parametrize("answer", [b"", b"[]", b"[{}]", b'[{"seq":1}]', b'"digest":"' * 9])
def test_an_answer_without_a_digest_is_none(answer: bytes) -> None:
    """What ends in no digest was not written by an order service."""
    with pytest.raises(ValueError, match="no digest"):
        split_digest(answer)


def test_empty_fields_are_left_out() -> None:
    """An answer holds no empty text, no zero that says nothing and no empty list."""
    answer = Venue("ACME").send_bytes("order.created", b'{"op":"cancel","client_order_id":"a"}')
    fields = msgspec.json.decode(answer)[0]
    assert all(value not in ("", 0, [], None) for value in fields.values())


def test_reasons_are_words_of_the_wire() -> None:
    """Codes are stable words of small letters, none of them twice in one list.

    A word may be in both: an order that was refused for it has the status `rejected`.
    """
    rejects, cancels = [reason.word for reason in RejectReason], list(CancelReason)
    assert len(set(rejects)) == len(rejects) and len(set(cancels)) == len(cancels)
    words = [*rejects, *cancels]
    assert all(word.replace("_", "").isalpha() and word.islower() for word in words)


def test_an_order_and_its_exit_name_each_other() -> None:
    """The ids are as far apart as the engine says; an order that is refused has brought none."""
    venue = Venue("ACME")
    order = {"symbol": "ACME", "side": "buy", "quantity": "10", "price": "100"}
    bracket = order | {"order_class": "bracket", "take_profit": "110", "stop_loss": "95"}
    parent, moved = (one.order for one in venue.send("order.created", [order, bracket])[1:])
    assert parent is not None and moved is not None
    assert (parent.exit_order_id, moved.parent_order_id) == (moved.order_id, parent.order_id)
    assert int(moved.order_id[14:18], 16) - int(parent.order_id[14:18], 16) == LEG_INDEX
    assert (parent.order_class, moved.order_class) == ("bracket", "oco")
    assert (parent.untriggered, moved.untriggered) == (False, True)
    assert (parent.unarmed, moved.unarmed) == (False, True)
    refused = venue.order(**bracket | {"stop_loss": "120"}).order
    assert refused is not None and refused.stop_loss == "120" and not refused.exit_order_id
