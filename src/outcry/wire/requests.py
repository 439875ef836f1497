"""What senders may write: the order commands of `order.created` and of POST /order.

`wire.commands` reads them. The names of their fields and the forms of their values stand here and
nowhere else; what a field means stands in `wire.glossary`. `null` is as if left out.
"""

from typing import Literal

import msgspec

SYMBOL = r"[A-Z0-9][A-Z0-9./_-]{0,31}"
ACCOUNT = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
CLIENT_ORDER_ID_MAX = 128
CLIENT_ORDER_ID = rf"[ !#-\[\]-~]{{1,{CLIENT_ORDER_ID_MAX}}}"
"""Printable ASCII that JSON needs no escapes for."""

Decimal = str | float
"""Text such as "189.50", or a JSON number of up to 15 digits."""


Time = str | int
"""Nanoseconds since 1970."""
Milliseconds = str | int


class Request(msgspec.Struct, forbid_unknown_fields=True):
    pass


class NewLimitOrder(Request):
    """An order to buy or sell at a price or better."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    op: Literal["new"] | None = None
    type: Literal["limit"] | None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class NewMarketOrder(Request):
    """An order to buy or sell at the best prices there are. It never rests."""

    symbol: str
    side: str
    type: Literal["market"]
    quantity: Decimal
    op: Literal["new"] | None = None
    price: None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class ReplaceOrder(Request, kw_only=True):
    """A new quantity, a new price, or both, for an open order, named by one of its two ids.

    Less quantity at the same price keeps the place in the queue; everything else loses it. A
    replace that is refused loses nothing.
    """

    op: Literal["replace"]
    order_id: str | None = None
    client_order_id: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    new_client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class ReplaceTerms(Request):
    """The same for an order that stands in the address already."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    new_client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class CancelOrder(Request, kw_only=True):
    """The end of an open order, named by one of its two ids."""

    op: Literal["cancel"]
    order_id: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class CancelAllOrders(Request, kw_only=True):
    """The end of every open order of an account, of one instrument or one side where it says so.

    Where more are open than one entry may change, the execution says `unfinished`, and the rest
    goes at the next entries, before anything else is done there.
    """

    op: Literal["cancel_all"]
    symbol: str | None = None
    side: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class CancelAllOrdersAfter(Request, kw_only=True):
    """The dead man's switch of an account: unless it is sent again before `timeout` milliseconds
    have passed, every open order of the account is cancelled. A `timeout` of 0 disarms it.
    """

    op: Literal["cancel_all_after"]
    timeout: Milliseconds
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


OrderRequest = (
    NewLimitOrder
    | NewMarketOrder
    | ReplaceOrder
    | CancelOrder
    | CancelAllOrders
    | CancelAllOrdersAfter
)
