"""The demo market."""

import msgspec
import pytest

from outcry.cli.demo import LEVELS, MARKET, DemoInstrument, ladder
from outcry.domain.limits import VERSION
from outcry.log.log import Entry
from outcry.orders.answer import Desk


@pytest.mark.parametrize("instrument", MARKET, ids=lambda instrument: instrument.symbol)
def test_a_ladder_rests_and_a_repeat_does_nothing(instrument: DemoInstrument) -> None:
    """Ten levels a side, none trades, and opening again adds nothing."""
    desk = Desk()

    def enter(subject: str, body: object) -> list[dict[str, object]]:
        seq = desk.position + 1
        answer = desk.answer(Entry(seq, seq, subject, msgspec.json.encode(body)))
        executions: list[dict[str, object]] = msgspec.json.decode(answer)
        return executions

    enter("venue.open", {"log": "0" * 13, "engine": VERSION, "schema": 1})
    listing = {"symbol": instrument.symbol, "tick": instrument.tick, "lot": instrument.lot}
    assert enter("instrument.list", listing)[0]["result"] == "accepted"
    first = enter("order.created", ladder(instrument))
    assert {execution["result"] for execution in first} == {"accepted"}
    assert len(first) == 2 * LEVELS
    assert not [execution for execution in first if "trades" in execution]
    again = enter("order.created", ladder(instrument))
    assert {execution["result"] for execution in again} == {"duplicate"}


def test_the_first_order_of_the_welcome_trades() -> None:
    """`outcry order buy 10 AAPL --limit 189.50` meets the lowest offer."""
    (apple,) = (instrument for instrument in MARKET if instrument.symbol == "AAPL")
    assert apple.offer == "189.5"
