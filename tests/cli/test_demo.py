"""The demo market."""

from typing import Any

import msgspec
import pytest

from outcry.cli.demo import DEMO, HOUSE, LEVELS, MARKET, DemoInstrument, entries, ladder
from outcry.cli.demo_keys import DemoKeys
from outcry.domain.limits import VERSION
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.keys import new_key, parse_key

KEYS = DemoKeys(new_key(), new_key(), new_key())


class Venue:
    """An order service, as a function."""

    def __init__(self) -> None:
        self._desk = Desk()
        self.enter("venue.open", {"log": "0" * 13, "engine": VERSION, "schema": 1})

    def enter(self, subject: str, body: object) -> list[dict[str, Any]]:
        seq = self._desk.position + 1
        answer = self._desk.answer(Entry(seq, seq, subject, msgspec.json.encode(body)))
        executions: list[dict[str, Any]] = msgspec.json.decode(answer)
        return executions

    def furnish(self) -> list[dict[str, Any]]:
        return [self.enter(subject, fields)[0] for subject, fields in entries(KEYS)]

    def orders(self, key: str, commands: list[dict[str, str]]) -> list[dict[str, Any]]:
        """As a gateway writes what comes by a key."""
        told = parse_key(key)
        assert told is not None
        return self.enter("order.created", [one | {"key": told.key_id} for one in commands])


@pytest.mark.parametrize("instrument", MARKET, ids=lambda instrument: instrument.symbol)
def test_a_ladder_rests_and_a_repeat_does_nothing(instrument: DemoInstrument) -> None:
    """Ten levels a side, none trades, and opening again adds nothing."""
    venue = Venue()
    assert {one["result"] for one in venue.furnish()} == {"accepted"}
    first = venue.orders(KEYS.house, ladder(instrument))
    assert {execution["result"] for execution in first} == {"accepted"}
    assert len(first) == 2 * LEVELS
    assert not [execution for execution in first if "trades" in execution]
    again = venue.orders(KEYS.house, ladder(instrument))
    assert {execution["result"] for execution in again} == {"duplicate"}


def test_a_start_that_was_broken_off_is_done_again() -> None:
    """Money is there once, however often the market is opened."""
    venue = Venue()
    venue.furnish()
    assert {one["result"] for one in venue.furnish()} == {"rejected", "duplicate"}
    nothing = {"amount": "0.01", "transfer_id": "t"}
    (balance,) = venue.enter("account.withdraw", {"account": DEMO, **nothing})[0]["balances"]
    assert balance["cash"] == "999999.99"


def test_the_demo_key_is_for_demo_alone() -> None:
    """It trades at once with the house, and for nobody else."""
    venue = Venue()
    venue.furnish()
    for instrument in MARKET:
        venue.orders(KEYS.house, ladder(instrument))
    order = {"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "189.5"}
    (mine,) = venue.orders(KEYS.demo, [order | {"account": DEMO}])
    assert mine["order"]["status"] == "filled"
    (theirs,) = venue.orders(KEYS.demo, [order | {"account": HOUSE}])
    assert theirs["reason"] == "not_allowed"
    short = order | {"side": "sell", "symbol": "TSLA", "price": "200", "account": DEMO}
    assert venue.orders(KEYS.demo, [short])[0]["result"] == "accepted"


def test_the_first_order_of_the_welcome_trades() -> None:
    """`outcry order buy 10 AAPL --limit 189.50` meets the lowest offer."""
    (apple,) = (instrument for instrument in MARKET if instrument.symbol == "AAPL")
    assert apple.offer == "189.5"
