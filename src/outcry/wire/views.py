"""What an execution shows to whom: to anybody, to whoever has a key to an account, or all of it.

Rule 1: what is not put down here as public, or as somebody's own, is shown to nobody but an
administrator, who gets the bytes as they are. A new field is secret until it stands here.
Rule 2: an execution shows the same to everybody whom it does not concern.
Rule 3: an attempt by somebody who may not act for an account is not the account's; nor is what
could not be read, as anybody may have sent it, whomever it names.

An execution is the bytes of one element of an answer, as `wire.executions` wrote it.
"""

import re
from collections.abc import Collection

import msgspec

from outcry.domain.reject import RejectReason
from outcry.wire.command_messages import InstrumentMessage, Message
from outcry.wire.decimals import format_decimal, parse_decimal
from outcry.wire.messages import (
    AccountSettingsMessage,
    BalanceMessage,
    BookQuoteMessage,
    ChangeMessage,
    CommandMessage,
    ExecutionMessage,
    OrderMessage,
    QuoteMessage,
    TradeMessage,
)

PRIVATE = "private"
"""What stands for the op of a command that is between an account and the venue."""
_PRIVATE_OPS = ("account.", "key.", "market.")
_ACCEPTED = "accepted"
_MALFORMED = "malformed"
NO_RIGHT = frozenset(
    reason.word
    for reason in (RejectReason.UNKNOWN_KEY, RejectReason.KEY_REVOKED, RejectReason.NOT_ALLOWED)
)
"""Why a command is not its account's: the sender had no right to act for it, or to know of it."""
_ACCOUNT = b'"account":"'
"""A quote inside a string is escaped, so that this is found before the name of an account only."""
_named = re.compile(_ACCOUNT + rb'([^"]*)"').findall


class PublicOrder(Message, frozen=True):
    """An OrderMessage without whose it is.

    Of one with a display quantity `leaves_quantity` is what the book shows, and `quantity` that
    with what is filled: how much it hides is nobody else's business.
    """

    order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: str
    status: str
    filled_quantity: str
    leaves_quantity: str
    price: str = ""
    average_price: str = ""
    reason: str = ""


class PublicChange(Message, frozen=True):
    """A ChangeMessage without whose it is; `leaves_quantity` as in a `PublicOrder`."""

    order_id: str
    status: str
    filled_quantity: str
    leaves_quantity: str
    average_price: str = ""
    reason: str = ""


class PublicTrade(Message, frozen=True):
    """A TradeMessage without fees."""

    trade_id: str
    price: str
    quantity: str
    maker_order_id: str


class PublicExecution(Message, frozen=True):
    """What anybody may see of an execution.

    Of one that was not accepted that is no more than the first fields. `op` is private for a
    command of the operator about accounts, keys and limits, and for one that is about a stop order
    which was not triggered or an exit that is not armed: nobody else sees such an order, nor that
    it went.
    """

    seq: int
    ts: str
    entry: int
    id: str
    log: str
    result: str
    op: str
    index: int = 0
    shard: int = 0
    order: PublicOrder | None = None
    trades: tuple[PublicTrade, ...] = ()
    changed: tuple[PublicChange, ...] = ()
    quote: QuoteMessage | None = None
    quotes: tuple[BookQuoteMessage, ...] = ()
    unfinished: bool = False
    instrument: InstrumentMessage | None = None


class OwnExecution(Message, frozen=True):
    """The same with what is of certain accounts; only to be written."""

    seq: int
    ts: str
    entry: int
    id: str
    log: str
    result: str
    op: str
    index: int = 0
    shard: int = 0
    reason: str = ""
    text: str = ""
    field: str = ""
    first_seq: int = 0
    command: CommandMessage | None = None
    order: OrderMessage | PublicOrder | None = None
    trades: tuple[TradeMessage, ...] = ()
    changed: tuple[ChangeMessage | PublicChange, ...] = ()
    quote: QuoteMessage | None = None
    quotes: tuple[BookQuoteMessage, ...] = ()
    unfinished: bool = False
    blocked: bool = False
    fires_at: str = ""
    instrument: InstrumentMessage | None = None
    settings: AccountSettingsMessage | None = None
    balances: tuple[BalanceMessage, ...] = ()
    key: str = ""


class _Order(PublicOrder, frozen=True):
    """With what tells whether it hides something: one with a display quantity, a stop order that
    was not triggered, or an exit that is not armed."""

    display_quantity: str = ""
    displayed_quantity: str = ""
    untriggered: bool = False


class _Change(PublicChange, frozen=True):
    displayed_quantity: str = ""
    untriggered: bool = False


class _Seen(PublicExecution, frozen=True):
    """An execution as it is read: most hide nothing, and are written as they were read."""

    order: _Order | None = None
    changed: tuple[_Change, ...] = ()


_read = msgspec.json.Decoder(_Seen).decode
_read_whole = msgspec.json.Decoder(ExecutionMessage).decode
_encode = msgspec.json.Encoder().encode


def public(execution: bytes) -> bytes:
    """What anybody sees of an execution."""
    told = _without_hidden(_read(execution))
    accepted, private = told.result == _ACCEPTED, told.op.startswith(_PRIVATE_OPS)
    if accepted and not private:
        return _encode(told)
    head = told.seq, told.ts, told.entry, told.id, told.log, told.result
    op = PRIVATE if private else told.op
    if accepted:
        rest = told.order, told.trades, told.changed, told.quote, told.quotes, told.unfinished
        return _encode(PublicExecution(*head, op, told.index, told.shard, *rest, told.instrument))
    return _encode(PublicExecution(*head, op, told.index, told.shard))


