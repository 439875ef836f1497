"""The engine: a pure function of the log, written as a state and one way to change it.

`Engine.apply` takes the commands of entry n and gives one execution each. All control flow and
every mutation is here or called from here. There is no clock (time comes with the entry), no
randomness, no I/O, and the same entries give the same executions everywhere.
"""

from collections.abc import Sequence
from typing import Unpack

import msgspec

from outcry.domain import digest, refusals
from outcry.domain.book import Book, Ladder
from outcry.domain.checks import refuse_order, refuse_terms
from outcry.domain.client_ids import ClientIds, Record, content_digest, id_digest
from outcry.domain.clock import Clock
from outcry.domain.commands import (
    AdvanceClock,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    ListInstrument,
    Malformed,
    NewOrder,
    OpenVenue,
    OrderCommand,
    ReplaceOrder,
    SetInstrumentState,
)
from outcry.domain.due import Due
from outcry.domain.execution import Change, Execution, OrderState, Told, Trade
from outcry.domain.limits import BOUNDS, DUE_INDEX, INDEX_BITS, LAST_NS, Bounds
from outcry.domain.mass_cancel import MassCancel, choose, lasting, withdraw
from outcry.domain.matching import Matched, foretell, match, why_not_rest
from outcry.domain.open_orders import OpenOrders
from outcry.domain.order import REQUESTED, CancelReason, Order, new_order
from outcry.domain.reject import Reject
from outcry.domain.report import change, order_state, rejected_state, top_of_book
from outcry.domain.rulebook import Rulebook, unknown_symbol
from outcry.domain.switches import Deadline
from outcry.domain.types import CANCEL_NEWEST, FOK, OrderId, SelfTradePrevention


