"""Bugs to plant: each one a mistake that somebody could make, in the real code.

The simulator has to find every one of them; a test plants them.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, update

import outcry.broker.booking
import outcry.domain.engine
import outcry.domain.matching
import outcry.orders.snapshots
from outcry.broker.check import read_entries
from outcry.broker.clerk import Clerk
from outcry.broker.position import move_position
from outcry.broker.schema import position
from outcry.domain import admission, trading
from outcry.domain.client_ids import ClientIds, Record
from outcry.domain.clock import Clock
from outcry.domain.expiry import Expiry
from outcry.domain.level import Level
from outcry.domain.matching import NOTHING
from outcry.domain.order import Order
from outcry.gateway.order_entry import OrderEntry
from outcry.gateway.ticket import Fate
from outcry.log.log import Entry, Log
from outcry.log.memory import MemoryReader
from outcry.orders.publisher import Publisher
from outcry.stream.hub import Hub
from sim.money_bugs import MONEY_BUGS
from sim.notional_bugs import NOTIONAL_BUGS
from sim.planting import Bug, replace
from sim.stop_bugs import STOP_BUGS


class _Forgetful:
    """A log whose `send` loses one of its arguments."""

    def __init__(self, log: Log, argument: str) -> None:
        self._log = log
        self._argument = argument

    async def send(self, *message: Any, **named: Any) -> Any:
        return await self._log.send(*message, **(named | {self._argument: None}))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class _Hasty:
    """A log that says "stored" when a message has left."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def send(self, subject: str, body: bytes, *, expected_last: int) -> Any:
        await self._log.send(subject, body, expected_last=expected_last)
        stored: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        stored.set_result(expected_last + 1)
        return stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def no_expected_sequence(stack: ExitStack) -> None:
    """The order service does not say which answer comes before."""

    def mutant(real: Any, self: Publisher, log: Log, *rest: Any, **named: Any) -> None:
        real(self, _Forgetful(log, "expected_last"), *rest, **named)

    replace(stack, Publisher, "__init__", mutant)


def no_message_id(stack: ExitStack) -> None:
    """The gateway sends again without saying that it is the same."""

    def mutant(real: Any, self: OrderEntry, orders: Log, *rest: Any, **named: Any) -> None:
        real(self, _Forgetful(orders, "msg_id"), *rest, **named)

    replace(stack, OrderEntry, "__init__", mutant)


def reused_message_ids(stack: ExitStack) -> None:
    """Every run of a gateway has the same name, so its messages have ids that were used."""

    def mutant(
        real: Any, self: OrderEntry, orders: Log, executions: Log, _: str, *rest: Any
    ) -> Any:
        return real(self, orders, executions, "run", *rest)

    replace(stack, OrderEntry, "__init__", mutant)


def reused_order_ids(stack: ExitStack) -> None:
    """From the sixth command of an entry on, places are counted anew."""

    def mutant(real: Any, self: Any, command: Any, index: int) -> Any:
        return real(self, command, index % 6)

    replace(stack, outcry.domain.engine.Engine, "_execute", mutant)


def stored_before_the_ack(stack: ExitStack) -> None:
    """The order service takes an answer for stored once it is sent."""

    def mutant(real: Any, self: Publisher, log: Log, *rest: Any, **named: Any) -> None:
        real(self, _Hasty(log), *rest, **named)

    replace(stack, Publisher, "__init__", mutant)


def booked_before_the_commit(stack: ExitStack) -> None:
    """The broker moves its position in one transaction, and books the rows in another."""

    async def mutant(real: Any, self: Clerk, work: Callable[[], Any]) -> Any:
        if not (isinstance(work, partial) and work.func.__name__ == "_book"):
            return await real(self, work)
        entries, before = work.args
        _, after = read_entries(entries, before)

        def move() -> bool:
            with self._writer.begin() as connection:
                return move_position(connection, before, after)

        if not await real(self, move):
            return None
        for _ in range(3):
            await real(self, lambda: None)  # so that it takes as long as a busy disk would
        with patch.object(outcry.broker.booking, "move_position", lambda *_: True):
            return work()

    replace(stack, Clerk, "_in_thread", mutant)


