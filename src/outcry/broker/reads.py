"""The questions that the books answer, each in one read transaction."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select

from outcry.broker.account_reads import (
    read_account,
    read_accounts,
    read_activities,
    read_positions,
)
from outcry.broker.admin_reads import read_audit, read_keys
from outcry.broker.asked import accounts_of, cursor_of, equal, limit_of, of_accounts
from outcry.broker.pages import Conditions, Cursor, read_page
from outcry.broker.position import BEGINNING, Position
from outcry.broker.present import (
    order_id,
    present_instrument,
    present_order,
    present_tape,
    present_trade,
    trade_id,
)
from outcry.broker.questions import BadRequest, Fields
from outcry.broker.schema import (
    CLOSED,
    OPEN,
    SHOWN,
    blocked_client_order_ids,
    client_order_ids,
    instruments,
    kill_switches,
    orders,
    trades,
)
from outcry.broker.trailing import trails_of
from outcry.domain.order import OrderStatus
from outcry.domain.types import UNIT, Side
from outcry.wire.books import (
    BookAnswer,
    BookedMessage,
    InstrumentsAnswer,
    OrderAnswer,
    OrdersAnswer,
    PendingOrderMessage,
    TapeAnswer,
    TradesAnswer,
)
from outcry.wire.command_messages import Message
from outcry.wire.decimals import format_decimal
from outcry.wire.fields import DEFAULT_ACCOUNT
from outcry.wire.order_id import LogPlace, format_order_id, id_suffix, log_id_text

DEPTH = 10
MARKET = ""
"""Whose kill switch is that of no symbol."""
TRADES_OF_ORDER = 1000
_OPEN = (
    *("open", OrderStatus.NEW.value, OrderStatus.PARTIALLY_FILLED.value),
    OrderStatus.HELD.value,
)
_NOWHERE = (BEGINNING.log, BEGINNING.shard)

Read: TypeAlias = Callable[[Connection, Position, Fields], Message]
"""Answers a question from the books, which are at a position."""


def read_orders(connection: Connection, at: Position, fields: Fields) -> OrdersAnswer:
    branches, rest = _search(fields)
    page = read_page(connection, orders, branches, rest, cursor_of(fields), limit_of(fields))
    trails = trails_of(connection, page.rows)
    return OrdersAnswer(
        at.seq,
        tuple(present_order(row, at, trails) for row in page.rows),
        order_id(page.next[0], at) if page.next else None,
    )


def read_order(connection: Connection, at: Position, fields: Fields) -> OrderAnswer:
    booked = BookedMessage(at.seq, at.entry, at.log, str(at.ts))
    blocked = False
    viewer = fields.get("viewer")
    if "order_id" in fields:
        place: LogPlace = fields["order_id"]
        if "client_order_id" in fields:
            raise BadRequest("name the order by order_id or by client_order_id", "order_id")
        number = _number(place, at)
        if place.entry > at.entry:
            text = format_order_id(number, id_suffix(place.shard, place.log_id))
            return OrderAnswer(at.seq, booked, PendingOrderMessage(text, "pending"))
        which = [orders.c.id == number, *_among(fields)]
    elif "client_order_id" in fields:
        named = {"account": DEFAULT_ACCOUNT} | fields
        blocked = bool(accounts_of(named)) and _is_blocked(connection, named)
        which = [orders.c.id.in_(_named(named)), *_among(named)]
    else:
        raise BadRequest("name the order by order_id or by client_order_id", "order_id")
    row = connection.execute(select(orders).where(*which)).first()
    if row is None:
        return OrderAnswer(at.seq, booked, blocked=blocked)
    oldest = Cursor(None, newest_first=False)
    page = read_page(connection, trades, _trades_of(row.id), [], oldest, TRADES_OF_ORDER)
    found = tuple(present_trade(trade, at, viewer) for trade in page.rows)
    told = present_order(row, at, trails_of(connection, [row]))
    return OrderAnswer(at.seq, booked, told, found, blocked)


def read_trades(connection: Connection, at: Position, fields: Fields) -> TradesAnswer:
    rest = list(equal(trades, fields, "symbol").values())
    viewer, names = fields.get("viewer"), accounts_of(fields)
    branches: Sequence[Conditions]
    if "order_id" in fields:
        branches = _trades_of(_number(fields["order_id"], at), viewer)
        if "account" in fields:
            rest.append(or_(false(), *(and_(*branch) for branch in _trades_with(names or ()))))
    elif names is not None:
        branches = _trades_with(names)
    else:
        branches, rest = [rest], []
    page = read_page(connection, trades, branches, rest, cursor_of(fields), limit_of(fields))
    return TradesAnswer(
        at.seq,
        tuple(present_trade(row, at, viewer) for row in page.rows),
        trade_id(*page.next) if page.next else None,
    )


def read_tape(connection: Connection, at: Position, fields: Fields) -> TapeAnswer:
    which = list(equal(trades, fields, "symbol").values())
    page = read_page(connection, trades, [which], [], cursor_of(fields), limit_of(fields))
    return TapeAnswer(
        at.seq,
        tuple(map(present_tape, page.rows)),
        trade_id(*page.next) if page.next else None,
    )


def read_instruments(connection: Connection, at: Position, _: Fields) -> InstrumentsAnswer:
    rows = connection.execute(select(instruments).order_by(instruments.c.symbol))
    on = select(kill_switches.c.symbol).where(kill_switches.c.killed == 1)
    killed = set(connection.execute(on).scalars())
    told = [present_instrument(row, killed=row.symbol in killed) for row in rows]
    return InstrumentsAnswer(at.seq, tuple(told), killed=MARKET in killed)


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
            (format_decimal(price), format_decimal(int(whole) * UNIT + int(part)), count)
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
    "accounts": read_accounts,
    "account": read_account,
    "activities": read_activities,
    "tape": read_tape,
    "keys": read_keys,
    "audit": read_audit,
    "instruments": read_instruments,
    "book": read_book,
}
"""Each question's answer; the names are those of `questions.QUESTIONS`."""


