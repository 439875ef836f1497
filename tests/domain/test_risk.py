"""Whether an account may have an order, rule by rule."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outcry.domain.account import Account, Position
from outcry.domain.book import Book
from outcry.domain.instrument import Instrument
from outcry.domain.limits import MULTIPLIER_MAX
from outcry.domain.order import Order
from outcry.domain.power import available
from outcry.domain.risk import band, margin, protection_price
from outcry.domain.types import GTC, LIMIT, UNIT, AccountType, OrderId, Side
from tests.venue import Venue

PRICES = st.integers(1, 9 * 10**18)
SHARES = st.integers(0, UNIT - 1)


@given(PRICES, SHARES)
def test_the_band_is_exact(around: int, share: int) -> None:
    """Its edges are the outermost prices that differ by no more than the share."""
    low, high = band(around, share)
    within = Fraction(share, UNIT) * around
    assert around - low <= within < around - low + 1
    assert high - around <= within < high - around + 1
    assert 0 < low <= around <= high


SMALL = st.integers(1, 1_000)
MULTIPLIERS = st.integers(1, MULTIPLIER_MAX)
SIDES = st.sampled_from(Side)


@given(SIDES, st.integers(0, 1_000), SMALL)
def test_a_cash_account_needs_its_price(side: Side, mark: int, price: int) -> None:
    """It borrows nothing: what it buys it pays, what it sells it has."""
    assert margin(Side.BUY, False, price, price, mark, 1) == price
    assert margin(Side.SELL, True, price, price, mark, 1) == 0


@pytest.mark.parametrize(
    ("side", "closes", "price", "mark", "multiplier", "expected"),
    [
        (Side.BUY, False, 10, 0, 4, 10),  # no reference price: nothing is lost against it
        (Side.BUY, False, 10, 10, 4, 10),
        (Side.BUY, False, 9, 10, 4, 9),
        (Side.BUY, False, 12, 10, 4, 18),  # 10, and 2 four times
        (Side.BUY, False, 12, 10, 1, 12),
        (Side.SELL, False, 10, 0, 4, 10),
        (Side.SELL, False, 12, 10, 4, 12),
        (Side.SELL, False, 8, 10, 4, 18),  # worth the 10 of the reference price, and 2 four times
        (Side.SELL, False, 8, 10, 1, 12),
        (Side.SELL, True, 10, 0, 4, 0),
        (Side.SELL, True, 11, 10, 4, 0),
        (Side.SELL, True, 8, 10, 4, 0),  # what it sets free is more than it loses
        (Side.SELL, True, 7, 10, 4, 2),
        (Side.SELL, True, 1, 10, 20, 170),
        (Side.BUY, True, 100, 0, 4, 0),
        (Side.BUY, True, 9, 10, 4, 0),
        (Side.BUY, True, 12, 10, 4, 0),
        (Side.BUY, True, 13, 10, 4, 2),
        (Side.BUY, True, 25, 10, 1, 5),  # who covers may lose more than all that it is worth
    ],
)
def test_a_loss_is_paid_in_full(
    side: Side, closes: bool, price: int, mark: int, multiplier: int, expected: int
) -> None:
    """What opens needs its worth and its loss against the reference price; what closes, the loss
    less its worth; the loss as often as the account may borrow."""
    worst = max(price, mark) if side is Side.SELL and not closes else price
    assert margin(side, closes, price, worst, mark, multiplier) == expected


@given(SIDES, st.booleans(), SMALL, SMALL, SMALL, MULTIPLIERS, SMALL, st.data())
def test_a_fill_takes_no_more_than_its_margin(
    side: Side,
    closes: bool,
    limit: int,
    mark: int,
    bid: int,
    multiplier: int,
    quantity: int,
    data: st.DataObject,
) -> None:
    """At any price that the order accepts, valued at the reference price as it was accepted."""
    buys = side is Side.BUY
    position = Position((-quantity if buys else quantity) if closes else 0)
    ann = Account("ann", AccountType.MARGIN, multiplier, positions={"ACME": position})
    book = Book()
    book.mark = mark
    before = available(ann, {"ACME": book})
    price = data.draw(st.integers(1, limit) if buys else st.integers(limit, 2_000))
    signed = quantity if buys else -quantity
    ann.cash -= signed * price
    position.quantity += signed
    worst = limit if buys or closes else max(limit, bid, mark)
    need = margin(side, closes, limit, worst, mark, multiplier) * quantity
    assert before - available(ann, {"ACME": book}) <= need


def book_with(side: Side, price: int, mark: int) -> Book:
    book = Book()
    book.mark = mark
    if price:
        order = Order(OrderId(1), "a", "", "ACME", side, LIMIT, GTC, price, UNIT, UNIT)
        book.rest(order)
    return book


@pytest.mark.parametrize(
    ("side", "best", "mark", "share", "most", "expected"),
    [
        (Side.BUY, 10, 0, "", 99, "11"),  # a tenth around the best offer
        (Side.SELL, 10, 0, "", 99, "9"),
        (Side.BUY, 10, 20, "", 99, "22"),  # around the reference price, where there is one
        (Side.SELL, 10, 20, "0.05", 99, "19"),  # by the band, where there is one
        (Side.BUY, 10, 20, "0.05", 20, "20"),  # never above the highest price
        (Side.BUY, 0, 20, "", 99, "22"),
        (Side.BUY, 0, 0, "", 99, "0"),  # nothing to go by
        (Side.SELL, 0, 0, "", 99, "0"),
    ],
)
def test_a_market_order_is_protected(
    side: Side, best: int, mark: int, share: str, most: int, expected: str
) -> None:
    """It trades up to the edge of the band around the reference price, or else the best price."""
    opposite = Side.SELL if side is Side.BUY else Side.BUY
    price_band = int(float(share or 0) * UNIT)
    listing = Instrument("ACME", 1, 1, 1, UNIT, most * UNIT, price_band=price_band)
    book = book_with(opposite, best * UNIT, mark * UNIT)
    assert protection_price(side, listing, book, book.mark) == int(expected) * UNIT


class Desk(Venue):
    """A venue with one account, `ann`, and `house`, with which she trades."""

    def __init__(self, cash: str, shares: str = "", **terms: Any) -> None:
        super().__init__("ACME")
        self.send("account.open", {"account": "ann", "access": "open"} | terms)
        self.send("account.deposit", {"account": "ann", "amount": cash})
        if shares:
            deposit = {"account": "ann", "symbol": "ACME", "quantity": shares}
            self.send("account.deposit", deposit)

    def ann(self, words: str, **more: Any) -> str:
        """`buy 5 10`: what becomes of it, a reason or a status."""
        side, quantity, price = words.split()
        terms = {"type": "market"} if price == "market" else {"price": price}
        told = self.order(
            account="ann", symbol="ACME", side=side, quantity=quantity, **terms, **more
        )
        return told.reason or (told.order.status if told.order else "")

    def house(self, words: str) -> None:
        side, quantity, price = words.split()
        self.order(account="house", symbol="ACME", side=side, quantity=quantity, price=price)


MARGIN: dict[str, Any] = {"type": "margin", "multiplier": 2}
SHORT = MARGIN | {"shorting": True}


def test_a_cash_account_buys_with_what_it_has() -> None:
    """To the last cent, and open orders hold theirs."""
    desk = Desk("100")
    assert desk.ann("buy 5 10") == "new"
    assert desk.ann("buy 5 10.01") == "buying_power"
    assert desk.ann("buy 5 10") == "new"
    assert desk.ann("buy 1 0.01") == "buying_power"


def test_the_fee_must_be_there_too() -> None:
    """The higher of the two, as an order may make or take."""
    desk = Desk("100.10")
    desk.send("instrument.set", {"symbol": "ACME", "maker_fee": "0.001", "taker_fee": "0.002"})
    assert desk.ann("buy 10 10") == "buying_power"
    desk.send("account.deposit", {"account": "ann", "amount": "0.10"})
    assert desk.ann("buy 10 10") == "new"
    assert desk.engine.accounts.by_name["ann"].held == (100 * UNIT + UNIT // 10) * UNIT


def test_a_margin_account_borrows() -> None:
    """As often as its multiplier says, and what it holds counts at the reference price."""
    desk = Desk("100", **MARGIN)
    desk.house("sell 40 10")
    assert desk.ann("buy 21 10") == "buying_power"
    assert desk.ann("buy 20 10") == "filled"
    assert desk.ann("buy 1 10") == "buying_power"
    desk.send("instrument.set", {"symbol": "ACME", "reference_price": "11"})
    assert desk.ann("buy 3 10") == "buying_power"
    assert desk.ann("buy 2 10") == "filled"  # of 120 twice, 220 are at stake


def test_who_sells_has_it() -> None:
    """Only a margin account that may go short sells what it has not."""
    assert Desk("100").ann("sell 1 10") == "shorting"
    assert Desk("100", **MARGIN).ann("sell 1 10") == "shorting"
    assert Desk("100", **SHORT).ann("sell 20 10") == "new"
    assert Desk("100", **SHORT).ann("sell 21 10") == "buying_power"


def test_a_short_sale_costs_the_best_bid_where_that_is_higher() -> None:
    """It would trade there."""
    desk = Desk("100", **SHORT)
    desk.house("buy 1 20")
    assert desk.ann("sell 11 10") == "buying_power"
    assert desk.ann("sell 10 10") == "partially_filled"


def test_an_order_closes_or_opens() -> None:
    """Never both: what is there beside open orders is the most, with shorting too."""
    desk = Desk("100", "10", **SHORT)
    assert desk.ann("sell 11 10") == "shares_available"
    assert desk.ann("sell 6 10") == "new"
    assert desk.ann("sell 5 10") == "shares_available"
    assert desk.ann("sell 4 10") == "new"


def test_who_covers_buys_no_more_than_is_owed() -> None:
    """It takes no buying power, since it gives some back."""
    desk = Desk("100", **SHORT)
    desk.house("buy 20 10")
    assert desk.ann("sell 20 10") == "filled"
    assert desk.ann("buy 21 10") == "shares_available"
    assert desk.ann("buy 20 10") == "new"
    assert desk.ann("buy 1 10") == "shares_available"


@pytest.mark.parametrize(
    ("limits", "refused", "accepted", "reason"),
    [
        ({"max_notional": "100"}, "buy 11 10", "buy 10 10", "max_notional"),
        ({"max_position": "10"}, "buy 11 10", "buy 10 10", "position_limit"),
        ({"max_position": "10"}, "sell 11 10", "sell 10 10", "position_limit"),
        ({"max_exposure": "100"}, "buy 11 10", "buy 10 10", "exposure_limit"),
        ({"max_exposure": "100"}, "sell 11 10", "sell 10 10", "exposure_limit"),
    ],
)
def test_an_account_has_limits(
    limits: dict[str, str], refused: str, accepted: str, reason: str
) -> None:
    """What is equal to one is within it."""
    desk = Desk("1000000", **SHORT)
    desk.send("account.set", {"account": "ann"} | limits)
    assert desk.ann(refused) == reason
    assert desk.ann(accepted) == "new"


def test_open_orders_and_orders_a_second_are_counted() -> None:
    """Those that were accepted; a replace counts to the second, but is no new open order."""
    desk = Desk("1000")
    desk.send("account.set", {"account": "ann", "max_open_orders": 2})
    for client_order_id in ("a", "b"):
        assert desk.ann("buy 1 1", client_order_id=client_order_id) == "new"
    assert desk.ann("buy 1 1") == "open_orders_limit"
    desk.send("account.set", {"account": "ann", "max_open_orders": 0, "max_order_rate": 4})
    move = {"op": "replace", "account": "ann", "client_order_id": "a", "price": "2"}
    assert desk.order(**move).result == "accepted"
    assert desk.ann("buy 1 1") == "new"
    assert desk.ann("buy 1 1") == "order_rate"
    body = {"account": "ann", "symbol": "ACME", "side": "buy", "quantity": "1", "price": "1"}
    (told,) = desk.send("order.created", body, 1_000_000_000)
    assert told.result == "accepted"


def test_the_most_special_limit_holds() -> None:
    """Of the account there, the account, the instrument, the market: the first that has one."""
    desk = Desk("1000000")
    places = [
        ("market.set", {}, "10"),
        ("instrument.set", {"symbol": "ACME"}, "20"),
        ("account.set", {"account": "ann"}, "30"),
        ("account.set", {"account": "ann", "symbol": "ACME"}, "5"),
    ]
    for subject, where, most in places:
        desk.send(subject, where | {"max_notional": most})
        assert desk.ann(f"buy {int(most) + 1} 1") == "max_notional"
        assert desk.ann(f"buy {most} 1") == "new"


def test_a_replace_brings_what_it_holds() -> None:
    """Only what it needs more must be there."""
    desk = Desk("100")
    assert desk.ann("buy 10 10", client_order_id="a") == "new"
    move = {"op": "replace", "account": "ann", "client_order_id": "a"}
    assert desk.order(**move, price="10.01").reason == "buying_power"
    assert desk.order(**move, price="5", quantity="20").result == "accepted"
    assert desk.engine.accounts.by_name["ann"].held == 100 * UNIT * UNIT
    assert desk.order(**move, quantity="1").result == "accepted"
    assert desk.engine.accounts.by_name["ann"].held == 5 * UNIT * UNIT


ORDERS = st.tuples(
    st.sampled_from(["buy", "sell"]), st.integers(1, 30), st.sampled_from([1, 5, 9, 10, 11, 15, 40])
)


@given(MULTIPLIERS, ORDERS, st.sampled_from([8, 10, 13]), st.lists(ORDERS, min_size=1, max_size=4))
def test_who_has_buying_power_cannot_lose_what_he_borrowed(
    multiplier: int, first: tuple[str, int, int], mark: int, orders: list[tuple[str, int, int]]
) -> None:
    """Whatever of his orders somebody fills, at whatever price: at the reference price at which
    they were accepted he owes nobody anything."""
    desk = Desk("100", type="margin", multiplier=multiplier, shorting=True)
    side, quantity, price = first
    other = {"buy": "sell", "sell": "buy"}
    desk.house(f"{side} {quantity} {price}")
    desk.ann(f"{other[side]} {quantity} {price}", time_in_force="fok")
    desk.order(op="cancel_all", account="house")
    desk.send("instrument.set", {"symbol": "ACME", "reference_price": str(mark)})
    ann, book = desk.engine.accounts.by_name["ann"], desk.engine.books["ACME"]
    assume(available(ann, desk.engine.books) >= 0)
    for side, quantity, price in orders:
        desk.ann(f"{side} {quantity} {price}")
    assert available(ann, desk.engine.books) >= 0
    assert book.mark == mark * UNIT, "nothing has traded"
    while desk.engine.orders:
        order = next(iter(desk.engine.orders.values()))
        price, quantity = order.price // UNIT, order.leaves // UNIT
        desk.house(f"{other[order.side]} {quantity} {price}")
        assert ann.cash + ann.positions["ACME"].quantity * mark * UNIT >= 0
    assert ann.held == 0
