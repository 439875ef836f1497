"""Where trailing stops stand now. Executions tell how they stood when they were told; since then
they follow the trades, which are booked."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, select

from outcry.broker.rows import units
from outcry.broker.schema import trades
from outcry.domain.trails import stop_price_of
from outcry.domain.types import BUY, TRAILING_STOP, Side, Units

TRADES_MAX = 1_000_000
"""Of the newest trades of an instrument so many are looked at. Where more came since an order was
told, its high-water mark is the best of these and of what was told."""

NO_PRICE = LAST_SEQ = (1 << 63) - 1
"""Above all prices, and behind all executions."""
_NEWEST = (
    select(trades.c.price)
    .where(
        trades.c.symbol == bindparam("symbol"),
        trades.c.seq > bindparam("after"),
        trades.c.seq <= bindparam("end"),
    )
    .order_by(trades.c.seq.desc(), trades.c.number.desc())
    .limit(bindparam("left"))
    .subquery()
)
_RANGE = select(func.count(), func.min(_NEWEST.c.price), func.max(_NEWEST.c.price))
"""How many trades there are after an execution, up to another, of these as many of the newest as
are left; and their lowest and highest price."""

Trails = dict[int, tuple[Units, Units]]
"""High-water mark and stop price, by the ids of orders."""


def trails_of(connection: Connection, rows: Sequence[Row[Any]]) -> Trails:
    """Of the trailing stops among these orders that wait yet."""
    waiting: dict[str, list[tuple[Row[Any], dict[str, str]]]] = {}
    for row in rows:
        if row.type == TRAILING_STOP and row.leaves:
            said = msgspec.json.decode(row.instructions)
            if "untriggered" in said:
                waiting.setdefault(row.symbol, []).append((row, said))
    found: Trails = {}
    for symbol, orders in waiting.items():
        _follow(connection, symbol, orders, found)
    return found


def _follow(
    connection: Connection,
    symbol: str,
    orders: list[tuple[Row[Any], dict[str, str]]],
    found: Trails,
) -> None:
    """Go back through the trades of an instrument, from one order to the one that was told before
    it."""
    lowest, highest, end, left = NO_PRICE, 0, LAST_SEQ, TRADES_MAX
    for row, said in sorted(orders, key=lambda one: -one[0].updated_seq):
        if row.updated_seq != end and left:
            some = {"symbol": symbol, "after": row.updated_seq, "end": end, "left": left}
            count, low, high = connection.execute(_RANGE, some).one()
            if count:
                lowest, highest, left = min(lowest, low), max(highest, high), left - count
            end = row.updated_seq
        told = units(said["high_water_mark"])
        best = min(told, lowest) if row.side == BUY else max(told, highest)
        trail, percent = (units(said.get(name, "")) for name in ("trail", "trail_percent"))
        found[row.id] = best, stop_price_of(Side(row.side), best, trail, percent)
