"""The orders that rest: those of the engine, and those that the books show as open."""

from sqlalchemy import Connection, select

from outcry.broker import schema
from outcry.cli.difference import Difference
from outcry.domain.engine import Engine

ROWS_AT_ONCE = 2_000
COLUMNS = (
    *("account", "symbol", "side", "price"),
    *("quantity", "filled", "leaves", "shown", "client_order_id"),
)


def check_open_orders(engine: Engine, books: Connection) -> None:
    """Hold the open orders of the books against those of the engine that have something left.
    Raises Difference."""
    rest = schema.orders.c
    open_ones = select(rest.id, *(rest[name] for name in COLUMNS)).where(schema.OPEN)
    found = 0
    for row in books.execution_options(yield_per=ROWS_AT_ONCE).execute(open_ones.order_by(rest.id)):
        order = engine.orders.get(row.id)
        if order is None:
            raise Difference(f"books, orders, id {row.id}", "no longer open", "open")
        for name in COLUMNS:
            if getattr(row, name) != getattr(order, name):
                where = f"books, orders, id {row.id}: {name}"
                raise Difference(where, getattr(order, name), getattr(row, name))
        found += 1
    left = sum(not order.is_spent for order in engine.orders.values())
    if found != left:
        raise Difference("books, orders that are open", left, found)
