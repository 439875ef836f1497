"""The engine: a pure function of the log, written as a state and one way to change it.

`Engine.apply` takes the commands of entry n and gives one execution each. Every mutation is here or
called from here. There is no clock (time comes with the entry), no randomness, no I/O, and the same
entries give the same executions everywhere.
"""

from collections.abc import Sequence

from outcry.domain import digest, refusals
from outcry.domain.accounts import Accounts
from outcry.domain.administration import Administration
from outcry.domain.admission import Admission
from outcry.domain.book import Book
from outcry.domain.cascade import Cascade
from outcry.domain.client_ids import ClientIds
from outcry.domain.clock import Clock
from outcry.domain.commands import (
    AdvanceClock,
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Command,
    EndOrders,
    ExpireOrders,
    Malformed,
    NewOrder,
    OpenVenue,
    ReplaceOrder,
    Tick,
    UpgradeVenue,
)
from outcry.domain.due import Due
from outcry.domain.execution import Execution
from outcry.domain.keys import Keyring
from outcry.domain.limits import BOUNDS, DUE_INDEX, INDEX_BITS, LAST_NS, Bounds
from outcry.domain.mass_cancel import MassCancel, choose, lasting, withdraw
from outcry.domain.open_orders import OpenOrders
from outcry.domain.order import Order
from outcry.domain.order_entry import OrderEntry
from outcry.domain.reject import Reject
from outcry.domain.reports import Reports
from outcry.domain.rulebook import Rulebook
from outcry.domain.stops import Stops
from outcry.domain.switches import Deadline
from outcry.domain.trading import Trading


