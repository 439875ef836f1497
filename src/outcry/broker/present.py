"""Rows of the books as messages."""

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Row

from outcry.broker.amounts import average, quantity_text
from outcry.broker.position import BEGINNING, Position
from outcry.broker.postings import FEE, TRADE
from outcry.broker.trailing import Trails
from outcry.domain.order import OrderStatus, exit_id, parent_id
from outcry.domain.reject import RejectReason
from outcry.domain.types import Units, money_text
from outcry.wire.books import (
    ActivityMessage,
    AuditMessage,
    BookedAccountMessage,
    BookedInstrumentMessage,
    BookedOrderMessage,
    BookedTradeMessage,
    KeyMessage,
    PositionMessage,
    TapeTradeMessage,
)
from outcry.wire.decimals import format_decimal, given_decimal, some_decimal, some_money
from outcry.wire.messages import AccountTermsMessage, CommandMessage
from outcry.wire.order_id import format_order_id, id_suffix

Viewer: TypeAlias = Collection[str] | None
"""The accounts of who asks; None: everything may be seen."""

_REJECTED = OrderStatus.REJECTED.value
_read_command = msgspec.json.Decoder(CommandMessage).decode


def order_id(number: int, at: Position) -> str:
    """The UUID of the engine's id `number` in the log of the books."""
    return format_order_id(number, id_suffix(at.shard, int(at.log, 16)))


def present_order(row: Row[Any], at: Position, trails: Trails) -> BookedOrderMessage:
    said = msgspec.json.decode(row.instructions) if row.instructions else {}
    if row.id in trails:
        said["high_water_mark"], said["stop_price"] = map(format_decimal, trails[row.id])
    displays = "display_quantity" in said and row.leaves
    # Before venue.open the log has no identity. Orders that came then were refused for that, and
    # so say their ids; no other order was.
    early = row.reason == RejectReason.VENUE_NOT_OPEN.word
    parent = parent_id(row.id)
    brings = ("take_profit" in said or "stop_loss" in said) and row.status != _REJECTED
    return BookedOrderMessage(
        order_id(row.id, BEGINNING if early else at),
        row.account,
        row.symbol,
        row.side,
        row.type,
        row.time_in_force,
        format_decimal(row.quantity),
        row.status,
        format_decimal(row.filled),
        format_decimal(row.leaves),
        row.client_order_id,
        some_decimal(row.price),
        format_decimal(row.average_price) if row.filled else "",
        row.reason,
        created_seq=row.created_seq,
        updated_seq=row.updated_seq,
        created_ts=str(row.created_ts),
        updated_ts=str(row.updated_ts),
        displayed_quantity=format_decimal(row.shown) if displays else "",
        parent_order_id=order_id(parent, at) if parent else "",
        exit_order_id=order_id(exit_id(row.id), at) if brings else "",
        **said,
    )


def present_trade(row: Row[Any], at: Position, viewer: Viewer = None) -> BookedTradeMessage:
    """Each side of it as far as it is the viewer's."""
    takes = viewer is None or row.taker_account in viewer
    makes = viewer is None or row.maker_account in viewer
    return BookedTradeMessage(
        trade_id(row.seq, row.number),
        format_decimal(row.price),
        format_decimal(row.quantity),
        row.seq,
        str(row.ts),
        row.symbol,
        row.side,
        order_id(row.taker_order, at) if takes else "",
        row.taker_account if takes else "",
        some_money(row.taker_fee) if takes else "",
        order_id(row.maker_order, at) if makes else "",
        row.maker_account if makes else "",
        some_money(row.maker_fee) if makes else "",
    )


def present_tape(row: Row[Any]) -> TapeTradeMessage:
    return TapeTradeMessage(
        trade_id(row.seq, row.number),
        str(row.ts),
        row.symbol,
        row.side,
        format_decimal(row.price),
        format_decimal(row.quantity),
    )


def trade_id(seq: int, number: int) -> str:
    return f"{seq}-{number}"


def present_position(row: Row[Any], mark: Units) -> PositionMessage:
    """`mark` is the reference price of the instrument, 0: there is none.

    Nothing is traded for nothing, so a cost of 0 is one that nobody told: of shares that came in.
    """
    value = row.quantity * mark
    valued = bool(mark and row.quantity)
    return PositionMessage(
        row.account,
        row.symbol,
        quantity_text(row.quantity),
        format_decimal(row.bought_quantity),
        money_text(row.bought_value),
        format_decimal(row.sold_quantity),
        money_text(row.sold_value),
        row.updated_seq,
        money_text(row.cost),
        money_text(row.realised),
        money_text(row.fees),
        some_decimal(row.held),
        format_decimal(average(row.cost, row.quantity)) if row.cost else "",
        some_decimal(mark),
        money_text(value) if valued else "",
        money_text(value - row.cost) if valued and row.cost else "",
    )


def present_account(
    row: Row[Any], terms: Iterable[Row[Any]] = (), **worth: Any
) -> BookedAccountMessage:
    """`terms` are those of this account; `worth` is told of one account alone."""
    return BookedAccountMessage(
        row.account,
        row.type,
        row.state,
        row.access,
        row.self_trade_prevention,
        row.multiplier,
        bool(row.shorting),
        bool(row.killed),
        row.max_open_orders,
        row.max_order_rate,
        some_decimal(row.max_exposure),
        some_decimal(row.max_notional),
        some_decimal(row.max_position),
        given_decimal(row.maker_fee),
        given_decimal(row.taker_fee),
        tuple(
            AccountTermsMessage(
                term.symbol,
                some_decimal(term.max_notional),
                some_decimal(term.max_position),
                given_decimal(term.maker_fee),
                given_decimal(term.taker_fee),
            )
            for term in terms
        ),
        cash=money_text(row.cash),
        held=money_text(row.held),
        updated_seq=row.updated_seq,
        **worth,
    )


def present_activity(row: Row[Any], at: Position) -> ActivityMessage:
    traded = row.kind == TRADE
    return ActivityMessage(
        trade_id(row.seq, row.number),
        row.seq,
        str(row.ts),
        row.account,
        row.kind,
        money_text(row.cash + row.fee),
        money_text(row.balance),
        row.symbol,
        ("buy" if row.quantity > 0 else "sell") if traded else "",
        quantity_text(abs(row.quantity) if traded else row.quantity) if row.quantity else "",
        some_decimal(row.price),
        some_money(row.fee),
        trade_id(row.seq, row.trade) if traded or row.kind == FEE else "",
        order_id(row.order_id, at) if row.order_id else "",
        row.transfer_id,
    )


def present_key(row: Row[Any]) -> KeyMessage:
    return KeyMessage(
        row.key_id,
        row.role,
        tuple(row.accounts.split()),
        row.created_seq,
        row.name,
        bool(row.revoked),
        row.revoked_seq,
    )


def present_audit(row: Row[Any]) -> AuditMessage:
    command = _read_command(row.command)
    return AuditMessage(row.seq, str(row.ts), row.op, row.result, command, row.key, row.reason)


def present_instrument(row: Row[Any], *, killed: bool) -> BookedInstrumentMessage:
    return BookedInstrumentMessage(
        row.symbol,
        format_decimal(row.tick),
        format_decimal(row.lot),
        format_decimal(row.min_quantity),
        format_decimal(row.max_quantity),
        format_decimal(row.max_price),
        row.name,
        row.state,
        some_decimal(row.price_band),
        some_decimal(row.maker_fee),
        some_decimal(row.taker_fee),
        some_decimal(row.max_notional),
        some_decimal(row.max_position),
        some_decimal(row.reference_price),
        killed,
    )
