"""Order commands: new orders, replaces and cancels, from the sender's rights to the last fill.

Rule 1: all checks come before any change; a command that is refused has changed nothing.
Rule 2: who may send comes first, then whether it was sent before, then everything about the order.
"""

from collections.abc import Sequence

import msgspec

from outcry.domain import refusals, risk
from outcry.domain.account import Account, Position
from outcry.domain.accounts import Accounts, refuse_state
from outcry.domain.book import Book
from outcry.domain.checks import refuse_order, refuse_replacement
from outcry.domain.client_ids import ClientIds, Record, content_digest, id_digest
from outcry.domain.commands import CancelOrder, Command, NewOrder, OrderCommand, ReplaceOrder
from outcry.domain.execution import Change, Execution, Trade
from outcry.domain.expiry import pin_day
from outcry.domain.holds import hold
from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.keys import Keyring
from outcry.domain.limits import Bounds
from outcry.domain.matching import each_once, fall_short, match, why_not_rest
from outcry.domain.open_orders import OpenOrders
from outcry.domain.order import REQUESTED, CancelReason, Order, new_order
from outcry.domain.qualifiers import refuse_opening, refuse_taking
from outcry.domain.reject import Reject
from outcry.domain.report import change, order_state, top_of_book
from outcry.domain.reports import Reports
from outcry.domain.rulebook import Rulebook
from outcry.domain.settlement import Tally, own_balance, settle
from outcry.domain.stops import Stops, restated
from outcry.domain.types import (
    DAY,
    FOK,
    LIMIT,
    MARKET,
    STOP_LIMIT,
    OrderType,
    Side,
    Units,
)
from outcry.domain.work import Work


