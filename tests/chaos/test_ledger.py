"""What became of a command, by what its sender heard and what the log tells."""

import json
from typing import Any

import pytest

from chaos.audit import History, lost
from chaos.ledger import Fate, Ledger, find

ORDER = {"account": "a", "client_order_id": "1"}


def execution(result: str = "accepted", **more: Any) -> dict[str, Any]:
    return {"op": "new", "result": result, "order": ORDER} | more


def history(*executions: dict[str, Any]) -> History:
    return History([], [], [json.dumps(one).encode() for one in executions])


def test_fates() -> None:
    """A command was answered, at once or when it was repeated, or the log has to tell."""
    ledger = Ledger()
    sent = ledger.send(ORDER)
    assert find([]).fate(sent) is Fate.STUCK
    ledger.give_up(sent)
    assert find([]).fate(sent) is Fate.NEVER
    assert find([execution()]).fate(sent) is Fate.FOUND
    assert find([execution("rejected")]).fate(sent) is Fate.FOUND

    at_once = ledger.send(ORDER)
    ledger.answered(at_once, b"{}", "accepted")
    assert find([]).fate(at_once) is Fate.ANSWERED

    again = ledger.send(ORDER)
    assert ledger.send(ORDER) is again
    ledger.answered(again, b"{}", "duplicate")
    assert find([]).fate(again) is Fate.RETRIED
    assert list(ledger.in_flight) == []


def test_what_is_done_twice_is_found() -> None:
    """A duplicate does nothing; a second acceptance does."""
    assert find([execution(), execution("duplicate")]).doubled == []
    assert find([execution(), execution()]).doubled == [("new", "a", "1")]


@pytest.mark.parametrize("times", [0, 2])
def test_what_was_acknowledged_is_in_the_log_once(times: int) -> None:
    """An answer that the log does not hold, or holds twice, is found; and so is its command."""
    told = execution()
    ledger = Ledger()
    ledger.answered(ledger.send(ORDER), json.dumps(told).encode(), "accepted")
    assert lost(history(told), ledger) == []
    assert len(lost(history(*[told] * times), ledger)) == 2
