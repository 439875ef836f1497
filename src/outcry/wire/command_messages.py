"""The commands as they stand on the wire, each as it is written by a gateway, the operator or the
engine itself. `wire.messages` has what is answered, and what holds for both.
"""

import msgspec


class Message(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    pass


class NewOrderMessage(Message, frozen=True):
    """A new order.

    `type` is limit when left out; `price` is required for a limit order and refused for a market
    order; `time_in_force` is gtc, for a market order ioc, when left out; `account` is demo. There
    is a `quantity`, or else `notional`.
    """

    symbol: str
    side: str
    quantity: str = ""
    price: str = ""
    type: str = ""
    time_in_force: str = ""
    account: str = ""
    client_order_id: str = ""
    expire_at: str = ""
    key: str = ""
    stop_price: str = ""
    trigger: str = ""
    good_until: str = ""
    post_only: bool = False
    reduce_only: bool = False
    min_quantity: str = ""
    display_quantity: str = ""
    order_class: str = ""
    take_profit: str = ""
    stop_loss: str = ""
    stop_loss_limit: str = ""
    stop_limit_price: str = ""
    trail: str = ""
    trail_percent: str = ""
    notional: str = ""


class ReplaceMessage(Message, frozen=True, tag_field="op", tag="replace"):
    """A change of an open order, named by `order_id` or else by `client_order_id`.

    `quantity` is the new total, with what is filled already.
    """

    account: str = ""
    order_id: str = ""
    client_order_id: str = ""
    quantity: str = ""
    price: str = ""
    new_client_order_id: str = ""
    expire_at: str = ""
    key: str = ""
    stop_price: str = ""
    stop_limit_price: str = ""
    trail: str = ""
    trail_percent: str = ""
    good_until: str = ""


class CancelMessage(Message, frozen=True, tag_field="op", tag="cancel"):
    """The end of an open order, named by `order_id` or else by `client_order_id`."""

    account: str = ""
    order_id: str = ""
    client_order_id: str = ""
    expire_at: str = ""
    key: str = ""


class CancelAllMessage(Message, frozen=True, tag_field="op", tag="cancel_all"):
    """The end of all open orders of an account, of one instrument or one side where it says so."""

    account: str = ""
    symbol: str = ""
    side: str = ""
    expire_at: str = ""
    key: str = ""


class CancelAllAfterMessage(Message, frozen=True, tag_field="op", tag="cancel_all_after"):
    """The dead man's switch of an account: armed anew, or disarmed by a `timeout` of 0."""

    account: str
    timeout: int
    expire_at: str = ""
    key: str = ""


class SwitchFiredMessage(Message, frozen=True, tag_field="op", tag="switch.fired"):
    """A dead man's switch that has fired; nobody sends it."""

    account: str


class StopTriggeredMessage(Message, frozen=True, tag_field="op", tag="stop.triggered"):
    """A stop order that the market has come to; nobody sends it."""

    order_id: str


class ExitMovedMessage(Message, frozen=True, tag_field="op", tag="exit.moved"):
    """An exit that came up to what its parent has become, or to its end; nobody sends it."""

    order_id: str


class OrdersEndedMessage(Message, frozen=True, tag_field="op", tag="orders.ended"):
    """Orders of an account that rested when the venue went on with an engine that holds money for
    each; nobody sends it."""

    account: str


class OrdersExpiredMessage(Message, frozen=True, tag_field="op", tag="orders.expired"):
    """Orders whose time is over, whosever they are; nobody sends it."""


class InstrumentMessage(Message, frozen=True):
    """A listing: prices are multiples of `tick`, quantities of `lot`."""

    symbol: str
    tick: str
    lot: str = ""
    min_quantity: str = ""
    max_quantity: str = ""
    max_price: str = ""
    name: str = ""
    state: str = ""
    price_band: str = ""
    maker_fee: str = ""
    taker_fee: str = ""
    max_notional: str = ""
    max_position: str = ""


class ListInstrumentMessage(InstrumentMessage, frozen=True, tag_field="op", tag="instrument.list"):
    """Body of `instrument.list`. `lot` is 1 when left out, `min_quantity` one lot, `max_quantity`
    and `max_price` 1000000000, `state` open; there is no band, no fee and no limit."""

    key: str = ""


class SetInstrumentMessage(Message, frozen=True, tag_field="op", tag="instrument.set"):
    """Body of `instrument.set`: what is left out stays, "0" takes it away.

    `price_band` and the fees are shares: 0.05 is 5 %.
    """

    symbol: str
    price_band: str = ""
    reference_price: str = ""
    maker_fee: str = ""
    taker_fee: str = ""
    max_notional: str = ""
    max_position: str = ""
    key: str = ""


class InstrumentStateMessage(Message, frozen=True, tag_field="op", tag="instrument.state"):
    """Body of `instrument.state`."""

    symbol: str
    state: str
    key: str = ""


class OpenAccountMessage(Message, frozen=True, tag_field="op", tag="account.open"):
    """Body of `account.open`.

    `type` is cash when left out; a margin account has a `multiplier` of 2 and may not go short
    unless `shorting`; `access` is keys, `self_trade_prevention` cancel_newest.
    """

    account: str
    type: str = ""
    multiplier: int = 0
    shorting: bool = False
    access: str = ""
    self_trade_prevention: str = ""
    key: str = ""


class SetAccountMessage(Message, frozen=True, tag_field="op", tag="account.set"):
    """Body of `account.set`: what is left out stays, "0" takes a limit away.

    With a `symbol` it is of the account in that instrument, and only `max_notional`,
    `max_position` and the fees may be given.
    """

    account: str
    symbol: str = ""
    self_trade_prevention: str = ""
    access: str = ""
    multiplier: int = 0
    shorting: bool | None = None
    max_open_orders: int | None = None
    max_order_rate: int | None = None
    max_exposure: str = ""
    max_notional: str = ""
    max_position: str = ""
    maker_fee: str = ""
    taker_fee: str = ""
    key: str = ""


class AccountStateMessage(Message, frozen=True, tag_field="op", tag="account.state"):
    """Body of `account.state`: active, restricted (cancels and transfers only) or closed."""

    account: str
    state: str
    key: str = ""


class DepositMessage(Message, frozen=True, tag_field="op", tag="account.deposit"):
    """Body of `account.deposit`: an `amount` of cash, or a `quantity` of a `symbol`.

    `price` is what each of these has cost, for the books. The same `transfer_id` a second time
    changes nothing.
    """

    account: str
    amount: str = ""
    symbol: str = ""
    quantity: str = ""
    price: str = ""
    transfer_id: str = ""
    key: str = ""


class WithdrawMessage(Message, frozen=True, tag_field="op", tag="account.withdraw"):
    """Body of `account.withdraw`: an `amount` of cash, or a `quantity` of a `symbol`."""

    account: str
    amount: str = ""
    symbol: str = ""
    quantity: str = ""
    transfer_id: str = ""
    key: str = ""


class SetMarketMessage(Message, frozen=True, tag_field="op", tag="market.set"):
    """Body of `market.set`: limits of every account without its own; "0" takes one away."""

    max_open_orders: int | None = None
    max_order_rate: int | None = None
    max_exposure: str = ""
    max_notional: str = ""
    max_position: str = ""
    key: str = ""


class KillMessage(Message, frozen=True, tag_field="op", tag="market.kill"):
    """Body of `market.kill`: only cancels go through, of an account, in a symbol, or anywhere."""

    account: str = ""
    symbol: str = ""
    key: str = ""


class ReleaseMessage(Message, frozen=True, tag_field="op", tag="market.release"):
    """Body of `market.release`: takes the same kill switch back."""

    account: str = ""
    symbol: str = ""
    key: str = ""


class CreateKeyMessage(Message, frozen=True, tag_field="op", tag="key.create"):
    """Body of `key.create`: `hash` is the SHA-256 of the secret, which the log never holds."""

    key_id: str
    hash: str
    role: str
    accounts: tuple[str, ...] = ()
    name: str = ""
    key: str = ""


class RevokeKeyMessage(Message, frozen=True, tag_field="op", tag="key.revoke"):
    """Body of `key.revoke`."""

    key_id: str
    key: str = ""


class ClockMessage(Message, frozen=True, tag_field="op", tag="clock.advance"):
    """Body of `clock.advance`: nanoseconds to move log time by, in a lockstep venue."""

    by: str


class UpgradeMessage(Message, frozen=True, tag_field="op", tag="venue.upgrade"):
    """Body of `venue.upgrade`, the last entry that this version of the engine answers: what comes
    after it is for version `engine`."""

    engine: str


class TickMessage(Message, frozen=True, tag_field="op", tag="clock.tick"):
    """Body of `clock.tick`: nothing. What is due happens when nobody else writes an entry."""


class VenueMessage(Message, frozen=True, tag_field="op", tag="venue.open"):
    """Body of `venue.open`, the first entry of a log."""

    log: str
    engine: str
    schema: int
    shard: int = 0
    clock: str = ""
    start: str = ""
    client_id_horizon: int = 0
