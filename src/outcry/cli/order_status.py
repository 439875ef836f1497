"""What became of one order: also of one whose answer did not come."""

from typing import Any

from rich.console import Console

from outcry.cli.gateway_client import Gateway
from outcry.cli.order_entry import Account, named_order
from outcry.cli.tables import make_table, number, plain, print_json
from outcry.cli.ticket import FILLS_MAX, order_line


def status(
    order: str = "",
    /,
    *,
    client_order_id: str = "",
    account: Account = "",
    gateway: Gateway | None = None,
) -> None:
    """What became of an order. Of a name that no order has it says whether that is final.

    Parameters
    ----------
    order
        The order: its id, or the client order id that you gave it.
    client_order_id
        Or so, where a client order id of yours looks like an order id.
    account
        Whose order it is, where it goes by its client order id.
    """
    at = gateway or Gateway()
    named = named_order(order, client_order_id)
    if "order_id" in named:
        answer = at.get(f"/order/{named['order_id']}")
    else:
        answer = at.get("/order", account=account, **named)
    if at.json:
        print_json(answer)
    else:
        _show(Console(soft_wrap=True), answer)


def _show(console: Console, answer: Any) -> None:
    order = answer["order"]
    if order["status"] == "pending":
        console.print("pending: on its way, and not booked yet")
        return
    console.print(order_line(order))
    trades = answer.get("trades", [])
    if trades:
        columns = (plain("trade_id", "trade"), number("quantity"), number("price"))
        console.print(make_table(columns, trades[:FILLS_MAX]))
        if len(trades) > FILLS_MAX:
            console.print(f"and {len(trades) - FILLS_MAX} more fills", style="dim")
