"""Looking at the books: orders, trades, positions, instruments."""

from decimal import Decimal
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from outcry.cli.gateway_client import Gateway
from outcry.cli.money import cash_text, share_text
from outcry.cli.tables import (
    SIDES,
    STATUSES,
    Column,
    Record,
    coloured,
    identity,
    moment,
    number,
    open_console,
    plain,
    show,
)
from outcry.cli.ticket import (
    amount_text,
    average_text,
    filled_text,
    link_texts,
    order_text,
    reason_text,
)


def cash(field: str, header: str = "") -> Column:
    """An amount of money; nothing where there is none."""
    return Column(
        header or field.replace("_", " "),
        lambda record: cash_text(record[field]) if record.get(field) else "",
        justify="right",
    )


def share(field: str, header: str = "") -> Column:
    """A share of a value, such as a fee; nothing where there is none."""
    return Column(
        header or field.replace("_", " "),
        lambda record: share_text(record[field]) if record.get(field) else "",
        justify="right",
    )


def switch(header: str) -> Column:
    """A kill switch: whether it is on."""
    return Column(header, lambda record: Text("on", "red") if record.get("killed") else "off")


def price_text(record: Record, field: str) -> str:
    """An average price, to four places."""
    return average_text(Decimal(record[field])) if record.get(field) else ""


def _turnover(position: Record, done: str) -> str:
    """What was bought or sold, at the price that it was on average."""
    quantity = position[f"{done}_quantity"]
    return amount_text(quantity, Decimal(position[f"{done}_value"]) / (Decimal(quantity) or 1))


def _fees(trade: Record) -> str:
    """What of the fees of a trade was somebody's whom the reader's key is for."""
    told = [trade[name] for name in ("taker_fee", "maker_fee") if trade.get(name)]
    return cash_text(str(sum(map(Decimal, told)))) if told else ""


Limit = Annotated[int, Parameter(name=["--limit", "-n"])]

ORDERS = (
    identity("order_id", "order id", 18).yielding(1),
    plain("account").yielding(3),
    Column("order", order_text),
    Column("status", reason_text),
    Column("filled", filled_text, justify="right"),
    number("leaves_quantity", "open").yielding(2),
    identity("client_order_id", "client order id"),
)
LINKED = Column("together with", lambda order: ", ".join(link_texts(order)), folds=True, least=18)
"""Only where an order is an exit, or has one."""
TRADES = (
    moment("ts"),
    plain("trade_id", "trade").yielding(1),
    plain("symbol"),
    coloured("side", SIDES),
    number("quantity"),
    number("price"),
    plain("taker_account", "taker"),
    plain("maker_account", "maker"),
    Column("fee", _fees, justify="right"),
)
POSITIONS = (
    plain("account"),
    plain("symbol"),
    number("quantity", "position"),
    number("held").yielding(3),
    Column("at", lambda position: price_text(position, "average_price"), justify="right"),
    number("reference_price", "now").yielding(4),
    cash("market_value", "worth"),
    cash("unrealised_profit", "profit"),
    cash("realised_profit", "realised"),
    cash("fees").yielding(2),
    Column("bought", lambda position: _turnover(position, "bought"), "right").yielding(1),
    Column("sold", lambda position: _turnover(position, "sold"), "right").yielding(1),
)
INSTRUMENTS = (
    plain("symbol"),
    identity("name").yielding(3),
    coloured("state", STATUSES),
    switch("kill switch"),
    number("tick"),
    number("lot"),
    number("min_quantity", "smallest order").yielding(2),
    number("reference_price", "now").yielding(4),
    share("price_band", "band"),
    share("maker_fee"),
    share("taker_fee"),
    number("max_notional").yielding(1),
    number("max_position").yielding(1),
)


def orders(
    *,
    account: str = "",
    symbol: str = "",
    status: str = "",
    side: str = "",
    client_order_id: str = "",
    limit: Limit = 50,
    before: str = "",
    gateway: Gateway | None = None,
) -> None:
    """Orders, the newest first.

    Parameters
    ----------
    account
        Only of this account.
    symbol
        Only of this instrument.
    status
        open (new, partially filled or held), closed, new, held, partially_filled, filled, canceled,
        expired or rejected.
    side
        buy or sell.
    client_order_id
        Only the one with this client order id.
    limit
        How many.
    before
        The page after the one that ended here.
    """
    at = gateway or Gateway()
    answer = at.get(
        "/orders",
        account=account,
        symbol=symbol.upper(),
        status=status.replace("-", "_"),
        side=side,
        client_order_id=client_order_id,
        limit=limit,
        before=before,
    )
    linked = any(link_texts(order) for order in answer["orders"])
    columns = (*ORDERS, LINKED) if linked else ORDERS
    show(answer, "orders", columns, as_json=at.json, nothing="no such orders")


def trades(
    *,
    account: str = "",
    symbol: str = "",
    order_id: str = "",
    limit: Limit = 50,
    before: str = "",
    gateway: Gateway | None = None,
) -> None:
    """Trades, the newest first.

    Parameters
    ----------
    account
        Only those in which this account took part.
    symbol
        Only of this instrument.
    order_id
        Only of this order.
    limit
        How many.
    before
        The page after the one that ended here.
    """
    at = gateway or Gateway()
    answer = at.get(
        "/trades",
        account=account,
        symbol=symbol.upper(),
        order_id=order_id,
        limit=limit,
        before=before,
    )
    show(answer, "trades", TRADES, as_json=at.json, nothing="no such trades")


def positions(
    *,
    account: str = "",
    symbol: str = "",
    limit: Limit = 100,
    after: str = "",
    gateway: Gateway | None = None,
) -> None:
    """What each account holds, what it has cost on average, and what that has come to.

    Parameters
    ----------
    account
        Only of this account.
    symbol
        Only in this instrument.
    limit
        How many.
    after
        The page after the one that ended here.
    """
    at = gateway or Gateway()
    answer = at.get("/positions", account=account, symbol=symbol.upper(), limit=limit, after=after)
    show(
        answer,
        "positions",
        POSITIONS,
        as_json=at.json,
        nothing="no such positions",
        more="--after",
    )


def instruments(*, gateway: Gateway | None = None) -> None:
    """What can be traded: in which steps, at which fees, and which kill switches are on."""
    at = gateway or Gateway()
    answer = at.get("/instruments")
    show(
        answer,
        "instruments",
        INSTRUMENTS,
        as_json=at.json,
        nothing="nothing is listed; `outcry instrument list` lists an instrument",
    )
    if answer.get("killed") and not at.json:
        open_console().print("the kill switch of the market is on", style="bold red")
