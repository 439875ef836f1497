"""One execution as a person reads it: what became of the command, and its fills."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.text import Text

from outcry.cli.account_lines import balance_line, settings_line
from outcry.cli.moments import moment_text
from outcry.cli.money import cash_text
from outcry.cli.tables import (
    SIDES,
    STATUSES,
    Column,
    coloured,
    identity,
    make_table,
    number,
    plain,
)

FILLS_MAX = 20
_PLACES = Decimal("0.0001")
_LOG_TIME = re.compile(r"\b[0-9]{19}\b")
_SHOWN = ("amount", "quantity", "symbol", "state", "account", "key_id", "role")
"""What the headline of a command shows that is about no order."""
_RESULTS = {
    "accepted": "bold green",
    "blocked": "bold yellow",
    "duplicate": "bold yellow",
    "rejected": "bold red",
}
_SAID = {
    "trigger": "by {}",
    "post_only": "post-only",
    "reduce_only": "reduce-only",
    "min_quantity": "at least {}",
    "display_quantity": "showing {}",
    "notional": "worth {}",
    "take_profit": "take profit {}",
    "stop_loss": "stop loss {}",
    "stop_loss_limit": "then at {}",
    "parent_order_id": "(exit)",
}
"""What few orders say beside their prices, in words."""
_REASONS = {
    "immediate_or_cancel": "what did not trade at once was cancelled",
    "fill_or_kill": "it could not be filled whole",
    "no_liquidity": "nothing more to trade with",
    "self_trade": "it met an order of the same account",
    "dead_mans_switch": "nobody renewed `cancel_all_after` in time",
    "work_limit": "it would have traded with too many orders at once",
    "price_protection": "the rest is too far from the reference price",
    "min_quantity": "less could trade at once than it had to",
    "expired": "its time is over",
    "parent_ended": "its parent has ended without a fill",
    "exit_filled": "its exit has ended all that it had opened",
    "exit_triggered": "the market has come to the stop price of its exit",
    "nothing_to_close": "the position that it was to end was taken by transfers before its turn",
}


def show_ticket(execution: Mapping[str, Any]) -> None:
    """Print an execution."""
    console = Console(soft_wrap=True)
    console.print(Text.assemble(headline(execution), (f"  seq {execution['seq']}", "dim")))
    order = execution.get("order")
    if order and execution["result"] != "rejected":
        console.print(_named(order))
    else:
        _show_others(console, execution)
    fills = execution.get("trades", [])
    if fills:
        columns = [number("quantity"), number("price"), plain("maker_order_id", "with order")]
        if any("taker_fee" in fill for fill in fills):
            fee = Column("fee", lambda fill: cash_text(fill.get("taker_fee", "0")), justify="right")
            columns.insert(2, fee)
        console.print(make_table(columns, fills[:FILLS_MAX]))
        if len(fills) > FILLS_MAX:
            console.print(f"and {len(fills) - FILLS_MAX} more fills", style="dim")
    for balance in execution.get("balances", ())[:FILLS_MAX]:
        console.print(balance_line(balance))
    if settings := execution.get("settings"):
        console.print(settings_line(settings))


def show_standing(order: Mapping[str, Any]) -> None:
    """Print how an order stands that is no longer held."""
    Console(soft_wrap=True).print(Text.assemble(("no longer held  ", "dim"), standing(order)))


def _show_others(console: Console, execution: Mapping[str, Any]) -> None:
    """What a command did that was about no order of its own."""
    if execution.get("blocked"):
        name = execution["command"]["client_order_id"]
        text = f"nothing was cancelled: no open order has the client order id {name}"
        console.print(Text(text, style="yellow"))
        console.print("it is given up: an order that comes under it later is refused", style="dim")
    if fires_at := execution.get("fires_at"):
        console.print(f"everything is cancelled at {moment_text(fires_at)}, unless this is renewed")
    changed = execution.get("changed", [])
    if changed:
        columns = (
            identity("order_id", "order id"),
            plain("client_order_id"),
            coloured("status", STATUSES),
        )
        console.print(make_table(columns, changed[:FILLS_MAX]))
        if len(changed) > FILLS_MAX:
            console.print(f"and {len(changed) - FILLS_MAX} more orders", style="dim")
    elif execution["op"] == "cancel_all" and execution["result"] == "accepted":
        console.print("no order was open", style="dim")
    if execution.get("unfinished"):
        console.print("more go with the next entries", style="dim")


def headline(execution: Mapping[str, Any]) -> Text:
    """One line: the result, the command, and why, if it was refused."""
    result = "blocked" if execution.get("blocked") else execution["result"]
    line = Text.assemble((result, _RESULTS[result]), "  ", _asked(execution))
    if result == "rejected":
        if reason := execution.get("reason"):
            line.append(f"  {reason}: {_text_of(execution)}", style="red")
    elif (changed := execution.get("changed", ())) and "order" not in execution:
        orders = "order" if len(changed) == 1 else "orders"
        line.append(f"  {len(changed)} {orders} {changed[0]['status']}")
    elif result == "duplicate":
        first = execution.get("first_seq")  # which others are not told
        line.append(f"  first at seq {first}, not done again" if first else "", style="yellow")
    return line


def _text_of(execution: Mapping[str, Any]) -> str:
    """Why it was refused; log times as people read them."""
    text = str(execution.get("text", ""))
    if execution.get("reason") != "expired":
        return text
    return _LOG_TIME.sub(lambda time: moment_text(time[0]), text)


def _asked(execution: Mapping[str, Any]) -> Text:
    order, command = execution.get("order"), execution.get("command") or {}
    op = execution["op"]
    if order and op == "new":
        return order_text(order)
    named = order or command
    words = [op]
    words += [str(command[field]) for field in _SHOWN if field in command]
    if order:
        return Text.assemble(f"{op} ", order_text(named))
    words += [str(command[field]) for field in ("order_id", "client_order_id") if field in command]
    return Text(" ".join(words))


def order_text(order: Mapping[str, Any]) -> Text:
    """ "buy 10 AAPL at 189.5 ioc"; how long it stands comes last, when that is not the usual."""
    shows, now = order.get("display_quantity"), order.get("displayed_quantity")
    said = [text.format(order[name]) for name, text in _SAID.items() if order.get(name)]
    if shows and now and now != shows:
        said.append(f"({now} now)")
    quantity = str(order.get("quantity", ""))
    quantity = "" if quantity == "0" else quantity  # it was refused before its worth was shares
    words = [quantity, order["symbol"], prices_text(order), *said, _time_text(order)]
    return Text.assemble(
        (order["side"], SIDES[order["side"]]), *(f" {word}" for word in words if word)
    )


def prices_text(order: Mapping[str, Any]) -> str:
    """ "at 189.5", "stop 188, then market", "at 200 or stop 180, then at 179".

    What others do is told without stop prices: then only what it is once it is triggered.
    """
    price, stop = order.get("price", ""), _stop_text(order)
    if order.get("order_class") == "oco":
        return f"at {price} or {stop}, then {_then(order.get('stop_limit_price'))}"
    return f"{stop}, then {_then(price)}" if stop else f"at {price or 'market'}"


def _stop_text(order: Mapping[str, Any]) -> str:
    """ "stop 188", "trailing stop 188 by 2 from 190"; empty: it is none, or of somebody else."""
    stop = order.get("stop_price", "")
    amount, percent = order.get("trail"), order.get("trail_percent")
    if not amount and not percent:
        return f"stop {stop}" if stop else ""
    best = order.get("high_water_mark")
    behind = f"by {amount or f'{percent} %'}"
    return " ".join(filter(None, ("trailing stop", stop, behind, f"from {best}" if best else "")))


def _then(price: str | None) -> str:
    return f"at {price}" if price else "market"


def _time_text(order: Mapping[str, Any]) -> str:
    """Empty: the usual."""
    stands = order["time_in_force"]
    if stands == "gtd" and order.get("good_until"):
        return f"until {moment_text(order['good_until'])}"
    return "" if stands == ("ioc" if order.get("type") == "market" else "gtc") else str(stands)


def filled_text(order: Mapping[str, Any]) -> str:
    """ "130 at 189.5023"; the average price to four places."""
    return amount_text(order["filled_quantity"], Decimal(order.get("average_price") or 0))


def average_text(average: Decimal) -> str:
    """ "189.5023"; to four places."""
    return f"{average.quantize(_PLACES).normalize():f}"


def amount_text(quantity: str, average: Decimal) -> str:
    """ "130 at 189.5023"; nothing when it is nothing."""
    return "" if quantity == "0" else f"{quantity} at {average_text(average)}"


def order_line(order: Mapping[str, Any]) -> Text:
    """ "buy 10 AAPL at 189.5 for demo  filled 10 at 189.5  order 0000…"."""
    return Text.assemble(
        order_text(order),
        f" for {order['account']}  ",
        standing(order),
        (f"  order {order['order_id']}", "dim"),
        *((f"  {link}", "dim") for link in link_texts(order)),
    )


def link_texts(order: Mapping[str, Any]) -> list[str]:
    """The exit of an order, and whose exit it is."""
    texts = {"parent_order_id": "exit of {}", "exit_order_id": "exit {}"}
    return [text.format(order[name]) for name, text in texts.items() if order.get(name)]


def reason_text(order: Mapping[str, Any]) -> Text:
    """ "canceled (parent_ended)", "held (waits for its parent)"."""
    status, reason = order["status"], order.get("reason")
    if order.get("unarmed") and order["leaves_quantity"] != "0":
        reason = "waits for its parent"
    why = f" ({reason})" if reason and reason != "requested" else ""
    return Text(f"{status.replace('_', ' ')}{why}", style=STATUSES.get(status, ""))


def standing(order: Mapping[str, Any]) -> Text:
    """ "partially filled 6 at 189.51  open 4"."""
    status = order["status"]
    line = Text(status.replace("_", " "), style=STATUSES.get(status, ""))
    if filled := filled_text(order):
        line = Text.assemble(line, f" {filled}" if "filled" in status else f"  filled {filled}")
    if order["leaves_quantity"] != "0":
        line = Text.assemble(line, f"  open {order['leaves_quantity']}")
        if order.get("unarmed"):
            line = Text.assemble(line, "  waits for its parent")
    if reason := order.get("reason"):
        line = Text.assemble(line, (f"  {_REASONS.get(reason, reason)}", "dim"))
    return line


def _named(order: Mapping[str, Any]) -> Text:
    line = Text.assemble(("order ", "dim"), order["order_id"], "  ", standing(order))
    for link in link_texts(order):
        line.append(f"  {link}", style="dim")
    if name := order.get("client_order_id"):
        line.append(f"  client order id {name}", style="dim")
    return line