class Engine:
    """The state of a venue. Two engines that applied the same entries are equal."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.digest = digest.START
        self.clock = Clock()
        self.reports = Reports(self.clock)
        self.rulebook = Rulebook(bounds)
        self.accounts = Accounts(bounds)
        self.keyring = Keyring(bounds.keys)
        self.trading = Trading(self.reports)
        parts = self.reports, self.rulebook, self.accounts
        admission = Admission(*parts, self.trading, bounds)
        self.order_entry = OrderEntry(*parts, self.keyring, self.trading, admission)
        self.cascade = Cascade(self.reports, self.rulebook, self.trading, admission, bounds)
        self.administration = Administration(*parts, self.keyring, self.trading)
        self.due = Due(bounds.switches, self.open_orders.expiry)
        self._bounds = bounds

    @property
    def seq(self) -> int:
        """Number of the newest execution."""
        return self.reports.seq

    @property
    def entry(self) -> int:
        """Number of the newest entry that was applied."""
        return self.reports.entry

    @property
    def venue(self) -> OpenVenue | None:
        """The identity of the venue; None: it is not open yet."""
        return self.rulebook.venue

    @property
    def books(self) -> dict[str, Book]:
        return self.trading.books

    @property
    def orders(self) -> dict[int, Order]:
        """Every open order by its id."""
        return self.trading.orders

    @property
    def stops(self) -> Stops:
        """Those of them that wait for a stop price, or for their turn."""
        return self.trading.stops

    @property
    def open_orders(self) -> OpenOrders:
        """The same by account."""
        return self.trading.open_orders

    @property
    def client_ids(self) -> ClientIds:
        return self.trading.client_ids

    def apply(self, commands: Sequence[Command], entry: int, ts_ns: int) -> list[Execution]:
        """Apply the commands of `entry`, stamped `ts_ns` by the log, and answer each.

        Total: whatever the commands, there is one execution for each and no exception. In front
        of them stands one for each thing that fell due before, and behind each one for each stop
        order that it has triggered, and each exit that follows its parent.
        """
        assert entry == self.entry + 1, "entries come in order and once"
        assert not self.rulebook.successor, "what comes after a mark is for the next version"
        self.reports.entry = entry
        self.clock.stamp(ts_ns)
        self.trading.work.begin(self._bounds.touches, self._bounds.looks)
        if type(commands[0]) is AdvanceClock and self.venue is not None:
            return self._advance(commands[0])
        stops = self.trading.stops
        done: list[Execution] = []
        if stops.queue or self.due.is_due(self.clock.now_ns):
            done = self._fall_due()
        for index, command in enumerate(commands):
            execution = self._execute(command, index)
            done.append(execution)
            if stops.waiting or stops.queue or stops.closed:
                done += self.cascade.follow(execution)
        return done

    def _execute(self, command: Command, index: int) -> Execution:
        self.reports.seq += 1
        kind = type(command)
        if self.rulebook.venue is None and kind is not OpenVenue and kind is not Malformed:
            return self.reports.reject(command, index, refusals.not_open())
        if kind is NewOrder:
            return self.order_entry.new(command, index)  # type: ignore[arg-type]
        if kind is CancelOrder:
            return self.order_entry.cancel(command, index)  # type: ignore[arg-type]
        if kind is ReplaceOrder:
            return self.order_entry.replace(command, index)  # type: ignore[arg-type]
        if kind is CancelAll:
            return self._cancel_all(command, index)  # type: ignore[arg-type]
        if kind is CancelAllAfter:
            return self._cancel_all_after(command, index)  # type: ignore[arg-type]
        return self._administer(command, index)

    # Many orders, and what falls due -------------------------------------------------------

    def _cancel_all(self, command: CancelAll, index: int) -> Execution:
        account = self.order_entry.sender(command)
        if isinstance(account, Reject):
            return self.reports.reject(command, index, account)
        if self.reports.is_late(command):
            return self.reports.expired(command, index)
        if command.symbol and command.symbol not in self.books:
            return self.reports.reject(command, index, refusals.unknown_symbol(command.symbol))
        return self._withdraw(command, lasting(command), self.reports.id_at(index), index)

    def _cancel_all_after(self, command: CancelAllAfter, index: int) -> Execution:
        account = self.order_entry.sender(command)
        if isinstance(account, Reject):
            return self.reports.reject(command, index, account)
        if self.reports.is_late(command):
            return self.reports.expired(command, index)
        if not command.timeout_ms:
            self.due.switches.disarm(command.account)
            return self.reports.accept(command, index)
        fires_ns = min(self.clock.now_ns + command.timeout_ms * 1_000_000, LAST_NS)
        deadline = Deadline(fires_ns, self.reports.id_at(index))
        refusal = self.due.arm(command.account, deadline)
        if refusal is not None:
            return self.reports.reject(command, index, refusal)
        return self.reports.accept(command, index, fires_ns=fires_ns)

    @property
    def next_due_ns(self) -> int | None:
        """The log time from which on an entry is wanted that does what is due; None: none is.

        None in a lockstep venue, where time waits for who moves it.
        """
        if self.clock.by_entries:
            return None
        now_ns = self.clock.now_ns
        return now_ns if self.trading.stops.queue else self.due.next_ns(now_ns)

    def _advance(self, command: AdvanceClock) -> list[Execution]:
        """An entry that moves log time: first it does, then fires what is due, then is answered."""
        refusal = self.clock.advance(command)
        done = self._fall_due()
        self.reports.seq += 1
        if refusal is None:
            return [*done, self.reports.accept(command, 0)]
        return [*done, self.reports.reject(command, 0, refusal)]

    def _fall_due(self) -> list[Execution]:
        """Do what is due, as far as the entry may; where more is left, nothing trades in it."""
        done: list[Execution] = []
        before = self.entry << INDEX_BITS
        now_ns, most = self.clock.now_ns, self._bounds.due
        if self.due.expiry.next_ns <= now_ns and self.trading.work.touches:
            done.append(self._expire())
        for work, below in self.due.fall(now_ns, self.open_orders, before, most - len(done)):
            if not self.trading.work.touches:
                break
            self.reports.seq += 1
            execution = self._withdraw(work, work, below, DUE_INDEX + len(done))
            if not execution.unfinished:
                del self.due.unfinished[work]
            done.append(execution)
        if self.due.is_due(now_ns):
            self.trading.work.touches = 0
        self.trading.work.told = len(done)
        for execution in done:
            self.cascade.look(execution)
        return done + self.cascade.go_on(begins=True)

    def _expire(self) -> Execution:
        """Let the orders go whose time is over, as far as the entry may."""
        self.reports.seq += 1
        work, command = self.trading.work, ExpireOrders()
        orders = self.due.expiry.take(self.clock.now_ns, work.touches)
        work.touches -= len(orders)
        changed, quotes, balances = withdraw(command, orders, self.trading)
        return self.reports.accept(
            command,
            DUE_INDEX,
            changed=changed,
            quotes=quotes,
            balances=balances,
            unfinished=self.due.expiry.next_ns <= self.clock.now_ns,
        )

    def _withdraw(
        self, command: MassCancel, waiting: MassCancel, before: int, index: int
    ) -> Execution:
        """Cancel what a mass cancel means, as far as the entry may; the rest waits."""
        trading = self.trading
        orders, unfinished = choose(command, self.open_orders, before, trading.work.touches)
        refusal = self.due.wait(waiting, before) if unfinished else None
        if refusal is not None:
            return self.reports.reject(command, index, refusal)
        trading.work.touches -= len(orders)
        changed, quotes, balances = withdraw(command, orders, trading)
        return self.reports.accept(
            command,
            index,
            changed=changed,
            quotes=quotes,
            balances=balances,
            unfinished=unfinished,
        )

    # The venue ---------------------------------------------------------------------------

    def _administer(self, command: Command, index: int) -> Execution:
        refusal: Reject | None
        match command:
            case Malformed():
                refusal = command.reject
            case OpenVenue():
                refusal = self._open(command)
            case UpgradeVenue():
                refusal = self.rulebook.upgrade(command)
            case Tick():
                refusal = None
            case _:
                outcome = self.administration.do(command)  # type: ignore[arg-type]
                if not isinstance(outcome, Reject):
                    return self.reports.accept(command, index, **outcome)
                refusal = outcome
        if refusal is not None:
            return self.reports.reject(command, index, refusal)
        return self.reports.accept(command, index)

    def _open(self, command: OpenVenue) -> Reject | None:
        refusal = self.rulebook.open(command)
        if refusal is None:
            self.clock.open(command)
            self.trading.client_ids = ClientIds(command.client_id_horizon)
        return refusal

    def succeed(self) -> None:
        """Go on as the version that was marked to come next.

        Engine 2 held no money for an order: what rests since then is withdrawn before anything else
        happens.
        """
        self.rulebook.succeed()
        for order in self.orders.values():
            if not order.multiplier:
                self.due.unfinished[EndOrders(order.account)] = (self.entry + 1) << INDEX_BITS
