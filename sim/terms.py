"""The terms of new orders and of settings, as a seed has them: few, so that they meet often."""

from decimal import Decimal

from sim.dice import Dice
from sim.exact import Fields, plain

SYMBOLS = ("ACME", "ACME", "ZINC")
LAST_NS = 2**63 - 1
TOP = Decimal("10.25")
"""The highest price of the instruments."""
FORMS = (
    *(("limit", time) for time in ("gtc", "ioc", "fok", "day", "gtd")),
    *(("market", time) for time in ("gtc", "ioc", "fok")),
    *((kind, time) for kind in ("stop", "stop_limit") for time in ("gtc", "day", "gtd")),
)
"""Types of orders that may bring an exit, with the times in force that they may have."""
KEPT = ("account", "client_order_id", "symbol", "side")


class Terms:
    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    # Orders ------------------------------------------------------------------------------

    def _new(self) -> Fields:
        dice = self._dice
        symbol = "NONE" if dice.chance(0.01) else self._symbol()
        new: Fields = {"symbol": symbol, "side": self._side(), "quantity": self._quantity()}
        if dice.chance(0.6):
            new["client_order_id"] = self._name()
        if dice.chance(0.08):
            new["reduce_only"] = True
        if dice.chance(0.28):
            return new | self._waiting(new["side"])
        if dice.chance(0.12):
            market = {"type": "market"}
            market |= self._some({"time_in_force": dice.one_of(("fok", "gtc"))}, 0.3)
            return new | market if dice.chance(0.8) else new | {"type": "market"} | self._least(new)
        if dice.chance(0.2):
            new["time_in_force"] = dice.one_of(("ioc", "fok"))
            if new["time_in_force"] == "ioc" and dice.chance(0.4):
                new |= self._least(new)
        elif dice.chance(0.2):
            new |= self._iceberg()
        if "time_in_force" not in new and dice.chance(0.1):
            new["post_only"] = True
        return new | {"price": self._price(new["side"])}

    def _waiting(self, side: str) -> Fields:
        """An order that waits for the market to come to a price."""
        choice = self._dice.below(7)
        if choice < 3:
            return self._stop(side)
        return self._two_ways(side) if choice < 5 else {"type": "trailing_stop"} | self._trail()

    def _stop(self, side: str) -> Fields:
        """An order that waits for the price of a trade, or of a quote; mostly not yet there."""
        stop: Fields = {"type": "stop", "stop_price": self._price(side)}
        if self._dice.chance(0.5):
            stop = stop | {"type": "stop_limit", "price": self._price(side)}
        return stop | self._some({"trigger": self._dice.one_of(("trade", "quote"))}, 0.5)

    def _trail(self) -> Fields:
        """How far an order stays behind the market; seldom nothing, or as far as it may."""
        dice = self._dice
        if dice.chance(0.5):
            return {"trail": dice.one_of(("0.25", "0.25", "0.5", "0.75", "1", "0.1", "9.5"))}
        share = dice.one_of(("1", "1", "2.5", "2.5", "2.500000001", "5", "10", "0.000000001", "99"))
        return {"trail_percent": share}

    def _two_ways(self, side: str) -> Fields:
        """One cancels the other; now and then its prices stand the wrong way round."""
        low, high = sorted((self._price(side), self._price(side)), key=Decimal)
        if (side == "sell") != self._dice.chance(0.1):
            low, high = high, low
        two: Fields = {"order_class": "oco", "price": low, "stop_price": high}
        limit = {"stop_limit_price": self._price(side)}
        return two | self._some(limit, 0.4) | self._some({"trigger": "quote"}, 0.3)

    def _with_exit(self, new: Fields, now_ns: int) -> Fields:
        """Now and then a new order brings its exit: as it is, or more often as one of any form."""
        dice = self._dice
        if "order_class" in new or new.get("type") == "trailing_stop" or not dice.chance(0.2):
            return new
        new = {name: value for name, value in new.items() if name != "reduce_only"}
        if dice.chance(0.25):
            gain, loss, limit = self._exit(new["side"], Decimal(new.get("price", "9.75")))
        else:
            new = self._of_any_form(new, now_ns)
            gain, loss, limit = self._exit(new["side"], Decimal("9.5"), beyond=2)
        if dice.chance(0.4):
            return new | {"order_class": "oto", "take_profit": gain}
        stop = {"stop_loss": loss} | self._some({"stop_loss_limit": limit}, 0.3)
        if dice.chance(0.4):
            return new | stop | {"order_class": "oto"}
        return new | stop | {"order_class": "bracket", "take_profit": gain}

    def _exit(self, side: str, middle: Decimal, beyond: int = 0) -> list[str]:
        """Where an exit gains, where it loses, and its price then: mostly as they have to stand,
        and more than so many ticks from the middle."""
        dice = self._dice
        away = 1 if (side == "buy") == dice.chance(0.95) else -1
        return [
            plain(min(middle + sign * away * Decimal("0.25") * (1 + beyond + dice.below(3)), TOP))
            for sign in (1, -1, -1)
        ]

    def _of_any_form(self, new: Fields, now_ns: int) -> Fields:
        """A new order as one of any such type and time in force, more often to buy."""
        dice = self._dice
        kind, time = dice.one_of(FORMS)
        form = {name: new[name] for name in KEPT if name in new}
        form |= {"type": kind, "time_in_force": time, "quantity": self._quantity()}
        if dice.chance(0.5):
            form["side"] = "buy"
        if kind in ("limit", "stop_limit"):
            form["price"] = self._price(form["side"])
        if kind in ("stop", "stop_limit"):
            form["stop_price"] = self._price(form["side"])
        if time == "gtd":
            form["good_until"] = self._good_until(now_ns)
        return form

    def _least(self, new: Fields) -> Fields:
        """What has to trade at once."""
        least = 1 + self._dice.below(int(new["quantity"]))
        return {"time_in_force": "ioc", "min_quantity": str(least)}

    def _iceberg(self) -> Fields:
        """An order that shows a part; not always in whole lots."""
        display = self._dice.one_of((2, 4, 4, 4, 5, 6))
        return {"display_quantity": str(display), "quantity": str(2 * (4 + self._dice.below(6)))}

    def _notional(self, new: Fields) -> Fields:
        """Now and then a new order says its worth in place of its quantity, where it may."""
        apart = {"stop_price", "min_quantity", "display_quantity", "trail", "trail_percent"}
        often = 0.3 if new.get("type") == "market" else 0.08
        if not apart.isdisjoint(new) or not self._dice.chance(often):
            return new
        named = {name: value for name, value in new.items() if name != "quantity"}
        price = self._dice.one_of(("9", "9.5", "10.25", "10.000000001"))
        return named | {"notional": plain(Decimal(new["quantity"]) * Decimal(price))}

    def _end(self, new: Fields, now_ns: int) -> Fields:
        """Until when a new order is open, of some that may wait."""
        dice = self._dice
        waits = new.get("type") != "market" and "time_in_force" not in new
        if not waits or not dice.chance(0.35):
            return {}
        if dice.chance(0.3):
            return {"time_in_force": "day"}
        return {"time_in_force": "gtd", "good_until": self._good_until(now_ns)}

    def _good_until(self, now_ns: int) -> str:
        by = self._dice.one_of((-1, 0, 1, *(400_000_000 - now_ns % 400_000_000,) * 9))
        return str(min(now_ns + by, LAST_NS))

    # Choices -----------------------------------------------------------------------------

    def _some(self, fields: Fields, share: float) -> Fields:
        return {name: value for name, value in fields.items() if self._dice.chance(share)}

    def _limits(self) -> Fields:
        dice = self._dice
        return {
            "max_notional": dice.one_of(("0", "0", "100", "1000")),
            "max_position": dice.one_of(("0", "0", "20", "150")),
        }

    def _more_limits(self) -> Fields:
        dice = self._dice
        return {
            "max_open_orders": dice.one_of((0, 0, 2, 6)),
            "max_order_rate": dice.one_of((0, 0, 3, 8)),
            "max_exposure": dice.one_of(("0", "0", "100", "500", "3000")),
        }

    def _fees(self, *more: str) -> Fields:
        rates = ("0", "0.001", "0.002500001", "0.1", *more)
        return {name: self._dice.one_of(rates) for name in ("maker_fee", "taker_fee")}

    def _symbol(self) -> str:
        return self._dice.one_of(SYMBOLS)

    def _side(self) -> str:
        return self._dice.one_of(("buy", "sell"))

    def _prevention(self) -> str:
        return self._dice.one_of(("none", "cancel_newest", "cancel_oldest"))

    def _name(self) -> str:
        return f"n{self._dice.below(150)}"

    def _quantity(self) -> str:
        return str((2 if self._dice.chance(0.9) else 1) * (1 + self._dice.below(10)))

    def _price(self, side: str) -> str:
        """Mostly one at which somebody trades."""
        cheapest = 9.25 if side == "buy" else 9
        tick = 0.25 if self._dice.chance(0.98) else 0.2
        return f"{cheapest + self._dice.below(6) * tick:g}"