def no_compare_and_set(stack: ExitStack) -> None:
    """The broker moves the position of the books from wherever it is."""

    def mutant(_: Any, connection: Connection, __: Any, after: Any) -> bool:
        values = after._asdict() | {"digest": after.digest.hex()}
        connection.execute(update(position).values(values))
        return True

    replace(stack, outcry.broker.booking, "move_position", mutant)


def a_set_in_the_engine(stack: ExitStack) -> None:
    """Orders of one price stand in the order of a set."""

    def mutant(real: Any, self: Level, order: Order) -> None:
        queue = {order.order_id * 2_654_435_761 % 2**32: order}
        while self.first is not None:
            first = self.first
            self.unlink(first)
            queue[first.order_id * 2_654_435_761 % 2**32] = first
        self.quantity = 0
        for key in {*queue}:
            real(self, queue[key])

    replace(stack, Level, "append", mutant)


def a_dropped_message(stack: ExitStack) -> None:
    """Now and then a reader hands an entry to nobody."""

    def mutant(real: Any, self: MemoryReader, log: Any, next_seq: int, on_entry: Any) -> None:
        async def some(entry: Entry) -> None:
            if entry.seq % 61 or not entry.seq:
                await on_entry(entry)

        real(self, log, next_seq, some)

    replace(stack, MemoryReader, "__init__", mutant)


def answers_by_their_order(stack: ExitStack) -> None:
    """The gateway gives an answer to whoever has waited longest."""

    def mutant(real: Any, self: OrderEntry, entry: Entry, executions: Sequence[bytes]) -> None:
        self.position = entry.seq
        if self._batches:
            self._deliver(next(iter(self._batches)), executions)
        else:
            real(self, entry, executions)

    replace(stack, OrderEntry, "on_answer", mutant)


def refused_though_sent(stack: ExitStack) -> None:
    """The gateway tells `refused` of what may be in the log."""

    def mutant(real: Any, self: OrderEntry, ticket: Any, _: Fate) -> None:
        real(self, ticket, Fate.REFUSED)

    replace(stack, OrderEntry, "_end", mutant)


def gives_up_at_once(stack: ExitStack) -> None:
    """The gateway takes a lost ack for a message that is not stored, and sends it as a new one."""

    async def mutant(real: Any, self: OrderEntry, msg_id: str, body: bytes) -> Any:
        return await real(self, f"{msg_id}.{secrets.token_hex(4)}", body)

    replace(stack, OrderEntry, "_offer", mutant)


def forgotten_client_ids(stack: ExitStack) -> None:
    """Only the newest forty client order ids are found."""

    def mutant(real: Any, self: ClientIds, key: bytes) -> Record | None:
        record: Record | None = real(self, key)
        return record if record is None or self.count - record.number < 40 else None

    replace(stack, ClientIds, "find", mutant)


def a_snapshot_without_client_ids(stack: ExitStack) -> None:
    """What starts from a snapshot knows no client order id."""

    def mutant(real: Any, path: Any, *rest: Any) -> Any:
        header, engine = real(path, *rest)
        engine.trading.client_ids = ClientIds(engine.client_ids.horizon)
        return header, engine

    replace(stack, outcry.orders.snapshots, "read", mutant)


def a_snapshot_without_the_queue(stack: ExitStack) -> None:
    """What starts from a snapshot has the orders of a price the other way round."""

    def mutant(real: Any, path: Any, *rest: Any) -> Any:
        header, engine = real(path, *rest)
        for book in engine.books.values():
            for ladder in (book.bids, book.asks):
                for level in ladder:
                    level.first, level.last = level.last, level.first
                    order = level.first
                    while order is not None:
                        order.next, order.previous = order.previous, order.next
                        order = order.next
        return header, engine

    replace(stack, outcry.orders.snapshots, "read", mutant)


def a_snapshot_without_the_ends(stack: ExitStack) -> None:
    """What starts from a snapshot lets no order go for its time that rested then."""

    def mutant(real: Any, path: Any, *rest: Any) -> Any:
        header, engine = real(path, *rest)
        engine.open_orders.expiry = engine.due.expiry = Expiry()
        return header, engine

    replace(stack, outcry.orders.snapshots, "read", mutant)