def _search(fields: Fields) -> tuple[list[Conditions], list[ColumnElement[bool]]]:
    """Where the orders that are asked for stand, and what holds of them beside that."""
    status = fields.get("status")
    parts = [CLOSED, OPEN] if status is None else [OPEN if status in _OPEN else CLOSED]
    which = list(equal(orders, fields, "symbol", "side").values())
    rest = [] if status in (None, "open", "closed") else [orders.c.status == status]
    if "client_order_id" in fields:
        named = orders.c.id.in_(_named(fields))
        return [[named]], [*rest, *which, or_(*parts), *_among(fields)]
    names = accounts_of(fields)
    if parts == [OPEN]:
        return [[OPEN, *own, *which] for own in of_accounts(orders, names)], rest
    if names is not None:
        return [[part, *own] for own in of_accounts(orders, names) for part in parts], [
            *rest,
            *which,
        ]
    return [[]], [*rest, *which, *(parts if status else ())]


def _among(fields: Fields) -> list[ColumnElement[bool]]:
    """That an order is of an account among which to look."""
    names = accounts_of(fields)
    return [] if names is None else [orders.c.account.in_(names)]


def _levels(symbol: str, side: Side) -> Select[Any]:
    """Price levels, best first. The sum of a level may exceed 64 bits, so it is made in parts."""
    price, shown = orders.c.price, orders.c.shown
    return (
        select(price, func.sum(shown // UNIT), func.sum(shown % UNIT), func.count())
        .where(SHOWN, orders.c.symbol == symbol, orders.c.side == side.value)
        .group_by(price)
        .order_by(price.desc() if side is Side.BUY else price.asc())
    )


def _named(fields: Fields) -> Select[Any]:
    """The orders that a client order id means: one in each account."""
    which = equal(client_order_ids, fields, "client_order_id", "account")
    return select(client_order_ids.c.order_id).where(*which.values())


def _is_blocked(connection: Connection, fields: Fields) -> bool:
    """Whether a cancel gave up a client order id before any order had it."""
    table = blocked_client_order_ids
    which = equal(table, fields, "client_order_id", "account")
    return connection.execute(select(table.c.seq).where(*which.values())).first() is not None


def _number(place: LogPlace, at: Position) -> int:
    """The engine's id of an order of the log that is booked here."""
    origin = log_id_text(place.log_id), place.shard
    if origin not in ((at.log, at.shard), _NOWHERE) and (at.log, at.shard) != _NOWHERE:
        raise BadRequest("this order_id was given by another log than this venue's", "order_id")
    return place.order_id


def _trades_of(order: int, viewer: Collection[str] | None = None) -> list[Conditions]:
    """Trades in which an order took or made; those of the viewer's, if there is one."""
    return [
        [which == order, *(() if viewer is None else (account.in_(sorted(viewer)),))]
        for which, account in (
            (trades.c.taker_order, trades.c.taker_account),
            (trades.c.maker_order, trades.c.maker_account),
        )
    ]


def _trades_with(accounts: Iterable[str]) -> list[Conditions]:
    sides = (trades.c.taker_account, trades.c.maker_account)
    return [[side == account] for account in accounts for side in sides]