class Engine:
    """The state of a venue. Two engines that applied the same entries are equal."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.seq = 0
        """Number of the newest execution."""
        self.entry = 0
        """Number of the newest entry that was applied."""
        self.digest = digest.START
        self.clock = Clock()
        self.rulebook = Rulebook(bounds)
        self.books: dict[str, Book] = {}
        """One for each instrument of the rulebook."""
        self.orders: dict[int, Order] = {}
        """Every resting order by its id."""
        self.open_orders = OpenOrders()
        """The same by account."""
        self.due = Due(bounds.switches)
        self.client_ids = ClientIds(1)
        self._bounds = bounds
        self._touches = 0
        self._looks = 0

    @property
    def venue(self) -> OpenVenue | None:
        """The identity of the venue; None: it is not open yet."""
        return self.rulebook.venue

    def apply(self, commands: Sequence[Command], entry: int, ts_ns: int) -> list[Execution]:
        """Apply the commands of `entry`, stamped `ts_ns` by the log, and answer each.

        Total: whatever the commands, there is one execution for each and no exception. In front
        of them stands one for each thing that fell due before.
        """
        assert entry == self.entry + 1, "entries come in order and once"
        assert not self.rulebook.successor, "what comes after a mark is for the next version"
        self.entry = entry
        self.clock.stamp(ts_ns)
        self._touches = self._bounds.touches
        self._looks = self._bounds.looks
        if type(commands[0]) is AdvanceClock and self.venue is not None:
            return self._advance(commands[0])
        done = self._fall_due() if self.due.is_due(self.clock.now_ns) else []
        done += [self._execute(command, index) for index, command in enumerate(commands)]
        return done

    def _execute(self, command: Command, index: int) -> Execution:
        self.seq += 1
        kind = type(command)
        if self.rulebook.venue is None and kind is not OpenVenue and kind is not Malformed:
            return self._reject(command, index, refusals.not_open())
        if kind is NewOrder:
            return self._new(command, index)  # type: ignore[arg-type]
        if kind is CancelOrder:
            return self._cancel(command, index)  # type: ignore[arg-type]
        if kind is ReplaceOrder:
            return self._replace(command, index)  # type: ignore[arg-type]
        if kind is CancelAll:
            return self._cancel_all(command, index)  # type: ignore[arg-type]
        if kind is CancelAllAfter:
            return self._cancel_all_after(command, index)  # type: ignore[arg-type]
        return self._administer(command, index)

    # Orders ------------------------------------------------------------------------------

    def _new(self, command: NewOrder, index: int) -> Execution:
        key = b""
        content = b""
        if command.client_order_id:
            key = id_digest(command.account, command.client_order_id)
            content = content_digest(command)
            record = self.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        if 0 < command.expire_ns < self.clock.now_ns:
            return self._expired(command, index)
        refusal = self._refuse_new(command)
        if refusal is not None:
            return self._reject(command, index, refusal)
        order = new_order(OrderId(self.entry << INDEX_BITS | index), command)
        if key:
            self.client_ids.remember(key, content, self.seq, order)
        return self._enter(command, index, order)

    def _refuse_new(self, command: NewOrder) -> Reject | None:
        instrument = self.rulebook.instruments.get(command.symbol)
        if instrument is None:
            return unknown_symbol(command.symbol)
        refusal = refuse_order(command, instrument)
        if refusal is None and len(self.orders) >= self._bounds.resting:
            return refusals.too_many_resting(self._bounds.resting)
        return refusal

    def _enter(self, command: Command, index: int, order: Order) -> Execution:
        """Let an order trade what it can, and let the rest wait or go."""
        book = self.books[order.symbol]
        opposite = book.opposite(order.side)
        prevention = self.rulebook.prevention.get(order.account, CANCEL_NEWEST)
        killed = None
        if order.time_in_force is FOK:
            killed = self._foretell(order, opposite, prevention)
        if killed is None:
            matched = match(order, opposite, prevention, self._touches)
        else:
            matched = Matched((), (), killed)
        touched = matched.touched
        changed: tuple[Change, ...] = ()
        if touched:
            changed = tuple([change(maker) for maker in touched])
            self._touches -= len(touched)
            for maker in touched:
                if not maker.leaves:
                    self._forget(maker)
        if order.leaves:
            reason = matched.stopped or why_not_rest(order)
            if reason is None:
                book.rest(order)
                self.orders[order.order_id] = order
                self.open_orders.add(order)
            else:
                order.cancel(reason)
        if not order.leaves:
            self.open_orders.remove(order)
            self.client_ids.settle(order)
        return self._report(command, index, order, book, tuple(matched.trades), changed)

    def _foretell(
        self, order: Order, opposite: Ladder, prevention: SelfTradePrevention
    ) -> CancelReason | None:
        """Why a fill-or-kill order goes as it came; None: it will be filled."""
        killed, looks = foretell(order, opposite, prevention, min(self._touches, self._looks))
        self._looks -= looks
        return killed

    def _cancel(self, command: CancelOrder, index: int) -> Execution:
        if 0 < command.expire_ns < self.clock.now_ns:
            return self._expired(command, index)
        order = self._resting(command)
        if order is None:
            return self._block(command, index)
        book = self.books[order.symbol]
        book.remove(order)
        order.cancel(REQUESTED)
        self._forget(order)
        return self._report(command, index, order, book)

    def _block(self, command: CancelOrder, index: int) -> Execution:
        """A cancel that finds no open order gives up the client order id, if no order had it."""
        if command.order_id is None:
            key = id_digest(command.account, command.client_order_id)
            record = self.client_ids.find(key)
            if record is None:
                self.client_ids.remember(key, b"", self.seq, None)
            if record is None or record.blocked:
                return self._accept(command, index, blocked=True)
        return self._reject(command, index, refusals.unknown_order(command))

    def _replace(self, command: ReplaceOrder, index: int) -> Execution:
        key = b""
        content = b""
        if command.new_client_order_id:
            key = id_digest(command.account, command.new_client_order_id)
            content = content_digest(command)
            record = self.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        if 0 < command.expire_ns < self.clock.now_ns:
            return self._expired(command, index)
        order = self._resting(command)
        if order is None:
            return self._reject(command, index, refusals.unknown_order(command))
        quantity = order.quantity if command.quantity is None else command.quantity
        price = order.price if command.price is None else command.price
        instrument = self.rulebook.instruments[order.symbol]
        refusal = refuse_terms(order, quantity, price, instrument)
        if refusal is not None:
            return self._reject(command, index, refusal, order)
        if key:
            self.client_ids.remember(key, content, self.seq, order)
            order.client_order_id = command.new_client_order_id
        book = self.books[order.symbol]
        if price == order.price and quantity < order.quantity:
            book.reduce(order, order.quantity - quantity)
            return self._report(command, index, order, book)
        book.remove(order)
        del self.orders[order.order_id]
        order.price = price
        order.quantity = quantity
        order.leaves = quantity - order.filled
        return self._enter(command, index, order)

    def _resting(self, command: CancelOrder | ReplaceOrder) -> Order | None:
        """The resting order that a command names, if it is its own account's."""
        order_id: int | None = command.order_id
        if order_id is None:
            record = self.client_ids.find(id_digest(command.account, command.client_order_id))
            if record is None:
                return None
            order_id = record.order_id
        order = self.orders.get(order_id)
        return order if order is not None and order.account == command.account else None

    def _seen_before(
        self, command: NewOrder | ReplaceOrder, index: int, record: Record, content: bytes
    ) -> Execution:
        """Answer a client order id that is taken: a repeat by what became of it, else a refusal."""
        if isinstance(command, NewOrder):
            field, repeated = "client_order_id", command.client_order_id
        else:
            field, repeated = "new_client_order_id", command.new_client_order_id
        if record.blocked or content != record.content:
            return self._reject(command, index, refusals.taken(record, field))
        order = self.orders.get(record.order_id)
        if order is None:
            state = self.client_ids.ended(record, command.account, repeated)
        else:
            state = msgspec.structs.replace(order_state(order), client_order_id=repeated)
        return self._accept(command, index, first_seq=record.seq, order=state)

    def _forget(self, order: Order) -> None:
        """A resting order has come to its end: only what a repeat would be told stays."""
        del self.orders[order.order_id]
        self.open_orders.remove(order)
        self.client_ids.settle(order)

    # Many orders, and what falls due -------------------------------------------------------

    def _cancel_all(self, command: CancelAll, index: int) -> Execution:
        if 0 < command.expire_ns < self.clock.now_ns:
            return self._expired(command, index)
        if command.symbol and command.symbol not in self.books:
            return self._reject(command, index, unknown_symbol(command.symbol))
        return self._withdraw(command, self.entry << INDEX_BITS | index, index)

    def _cancel_all_after(self, command: CancelAllAfter, index: int) -> Execution:
        if 0 < command.expire_ns < self.clock.now_ns:
            return self._expired(command, index)
        if not command.timeout_ms:
            self.due.switches.disarm(command.account)
            return self._accept(command, index)
        fires_ns = min(self.clock.now_ns + command.timeout_ms * 1_000_000, LAST_NS)
        deadline = Deadline(fires_ns, self.entry << INDEX_BITS | index)
        refusal = self.due.arm(command.account, deadline)
        if refusal is not None:
            return self._reject(command, index, refusal)
        return self._accept(command, index, fires_ns=fires_ns)

    @property
    def next_due_ns(self) -> int | None:
        """The log time from which on an entry is wanted that does what is due; None: none is.

        None in a lockstep venue, where time waits for who moves it.
        """
        return None if self.clock.by_entries else self.due.next_ns(self.clock.now_ns)

    def _advance(self, command: AdvanceClock) -> list[Execution]:
        """An entry that moves log time: first it does, then fires what is due, then is answered."""
        refusal = self.clock.advance(command)
        done = self._fall_due()
        self.seq += 1
        if refusal is None:
            return [*done, self._accept(command, 0)]
        return [*done, self._reject(command, 0, refusal)]

    def _fall_due(self) -> list[Execution]:
        """Do what is due, as far as the entry may; where more is left, nothing trades in it."""
        done: list[Execution] = []
        before = self.entry << INDEX_BITS
        now_ns, most = self.clock.now_ns, self._bounds.due
        for work, below in self.due.fall(now_ns, self.open_orders, before, most):
            if not self._touches:
                break
            self.seq += 1
            execution = self._withdraw(work, below, DUE_INDEX + len(done))
            if not execution.unfinished:
                del self.due.unfinished[work]
            done.append(execution)
        if self.due.unfinished:
            self._touches = 0
        return done

    def _withdraw(self, command: MassCancel, before: int, index: int) -> Execution:
        """Cancel what a mass cancel means, as far as the entry may; the rest waits."""
        orders, unfinished = choose(command, self.open_orders, before, self._touches)
        refusal = self.due.wait(lasting(command), before) if unfinished else None
        if refusal is not None:
            return self._reject(command, index, refusal)
        self._touches -= len(orders)
        changed, quotes = withdraw(command, orders, self.books)
        for order in orders:
            self._forget(order)
        return self._accept(command, index, changed=changed, quotes=quotes, unfinished=unfinished)

    # The venue ---------------------------------------------------------------------------

    def _administer(self, command: Command, index: int) -> Execution:
        refusal = self.rulebook.change(command)
        if refusal is not None:
            return self._reject(command, index, refusal)
        instrument = None
        match command:
            case OpenVenue():
                self.clock.open(command)
                self.client_ids = ClientIds(command.client_id_horizon)
            case ListInstrument():
                instrument = command.instrument
                self.books[instrument.symbol] = Book()
            case SetInstrumentState():
                instrument = self.rulebook.instruments[command.symbol]
        return self._accept(command, index, instrument=instrument)

    # Answers -----------------------------------------------------------------------------

    def _report(
        self,
        command: Command,
        index: int,
        order: Order,
        book: Book,
        trades: tuple[Trade, ...] = (),
        changed: tuple[Change, ...] = (),
    ) -> Execution:
        now_ns, state, quote = self.clock.now_ns, order_state(order), top_of_book(book)
        return Execution(
            self.seq, now_ns, self.entry, index, command, None, 0, state, trades, changed, quote
        )

    def _accept(self, command: Command, index: int, **told: Unpack[Told]) -> Execution:
        return Execution(self.seq, self.clock.now_ns, self.entry, index, command, **told)

    def _expired(self, command: OrderCommand, index: int) -> Execution:
        refusal = refusals.expired(command.expire_ns, self.clock.now_ns)
        return self._reject(command, index, refusal)

    def _reject(
        self, command: Command, index: int, reject: Reject, order: Order | None = None
    ) -> Execution:
        state: OrderState | None
        if isinstance(command, NewOrder):
            state = rejected_state(command, OrderId(self.entry << INDEX_BITS | index))
        else:
            state = order_state(order) if order is not None else None
        now_ns = self.clock.now_ns
        return Execution(self.seq, now_ns, self.entry, index, command, reject, order=state)
