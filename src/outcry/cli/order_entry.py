"""Placing, changing and cancelling an order."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.tables import print_json
from outcry.cli.ticket import show_ticket

Account = Annotated[str, Parameter(env_var="OUTCRY_ACCOUNT")]


def order(
    side: Literal["buy", "sell"],
    quantity: str,
    symbol: str,
    /,
    *,
    limit: str = "",
    tif: Literal["gtc", "ioc", "fok"] | None = None,
    account: Account = "demo",
    client_order_id: str = "",
    gateway: Gateway | None = None,
) -> int:
    """Buy or sell: `outcry order buy 10 AAPL --limit 189.50`.

    Parameters
    ----------
    side
        buy or sell.
    quantity
        How much, as in 10 or 0.25.
    symbol
        Of which instrument, as in AAPL.
    limit
        The price to pay at most, or to take at least. Without it: a market order.
    tif
        How long it stands: gtc (until cancelled), ioc (what trades at once), fok (all at once or
        nothing). Left out: gtc, for a market order ioc.
    account
        Whose order it is.
    client_order_id
        A name of your own for it; a repeat with the same name does nothing.
    """
    return _send(
        gateway,
        {
            "symbol": symbol.upper(),
            "side": side,
            "type": "limit" if limit else "market",
            "quantity": quantity,
            "price": limit,
            "time_in_force": tif,
            "account": account,
            "client_order_id": client_order_id,
        },
    )


def cancel(
    order_id: str = "",
    /,
    *,
    client_order_id: str = "",
    account: Account = "demo",
    gateway: Gateway | None = None,
) -> int:
    """Cancel what is open of an order.

    Parameters
    ----------
    order_id
        The order.
    client_order_id
        Or its name that you gave it.
    account
        Whose order it is.
    """
    return _send(
        gateway,
        {
            "op": "cancel",
            **_named(order_id, client_order_id),
            "account": account,
        },
    )


def replace(
    order_id: str = "",
    /,
    *,
    client_order_id: str = "",
    quantity: str = "",
    price: str = "",
    new_client_order_id: str = "",
    account: Account = "demo",
    gateway: Gateway | None = None,
) -> int:
    """Change quantity or price of an open order; less at the same price keeps its place.

    Parameters
    ----------
    order_id
        The order.
    client_order_id
        Or its name that you gave it.
    quantity
        Its new total, with what is filled already.
    price
        Its new price.
    new_client_order_id
        A new name for it.
    account
        Whose order it is.
    """
    if not quantity and not price:
        raise Failed("give a new --quantity, a new --price, or both", ExitCode.USAGE)
    return _send(
        gateway,
        {
            "op": "replace",
            **_named(order_id, client_order_id),
            "quantity": quantity,
            "price": price,
            "new_client_order_id": new_client_order_id,
            "account": account,
        },
    )


def _named(order_id: str, client_order_id: str) -> dict[str, str]:
    if bool(order_id) == bool(client_order_id):
        raise Failed("name the order by its id, or else by --client-order-id", ExitCode.USAGE)
    return {"order_id": order_id} if order_id else {"client_order_id": client_order_id}


def _send(gateway: Gateway | None, command: dict[str, Any]) -> int:
    at = gateway or Gateway()
    execution = at.order({name: value for name, value in command.items() if value})
    if at.json:
        print_json(execution)
    else:
        show_ticket(execution)
    return ExitCode.REFUSED if execution["result"] == "rejected" else ExitCode.OK
