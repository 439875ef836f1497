"""The engine: a pure function of the log, written as a state and one way to change it.

`Engine.apply` takes the commands of entry n and gives one execution each. All control flow and
every mutation is here or called from here. There is no clock (time comes with the entry), no
randomness, no I/O, and the same entries give the same executions everywhere.
"""

from collections.abc import Sequence

import msgspec

from outcry.domain import digest
from outcry.domain.book import Book
from outcry.domain.checks import ORDER_CHECKS, first_refusal
from outcry.domain.client_ids import ClientIds, Record, content_digest, id_digest
from outcry.domain.clock import Clock
from outcry.domain.commands import (
    AdvanceClock,
    CancelOrder,
    Command,
    ListInstrument,
    Malformed,
    NewOrder,
    OpenVenue,
    ReplaceOrder,
    SetAccount,
    SetInstrumentState,
    UpgradeVenue,
)
from outcry.domain.execution import Execution, OrderState, Quote
from outcry.domain.instrument import Instrument
from outcry.domain.limits import BOUNDS, INDEX_BITS, Bounds
from outcry.domain.matching import Matched, foretell, match
from outcry.domain.order import CancelReason, Order, new_order
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.report import change, order_state, rejected_state, top_of_book
from outcry.domain.rulebook import Rulebook, unknown_symbol
from outcry.domain.types import OrderId, OrderType, SelfTradePrevention, TimeInForce, decimal


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

        Total: whatever the commands, there is one execution for each and no exception.
        """
        assert entry == self.entry + 1, "entries come in order and once"
        assert not self.rulebook.successor, "what comes after a mark is for the next version"
        self.entry = entry
        self.clock.stamp(ts_ns)
        self._touches = self._bounds.touches
        self._looks = self._bounds.looks
        return [self._execute(command, index) for index, command in enumerate(commands)]

    def _execute(self, command: Command, index: int) -> Execution:
        self.seq += 1
        kind = type(command)
        if self.rulebook.venue is None and kind is not OpenVenue and kind is not Malformed:
            text = "the venue is not open yet: a log begins with venue.open"
            return self._reject(command, index, Reject(RejectReason.VENUE_NOT_OPEN, text))
        if kind is NewOrder:
            return self._new(command, index)  # type: ignore[arg-type]
        if kind is CancelOrder:
            return self._cancel(command, index)  # type: ignore[arg-type]
        if kind is ReplaceOrder:
            return self._replace(command, index)  # type: ignore[arg-type]
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
        refusal = first_refusal(ORDER_CHECKS, command, instrument)
        if refusal is None and len(self.orders) >= self._bounds.resting:
            text = f"the venue holds {self._bounds.resting} resting orders, the most it takes"
            return Reject(RejectReason.RESTING_LIMIT, text)
        return refusal

    def _enter(self, command: Command, index: int, order: Order) -> Execution:
        """Let an order trade what it can, and let the rest wait or go."""
        book = self.books[order.symbol]
        opposite = book.opposite(order.side)
        prevention = self.rulebook.prevention.get(order.account, SelfTradePrevention.CANCEL_NEWEST)
        killed = None
        if order.time_in_force is TimeInForce.FOK:
            killed, looks = foretell(order, opposite, prevention, min(self._touches, self._looks))
            self._looks -= looks
        if killed is None:
            matched = match(order, opposite, prevention, self._touches)
        else:
            matched = Matched((), (), killed)
        touched = matched.touched
        if touched:
            self._touches -= len(touched)
            for maker in touched:
                if not maker.leaves:
                    self._forget(maker)
        if order.leaves:
            reason = matched.stopped or _why_not_rest(order)
            if reason is None:
                book.rest(order)
                self.orders[order.order_id] = order
            else:
                order.cancel(reason)
        if not order.leaves:
            self.client_ids.settle(order)
        return Execution(
            self.seq,
            self.clock.now_ns,
            self.entry,
            index,
            command,
            None,
            0,
            order_state(order),
            tuple(matched.trades),
            tuple([change(maker) for maker in touched]),
            top_of_book(book),
        )

    def _cancel(self, command: CancelOrder, index: int) -> Execution:
        order = self._resting(command)
        if order is None:
            return self._reject(command, index, _unknown_order(command))
        book = self.books[order.symbol]
        book.remove(order)
        order.cancel(CancelReason.REQUESTED)
        self._forget(order)
        return self._accept(command, index, order=order_state(order), quote=top_of_book(book))

    def _replace(self, command: ReplaceOrder, index: int) -> Execution:
        key = b""
        content = b""
        if command.new_client_order_id:
            key = id_digest(command.account, command.new_client_order_id)
            content = content_digest(command)
            record = self.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        order = self._resting(command)
        if order is None:
            return self._reject(command, index, _unknown_order(command))
        quantity = order.quantity if command.quantity is None else command.quantity
        price = order.price if command.price is None else command.price
        refusal = self._refuse_terms(order, quantity, price)
        if refusal is not None:
            return self._reject(command, index, refusal, order)
        if key:
            self.client_ids.remember(key, content, self.seq, order)
            order.client_order_id = command.new_client_order_id
        book = self.books[order.symbol]
        if price == order.price and quantity < order.quantity:
            book.reduce(order, order.quantity - quantity)
            return self._accept(command, index, order=order_state(order), quote=top_of_book(book))
        book.remove(order)
        del self.orders[order.order_id]
        order.price = price
        order.quantity = quantity
        order.leaves = quantity - order.filled
        return self._enter(command, index, order)

    def _refuse_terms(self, order: Order, quantity: int, price: int) -> Reject | None:
        """Whether a replace may give `order` these terms: the rules of a new order, and sense."""
        terms = NewOrder(
            order.account,
            order.client_order_id,
            order.symbol,
            order.side,
            order.type,
            order.time_in_force,
            quantity,
            price,
        )
        refusal = first_refusal(ORDER_CHECKS, terms, self.rulebook.instruments[order.symbol])
        if refusal is None and quantity <= order.filled:
            return Reject(
                RejectReason.QUANTITY_FILLED,
                f"the new total quantity {decimal(quantity)} is not above the "
                f"{decimal(order.filled)} already filled: cancel the order instead",
                "quantity",
            )
        return refusal

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
        if content != record.content:
            text = (
                f"this client order id was used for another command (seq {record.seq}); "
                "take a new one"
            )
            reject = Reject(RejectReason.CLIENT_ORDER_ID_REUSED, text, field)
            return self._reject(command, index, reject)
        order = self.orders.get(record.order_id)
        if order is None:
            state = self.client_ids.ended(record, command.account, repeated)
        else:
            state = msgspec.structs.replace(order_state(order), client_order_id=repeated)
        return self._accept(command, index, first_seq=record.seq, order=state)

    def _forget(self, order: Order) -> None:
        """A resting order has come to its end: only what a repeat would be told stays."""
        del self.orders[order.order_id]
        self.client_ids.settle(order)

    # The venue ---------------------------------------------------------------------------

    def _administer(self, command: Command, index: int) -> Execution:
        refusal = self._change_rules(command)
        if refusal is not None:
            return self._reject(command, index, refusal)
        instrument = None
        if isinstance(command, ListInstrument):
            instrument = command.instrument
        elif isinstance(command, SetInstrumentState):
            instrument = self.rulebook.instruments[command.symbol]
        return self._accept(command, index, instrument=instrument)

    def _change_rules(self, command: Command) -> Reject | None:
        match command:
            case Malformed():
                return command.reject
            case OpenVenue():
                refusal = self.rulebook.open(command)
                if refusal is None:
                    self.clock.open(command)
                    self.client_ids = ClientIds(command.client_id_horizon)
                return refusal
            case ListInstrument():
                refusal = self.rulebook.list(command)
                if refusal is None:
                    self.books[command.instrument.symbol] = Book()
                return refusal
            case SetInstrumentState():
                return self.rulebook.set_state(command)
            case SetAccount():
                return self.rulebook.set_account(command)
            case AdvanceClock():
                return self.clock.advance(command)
            case UpgradeVenue():
                return self.rulebook.upgrade(command)
        raise AssertionError(f"no rule for {command!r}")

    # Answers -----------------------------------------------------------------------------

    def _accept(
        self,
        command: Command,
        index: int,
        *,
        first_seq: int = 0,
        order: OrderState | None = None,
        quote: Quote | None = None,
        instrument: Instrument | None = None,
    ) -> Execution:
        return Execution(
            self.seq,
            self.clock.now_ns,
            self.entry,
            index,
            command,
            first_seq=first_seq,
            order=order,
            quote=quote,
            instrument=instrument,
        )

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


def _why_not_rest(order: Order) -> CancelReason | None:
    if order.type is OrderType.MARKET:
        return CancelReason.NO_LIQUIDITY
    if order.time_in_force is TimeInForce.IOC:
        return CancelReason.IMMEDIATE_OR_CANCEL
    return None


def _unknown_order(command: CancelOrder | ReplaceOrder) -> Reject:
    field = "client_order_id" if command.order_id is None else "order_id"
    text = f"account {command.account} has no open order with this {field.replace('_', ' ')}"
    return Reject(RejectReason.UNKNOWN_ORDER, text, field)
