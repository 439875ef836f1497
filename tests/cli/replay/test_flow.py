"""Lines of a market file as commands."""

import pytest

from outcry.cli.failed import Failed
from outcry.cli.replay.flow import Command, Flow
from outcry.cli.replay.market_file import Cancel, Line, New, Reduce, Replace, Take, Top
from tests.cli.replay.venue import SYMBOL, steps_of

BID = New(7, "B", 2238100, 20)


def commands(*lines: Line) -> list[Command | None]:
    flow = Flow(SYMBOL)
    return [flow.command(step) for step in steps_of(*lines)]


def test_orders_are_named_by_their_client_order_id() -> None:
    """A file's own order number and the instrument make a name that no other run has."""
    new, cancel = commands(BID, Cancel(7))
    assert new is not None and cancel is not None
    assert new["client_order_id"] == cancel["client_order_id"] == "ACME.1:7"
    assert (new["side"], new["quantity"], new["price"]) == ("buy", "20", "223.81")


def test_a_reduction_is_a_replace_with_the_new_total() -> None:
    """What was filled counts into the total, so that less is left by just the reduction."""
    take = Take("S", 2238100, 5, ((7, 5, 2238100),))
    reduced = commands(BID, take, Reduce(7, 3))[-1]
    assert reduced == {
        "op": "replace",
        "account": "replay",
        "client_order_id": "ACME.1:7",
        "quantity": "17",
    }


def test_a_reduction_to_nothing_is_a_cancel() -> None:
    """An order cannot rest with nothing; it is cancelled."""
    take = Take("S", 2238100, 5, ((7, 5, 2238100),))
    last = commands(BID, take, Reduce(7, 15))[-1]
    assert last is not None and last["op"] == "cancel"


def test_a_replace_counts_what_was_filled() -> None:
    """The file tells what is open, the venue wants the total."""
    take = Take("S", 2238100, 5, ((7, 5, 2238100),))
    replaced = commands(BID, take, Replace(7, 2238000, 9))[-1]
    assert replaced is not None
    assert (replaced["quantity"], replaced["price"]) == ("14", "223.8")


def test_a_take_never_rests() -> None:
    """It is an immediate-or-cancel order; a top sends nothing."""
    take, top = commands(Take("S", 2238100, 5, ()), Top((), ()))
    assert take is not None and take["time_in_force"] == "ioc"
    assert top is None


def test_a_line_about_an_unknown_order_is_told() -> None:
    """A file that contradicts itself is named with the line."""
    with pytest.raises(Failed, match="line 1 names the order 9"):
        commands(Reduce(9, 1))
