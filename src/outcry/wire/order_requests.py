"""What senders may write: the order commands of `order.created` and of POST /order.

`wire.commands` reads them; which terms go together stands in `wire.order_types`. `None` is the form
of a field that an order of the type never has.
"""

from typing import Literal, get_args

from outcry.wire.requests import Decimal, Milliseconds, Request, Time

Exit = Literal["simple", "bracket", "oto"]
"""The classes of an order that may bring its exit."""


class NewOrderRequest(Request, kw_only=True):
    """What a new order of every type may say."""

    symbol: str
    side: str
    op: Literal["new"] | None = None
    time_in_force: str | None = None
    client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class EnteringOrder(NewOrderRequest, kw_only=True):
    """What an order may say that may bring its exit: where it enters is known."""

    order_class: Exit | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    stop_loss_limit: Decimal | None = None


class NewLimitOrder(EnteringOrder, kw_only=True):
    """An order to buy or sell at a price or better: so many, or for so much."""

    quantity: Decimal | None = None
    price: Decimal
    type: Literal["limit"] | None = None
    notional: Decimal | None = None
    good_until: Time | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    min_quantity: Decimal | None = None
    display_quantity: Decimal | None = None
    stop_price: None = None
    trigger: None = None
    stop_limit_price: None = None
    trail: None = None
    trail_percent: None = None


class NewOcoOrder(NewOrderRequest, kw_only=True):
    """A limit order that also waits until the market has come to its stop price: whichever comes
    first, the other is no more.

    Once its stop is reached it leaves the book and is a market order, or a limit order at
    `stop_limit_price`.
    """

    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    order_class: Literal["oco"]
    stop_limit_price: Decimal | None = None
    trigger: str | None = None
    type: Literal["limit"] | None = None
    good_until: Time | None = None
    reduce_only: bool | None = None
    take_profit: None = None
    stop_loss: None = None
    stop_loss_limit: None = None
    notional: None = None
    post_only: None = None
    min_quantity: None = None
    display_quantity: None = None
    trail: None = None
    trail_percent: None = None


class NewMarketOrder(EnteringOrder, kw_only=True):
    """An order to buy or sell at the best prices there are: so many, or for so much. It never
    rests."""

    type: Literal["market"]
    quantity: Decimal | None = None
    notional: Decimal | None = None
    price: None = None
    good_until: None = None
    post_only: None = None
    reduce_only: bool | None = None
    min_quantity: Decimal | None = None
    display_quantity: None = None
    stop_price: None = None
    trigger: None = None
    stop_limit_price: None = None
    trail: None = None
    trail_percent: None = None


class NewStopOrder(EnteringOrder, kw_only=True):
    """A market order that waits until the market has come to its stop price."""

    type: Literal["stop"]
    quantity: Decimal
    stop_price: Decimal
    trigger: str | None = None
    good_until: Time | None = None
    reduce_only: bool | None = None
    price: None = None
    notional: None = None
    post_only: None = None
    min_quantity: None = None
    display_quantity: None = None
    stop_limit_price: None = None
    trail: None = None
    trail_percent: None = None


class NewStopLimitOrder(EnteringOrder, kw_only=True):
    """A limit order that waits until the market has come to its stop price."""

    type: Literal["stop_limit"]
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    trigger: str | None = None
    good_until: Time | None = None
    reduce_only: bool | None = None
    notional: None = None
    post_only: None = None
    min_quantity: None = None
    display_quantity: None = None
    stop_limit_price: None = None
    trail: None = None
    trail_percent: None = None


class NewTrailingStopOrder(NewOrderRequest, kw_only=True):
    """A stop order whose stop price follows the best price that there was, at a distance: `trail`,
    or `trail_percent` of that price."""

    type: Literal["trailing_stop"]
    quantity: Decimal
    trail: Decimal | None = None
    trail_percent: Decimal | None = None
    good_until: Time | None = None
    reduce_only: bool | None = None
    order_class: Literal["simple"] | None = None
    take_profit: None = None
    stop_loss: None = None
    stop_loss_limit: None = None
    price: None = None
    stop_price: None = None
    trigger: None = None
    notional: None = None
    post_only: None = None
    min_quantity: None = None
    display_quantity: None = None
    stop_limit_price: None = None


class ReplaceableTerms(Request, kw_only=True):
    """The terms of an order that a replace may give it anew."""

    quantity: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    stop_limit_price: Decimal | None = None
    trail: Decimal | None = None
    trail_percent: Decimal | None = None
    good_until: Time | None = None


class ReplaceTerms(ReplaceableTerms, kw_only=True):
    """The same as a replace for an order that stands in the address already."""

    new_client_order_id: str | None = None
    account: str | None = None
    expire_at: Time | None = None
    expires_in: Milliseconds | None = None


class ReplaceOrder(ReplaceTerms, kw_only=True):
    """New terms for an open order, named by one of its two ids; what is left out stays.

    Less quantity at the same price keeps the place in the queue, and so does another end; a new
    price and more quantity lose it. A replace that is refused loses nothing.
    """

    op: Literal["replace"]
    order_id: str | None = None
    client_order_id: str | None = None


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


PARTS = (NewOrderRequest, EnteringOrder, ReplaceableTerms)
"""What others are made of: no command by itself."""
OrderRequest = (
    NewLimitOrder
    | NewOcoOrder
    | NewMarketOrder
    | NewStopOrder
    | NewStopLimitOrder
    | NewTrailingStopOrder
    | ReplaceOrder
    | CancelOrder
    | CancelAllOrders
    | CancelAllOrdersAfter
)
NEW_ORDERS = tuple(kind for kind in get_args(OrderRequest) if issubclass(kind, NewOrderRequest))
"""One for each type, and what goes by another form; all have the same fields."""
