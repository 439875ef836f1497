"""How executions repeat a command: whole, what was left out filled in."""

from decimal import Decimal

from sim.exact import Fields, plain, without_empty

LISTED = ("tick", "lot", "min_quantity", "max_quantity", "max_price")
RATES = ("price_band", "maker_fee", "taker_fee")
SIZES = ("max_notional", "max_position")
DECIMALS = (
    *("quantity", "price", "stop_price", "amount", "reference_price", "max_exposure"),
    *("trail", "trail_percent", "stop_limit_price"),
    *(*LISTED, *RATES, *SIZES),
)
WHOLE = ("timeout", "max_open_orders", "max_order_rate", "multiplier")
OF_AN_ACCOUNT = ("replace", "cancel", "cancel_all", "cancel_all_after")
"""What is for `demo` where it names no account."""
DEFAULTS: dict[str, Fields] = {
    "venue.open": {"clock": "stamps", "start": "0", "client_id_horizon": 2_000_000},
    "instrument.list": {
        "lot": "1",
        "max_quantity": "1000000000",
        "max_price": "1000000000",
        "state": "open",
    },
    "account.open": {
        "type": "cash",
        "access": "keys",
        "self_trade_prevention": "cancel_newest",
    },
}


def echo(op: str, command: Fields) -> Fields:
    """Without the key, which the execution tells beside it."""
    full: Fields = {"op": op} | DEFAULTS.get(op, {}) | command
    full.pop("key", None)
    for name in ("expire_at", "good_until"):
        if full.get(name):
            full[name] = str(full[name])
    if op in OF_AN_ACCOUNT:
        full.setdefault("account", "demo")
    if op == "instrument.list":
        full.setdefault("min_quantity", full["lot"])
    if op == "account.open":
        full.setdefault("multiplier", 2 if full["type"] == "margin" else 1)
    for name in DECIMALS:
        if name in full and full[name] != "inherit":
            full[name] = plain(Decimal(full[name]))
    told = without_empty(full)
    if op == "instrument.list":  # no limit is as none said
        return {name: value for name, value in told.items() if value != "0"}
    return told | _settings(op, full)


def _settings(op: str, full: Fields) -> Fields:
    """What says something also where it is 0 or false."""
    told = {name: int(full[name]) for name in WHOLE if name in full}
    if op == "account.set" and "shorting" in full:
        told["shorting"] = full["shorting"]
    return told
