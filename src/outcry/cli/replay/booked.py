"""Holds the books against the trades of a replay: exactly those that were seen."""

from outcry.cli.gateway_client import Gateway
from outcry.cli.replay.check import Fill

PAGE = 1000
SHOWN_MAX = 5


def check_booked(gateway: Gateway, symbol: str, seen: dict[str, Fill]) -> tuple[int, list[str]]:
    """How many trades of `symbol` are booked, and what differs from `seen`."""
    differences: list[str] = []
    missing = dict(seen)
    booked, cursor = 0, ""
    while True:
        page = gateway.get("/trades", symbol=symbol, limit=PAGE, before=cursor)
        for trade in page["trades"]:
            booked += 1
            name = trade["trade_id"]
            found = (
                trade["price"],
                trade["quantity"],
                trade["taker_order_id"],
                trade["maker_order_id"],
            )
            expected = missing.pop(name, None)
            if found != expected:
                differences.append(f"trade {name} is booked as {found}; seen was {expected}")
        cursor = page.get("next") or ""
        if not cursor:
            break
    differences += [f"trade {name} is not booked" for name in missing]
    return booked, differences
