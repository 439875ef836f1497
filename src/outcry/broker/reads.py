"""The questions that the books answer, each in one read transaction."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from outcry.broker.pages import Conditions, Cursor, read_page
from outcry.broker.position import BEGINNING, Position
from outcry.broker.present import (
    order_id,
    present_instrument,
    present_order,
    present_position,
    present_trade,
    trade_id,
)
from outcry.broker.questions import BadRequest, Fields
from outcry.broker.schema import (
    CLOSED,
    OPEN,
    blocked_client_order_ids,
    client_order_ids,
    instruments,
    orders,
    positions,
    trades,
)
from outcry.domain.order import OrderStatus
from outcry.domain.types import UNIT, Side
from outcry.wire.books import (
    BookAnswer,
    BookedMessage,
    InstrumentsAnswer,
    OrderAnswer,
    OrdersAnswer,
    PendingOrderMessage,
    PositionsAnswer,
    TradesAnswer,
)
from outcry.wire.decimals import format_decimal
from outcry.wire.fields import DEFAULT_ACCOUNT
from outcry.wire.messages import Message
from outcry.wire.order_id import LogPlace, format_order_id, id_suffix, log_id_text

LIMIT = 100
DEPTH = 10
TRADES_OF_ORDER = 1000
_OPEN = ("open", OrderStatus.NEW.value, OrderStatus.PARTIALLY_FILLED.value)
_NOWHERE = (BEGINNING.log, BEGINNING.shard)

Read: TypeAlias = Callable[[Connection, Position, Fields], Message]
"""Answers a question from the books, which are at a position."""


def read_orders(connection: Connection, at: Position, fields: Fields) -> OrdersAnswer:
    branches, rest = _search(fields)
    page = read_page(connection, orders, branches, rest, _cursor(fields), _limit(fields))
    return OrdersAnswer(
        at.seq,
        tuple(present_order(row, at) for row in page.rows),
        order_id(page.next[0], at) if page.next else None,
    )


def read_order(connection: Connection, at: Position, fields: Fields) -> OrderAnswer:
    booked = BookedMessage(at.seq, at.entry, at.log, str(at.ts))
    blocked = False
    if "order_id" in fields:
        place: LogPlace = fields["order_id"]
        if "client_order_id" in fields:
            raise BadRequest("name the order by order_id or by client_order_id", "order_id")
        number = _number(place, at)
        if place.entry > at.entry:
            text = format_order_id(number, id_suffix(place.shard, place.log_id))
            return OrderAnswer(at.seq, booked, PendingOrderMessage(text, "pending"))
        which = [orders.c.id == number, *_equal(orders, fields, "account").values()]
    elif "client_order_id" in fields:
        named = {"account": DEFAULT_ACCOUNT} | fields
        blocked = _is_blocked(connection, named)
        which = [orders.c.id.in_(_named(named))]
    else:
        raise BadRequest("name the order by order_id or by client_order_id", "order_id")
    row = connection.execute(select(orders).where(*which)).first()
    if row is None:
        return OrderAnswer(at.seq, booked, blocked=blocked)
    oldest = Cursor(None, newest_first=False)
    page = read_page(connection, trades, _trades_of(row.id), [], oldest, TRADES_OF_ORDER)
    found = tuple(present_trade(trade, at) for trade in page.rows)
    return OrderAnswer(at.seq, booked, present_order(row, at), found, blocked)


def read_trades(connection: Connection, at: Position, fields: Fields) -> TradesAnswer:
    equal = _equal(trades, fields, "symbol")
    branches: Sequence[Conditions]
    rest = list(equal.values())
    if "order_id" in fields:
        branches = _trades_of(_number(fields["order_id"], at))
        if "account" in fields:
            rest.append(or_(*(and_(*branch) for branch in _trades_with(fields["account"]))))
    elif "account" in fields:
        branches = _trades_with(fields["account"])
    else:
        branches, rest = [rest], []
    page = read_page(connection, trades, branches, rest, _cursor(fields), _limit(fields))
    return TradesAnswer(
        at.seq,
        tuple(present_trade(row, at) for row in page.rows),
        trade_id(*page.next) if page.next else None,
    )


def read_positions(connection: Connection, at: Position, fields: Fields) -> PositionsAnswer:
    equal = _equal(positions, fields, "account", "symbol")
    branch = [equal.pop("account")] if "account" in equal else []
    cursor = Cursor(fields.get("after"), newest_first=False)
    page = read_page(connection, positions, [branch], list(equal.values()), cursor, _limit(fields))
    found = tuple(present_position(row) for row in page.rows)
    return PositionsAnswer(at.seq, found, ":".join(page.next) if page.next else None)


def read_instruments(connection: Connection, at: Position, _: Fields) -> InstrumentsAnswer:
    rows = connection.execute(select(instruments).order_by(instruments.c.symbol))
    return InstrumentsAnswer(at.seq, tuple(present_instrument(row) for row in rows))


def read_book(connection: Connection, at: Position, fields: Fields) -> BookAnswer:
    if "symbol" not in fields:
        raise BadRequest("symbol is missing", "symbol")
    symbol = fields["symbol"]
    listed = select(instruments.c.symbol).where(instruments.c.symbol == symbol)
    if connection.execute(listed).first() is None:
        raise BadRequest(f"{symbol} is not listed here", "symbol", "unknown_symbol")
    depth = fields.get("depth", DEPTH)
    bids, asks = (
        tuple(
            (format_decimal(price), format_decimal(whole * UNIT + part), count)
            for price, whole, part, count in connection.execute(_levels(symbol, side).limit(depth))
        )
        for side in (Side.BUY, Side.SELL)
    )
    return BookAnswer(at.seq, symbol, bids, asks)


READS: Mapping[str, Read] = {
    "orders": read_orders,
    "order": read_order,
    "trades": read_trades,
    "positions": read_positions,
    "instruments": read_instruments,
    "book": read_book,
}
"""Each question's answer; the names are those of `questions.QUESTIONS`."""


