"""The book that executions add up to."""

from outcry.cli.replay.levels import Levels
from outcry.domain.types import UNIT
from outcry.wire.messages import ExecutionMessage, QuoteMessage
from tests.cli.replay.venue import SYMBOL, Venue


def folded(venue: Venue, levels: Levels, *commands: dict[str, str]) -> ExecutionMessage:
    executions = venue.enter("order.created", list(commands))
    for execution in executions:
        levels.apply(execution)
    return executions[-1]


def order(side: str, quantity: str, price: str, **more: str) -> dict[str, str]:
    return {"symbol": SYMBOL, "side": side, "quantity": quantity, "price": price, **more}


def test_levels_follow_every_kind_of_command() -> None:
    """Placing, trading, replacing and cancelling all show in the levels."""
    venue, levels = Venue(), Levels()
    folded(venue, levels, order("sell", "5", "101", client_order_id="a", account="maker"))
    folded(venue, levels, order("sell", "3", "101", account="maker"))
    folded(venue, levels, order("sell", "2", "102", account="maker"))
    assert levels.best("sell", 9) == [(101 * UNIT, 8 * UNIT), (102 * UNIT, 2 * UNIT)]
    folded(venue, levels, order("buy", "6", "101"))
    assert levels.best("sell", 1) == [(101 * UNIT, 2 * UNIT)]
    folded(venue, levels, order("buy", "4", "101"))
    assert levels.best("buy", 1) == [(101 * UNIT, 2 * UNIT)]
    assert levels.best("sell", 1) == [(102 * UNIT, 2 * UNIT)]


def test_the_best_bid_is_the_highest() -> None:
    """Bids count down, offers up."""
    venue, levels = Venue(), Levels()
    folded(venue, levels, *(order("buy", "1", price) for price in ("99", "100", "98")))
    assert [price // UNIT for price, _ in levels.best("buy", 2)] == [100, 99]


def test_a_quote_is_held_against_the_levels() -> None:
    """The venue's best bid and offer are those that its executions add up to."""
    venue, levels = Venue(), Levels()
    placed = folded(venue, levels, order("buy", "1", "99"))
    assert placed.quote is not None and levels.shows(placed.quote)
    assert not levels.shows(QuoteMessage(("99", "2"), None))
    assert not levels.shows(QuoteMessage(("99", "1"), ("100", "1")))


def test_what_was_refused_changes_nothing() -> None:
    """A rejected order is in no level."""
    venue, levels = Venue(), Levels()
    folded(venue, levels, order("buy", "1", "99.00001"))
    assert levels.best("buy", 1) == []


def test_what_an_order_hides_is_in_no_level() -> None:
    """It counts with what it shows, whatever was traded of it."""
    venue, levels = Venue(), Levels()
    folded(venue, levels, order("sell", "20", "101", display_quantity="5", account="maker"))
    folded(venue, levels, order("sell", "2", "101", account="maker"))
    assert levels.best("sell", 1) == [(101 * UNIT, 7 * UNIT)]
    traded = folded(venue, levels, order("buy", "9", "101"))
    assert levels.best("sell", 1) == [(101 * UNIT, 3 * UNIT)]
    assert traded.quote is not None and levels.shows(traded.quote)


def test_what_loses_its_price_is_in_no_level() -> None:
    """An order with two ways to trade is a market order once it is set off."""
    venue, levels = Venue(), Levels()
    folded(venue, levels, order("buy", "1", "99", account="maker"))
    folded(venue, levels, order("buy", "9", "98", account="maker"))
    stop = {"order_class": "oco", "stop_price": "99"}
    folded(venue, levels, order("sell", "4", "103", **stop))
    assert levels.best("sell", 1) == [(103 * UNIT, 4 * UNIT)]
    triggered = folded(venue, levels, order("sell", "1", "99"))
    assert (triggered.op, triggered.order and triggered.order.price) == ("stop.triggered", "")
    assert levels.best("sell", 1) == []
    assert levels.best("buy", 1) == [(98 * UNIT, 5 * UNIT)]