class Trading:
    """The books, the orders that rest in them, and all that an order command may change."""

    def __init__(
        self,
        reports: Reports,
        rulebook: Rulebook,
        accounts: Accounts,
        keyring: Keyring,
        bounds: Bounds,
    ) -> None:
        self.books: dict[str, Book] = {}
        """One for each instrument of the rulebook."""
        self.orders: dict[int, Order] = {}
        """Every open order by its id: those that rest, and those that are held."""
        self.open_orders = OpenOrders()
        """The same by account."""
        self.stops = Stops()
        """Those of them that are held."""
        self.client_ids = ClientIds(1)
        self.work = Work()
        self._reports = reports
        self._rulebook = rulebook
        self._accounts = accounts
        self._keyring = keyring
        self._bounds = bounds

    def sender(self, command: OrderCommand) -> Account | Reject:
        """The account of a command, if who sent it may act for it."""
        name = command.account
        return self._keyring.holder(command.key, name, self._accounts.by_name.get(name))

    # New orders --------------------------------------------------------------------------

    def new(self, command: NewOrder, index: int) -> Execution:
        account = self.sender(command)
        if isinstance(account, Reject):
            return self._reports.reject(command, index, account)
        key = b""
        content = b""
        if command.client_order_id:
            key = id_digest(command.account, command.client_order_id)
            content = content_digest(command)
            record = self.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        if self._reports.is_late(command):
            return self._reports.expired(command, index)
        order = self._accept(command, index, account)
        if isinstance(order, Reject):
            return self._reports.reject(command, index, order)
        if key:
            self.client_ids.remember(key, content, self._reports.seq, order)
        if order.worst:
            return self._hold(command, index, order, None)
        return self.enter(command, index, order, None)

    def _accept(self, command: NewOrder, index: int, account: Account) -> Order | Reject:
        """The order of a command, if its account may have it."""
        symbol = command.symbol
        instrument = self._rulebook.instruments.get(symbol)
        said, now_ns = command.instructions, self._reports.clock.now_ns
        if said is not None and 0 < said.good_until_ns < now_ns:
            return refusals.over(said.good_until_ns, now_ns)
        refusal = refuse_state(account) or self._rulebook.refuse_kill(symbol)
        if refusal is not None:
            return refusal
        if instrument is None:
            return refusals.unknown_symbol(symbol)
        refusal = refuse_order(command, instrument)
        if refusal is not None:
            return refusal
        price, quantity = command.price, command.quantity
        kind, side = command.type, command.side
        stop_price = 0 if said is None else said.stop_price
        ask = self._ask(account, instrument, kind, side, price, stop_price, quantity, None)
        refusal = self._refuse(ask, said)
        if refusal is not None:
            return refusal
        order = new_order(self._reports.id_at(index), command)
        if order.time_in_force is DAY:
            pin_day(order, now_ns)
        order.owner = account
        self._admit(order, ask)
        if symbol not in account.positions:
            self._accounts.hold_position(account, symbol, ask.position)
        return order

    def _ask(
        self,
        account: Account,
        instrument: Instrument,
        kind: OrderType,
        side: Side,
        price: Units,
        stop_price: Units,
        quantity: Units,
        own: Order | None,
    ) -> risk.Ask:
        """What an order of these terms asks for; `own` is the order that is to have them."""
        position = account.positions.get(instrument.symbol) or Position()
        standing = self._accounts.standing(account, position, instrument, self._rulebook.limits)
        of = account, position, standing, instrument, self.books[instrument.symbol]
        return risk.ask(*of, kind, side, price, stop_price, quantity, own)

    def _refuse(self, ask: risk.Ask, said: Instructions | None) -> Reject | None:
        """Why the account may not have an order of terms that the instrument takes."""
        symbol, now_ns = ask.instrument.symbol, self._reports.clock.now_ns
        refusal = risk.refuse_terms(ask) or risk.refuse_number(ask, now_ns)
        if refusal is None and ask.own is None:
            most = self._bounds.resting
            if len(self.orders) >= most:
                return refusals.too_many_resting(most)
            if symbol not in ask.account.positions:
                refusal = self._accounts.refuse_holding()
        if said is None:
            return refusal or risk.refuse_means(ask, self.books)
        refusal = refusal or refuse_opening(ask, said) or risk.refuse_means(ask, self.books)
        return refusal or refuse_taking(ask, said, self.books[symbol])

    def _admit(self, order: Order, ask: risk.Ask) -> None:
        """The account may have it: from now on the order is bound to what holds today."""
        standing = ask.standing
        risk.count(ask.account, self._reports.clock.now_ns)
        order.position, order.closes = ask.position, ask.closes
        order.multiplier = ask.account.multiplier
        order.maker_fee, order.taker_fee = standing.maker_fee, standing.taker_fee
        order.margin = ask.margin
        if ask.type is not LIMIT:
            if ask.type is not STOP_LIMIT:
                order.protection = ask.limit
            if ask.type is not MARKET:
                order.hold(ask.price)

    def _hold(self, command: Command, index: int, order: Order, tally: Tally | None) -> Execution:
        """Let a stop order wait for the market, and where that is there already for its turn."""
        self.orders[order.order_id] = order
        self.open_orders.add(order)
        hold(order, order.leaves)
        book = self.books[order.symbol]
        quote = top_of_book(book)
        self.stops.hold(order, book.mark, quote)
        balances = own_balance(order, order.covered) if tally is None else tally.balances()
        return self._reports.trade(command, index, order, quote, balances)

    def enter(self, command: Command, index: int, order: Order, tally: Tally | None) -> Execution:
        """Let an order trade what it can, and let the rest wait or go. `tally` None: nothing of its
        account has changed."""
        book = self.books[order.symbol]
        opposite = book.opposite(order.side)
        assert order.owner is not None, "an admitted order has an owner"
        prevention = order.owner.prevention
        matched = None
        if order.time_in_force is FOK or order.instructions is not None:
            matched = fall_short(order, opposite, prevention, self.work)
        matched = matched or match(order, opposite, prevention, self.work.touches)
        trades: tuple[Trade, ...] = ()
        changed: tuple[Change, ...] = ()
        touched, fills = matched.touched, matched.trades
        if touched:
            self.work.touches -= len(touched)
            if matched.refilled:
                self._requeue(matched.refilled)
                touched, fills = each_once(matched)
            tally = tally or Tally(order)
            trades = settle(order, touched, fills, tally)
            changed = tuple([change(maker) for maker in touched])
            for maker in touched:
                if not maker.leaves:
                    self._forget(maker)
            if trades:
                book.mark = trades[-1].price
        if order.leaves:
            reason = matched.stopped or why_not_rest(order, opposite)
            if reason is None:
                book.rest(order)
                self.orders[order.order_id] = order
                self.open_orders.add(order)
                hold(order, order.leaves)
            else:
                order.cancel(reason)
        if not order.leaves:
            self.open_orders.remove(order)
            self.client_ids.settle(order)
        quote = top_of_book(book)
        balances = own_balance(order, order.covered) if tally is None else tally.balances()
        return self._reports.trade(command, index, order, quote, balances, trades, changed)

    def _requeue(self, refilled: Sequence[Order]) -> None:
        """Let orders that were refilled be the last that came to rest."""
        for maker in refilled:
            del self.orders[maker.order_id]
            self.orders[maker.order_id] = maker

    # Cancels and replaces ------------------------------------------------------------------

    def cancel(self, command: CancelOrder, index: int) -> Execution:
        account = self.sender(command)
        if isinstance(account, Reject):
            return self._reports.reject(command, index, account)
        if self._reports.is_late(command):
            return self._reports.expired(command, index)
        order = self._named(command)
        if order is None:
            return self._block(command, index)
        covered = order.covered
        self.withdraw(order, REQUESTED)
        quote = top_of_book(self.books[order.symbol])
        return self._reports.trade(command, index, order, quote, own_balance(order, covered))

    def withdraw(self, order: Order, reason: CancelReason) -> None:
        """Take an open order out, with what it holds."""
        self._take_out(order)
        hold(order, 0)
        order.cancel(reason)
        self._forget(order)

    def _block(self, command: CancelOrder, index: int) -> Execution:
        """A cancel that finds no open order gives up the client order id, if no order had it."""
        if command.order_id is None:
            key = id_digest(command.account, command.client_order_id)
            record = self.client_ids.find(key)
            if record is None:
                self.client_ids.remember(key, b"", self._reports.seq, None)
            if record is None or record.blocked:
                return self._reports.accept(command, index, blocked=True)
        return self._reports.reject(command, index, refusals.unknown_order(command))

    def replace(self, command: ReplaceOrder, index: int) -> Execution:
        account = self.sender(command)
        if isinstance(account, Reject):
            return self._reports.reject(command, index, account)
        key = b""
        content = b""
        if command.new_client_order_id:
            key = id_digest(command.account, command.new_client_order_id)
            content = content_digest(command)
            record = self.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        if self._reports.is_late(command):
            return self._reports.expired(command, index)
        refusal = refuse_state(account)
        order = self._named(command) if refusal is None else None
        if order is None:
            refusal = refusal or self._rulebook.refuse_kill("") or refusals.unknown_order(command)
            return self._reports.reject(command, index, refusal)
        tally = Tally(order)
        quantity = order.quantity if command.quantity is None else command.quantity
        price = order.price if command.price is None else command.price
        said = restated(order.instructions, command.stop_price)
        same = price == order.price and said == order.instructions
        keeps_its_place = same and quantity < order.quantity
        refusal = self._refuse_replace(order, command, price, quantity, keeps_its_place)
        if refusal is not None:
            return self._reports.reject(command, index, refusal, order)
        if key:
            self.client_ids.remember(key, content, self._reports.seq, order)
            order.client_order_id = command.new_client_order_id
        if keeps_its_place:
            self._reduce(order, quantity)
            quote = top_of_book(self.books[order.symbol])
            return self._reports.trade(command, index, order, quote, tally.balances())
        self._take_out(order)
        del self.orders[order.order_id]
        order.price, order.instructions = price, said
        order.quantity, order.leaves = quantity, quantity - order.filled
        if order.worst:
            return self._hold(command, index, order, tally)
        return self.enter(command, index, order, tally)

    def _reduce(self, order: Order, quantity: Units) -> None:
        """Make an open order smaller where it is."""
        if not order.worst:
            self.books[order.symbol].reduce(order, order.quantity - quantity)
        order.quantity, order.leaves = quantity, quantity - order.filled
        hold(order, order.leaves)

    def _refuse_replace(
        self,
        order: Order,
        command: ReplaceOrder,
        price: Units,
        quantity: Units,
        keeps_its_place: bool,
    ) -> Reject | None:
        """None: the order may have these terms, and where it loses its place holds nothing now."""
        instrument = self._rulebook.instruments[order.symbol]
        refusal = self._rulebook.refuse_kill(order.symbol)
        refusal = refusal or refuse_replacement(order, command, instrument)
        if refusal is not None or keeps_its_place:
            return refusal
        assert order.owner is not None, "a resting order has an owner"
        said, kind, stop_price = order.instructions, LIMIT, 0
        if order.worst and said is not None:
            kind, stop_price = order.type, command.stop_price or said.stop_price
        terms = kind, order.side, price, stop_price, quantity
        ask = self._ask(order.owner, instrument, *terms, order)
        refusal = self._refuse(ask, said)
        if refusal is None:
            hold(order, 0)
            self._admit(order, ask)
        return refusal

    def _named(self, command: CancelOrder | ReplaceOrder) -> Order | None:
        """The open order that a command names, if it is its own account's."""
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
            return self._reports.reject(command, index, refusals.taken(record, field))
        order = self.orders.get(record.order_id)
        if order is None:
            state = self.client_ids.ended(record, command.account, repeated)
        else:
            state = msgspec.structs.replace(order_state(order), client_order_id=repeated)
        return self._reports.accept(command, index, first_seq=record.seq, order=state)

    def _take_out(self, order: Order) -> None:
        """Of the book, or of those that are held."""
        if order.worst:
            self.stops.remove(order)
        else:
            self.books[order.symbol].remove(order)

    def _forget(self, order: Order) -> None:
        """An open order has come to its end: only what a repeat would be told stays."""
        del self.orders[order.order_id]
        self.open_orders.remove(order)
        self.client_ids.settle(order)