def _search(fields: Fields) -> tuple[list[Conditions], list[ColumnElement[bool]]]:
    """Where the orders that are asked for stand, and what holds of them beside that."""
    status = fields.get("status")
    parts = [CLOSED, OPEN] if status is None else [OPEN if status in _OPEN else CLOSED]
    equal = _equal(orders, fields, "account", "symbol", "side")
    rest = [] if status in (None, "open", "closed") else [orders.c.status == status]
    if "client_order_id" in fields:
        named = orders.c.id.in_(_named(fields))
        return [[named]], [*rest, *equal.values(), or_(*parts)]
    if parts == [OPEN]:
        return [[OPEN, *equal.values()]], rest
    if "account" in equal:
        account = equal.pop("account")
        return [[part, account] for part in parts], [*rest, *equal.values()]
    return [[]], [*rest, *equal.values(), *(parts if status else ())]


def _levels(symbol: str, side: Side) -> Select[Any]:
    """Price levels, best first. The sum of a level may exceed 64 bits, so it is made in parts."""
    price, leaves = orders.c.price, orders.c.leaves
    return (
        select(price, func.sum(leaves // UNIT), func.sum(leaves % UNIT), func.count())
        .where(OPEN, orders.c.symbol == symbol, orders.c.side == side.value)
        .group_by(price)
        .order_by(price.desc() if side is Side.BUY else price.asc())
    )


def _equal(table: Table, fields: Fields, *names: str) -> dict[str, ColumnElement[bool]]:
    return {name: table.c[name] == fields[name] for name in names if name in fields}


def _cursor(fields: Fields) -> Cursor:
    if "after" in fields:
        return Cursor(fields["after"], newest_first=False)
    return Cursor(fields.get("before"), newest_first=True)


def _limit(fields: Fields) -> int:
    limit: int = fields.get("limit", LIMIT)
    return limit


def _named(fields: Fields) -> Select[Any]:
    """The orders that a client order id means: one in each account."""
    which = _equal(client_order_ids, fields, "client_order_id", "account")
    return select(client_order_ids.c.order_id).where(*which.values())


def _is_blocked(connection: Connection, fields: Fields) -> bool:
    """Whether a cancel gave up a client order id before any order had it."""
    table = blocked_client_order_ids
    which = _equal(table, fields, "client_order_id", "account")
    return connection.execute(select(table.c.seq).where(*which.values())).first() is not None


def _number(place: LogPlace, at: Position) -> int:
    """The engine's id of an order of the log that is booked here."""
    origin = log_id_text(place.log_id), place.shard
    if origin not in ((at.log, at.shard), _NOWHERE) and (at.log, at.shard) != _NOWHERE:
        raise BadRequest("this order_id was given by another log than this venue's", "order_id")
    return place.order_id


def _trades_of(order: int) -> list[Conditions]:
    return [[trades.c.taker_order == order], [trades.c.maker_order == order]]


def _trades_with(account: str) -> list[Conditions]:
    return [[trades.c.taker_account == account], [trades.c.maker_account == account]]
