"""Rows of the books as messages."""

from typing import Any

from sqlalchemy import Row

from outcry.broker.position import BEGINNING, Position
from outcry.domain.reject import RejectReason
from outcry.domain.types import UNIT
from outcry.wire.books import BookedOrderMessage, BookedTradeMessage, PositionMessage
from outcry.wire.decimals import PLACES, format_decimal
from outcry.wire.messages import InstrumentMessage
from outcry.wire.order_id import format_order_id, id_suffix


def order_id(number: int, at: Position) -> str:
    """The UUID of the engine's id `number` in the log of the books."""
    return format_order_id(number, id_suffix(at.shard, int(at.log, 16)))


def present_order(row: Row[Any], at: Position) -> BookedOrderMessage:
    # Before venue.open the log has no identity. Orders that came then were refused for that, and
    # so say their ids; no other order was.
    early = row.reason == RejectReason.VENUE_NOT_OPEN.word
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
        format_decimal(row.price) if row.price else "",
        format_decimal(row.average_price) if row.filled else "",
        row.reason,
        created_seq=row.created_seq,
        updated_seq=row.updated_seq,
        created_ts=str(row.created_ts),
        updated_ts=str(row.updated_ts),
    )


def present_trade(row: Row[Any], at: Position) -> BookedTradeMessage:
    return BookedTradeMessage(
        trade_id(row.seq, row.number),
        format_decimal(row.price),
        format_decimal(row.quantity),
        order_id(row.maker_order, at),
        seq=row.seq,
        ts=str(row.ts),
        symbol=row.symbol,
        side=row.side,
        taker_order_id=order_id(row.taker_order, at),
        taker_account=row.taker_account,
        maker_account=row.maker_account,
    )


def trade_id(seq: int, number: int) -> str:
    return f"{seq}-{number}"


def present_position(row: Row[Any]) -> PositionMessage:
    return PositionMessage(
        row.account,
        row.symbol,
        _signed(row.bought_quantity - row.sold_quantity),
        format_decimal(row.bought_quantity),
        _value(row.bought_value),
        format_decimal(row.sold_quantity),
        _value(row.sold_value),
        row.updated_seq,
    )


def present_instrument(row: Row[Any]) -> InstrumentMessage:
    return InstrumentMessage(
        row.symbol,
        format_decimal(row.tick),
        format_decimal(row.lot),
        format_decimal(row.min_quantity),
        format_decimal(row.max_quantity),
        format_decimal(row.max_price),
        row.name,
        row.state,
    )


def _signed(quantity: int) -> str:
    return format_decimal(quantity) if quantity >= 0 else f"-{format_decimal(-quantity)}"


def _value(value: int) -> str:
    """The shortest decimal of a sum of price times quantity, in 10⁻¹⁸."""
    whole, fraction = divmod(value, UNIT * UNIT)
    return f"{whole}.{fraction:0{2 * PLACES}d}".rstrip("0") if fraction else str(whole)
