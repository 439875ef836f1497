"""The engine: a pure function of the log, written as a state and one way to change it.

`Engine.apply` takes the commands of entry n and gives one execution each. All control flow and
every mutation is here or called from here. There is no clock (time comes with the entry), no
randomness, no I/O, and the same entries give the same executions everywhere.
"""

from collections.abc import Sequence

import msgspec

from outcry.domain import digest
from outcry.domain.book import Book
from outcry.domain.checks import ORDER_CHECKS, decimal, first_refusal
from outcry.domain.client_ids import ClientIds, content_digest, id_digest
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
)
from outcry.domain.execution import Execution, OrderState, Quote, Trade
from outcry.domain.instrument import Instrument
from outcry.domain.limits import (
    ACCOUNTS_MAX,
    INDEX_BITS,
    INSTRUMENTS_MAX,
    RESTING_MAX,
    SCHEMA,
    TOUCHES_MAX,
    VERSION,
)
from outcry.domain.matching import Fill, can_fill, match
from outcry.domain.order import CancelReason, Order
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.report import change, order_state, rejected_state, top_of_book
from outcry.domain.types import (
    ClockSource,
    OrderId,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)


class Engine:
    """The state of a venue. Two engines that applied the same entries are equal."""

    def __init__(self) -> None:
        self.venue: OpenVenue | None = None
        self.seq = 0
        """Number of the newest execution."""
        self.entry = 0
        """Number of the newest entry that was applied."""
        self.now_ns = 0
        """Log time: never goes back."""
        self.digest = digest.START
        self.instruments: dict[str, Instrument] = {}
        self.books: dict[str, Book] = {}
        self.orders: dict[int, Order] = {}
        """Every resting order by its id."""
        self.client_ids = ClientIds(0)
        self.prevention: dict[str, SelfTradePrevention] = {}
        """Accounts whose self-trade prevention is not the default."""
        self._touches = 0

    def apply(self, commands: Sequence[Command], entry: int, ts_ns: int) -> list[Execution]:
        """Apply the commands of `entry`, stamped `ts_ns` by the log, and answer each.

        Total: whatever the commands, there is one execution for each and no exception.
        """
        assert entry == self.entry + 1, "entries come in order and once"
        self.entry = entry
        if self.venue is None or self.venue.clock is ClockSource.STAMPS:
            self.now_ns = max(self.now_ns, ts_ns)
        self._touches = TOUCHES_MAX
        return [self._execute(command, index) for index, command in enumerate(commands)]

    def _execute(self, command: Command, index: int) -> Execution:
        self.seq += 1
        kind = type(command)
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
        content = 0
        if command.client_order_id:
            key = id_digest(command.account, command.client_order_id)
            content = content_digest(command)
            record = self.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        instrument = self.instruments.get(command.symbol)
        if instrument is None:
            return self._reject(command, index, self._unknown_symbol(command.symbol))
        refusal = first_refusal(ORDER_CHECKS, command, instrument) or self._room()
        if refusal is not None:
            return self._reject(command, index, refusal)
        order = Order(OrderId(self.entry << INDEX_BITS | index), command)
        if key:
            self.client_ids.remember(key, content, self.seq, order)
        return self._enter(command, index, order)

    def _enter(self, command: Command, index: int, order: Order) -> Execution:
        """Let an order trade what it can, and let the rest wait or go."""
        book = self.books[order.symbol]
        opposite = book.opposite(order.side)
        prevention = self.prevention.get(order.account, SelfTradePrevention.CANCEL_NEWEST)
        fills: Sequence[Fill] = ()
        touched: Sequence[Order] = ()
        stopped = None
        if order.time_in_force is TimeInForce.FOK and not can_fill(
            order, opposite, prevention, self._touches
        ):
            stopped = CancelReason.FILL_OR_KILL
        elif opposite.keys:
            fills, touched, stopped = match(order, opposite, prevention, self._touches)
            self._touches -= len(touched)
            for maker in touched:
                if not maker.leaves:
                    self._forget(maker)
        if order.leaves:
            reason = stopped or _why_not_rest(order)
            if reason is None:
                book.rest(order)
                self.orders[order.order_id] = order
            else:
                order.cancel(reason)
        if not order.leaves:
            self._forget(order)
        return Execution(
            self.seq,
            self.now_ns,
            self.entry,
            index,
            command,
            None,
            0,
            order_state(order),
            tuple([Trade(price, quantity, maker.order_id) for maker, price, quantity in fills]),
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
        content = 0
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
        refusal = first_refusal(ORDER_CHECKS, terms, self.instruments[order.symbol])
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
            order_id = self.client_ids.order_id(record)
        order = self.orders.get(order_id)
        return order if order is not None and order.account == command.account else None

    def _seen_before(
        self, command: NewOrder | ReplaceOrder, index: int, record: int, content: int
    ) -> Execution:
        """Answer a client order id that is taken: a repeat by what became of it, else a refusal."""
        first_seq = self.client_ids.seq(record)
        if content != self.client_ids.content(record):
            text = (
                f"this client order id was used for another order (seq {first_seq}); take a new one"
            )
            field = "client_order_id" if type(command) is NewOrder else "new_client_order_id"
            reject = Reject(RejectReason.CLIENT_ORDER_ID_REUSED, text, field)
            return self._reject(command, index, reject)
        order_id = self.client_ids.order_id(record)
        order = self.orders.get(order_id)
        state: OrderState | None
        if order is not None:
            state = order_state(order)
        elif isinstance(command, NewOrder):
            state = self._final_state(command, order_id, record)
        else:
            state = None
        return self._accept(command, index, first_seq=first_seq, order=state)

    def _final_state(self, command: NewOrder, order_id: OrderId, record: int) -> OrderState:
        end = self.client_ids.settled(record)
        return OrderState(
            order_id,
            command.account,
            command.client_order_id,
            command.symbol,
            command.side,
            command.type,
            command.time_in_force,
            end.quantity,
            end.price,
            end.status,
            end.filled,
            0,
            end.average_price,
            end.reason,
        )

    def _forget(self, order: Order) -> None:
        """An order has come to its end: only what a duplicate would be told stays."""
        self.orders.pop(order.order_id, None)
        self.client_ids.settle(order)

    def _room(self) -> Reject | None:
        if len(self.orders) < RESTING_MAX:
            return None
        return Reject(
            RejectReason.RESTING_LIMIT,
            f"the venue holds {RESTING_MAX} resting orders, the most it takes",
        )

    # The venue ---------------------------------------------------------------------------

    def _administer(self, command: Command, index: int) -> Execution:
        match command:
            case Malformed():
                return self._reject(command, index, command.reject)
            case OpenVenue():
                return self._open(command, index)
            case ListInstrument():
                return self._list(command, index)
            case SetInstrumentState():
                return self._set_state(command, index)
            case SetAccount():
                return self._set_account(command, index)
            case AdvanceClock():
                return self._advance(command, index)
            case _:
                raise AssertionError(f"no rule for {command!r}")

    def _open(self, command: OpenVenue, index: int) -> Execution:
        if self.venue is not None:
            reject = Reject(RejectReason.VENUE_ALREADY_OPEN, "this log belongs to a venue already")
            return self._reject(command, index, reject)
        if (command.engine, command.schema) != (VERSION, SCHEMA):
            text = f"this is engine {VERSION} with schema {SCHEMA}"
            return self._reject(command, index, Reject(RejectReason.OTHER_VERSION, text))
        self.venue = command
        self.client_ids = ClientIds(command.client_id_horizon)
        if command.clock is ClockSource.ENTRIES:
            self.now_ns = command.start_ns
        return self._accept(command, index)

    def _list(self, command: ListInstrument, index: int) -> Execution:
        instrument = command.instrument
        if instrument.symbol in self.instruments:
            text = f"{instrument.symbol} is listed already"
            reject = Reject(RejectReason.DUPLICATE_INSTRUMENT, text, "symbol")
            return self._reject(command, index, reject)
        if len(self.instruments) >= INSTRUMENTS_MAX:
            text = f"the venue lists {INSTRUMENTS_MAX} instruments, the most it takes"
            return self._reject(command, index, Reject(RejectReason.INSTRUMENT_LIMIT, text))
        self.instruments[instrument.symbol] = instrument
        self.books[instrument.symbol] = Book()
        return self._accept(command, index, instrument=instrument)

    def _set_state(self, command: SetInstrumentState, index: int) -> Execution:
        instrument = self.instruments.get(command.symbol)
        if instrument is None:
            return self._reject(command, index, self._unknown_symbol(command.symbol))
        instrument = msgspec.structs.replace(instrument, state=command.state)
        self.instruments[command.symbol] = instrument
        return self._accept(command, index, instrument=instrument)

    def _set_account(self, command: SetAccount, index: int) -> Execution:
        if command.account not in self.prevention and len(self.prevention) >= ACCOUNTS_MAX:
            text = f"{ACCOUNTS_MAX} accounts have settings of their own, the most the venue takes"
            return self._reject(command, index, Reject(RejectReason.ACCOUNT_LIMIT, text))
        self.prevention[command.account] = command.self_trade_prevention
        return self._accept(command, index)

    def _advance(self, command: AdvanceClock, index: int) -> Execution:
        if self.venue is None or self.venue.clock is not ClockSource.ENTRIES:
            text = "log time follows the log here; only a lockstep venue is moved by entries"
            return self._reject(command, index, Reject(RejectReason.CLOCK_NOT_BY_ENTRIES, text))
        self.now_ns += command.by_ns
        return self._accept(command, index)

    # Answers -----------------------------------------------------------------------------

    def _unknown_symbol(self, symbol: str) -> Reject:
        if self.venue is None:
            return Reject(RejectReason.VENUE_NOT_OPEN, "the venue is not open yet")
        return Reject(RejectReason.UNKNOWN_SYMBOL, f"{symbol} is not listed here", "symbol")

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
            self.now_ns,
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
        return Execution(self.seq, self.now_ns, self.entry, index, command, reject, order=state)


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
