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


def asked(told: dict[str, Any]) -> Ledger:
    """Somebody sent the order, and was told this."""
    ledger = Ledger()
    ledger.answered(ledger.send(ORDER), json.dumps(told).encode(), "accepted")
    return ledger


@pytest.mark.parametrize(("times", "found"), [(0, 2), (1, 0), (2, 1)])
def test_what_was_acknowledged_is_in_the_log_once(times: int, found: int) -> None:
    """An answer that the log does not hold is found, and a command that was done never or twice."""
    told = execution(seq=1)
    assert len(lost(history(*[told] * times), asked(told))) == found


def test_an_answer_says_what_the_log_says_and_nothing_of_others() -> None:
    """It may leave out what is not its client's; it may not add to it, or name another account."""
    whole = execution(
        seq=1, balances=[{"account": "a", "cash": "1"}, {"account": "b", "cash": "2"}]
    )
    mine = whole | {"balances": whole["balances"][:1]}
    assert lost(history(whole), asked(mine)) == []
    assert len(lost(history(whole), asked(whole))) == 1
    forged = mine | {"balances": [{"account": "a", "cash": "9"}]}
    assert len(lost(history(whole), asked(forged))) == 1
