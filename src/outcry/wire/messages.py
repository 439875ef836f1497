"""The messages as they stand on the wire; JSON Schema and docs are generated from here.

Decimals and times are strings, ids are UUIDs. A field that is empty (0, "", none) is left out;
no other default is ever left out, because msgspec tells defaults apart by identity, and the bytes
of an answer must not depend on which object holds a string.
"""

from typing import Literal

from outcry.wire.command_messages import (
    AccountStateMessage,
    CancelAllAfterMessage,
    CancelAllMessage,
    CancelMessage,
    ClockMessage,
    CreateKeyMessage,
    DepositMessage,
    ExitMovedMessage,
    InstrumentMessage,
    InstrumentStateMessage,
    KillMessage,
    ListInstrumentMessage,
    Message,
    OpenAccountMessage,
    OrdersEndedMessage,
    OrdersExpiredMessage,
    ReleaseMessage,
    ReplaceMessage,
    RevokeKeyMessage,
    SetAccountMessage,
    SetInstrumentMessage,
    SetMarketMessage,
    StopTriggeredMessage,
    SwitchFiredMessage,
    TickMessage,
    UpgradeMessage,
    VenueMessage,
    WithdrawMessage,
)


class OrderMessage(Message, frozen=True):
    """An order as it was after the command."""

    order_id: str
    account: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: str
    status: str
    filled_quantity: str
    leaves_quantity: str
    client_order_id: str = ""
    price: str = ""
    average_price: str = ""
    reason: str = ""
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
    displayed_quantity: str = ""
    untriggered: bool = False
    unarmed: bool = False
    high_water_mark: str = ""
    parent_order_id: str = ""
    exit_order_id: str = ""


class ChangeMessage(Message, frozen=True):
    """Another order that the command changed."""

    order_id: str
    account: str
    status: str
    filled_quantity: str
    leaves_quantity: str
    client_order_id: str = ""
    average_price: str = ""
    reason: str = ""
    displayed_quantity: str = ""
    untriggered: bool = False


class TradeMessage(Message, frozen=True):
    """One fill: `trade_id` is the execution's `seq` and the place in it."""

    trade_id: str
    price: str
    quantity: str
    maker_order_id: str
    taker_fee: str = ""
    maker_fee: str = ""


class BalanceMessage(Message, frozen=True):
    """What an account has after the command.

    `held` is what its open orders hold of its buying power; `position` is what it has of `symbol`,
    negative where it is short, and `position_held` how much of that its open orders will close.
    """

    account: str
    cash: str
    held: str = ""
    symbol: str = ""
    position: str = ""
    position_held: str = ""


class AccountTermsMessage(Message, frozen=True):
    """Limits and fees of an account in one instrument."""

    symbol: str
    max_notional: str = ""
    max_position: str = ""
    maker_fee: str = ""
    taker_fee: str = ""


class AccountSettingsMessage(Message, frozen=True):
    """An account as the operator has set it; of its `terms` those in the instrument that was
    named."""

    account: str
    type: str
    state: str
    access: str
    self_trade_prevention: str
    multiplier: int
    shorting: bool = False
    killed: bool = False
    max_open_orders: int = 0
    max_order_rate: int = 0
    max_exposure: str = ""
    max_notional: str = ""
    max_position: str = ""
    maker_fee: str = ""
    taker_fee: str = ""
    terms: tuple[AccountTermsMessage, ...] = ()


class QuoteMessage(Message, frozen=True):
    """Best bid and offer after the command, each [price, quantity]; left out when there is none."""

    bid: tuple[str, str] | None = None
    ask: tuple[str, str] | None = None


class BookQuoteMessage(Message, frozen=True):
    """Best bid and offer of one of several books that changed."""

    symbol: str
    bid: tuple[str, str] | None = None
    ask: tuple[str, str] | None = None


CommandMessage = (
    ReplaceMessage
    | CancelMessage
    | CancelAllMessage
    | CancelAllAfterMessage
    | SwitchFiredMessage
    | StopTriggeredMessage
    | ExitMovedMessage
    | OrdersEndedMessage
    | OrdersExpiredMessage
    | VenueMessage
    | ListInstrumentMessage
    | SetInstrumentMessage
    | InstrumentStateMessage
    | OpenAccountMessage
    | SetAccountMessage
    | AccountStateMessage
    | DepositMessage
    | WithdrawMessage
    | SetMarketMessage
    | KillMessage
    | ReleaseMessage
    | CreateKeyMessage
    | RevokeKeyMessage
    | ClockMessage
    | TickMessage
    | UpgradeMessage
)
"""What `op` names; a new order has none and is told apart by that."""

Op = Literal[
    "new",
    "replace",
    "cancel",
    "cancel_all",
    "cancel_all_after",
    "switch.fired",
    "stop.triggered",
    "exit.moved",
    "orders.ended",
    "orders.expired",
    "malformed",
    "venue.open",
    "instrument.list",
    "instrument.set",
    "instrument.state",
    "account.open",
    "account.set",
    "account.state",
    "account.deposit",
    "account.withdraw",
    "market.set",
    "market.kill",
    "market.release",
    "key.create",
    "key.revoke",
    "clock.advance",
    "clock.tick",
    "venue.upgrade",
]


class ExecutionMessage(Message, frozen=True):
    """The whole result of one command.

    The terms of a new order stand in `order`; every other command is repeated in `command`. What
    has an `index` of 1000 or more answers no command: it fell due, and stands in front of those, or
    it is a stop order that was triggered, or an exit that follows its parent, and stands right
    behind what has caused it.
    `account` and `client_order_id` stand here only where the command was malformed, as far as
    they could be read. `balances` are those of every account that the command changed, `key` is the
    id of the key by which it was sent. `digest` is on the last execution of each entry.
    """

    seq: int
    ts: str
    entry: int
    id: str
    log: str
    result: Literal["accepted", "rejected", "duplicate"]
    op: Op
    index: int = 0
    shard: int = 0
    reason: str = ""
    text: str = ""
    field: str = ""
    first_seq: int = 0
    account: str = ""
    client_order_id: str = ""
    command: CommandMessage | None = None
    order: OrderMessage | None = None
    trades: tuple[TradeMessage, ...] = ()
    changed: tuple[ChangeMessage, ...] = ()
    quote: QuoteMessage | None = None
    quotes: tuple[BookQuoteMessage, ...] = ()
    unfinished: bool = False
    blocked: bool = False
    fires_at: str = ""
    instrument: InstrumentMessage | None = None
    settings: AccountSettingsMessage | None = None
    balances: tuple[BalanceMessage, ...] = ()
    key: str = ""
    digest: str = ""


class UnknownAnswer(Message, frozen=True):
    """A gateway's answer when the execution did not come in time; `status` is unknown.

    The command may have been executed, or may be yet, or never.
    """

    status: str
    message: str
    client_order_id: str = ""
    expire_at: str = ""
