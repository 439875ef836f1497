"""What open orders hold, by the rules of docs/rules.md, made once more of what executions tell.

Prices and quantities are whole numbers of 10⁻⁹, buying power of 10⁻¹⁸.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

UNIT = 10**9
MONEY = 18
"""Decimal places of money, as price and quantity have nine each."""
PLACES = 9
PROTECTION = UNIT // 10
"""The band of an order without a price where its instrument has none."""
LISTED = ("maker_fee", "taker_fee", "price_band", "max_price")
TWO_WAYS = "limit"
"""The type of an order with a stop price that is in the book all the same."""


def scaled(text: str, places: int = PLACES) -> int:
    """A decimal as a whole number of 10^-places."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))


class Open(NamedTuple):
    """An open order. Fees, multiplier and `margin`, the buying power that each share needs, are as
    they were when it was accepted or last lost its place.

    `worst` is the price at which one that waits for its stop price costs most; 0: it does not wait.
    One that is not `armed`, an exit that waits for its parent, holds nothing at all.
    """

    account: str
    symbol: str
    side: str
    price: int
    stop_price: int
    leaves: int
    closes: bool
    maker_fee: int
    taker_fee: int
    multiplier: int
    margin: int
    worst: int
    armed: bool = True

    @property
    def held(self) -> int:
        """Buying power that it holds."""
        if not self.margin or not self.armed:
            return 0
        price, rate = self.price, self.maker_fee
        if self.worst:
            price, rate = self.worst, max(self.maker_fee, self.taker_fee)
        fee = price * self.leaves * rate // UNIT
        return self.margin * self.leaves + self.multiplier * fee

    @property
    def closing(self) -> int:
        """Shares that it holds."""
        return self.leaves if self.closes and self.armed else 0


@dataclass
class Market:
    """What an instrument says of an order before it comes."""

    terms: dict[str, int] = field(default_factory=dict)
    mark: int = 0
    """The reference price; 0: there is none."""
    bid: int = 0
    ask: int = 0

    def list(self, instrument: dict[str, str]) -> None:
        self.terms = {name: scaled(instrument.get(name, "0")) for name in LISTED}

    def quoted(self, quote: dict[str, Any]) -> None:
        self.bid, self.ask = (scaled(quote[n][0]) if n in quote else 0 for n in ("bid", "ask"))

    def open(self, order: dict[str, str], has: int, multiplier: int) -> Open:
        """An order as it is accepted, of who `has` so much; it has nothing left yet."""
        side = order["side"]
        closes = has > 0 if side == "sell" else has < 0
        ways = [self._way(side, closes, multiplier, *way) for way in _ways(order)]
        return Open(
            order["account"],
            order["symbol"],
            side,
            scaled(order.get("price", "0")),
            scaled(order.get("stop_price", "0")),
            0,
            closes,
            self.terms["maker_fee"],
            self.terms["taker_fee"],
            multiplier,
            max(margin for _, margin in ways),
            max(worst for worst, _ in ways) if waits(order) else 0,
        )

    def _way(
        self, side: str, closes: bool, multiplier: int, price: int, stop_price: int
    ) -> tuple[int, int]:
        """What one way to trade costs at worst, and the margin of that. A stop order is reckoned
        where it will be set off."""
        mark = self.mark
        if stop_price and side == "buy":
            mark = max(stop_price, mark)
        elif stop_price:
            mark = min(stop_price, mark or stop_price)
        limit = price or self._protection(side, mark)
        worst = limit if side == "buy" or closes else max(price, mark, self.bid)
        loss = limit - mark if side == "buy" else mark - limit
        lost = multiplier * max(loss, 0) if mark else 0
        if closes:
            return worst, max(lost - mark, 0)
        if side == "sell":
            return worst, lost + worst
        return worst, lost + (min(limit, mark) if mark else limit)

    def _protection(self, side: str, mark: int) -> int:
        around = mark or (self.ask if side == "buy" else self.bid)
        band = self.terms["price_band"] or PROTECTION
        if side == "buy":
            return min(around * (UNIT + band) // UNIT, self.terms["max_price"])
        return -(-around * (UNIT - band) // UNIT)


def waits(order: dict[str, str]) -> bool:
    """Whether an order waits for its stop price, be it in the book or not."""
    return order["status"] == "held" or (order["type"] == TWO_WAYS and "stop_price" in order)


def _ways(order: dict[str, str]) -> list[tuple[int, int]]:
    """The price and the stop price of each way in which an order may trade; 0: it has none."""
    price, stop_price = (scaled(order.get(name, "0")) for name in ("price", "stop_price"))
    if not waits(order):
        return [(price, 0)]
    if order["type"] != TWO_WAYS:
        return [(price, stop_price)]
    return [(price, 0), (scaled(order.get("stop_limit_price", "0")), stop_price)]
