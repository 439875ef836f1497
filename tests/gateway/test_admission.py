"""Who may enter the log, and when."""

from dataclasses import dataclass

import msgspec
import pytest

from outcry.domain.commands import CancelOrder, NewOrder, OrderCommand, ReplaceOrder
from outcry.domain.types import OrderType, Side, TimeInForce
from outcry.gateway.admission import Admission
from outcry.log.log import StreamState

NEW = NewOrder("demo", "a1", "AAPL", Side.BUY, OrderType.LIMIT, TimeInForce.GTC, 1, 1)
REPLACE = ReplaceOrder("demo", None, "a1", 2, None, "")
CANCEL = CancelOrder("demo", None, "a1")
EMPTY = StreamState(0, 0, 0, 1_000)


@dataclass
class Load:
    position: int = 0
    unacked_s: float = 0.0
    unanswered_s: float = 0.0
    connected: bool = True


def holding(last_seq: int, used: int = 0) -> StreamState:
    return StreamState(1, last_seq, used, 1_000)


def is_refused(admission: Admission, command: OrderCommand) -> bool:
    answer = admission.refuse(command)
    if answer is None:
        return False
    assert answer.status == 503
    assert answer.retry_after_s
    error = msgspec.json.decode(answer.body)["error"]
    assert error == {"code": "not_accepting", "message": f"not sent: {admission.why_closed()}"}
    return True


def test_everything_enters_while_the_order_service_answers() -> None:
    """With a connection and nothing overdue every command may enter."""
    admission = Admission(Load())
    admission.observe(EMPTY, EMPTY)
    assert not any(is_refused(admission, command) for command in (NEW, REPLACE, CANCEL))


def test_nothing_enters_without_a_connection() -> None:
    """Without the log also a cancel is refused."""
    admission = Admission(Load(connected=False))
    assert all(is_refused(admission, command) for command in (NEW, REPLACE, CANCEL))
    assert "connection" in admission.why_closed()


@pytest.mark.parametrize("load", [Load(unanswered_s=1.1), Load(unacked_s=1.1)])
def test_only_cancels_enter_when_an_entry_is_overdue(load: Load) -> None:
    """An entry that has had no ack or no answer for a second closes the door to new orders."""
    admission = Admission(load)
    assert is_refused(admission, NEW)
    assert is_refused(admission, REPLACE)
    assert not is_refused(admission, CANCEL)


def test_others_entries_that_are_not_answered_close_the_door() -> None:
    """Entries of other senders that stay without an answer count as ours do."""
    load = Load(position=5)
    now = 10.0
    door = Admission(load, lambda: now)
    door.observe(holding(7), holding(5))
    now += 1.0
    assert not door.why_closed()
    now += 0.1
    assert door.why_closed() == "the order service does not answer"
    load.position = 7
    assert not door.why_closed()


def test_an_order_service_that_keeps_up_is_never_away() -> None:
    """Who has answered all that was there at the last look is not behind, however much comes."""
    load = Load(position=0)
    now = 10.0
    door = Admission(load, lambda: now)
    for last in (10, 20, 30):
        door.observe(holding(last), holding(load.position))
        load.position = last - 1
        now += 0.9
        assert not door.why_closed()
        load.position = last


@pytest.mark.parametrize(("orders", "executions"), [(951, 0), (0, 951)])
def test_only_cancels_enter_when_a_log_is_nearly_full(orders: int, executions: int) -> None:
    """The last twentieth of either log is kept for cancels and answers."""
    admission = Admission(Load(position=1))
    admission.observe(holding(1, orders), holding(1, executions))
    assert "nearly full" in admission.why_closed()
    assert is_refused(admission, NEW)
    assert not is_refused(admission, CANCEL)
    admission.observe(holding(1, 950), holding(1, 950))
    assert not is_refused(admission, NEW)


def test_a_log_without_a_limit_is_never_full() -> None:
    """A stream without a bound in bytes never closes the door."""
    admission = Admission(Load(position=1))
    endless = StreamState(1, 1, 1 << 60, -1)
    admission.observe(endless, endless)
    assert not admission.why_closed()
