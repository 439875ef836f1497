"""What a client is told."""

from typing import Any

import msgspec
import pytest

from outcry.domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    NewOrder,
    OrderCommand,
    ReplaceOrder,
)
from outcry.domain.types import OrderType, Side, TimeInForce
from outcry.gateway.answers import Answer, executed, failed, refused, too_many, unknown


def said(answer: Answer) -> Any:
    return msgspec.json.decode(answer.body)


def new(client_order_id: str) -> NewOrder:
    limit = (OrderType.LIMIT, TimeInForce.GTC)
    return NewOrder("demo", client_order_id, "AAPL", Side.BUY, *limit, 1, 1)


@pytest.mark.parametrize(
    ("execution", "status"),
    [
        (b'{"seq":1,"result":"accepted","op":"new"}', 201),
        (b'{"seq":1,"result":"duplicate","op":"new"}', 200),
        (b'{"seq":1,"result":"rejected","reason":"tick_size","op":"new"}', 422),
        (b'{"seq":1,"result":"rejected","reason":"malformed","op":"malformed"}', 400),
    ],
)
def test_the_status_tells_the_result(execution: bytes, status: int) -> None:
    """201 accepted, 200 duplicate, 422 rejected by the market, 400 not understood."""
    assert executed(execution) == Answer(status, execution)


def test_an_error_names_the_field_where_there_is_one() -> None:
    """An error has a code, a sentence, and the field at fault."""
    assert said(failed(400, "malformed", "no", "price")) == {
        "error": {"code": "malformed", "message": "no", "field": "price"}
    }
    assert said(failed(404, "unknown_order", "no")) == {
        "error": {"code": "unknown_order", "message": "no"}
    }


def test_what_may_be_sent_again_later_says_so() -> None:
    """429 and 503 come with a Retry-After."""
    assert (too_many().status, too_many().retry_after_s) == (429, 1)
    assert (refused("why").status, refused("why").retry_after_s) == (503, 1)
    assert said(refused("why"))["error"]["message"] == "not sent: why"


def test_an_unknown_order_can_be_asked_for() -> None:
    """202 says that nothing is known yet, and by which id to find out."""
    answer = unknown(new("a1"))
    assert answer.status == 202
    assert said(answer)["status"] == "unknown"
    assert said(answer)["client_order_id"] == "a1"
    assert "nothing is done twice" in said(answer)["message"]


@pytest.mark.parametrize(
    "command",
    [new(""), ReplaceOrder("demo", None, "a1", 2, None, "")],
)
def test_only_what_is_done_once_is_said_to_be_safe(command: OrderCommand) -> None:
    """Of what may trade, only a new order with a client order id is told to be sent again."""
    assert "look at the order" in said(unknown(command))["message"]
    assert said(unknown(command)).get("client_order_id", "") == getattr(
        command, "client_order_id", ""
    )


@pytest.mark.parametrize(
    "command",
    [CancelOrder("demo", None, "a1"), CancelAll("demo", "", None), CancelAllAfter("demo", 9)],
)
def test_what_only_cancels_may_be_sent_again(command: OrderCommand) -> None:
    """Twice is as good as once."""
    assert "send it again" in said(unknown(command))["message"]


def test_when_a_command_cannot_be_done_any_more_is_said() -> None:
    """Who is not answered learns from which log time on the command is dead."""
    told = said(unknown(CancelOrder("demo", None, "a1", expire_ns=17)))
    assert told["expire_at"] == "17"
    assert "After log time 17" in told["message"]
