"""What is shown of an execution, and to whom: told a second time, field by field."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from sim.exact import Fields, plain

HEAD = ("seq", "ts", "entry", "index", "id", "log", "shard", "result", "op")
OF_THE_MARKET = ("quote", "quotes", "instrument", "unfinished")
OF_ITS_SENDER = ("text", "reason", "field", "first_seq", "command", "blocked", "fires_at", "key")
PRIVATE = ("account.", "key.", "market.")
WITHOUT_RIGHTS = ("unknown_key", "key_revoked", "not_allowed")
OF_ORDERS = (
    *("order_id", "symbol", "side", "type", "time_in_force", "quantity", "price", "status"),
    *("filled_quantity", "leaves_quantity", "average_price", "reason"),
)
"""What anybody may see of one; of its quantities what the book shows."""
FEES = ("taker_fee", "maker_fee")


def seen(execution: Fields, accounts: Collection[str] | None) -> Fields:
    """By who has a key to `accounts` (None: an administrator, who sees everything)."""
    if accounts is None:
        return execution
    theirs = _is_theirs(execution, accounts)
    shown = _some(execution, HEAD)
    secret = _is_secret(execution.get("order", {}), accounts)
    if (execution["op"].startswith(PRIVATE) and not theirs) or (
        secret and execution["result"] == "accepted"
    ):
        shown["op"] = "private"
    if theirs:
        shown |= _some(execution, OF_ITS_SENDER)
    if theirs or execution["result"] == "accepted":
        shown |= _some(execution, OF_THE_MARKET) | _of_orders(execution, accounts)
    if secret:
        shown.pop("order", None)
        shown.pop("quote", None)
    settings = execution.get("settings", {})
    if settings.get("account") in accounts:
        shown["settings"] = settings
    balances = [told for told in execution.get("balances", []) if told["account"] in accounts]
    return shown | ({"balances": balances} if balances else {})


def seen_by_sender(execution: Fields, accounts: Collection[str] | None) -> Fields:
    """By who has sent the command: everything, if it names nobody else."""
    alone = accounts is None or all(name in accounts for name in _named(execution))
    return execution if alone else seen(execution, accounts)


def seen_by_anybody(execution: Fields) -> Fields:
    return seen(execution, ())


def _is_theirs(execution: Fields, accounts: Collection[str]) -> bool:
    parts = (execution.get("order", {}), execution.get("command", {}))
    named = [part["account"] for part in parts if part.get("account")]
    all_theirs = bool(named) and all(account in accounts for account in named)
    by_nobody = execution["op"] == "malformed" or execution.get("reason") in WITHOUT_RIGHTS
    return all_theirs and not by_nobody


def _named(told: object) -> Iterator[str]:
    """The accounts of everything in it."""
    if isinstance(told, dict):
        if isinstance(told.get("account"), str):
            yield told["account"]
        for part in told.values():
            yield from _named(part)
    if isinstance(told, list):
        for part in told:
            yield from _named(part)


def _of_orders(execution: Fields, accounts: Collection[str]) -> Fields:
    shown: Fields = {}
    order = execution.get("order")
    if order is not None:
        shown["order"] = _nameless(order, accounts)
    changed = [one for one in execution.get("changed", []) if not _is_secret(one, accounts)]
    made = [told["order_id"] for told in changed if told["account"] in accounts]
    if changed:
        shown["changed"] = [_nameless(told, accounts) for told in changed]
    for trade in execution.get("trades", []):
        bare = {name: value for name, value in trade.items() if name not in FEES}
        if order is not None and order["account"] in accounts:
            bare |= _some(trade, ("taker_fee",))
        if trade["maker_order_id"] in made:
            bare |= _some(trade, ("maker_fee",))
        shown.setdefault("trades", []).append(bare)
    return shown


def _is_secret(told: Fields, accounts: Collection[str]) -> bool:
    """Whether it is a stop order of somebody else that has never been in the book."""
    return "untriggered" in told and told["account"] not in accounts


def _nameless(told: Fields, accounts: Collection[str]) -> Fields:
    if told["account"] in accounts:
        return told
    seen = _some(told, OF_ORDERS)
    if "displayed_quantity" in told:
        seen["leaves_quantity"] = told["displayed_quantity"]
    if "display_quantity" in told:
        whole = Decimal(seen["filled_quantity"]) + Decimal(seen["leaves_quantity"])
        seen["quantity"] = plain(whole)
    return seen


def _some(fields: Fields, names: Collection[str]) -> Fields:
    return {name: fields[name] for name in names if name in fields}
