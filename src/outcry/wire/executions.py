"""Executions: what the engine answered to the bytes of EXECUTIONS, and their digest.

The answer to an entry is a JSON array. Its last element ends in `"digest":"<32 hex>"`: the
running digest after these bytes without that last field (`domain.digest`).
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from outcry.domain import digest
from outcry.domain.commands import (
    AdvanceClock,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    EndOrders,
    ExpireOrders,
    FireSwitch,
    Malformed,
    MoveExit,
    NewOrder,
    OpenVenue,
    ReplaceOrder,
    Tick,
    TriggerStop,
    UpgradeVenue,
)
from outcry.domain.execution import BookQuote, Change, Execution, OrderState, Quote
from outcry.domain.exits import brings_exit
from outcry.domain.instructions import Instructions
from outcry.domain.limits import INDEX_BITS
from outcry.domain.order import OrderStatus, exit_id, is_untriggered, parent_id
from outcry.wire.admin_messages import (
    admin_message,
    admin_op,
    balance_message,
    instrument_message,
    settings_message,
)
from outcry.wire.command_messages import (
    ClockMessage,
    ExitMovedMessage,
    InstrumentMessage,
    OrdersEndedMessage,
    OrdersExpiredMessage,
    StopTriggeredMessage,
    SwitchFiredMessage,
    TickMessage,
    UpgradeMessage,
    VenueMessage,
)
from outcry.wire.decimals import format_decimal, some_decimal, some_money
from outcry.wire.entries import order_message
from outcry.wire.instructions import instruction_texts
from outcry.wire.messages import (
    BookQuoteMessage,
    ChangeMessage,
    CommandMessage,
    ExecutionMessage,
    Op,
    OrderMessage,
    QuoteMessage,
    TradeMessage,
)
from outcry.wire.order_id import format_order_id, id_suffix, log_id_text

_DIGEST_FIELD = b',"digest":"'
_DIGEST_LENGTH = len(_DIGEST_FIELD) + 2 * digest.SIZE + len(b'"')
_END = b"}]"

_OPS: dict[type, Op] = {
    NewOrder: "new",
    ReplaceOrder: "replace",
    CancelOrder: "cancel",
    CancelAll: "cancel_all",
    CancelAllAfter: "cancel_all_after",
    FireSwitch: "switch.fired",
    TriggerStop: "stop.triggered",
    MoveExit: "exit.moved",
    EndOrders: "orders.ended",
    ExpireOrders: "orders.expired",
    Malformed: "malformed",
    OpenVenue: "venue.open",
    AdvanceClock: "clock.advance",
    Tick: "clock.tick",
    UpgradeVenue: "venue.upgrade",
}

read_answer = msgspec.json.Decoder(tuple[ExecutionMessage, ...]).decode
"""The executions of a message of EXECUTIONS. Raises msgspec.DecodeError."""

encode = msgspec.json.Encoder().encode
_encode_into = msgspec.json.Encoder().encode_into


class Writer:
    """Writes the answers of one log; `suffix` ends its ids."""

    def __init__(self, shard: int, log_id: int) -> None:
        self.shard = shard
        self.log = log_id_text(log_id)
        self.suffix = id_suffix(shard, log_id)
        self._buffer = bytearray()
        """Kept, since to let it grow anew for each answer takes time."""

    def write(self, executions: Sequence[Execution], before: bytes) -> tuple[bytes, bytes]:
        """The answer of an entry and the running digest after it; `before` is the one before."""
        answer = self._buffer
        _encode_into([self.message(execution) for execution in executions], answer)
        after = digest.extend(before, answer)
        answer[-len(_END) :] = b"".join((_DIGEST_FIELD, after.hex().encode(), b'"', _END))
        return bytes(answer), after

    def message(self, execution: Execution) -> ExecutionMessage:
        command, reject = execution.command, execution.reject
        kind = type(command)
        if reject is not None:
            result = "rejected"
        else:
            result = "duplicate" if execution.first_seq else "accepted"
        command_id = format_order_id(execution.entry << INDEX_BITS | execution.index, self.suffix)
        malformed = kind is Malformed
        return ExecutionMessage(
            execution.seq,
            str(execution.ts_ns),
            execution.entry,
            command_id,
            self.log,
            result,  # type: ignore[arg-type]
            _OPS.get(kind) or admin_op(command),  # type: ignore[arg-type]
            execution.index,
            self.shard,
            reject.reason.word if reject else "",
            reject.text if reject else "",
            reject.field if reject else "",
            execution.first_seq,
            command.account if malformed else "",  # type: ignore[union-attr]
            command.client_order_id if malformed else "",  # type: ignore[union-attr]
            None if kind is NewOrder or malformed else self._command(command),
            self._order(execution.order) if execution.order else None,
            self._trades(execution) if execution.trades else (),
            tuple([self._change(one) for one in execution.changed]) if execution.changed else (),
            _quote(execution.quote) if execution.quote else None,
            tuple([_book_quote(one) for one in execution.quotes]) if execution.quotes else (),
            execution.unfinished,
            execution.blocked,
            str(execution.fires_ns) if execution.fires_ns else "",
            instrument_message(execution.instrument, InstrumentMessage)
            if execution.instrument
            else None,
            settings_message(execution.settings) if execution.settings else None,
            tuple([balance_message(one) for one in execution.balances])
            if execution.balances
            else (),
            getattr(command, "key", ""),
        )

    def _command(self, command: Command) -> CommandMessage:
        match command:
            case CancelOrder() | ReplaceOrder() | CancelAll() | CancelAllAfter():
                return order_message(command, self.suffix, "")  # type: ignore[return-value]
            case FireSwitch() | TriggerStop() | MoveExit() | EndOrders() | ExpireOrders():
                return self._of_nobody(command)
            case OpenVenue():
                return venue_message(command)
            case AdvanceClock():
                return ClockMessage(str(command.by_ns))
            case Tick():
                return TickMessage()
            case UpgradeVenue():
                return UpgradeMessage(command.engine)
        return admin_message(command, "")  # type: ignore[arg-type]

    def _of_nobody(
        self, command: FireSwitch | TriggerStop | MoveExit | EndOrders | ExpireOrders
    ) -> CommandMessage:
        match command:
            case FireSwitch():
                return SwitchFiredMessage(command.account)
            case TriggerStop():
                return StopTriggeredMessage(format_order_id(command.order_id, self.suffix))
            case MoveExit():
                return ExitMovedMessage(format_order_id(command.order_id, self.suffix))
            case EndOrders():
                return OrdersEndedMessage(command.account)
        return OrdersExpiredMessage()

    def _order(self, order: OrderState) -> OrderMessage:
        return OrderMessage(
            format_order_id(order.order_id, self.suffix),
            order.account,
            order.symbol,
            order.side,
            order.type,
            order.time_in_force,
            format_decimal(order.quantity),
            order.status,
            format_decimal(order.filled),
            format_decimal(order.leaves),
            order.client_order_id,
            format_decimal(order.price) if order.price else "",
            format_decimal(order.average_price) if order.filled else "",
            order.reason or "",
            *(self._said(order, order.instructions) if order.instructions else ()),
        )

    def _said(self, order: OrderState, said: Instructions) -> tuple[Any, ...]:
        """What few orders have, in the order of the message; every exit has some."""
        parent = parent_id(order.order_id)
        brings = brings_exit(said) and order.status is not OrderStatus.REJECTED
        return (
            *instruction_texts(order.type, said),
            some_decimal(order.displayed),
            is_untriggered(order.type, said),
            said.unarmed,
            some_decimal(said.high_water),
            format_order_id(parent, self.suffix) if parent else "",
            format_order_id(exit_id(order.order_id), self.suffix) if brings else "",
        )

    def _change(self, change: Change) -> ChangeMessage:
        return ChangeMessage(
            format_order_id(change.order_id, self.suffix),
            change.account,
            change.status,
            format_decimal(change.filled),
            format_decimal(change.leaves),
            change.client_order_id,
            format_decimal(change.average_price) if change.filled else "",
            change.reason or "",
            format_decimal(change.displayed) if change.displayed else "",
            change.untriggered,
        )

    def _trades(self, execution: Execution) -> tuple[TradeMessage, ...]:
        return tuple(
            [
                TradeMessage(
                    f"{execution.seq}-{number}",
                    format_decimal(trade.price),
                    format_decimal(trade.quantity),
                    format_order_id(trade.maker, self.suffix),
                    some_money(trade.taker_fee),
                    some_money(trade.maker_fee),
                )
                for number, trade in enumerate(execution.trades)
            ]
        )


def _quote(quote: Quote) -> QuoteMessage:
    bid = (format_decimal(quote.bid), format_decimal(quote.bid_quantity))
    ask = (format_decimal(quote.ask), format_decimal(quote.ask_quantity))
    return QuoteMessage(bid if quote.bid_quantity else None, ask if quote.ask_quantity else None)


def _book_quote(one: BookQuote) -> BookQuoteMessage:
    quote = _quote(one.quote)
    return BookQuoteMessage(one.symbol, quote.bid, quote.ask)


def venue_message(venue: OpenVenue) -> VenueMessage:
    return VenueMessage(
        log_id_text(venue.log_id),
        venue.engine,
        venue.schema,
        venue.shard,
        venue.clock,
        str(venue.start_ns),
        venue.client_id_horizon,
    )


def split_digest(answer: bytes) -> tuple[bytes, bytes]:
    """An answer without its digest, and the digest. Raises ValueError: there is none."""
    cut = len(answer) - len(_END) - _DIGEST_LENGTH
    if cut < 0 or not answer.startswith(_DIGEST_FIELD, cut) or not answer.endswith(_END):
        raise ValueError("the answer ends in no digest")
    written = answer[cut + len(_DIGEST_FIELD) : -len(_END) - 1]
    return answer[:cut] + _END, bytes.fromhex(written.decode())
