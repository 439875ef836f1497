"""Placing, changing and cancelling an order."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.instructions import PLAIN, Instructions
from outcry.cli.moments import last_moment_ns
from outcry.cli.tables import print_json
from outcry.cli.ticket import show_standing, show_ticket
from outcry.wire.decimals import parse_decimal
from outcry.wire.order_id import parse_order_id

Price = Annotated[str, Parameter(name=["--limit", "--price"])]
Stop = Annotated[str, Parameter(name=["--stop", "--stop-price"])]
StopLimit = Annotated[str, Parameter(name=["--stop-limit", "--stop-limit-price"])]
TimeInForce = Annotated[
    Literal["gtc", "ioc", "fok", "day", "gtd"] | None,
    Parameter(name=["--tif", "--time-in-force"]),
]
Account = Annotated[str, Parameter(env_var="OUTCRY_ACCOUNT")]
Seconds = float | None
DAY_S = 86_400
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_PIECE = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f-]*|0000[0-9a-f]{4}-[0-9a-f]{4}[0-9a-f-]*"
    r"|[0-9a-f-]*-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})[.\u2026]*",
    re.ASCII | re.IGNORECASE,
)
"""What is left of an order id of which a part was lost."""


def order(
    side: Literal["buy", "sell"],
    quantity: str,
    symbol: str = "",
    /,
    *,
    limit: Price = "",
    tif: TimeInForce = None,
    account: Account = "",
    client_order_id: str = "",
    expires_in: Seconds = None,
    instructions: Instructions = PLAIN,
    gateway: Gateway | None = None,
) -> int:
    """Buy or sell: `outcry order buy 10 AAPL --limit 189.50`.

    Parameters
    ----------
    side
        buy or sell.
    quantity
        How much, as in 10 or 0.25; not with --notional.
    symbol
        Of which instrument, as in AAPL.
    limit
        The price to pay at most, or to take at least. Without it: a market order.
    tif
        How long it stands: gtc (until cancelled), day (until the day ends, UTC), gtd (until
        --good-until), ioc (what trades at once), fok (all at once or nothing). Left out: gtc, for a
        market order ioc.
    account
        Whose order it is, where your key is for several; the first of them when left out.
    client_order_id
        A name of your own for it; a repeat with the same name does nothing.
    expires_in
        Seconds after which it is refused, should it come into the log no sooner.
    """
    if instructions.notional:
        quantity, symbol = ("", quantity) if not symbol else (quantity, symbol)
    if not symbol or (quantity and instructions.notional):
        text = "say how much of what: `outcry order buy 10 AAPL`, or a symbol and --notional"
        raise Failed(text, ExitCode.USAGE)
    if parse_decimal(symbol) and quantity and parse_decimal(quantity) is None:
        text = f"the quantity comes first: `outcry order {side} {symbol} {quantity}`"
        raise Failed(text, ExitCode.USAGE)
    instructions.refuse(limit, tif)
    return _send(
        gateway,
        {
            "symbol": symbol.upper(),
            "side": side,
            "type": instructions.kind(limit),
            "quantity": quantity,
            "price": limit,
            "time_in_force": tif or ("gtd" if instructions.good_until else None),
            "account": account,
            "client_order_id": client_order_id,
            "expires_in": _milliseconds(expires_in, "--expires-in"),
            **instructions.fields(),
        },
    )


def cancel(
    order: str = "",
    /,
    *,
    client_order_id: str = "",
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    after: Seconds = None,
    symbol: str = "",
    side: Literal["buy", "sell"] | None = None,
    account: Account = "",
    gateway: Gateway | None = None,
) -> int:
    """Cancel what is open of an order, or of all: `outcry cancel --all`.

    Parameters
    ----------
    order
        The order: its id, or the client order id that you gave it.
    client_order_id
        Or so, where a client order id of yours looks like an order id.
    everything
        All open orders of the account.
    after
        All of them in so many seconds, unless this is said again before; 0: no more.
    symbol
        With --all: only of this instrument.
    side
        With --all: only these.
    account
        Whose order it is, where your key is for several; the first of them when left out.
    """
    named = bool(order or client_order_id)
    if order.lower() == "all":
        text = (
            "say --all to cancel all open orders; an order of this name goes by --client-order-id"
        )
        raise Failed(text, ExitCode.USAGE)
    if named + everything + (after is not None) > 1:
        raise Failed("name an order, or say --all, or --after: one of them", ExitCode.USAGE)
    if (symbol or side) and not everything:
        raise Failed("--symbol and --side go with --all", ExitCode.USAGE)
    if after is not None:
        timeout = _milliseconds(after, "--after")
        return _send(gateway, {"op": "cancel_all_after", "timeout": timeout, "account": account})
    if everything:
        which = {"symbol": symbol.upper(), "side": side}
        return _send(gateway, {"op": "cancel_all", **which, "account": account})
    which_one = named_order(order, client_order_id)
    return _send(gateway, {"op": "cancel", **which_one, "account": account})


def replace(
    order: str = "",
    /,
    *,
    client_order_id: str = "",
    quantity: str = "",
    price: Price = "",
    stop: Stop = "",
    stop_limit: StopLimit = "",
    trail: str = "",
    trail_percent: str = "",
    good_until: str = "",
    new_client_order_id: str = "",
    account: Account = "",
    gateway: Gateway | None = None,
) -> int:
    """Change terms of an open order; less at the same prices keeps its place.

    Parameters
    ----------
    order
        The order: its id, or the client order id that you gave it.
    client_order_id
        Or so, where a client order id of yours looks like an order id.
    quantity
        Its new total, with what is filled already.
    price
        Its new price.
    stop
        Its new stop price, while it waits for that.
    stop_limit
        Of an order with two ways to trade: its new limit price once its stop is reached.
    trail
        Of a trailing stop: how far it stays behind from now on.
    trail_percent
        The same, of one that is in percent.
    good_until
        Until when it is open from now on, as in 2027-01-31T16:00:00 (UTC); a day alone means its
        end, UTC.
    new_client_order_id
        A new name for it.
    account
        Whose order it is, where your key is for several; the first of them when left out.
    """
    terms = {
        "quantity": quantity,
        "price": price,
        "stop_price": stop,
        "stop_limit_price": stop_limit,
        "trail": trail,
        "trail_percent": trail_percent,
        "good_until": str(last_moment_ns(good_until, "--good-until")) if good_until else "",
    }
    if not any(terms.values()):
        raise Failed("give what is new, such as --quantity, --price or --stop", ExitCode.USAGE)
    return _send(
        gateway,
        {
            "op": "replace",
            **named_order(order, client_order_id),
            **terms,
            "new_client_order_id": new_client_order_id,
            "account": account,
        },
    )


def named_order(order: str, client_order_id: str) -> dict[str, str]:
    """The field that names an order. Raises Failed: neither of the two, or both, or a piece of an
    order id."""
    if bool(order) == bool(client_order_id):
        raise Failed(
            "name the order by its id or its client order id, as in `outcry cancel my-order-1`",
            ExitCode.USAGE,
        )
    if order and parse_order_id(order):
        return {"order_id": order}
    if _PIECE.fullmatch(order) and not _UUID.fullmatch(order):
        raise Failed(
            f"{order} is a damaged order id: a whole one has 36 characters, as `outcry orders` "
            "shows it; a client order id that looks so goes by --client-order-id",
            ExitCode.USAGE,
        )
    return {"client_order_id": order or client_order_id}


def _milliseconds(seconds: Seconds, option: str) -> int | None:
    if seconds is None:
        return None
    if not 0 <= seconds <= DAY_S:  # not a number is neither
        raise Failed(f"{option} is a number of seconds, up to {DAY_S}", ExitCode.USAGE)
    return max(1, round(seconds * 1000)) if seconds else 0


def _send(gateway: Gateway | None, command: dict[str, Any]) -> int:
    at = gateway or Gateway()
    execution = at.order(
        {name: value for name, value in command.items() if value not in (None, "")}
    )
    if at.json:
        print_json(execution)
    else:
        show_ticket(execution)
        _show_what_followed(at, execution)
        if way := _protection(command, execution.get("reason", "")):
            print(f"what protects a position that is there: `{way}`")
    missed = execution["result"] == "rejected" or execution.get("blocked")
    return ExitCode.REFUSED if missed else ExitCode.OK


def _protection(command: Mapping[str, Any], reason: str) -> str:
    """The order that does for a position that is there what an exit does for a new one, where the
    prices of the exit tell that this was meant; empty: they do not."""
    gain, loss = command.get("take_profit"), command.get("stop_loss")
    if reason != "leg_prices" or not (gain and loss and command.get("quantity")):
        return ""
    if (Decimal(gain) > Decimal(loss)) is not (command["side"] == "sell"):
        return ""
    words = f"outcry order {command['side']} {command['quantity']} {command['symbol']}"
    limit = command.get("stop_loss_limit")
    then = f" --stop-limit {limit}" if limit else ""
    return f"{words} --oco --limit {gain} --stop {loss}{then}"


def _show_what_followed(at: Gateway, execution: Mapping[str, Any]) -> None:
    """Of an order that is answered as held: it may have been triggered right behind that."""
    order = execution.get("order")
    if execution["result"] == "rejected" or not order:
        return
    if order["status"] != "held" or order.get("unarmed"):
        return
    try:
        now = at.get(f"/order/{order['order_id']}")["order"]
    except Failed:  # it is ordered all the same
        return
    if now["status"] not in ("held", "pending"):
        show_standing(now)