def _without_hidden(told: _Seen) -> PublicExecution:
    """The same without what its orders hide."""
    order, changed = told.order, told.changed
    if changed and any(one.untriggered or one.displayed_quantity for one in changed):
        shown = tuple([_public_change(one) for one in changed if not one.untriggered])
        told = msgspec.structs.replace(told, changed=shown)
    if order is not None and order.untriggered:
        op = PRIVATE if told.result == _ACCEPTED else told.op
        return msgspec.structs.replace(told, op=op, order=None, quote=None)
    if order is not None and order.display_quantity:
        return msgspec.structs.replace(told, order=_public_order(order))
    return told


def own(execution: bytes, accounts: Collection[str]) -> bytes:
    """What somebody sees of an execution who has a key to `accounts`."""
    told = _read_whole(execution)
    theirs = _is_theirs(told, accounts)
    shown = theirs or told.result == _ACCEPTED
    order, changed, quote = told.order, told.changed, told.quote
    private = not theirs and told.op.startswith(_PRIVATE_OPS)
    if order is not None and order.untriggered and order.account not in accounts:
        private, order, quote = shown, None, None
    changed = tuple([one for one in changed if not one.untriggered or one.account in accounts])
    settings = told.settings
    return _encode(
        OwnExecution(
            told.seq,
            told.ts,
            told.entry,
            told.id,
            told.log,
            told.result,
            PRIVATE if private else told.op,
            told.index,
            told.shard,
            told.reason if theirs else "",
            told.text if theirs else "",
            told.field if theirs else "",
            told.first_seq if theirs else 0,
            told.command if theirs else None,
            _order(order, accounts) if order and shown else None,
            _trades(told, accounts) if shown else (),
            tuple([_change(one, accounts) for one in changed]) if shown else (),
            quote if shown else None,
            told.quotes if shown else (),
            told.unfinished and shown,
            told.blocked and theirs,
            told.fires_at if theirs else "",
            told.instrument if shown else None,
            settings if settings and settings.account in accounts else None,
            tuple([one for one in told.balances if one.account in accounts]),
            told.key if theirs else "",
        )
    )


def mine(execution: bytes, accounts: Collection[str]) -> bytes:
    """What the sender of a command sees of its execution, who has a key to `accounts`.

    The bytes as they are where they name no other account, as most do.
    """
    known = tuple([account.encode() + b'"' for account in accounts])
    at = execution.find(_ACCOUNT)
    while at >= 0:
        at += len(_ACCOUNT)
        if not execution.startswith(known, at):
            return own(execution, accounts)
        at = execution.find(_ACCOUNT, at)
    return execution


def concerns(execution: bytes) -> tuple[str, ...]:
    """The accounts of whose business an execution tells: for all others it is as `public`."""
    return tuple([name.decode() for name in dict.fromkeys(_named(execution))])


def _is_theirs(told: ExecutionMessage, accounts: Collection[str]) -> bool:
    """Whether the command came from somebody of `accounts`."""
    order, command = told.order, told.command
    if told.op == _MALFORMED or told.reason in NO_RIGHT:
        return False
    named = order.account if order else "", getattr(command, "account", "")
    known = [account in accounts for account in named if account]
    return bool(known) and all(known)


def _order(order: OrderMessage, accounts: Collection[str]) -> OrderMessage | PublicOrder:
    return order if order.account in accounts else _public_order(order)


def _public_order(order: OrderMessage | _Order) -> PublicOrder:
    quantity, leaves = order.quantity, order.leaves_quantity
    if order.display_quantity:
        leaves = order.displayed_quantity or leaves
        quantity = _sum(order.filled_quantity, leaves)
    return PublicOrder(
        order.order_id,
        order.symbol,
        order.side,
        order.type,
        order.time_in_force,
        quantity,
        order.status,
        order.filled_quantity,
        leaves,
        order.price,
        order.average_price,
        order.reason,
    )


def _change(change: ChangeMessage, accounts: Collection[str]) -> ChangeMessage | PublicChange:
    return change if change.account in accounts else _public_change(change)


def _public_change(change: ChangeMessage | _Change) -> PublicChange:
    return PublicChange(
        change.order_id,
        change.status,
        change.filled_quantity,
        change.displayed_quantity or change.leaves_quantity,
        change.average_price,
        change.reason,
    )


def _sum(one: str, other: str) -> str:
    """Of two decimals that the order service wrote."""
    return format_decimal((parse_decimal(one) or 0) + (parse_decimal(other) or 0))


def _trades(told: ExecutionMessage, accounts: Collection[str]) -> tuple[TradeMessage, ...]:
    """Each with the fees of the sides that are of `accounts`."""
    if not told.trades:
        return ()
    taken = told.order is not None and told.order.account in accounts
    made = {one.order_id for one in told.changed if one.account in accounts}
    return tuple(
        [
            TradeMessage(
                one.trade_id,
                one.price,
                one.quantity,
                one.maker_order_id,
                one.taker_fee if taken else "",
                one.maker_fee if one.maker_order_id in made else "",
            )
            for one in told.trades
        ]
    )
