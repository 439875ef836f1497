"""What orders under load ask for: of every type and class; some of it the market refuses.

Prices are close to each other, so that stop orders are set off all the time, and set off others.
"""

import random

from chaos.line import Fields
from chaos.venue import LISTED

MIDDLE = 10_000
"""In cents, as all prices here; ticks are a cent, or five."""
FAR = 10
"""How many ticks of five cents prices are away from it."""


def terms(chance: random.Random) -> Fields:
    """What an order asks for."""
    side = chance.choice(["buy", "sell"])
    order = {"symbol": chance.choice(list(LISTED)), "side": side}
    order["quantity"] = str(chance.randrange(1, 20))
    kinds = (_limit, _stop, _trailing, _two_ways, _with_exit, _iceberg, _worth)
    (kind,) = chance.choices(kinds, (60, 10, 6, 8, 10, 3, 3))
    asked = order | kind(chance, side)
    return {name: value for name, value in asked.items() if value}


def changes(chance: random.Random) -> Fields:
    """What a replace asks for, not knowing of what type the order is."""
    if chance.random() < 0.1:
        return {"stop_price": price(_near(chance))}
    return {"quantity": str(chance.randrange(1, 20))}


def price(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _near(chance: random.Random) -> int:
    return MIDDLE + 5 * chance.randrange(-FAR, FAR + 1)


def _limit(chance: random.Random, _: str) -> Fields:
    cents = _near(chance) + (chance.random() < 0.02)  # TSLA has no such price
    time = chance.choice(["gtc", "gtc", "gtc", "ioc", "fok"])
    return {"price": price(cents), "time_in_force": time}


def _stop(chance: random.Random, _: str) -> Fields:
    stop: Fields = {"type": "stop", "stop_price": price(_near(chance))}
    if chance.random() < 0.4:
        stop |= {"type": "stop_limit", "price": price(_near(chance))}
    if chance.random() < 0.3:
        stop["trigger"] = "quote"
    return stop


def _trailing(chance: random.Random, _: str) -> Fields:
    """Refused as long as nothing has traded."""
    trail = {"trail": price(5 * chance.randrange(1, FAR))}
    if chance.random() < 0.4:
        trail = {"trail_percent": f"0.{chance.randrange(1, 10)}"}
    return {"type": "trailing_stop"} | trail


def _two_ways(chance: random.Random, side: str) -> Fields:
    """One cancels the other; now and then its prices stand the wrong way round."""
    gain, loss = sorted((_near(chance), _near(chance)), reverse=side == "sell")
    two = {"order_class": "oco", "price": price(gain), "stop_price": price(loss)}
    if chance.random() < 0.3:
        two["stop_limit_price"] = price(loss)
    return two


def _with_exit(chance: random.Random, side: str) -> Fields:
    """A bracket, or one with one leg, of a limit order or of one that takes what is there."""
    sign = 1 if side == "buy" else -1
    cents = _near(chance)
    kind: Fields = {"price": price(cents)}
    if chance.random() < 0.3:
        kind, cents = {"type": "market"}, MIDDLE
    legs = {
        "take_profit": price(cents + sign * 5 * chance.randrange(1, FAR)),
        "stop_loss": price(cents - sign * 5 * chance.randrange(1, FAR)),
    }
    (order_class,) = chance.choices(("bracket", "gain", "loss"), (5, 1, 1))
    if order_class == "gain":
        del legs["stop_loss"]
    elif order_class == "loss":
        del legs["take_profit"]
    return kind | legs | {"order_class": "bracket" if order_class == "bracket" else "oto"}


def _iceberg(chance: random.Random, _: str) -> Fields:
    quantity = chance.randrange(4, 20)
    display = {"quantity": str(quantity), "display_quantity": str(chance.randrange(1, quantity))}
    return display | {"price": price(_near(chance))}


def _worth(chance: random.Random, _: str) -> Fields:
    worth: Fields = {"quantity": "", "notional": price(chance.randrange(9_000, 150_000))}
    if chance.random() < 0.5:
        return worth | {"type": "market"}
    return worth | {"price": price(_near(chance))}