def a_snapshot_that_hides_nothing(stack: ExitStack) -> None:
    """What starts from a snapshot shows all of every order."""

    def mutant(real: Any, path: Any, *rest: Any) -> Any:
        header, engine = real(path, *rest)
        for order in engine.orders.values():
            if order.level is not None:
                order.level.quantity += order.hidden
                order.hidden = 0
        return header, engine

    replace(stack, outcry.orders.snapshots, "read", mutant)


def a_part_in_front(stack: ExitStack) -> None:
    """The next part of an order is the first of its price, not the last."""

    def mutant(real: Any, self: Level, order: Order) -> None:
        before = self.first
        real(self, order)
        if before is not None and order.displayed and order.filled:
            self.unlink(order)
            order.level, order.next, before.previous = self, before, order
            self.first = order
            self.count += 1

    replace(stack, Level, "append", mutant)


def overfilled(stack: ExitStack) -> None:
    """A last fill gives a little too much."""

    def mutant(real: Any, self: Order, quantity: int, price: int) -> None:
        last = quantity == self.leaves and self.filled
        real(self, quantity, price)
        if last:
            self.filled += 1_000_000_000

    replace(stack, Order, "fill", mutant)


def crossed(stack: ExitStack) -> None:
    """Orders of thirteen do not trade."""

    def mutant(real: Any, taker: Order, *rest: Any) -> Any:
        return NOTHING if taker.quantity == 13_000_000_000 else real(taker, *rest)

    replace(stack, trading, "match", mutant)


def posted_though_it_takes(stack: ExitStack) -> None:
    """An order that may only rest trades."""
    replace(stack, admission, "refuse_taking", lambda *_: None)


def opened_though_it_reduces(stack: ExitStack) -> None:
    """An order that may only make a position smaller opens one."""
    replace(stack, admission, "refuse_opening", lambda *_: None)


def less_than_the_least(stack: ExitStack) -> None:
    """An order that has to trade so much at once trades less."""

    def mutant(real: Any, order: Order) -> int:
        return real(order) if order.instructions is None else 0

    replace(stack, outcry.domain.matching, "least", mutant)


def other_bytes_again(stack: ExitStack) -> None:
    """After a lost ack the order service writes its answer anew, and other than before."""

    def mutant(real: Any, self: Publisher, error: BaseException) -> None:
        if self._window:
            self._window[0] = self._window[0].replace(b"[{", b"[ {", 1)
        real(self, error)

    replace(stack, Publisher, "_stop_sending", mutant)


def one_too_far(stack: ExitStack) -> None:
    """A client of the stream that comes back misses an execution."""

    def mutant(real: Any, self: Hub, client: Any, after: int | None = None, *rest: Any) -> Any:
        return real(self, client, after + 1 if after else after, *rest)

    replace(stack, Hub, "join", mutant)


def time_goes_back(stack: ExitStack) -> None:
    """Log time is whatever the log says."""

    def mutant(_: Any, self: Clock, ts_ns: int) -> None:
        if not self.by_entries:
            self.now_ns = ts_ns

    replace(stack, Clock, "stamp", mutant)


BUGS: tuple[Bug, ...] = (
    no_expected_sequence,
    no_message_id,
    reused_message_ids,
    reused_order_ids,
    stored_before_the_ack,
    booked_before_the_commit,
    no_compare_and_set,
    a_set_in_the_engine,
    a_dropped_message,
    answers_by_their_order,
    refused_though_sent,
    gives_up_at_once,
    forgotten_client_ids,
    a_snapshot_without_client_ids,
    a_snapshot_without_the_queue,
    a_snapshot_without_the_ends,
    a_snapshot_that_hides_nothing,
    a_part_in_front,
    overfilled,
    crossed,
    posted_though_it_takes,
    opened_though_it_reduces,
    less_than_the_least,
    other_bytes_again,
    one_too_far,
    time_goes_back,
    *MONEY_BUGS,
    *STOP_BUGS,
    *NOTIONAL_BUGS,
)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    with ExitStack() as stack:
        bug(stack)
        yield
