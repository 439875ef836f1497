"""Order commands: new orders, replaces and cancels, from the sender's rights on.

Rule 1: all checks come before any change; a command that is refused has changed nothing.
Rule 2: who may send comes first, then whether it was sent before, then everything about the order.
"""

import msgspec

from outcry.domain import refusals
from outcry.domain.account import Account
from outcry.domain.accounts import Accounts, refuse_state
from outcry.domain.admission import Admission
from outcry.domain.checks import refuse_replacement
from outcry.domain.client_ids import Record, content_digest, id_digest
from outcry.domain.commands import CancelOrder, NewOrder, OrderCommand, ReplaceOrder
from outcry.domain.execution import Execution
from outcry.domain.exits import (
    brings_exit,
    call_exit,
    exit_of,
    is_bound,
    is_unarmed,
)
from outcry.domain.holds import hold
from outcry.domain.instructions import Instructions
from outcry.domain.keys import Keyring
from outcry.domain.legs import refuse_need_of
from outcry.domain.notional import in_notional
from outcry.domain.order import HELD, REQUESTED, Order
from outcry.domain.reject import Reject
from outcry.domain.replacement import Place, Terms, new_terms
from outcry.domain.report import order_state, top_of_book
from outcry.domain.reports import Reports
from outcry.domain.risk import Ask, without_margin
from outcry.domain.rulebook import Rulebook
from outcry.domain.settlement import Tally, own_balance
from outcry.domain.trading import Trading
from outcry.domain.types import LIMIT, Units


class OrderEntry:
    def __init__(
        self,
        reports: Reports,
        rulebook: Rulebook,
        accounts: Accounts,
        keyring: Keyring,
        trading: Trading,
        admission: Admission,
    ) -> None:
        self._reports = reports
        self._rulebook = rulebook
        self._accounts = accounts
        self._keyring = keyring
        self._trading = trading
        self._admission = admission

    def sender(self, command: OrderCommand) -> Account | Reject:
        """The account of a command, if who sent it may act for it."""
        name = command.account
        return self._keyring.holder(command.key, name, self._accounts.by_name.get(name))

    def new(self, command: NewOrder, index: int) -> Execution:
        account = self.sender(command)
        if isinstance(account, Reject):
            return self._reports.reject(command, index, account)
        key = b""
        content = b""
        if command.client_order_id:
            key = id_digest(command.account, command.client_order_id)
            content = content_digest(command)
            record = self._trading.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        if command.expire_ns and self._reports.is_late(command):
            return self._reports.expired(command, index)
        order = self._admission.accept(command, index, account)
        if isinstance(order, Reject):
            return self._reports.reject(command, index, in_notional(order, command))
        if key:
            self._trading.client_ids.remember(key, content, self._reports.seq, order)
        if order.instructions is not None and brings_exit(order.instructions):
            self._bring(order)
        if order.status is HELD:
            return self._trading.hold_back(command, index, order, None)
        return self._trading.enter(command, index, order, None)

    def _bring(self, order: Order) -> None:
        """Let the exit of a new order be there, and be told."""
        leg = exit_of(order)
        self._trading.orders[leg.order_id] = leg
        self._trading.open_orders.add(leg)
        self._trading.stops.enqueue(leg)

    def cancel(self, command: CancelOrder, index: int) -> Execution:
        account = self.sender(command)
        if isinstance(account, Reject):
            return self._reports.reject(command, index, account)
        if command.expire_ns and self._reports.is_late(command):
            return self._reports.expired(command, index)
        order = self._named(command)
        if order is None:
            return self._block(command, index)
        covered, trading = order.covered, self._trading
        trading.withdraw(order, REQUESTED)
        quote = top_of_book(trading.books[order.symbol])
        return self._reports.trade(command, index, order, quote, own_balance(order, covered))

    def _block(self, command: CancelOrder, index: int) -> Execution:
        """A cancel that finds no open order gives up the client order id, if no order had it."""
        record = self._record(command)
        if command.order_id is None and (record is None or record.blocked):
            if record is None:
                key = id_digest(command.account, command.client_order_id)
                self._trading.client_ids.remember(key, b"", self._reports.seq, None)
            return self._reports.accept(command, index, blocked=True)
        return self._reports.reject(command, index, refusals.unknown_order(command, record))

    def replace(self, command: ReplaceOrder, index: int) -> Execution:
        account = self.sender(command)
        if isinstance(account, Reject):
            return self._reports.reject(command, index, account)
        key = b""
        content = b""
        if command.new_client_order_id:
            key = id_digest(command.account, command.new_client_order_id)
            content = content_digest(command)
            record = self._trading.client_ids.find(key)
            if record is not None:
                return self._seen_before(command, index, record, content)
        late = self._reports.refuse_late(command)
        if late is not None:
            return self._reports.reject(command, index, late)
        refusal = refuse_state(account)
        order = self._named(command) if refusal is None else None
        if order is None:
            refusal = refusal or self._rulebook.refuse_kill("")
            refusal = refusal or refusals.unknown_order(command, self._record(command))
            return self._reports.reject(command, index, refusal)
        return self._amend(command, index, order, key, content)

    def _amend(
        self, command: ReplaceOrder, index: int, order: Order, key: bytes, content: bytes
    ) -> Execution:
        """Give an open order its new terms, if it may have them."""
        tally = Tally(order)
        terms = new_terms(order, command)
        ask = self._ask_anew(order, command, terms)
        if isinstance(ask, Reject):
            return self._reports.reject(command, index, ask, order)
        if ask is not None:
            hold(order, 0)
            self._admission.admit(order, ask)
        if key:
            self._trading.client_ids.remember(key, content, self._reports.seq, order)
            order.client_order_id = command.new_client_order_id
        if command.good_until_ns is not None:
            self._follow_end(order, command.good_until_ns)
        if terms.place is not Place.NONE:
            self._keep(order, terms)
            call_exit(order, self._trading.stops)
            quote = top_of_book(self._trading.books[order.symbol])
            return self._reports.trade(command, index, order, quote, tally.balances())
        return self._enter_anew(command, index, order, terms, tally)

    def _enter_anew(
        self, command: ReplaceOrder, index: int, order: Order, terms: Terms, tally: Tally
    ) -> Execution:
        """Let an open order come again, with new terms, as if it came now."""
        self._trading.take_out(order)
        del self._trading.orders[order.order_id]
        order.price, order.quantity = terms.price, terms.quantity
        order.leaves = order.quantity - order.filled
        self._state(order, terms.instructions)
        call_exit(order, self._trading.stops)
        if order.status is HELD:
            return self._trading.hold_back(command, index, order, tally)
        return self._trading.enter(command, index, order, tally)

    def _keep(self, order: Order, terms: Terms) -> None:
        """Give an open order new terms with which it stays in its book, if it is in one."""
        if terms.place is Place.BOOK:
            self._trading.stops.remove(order)
            self._state(order, terms.instructions)
            hold(order, order.leaves)
            book = self._trading.books[order.symbol]
            self._trading.stops.add(order, book.mark, top_of_book(book))
            return
        order.price = terms.price
        if order.covered:
            self._reduce(order, terms.quantity)
        self._state(order, terms.instructions)

    def _state(self, order: Order, said: Instructions | None) -> None:
        """Give an open order its new instructions; it may be good until another time by them."""
        if said is not order.instructions:
            order.instructions = said
            self._trading.open_orders.expiry.add(order)

    def _follow_end(self, parent: Order, good_until_ns: int) -> None:
        """Let the exit of an order be good until the same time as that; it is told in its turn."""
        leg = parent.exit
        said = None if leg is None else leg.instructions
        if leg is not None and said is not None and said.good_until_ns != good_until_ns:
            self._state(leg, msgspec.structs.replace(said, good_until_ns=good_until_ns))
            self._trading.stops.enqueue(leg)

    def _reduce(self, order: Order, quantity: Units) -> None:
        """Make an open order smaller where it is, or leave it as large."""
        if quantity < order.quantity and order.level is not None:
            self._trading.books[order.symbol].reduce(order, order.quantity - quantity)
        order.quantity, order.leaves = quantity, quantity - order.filled
        hold(order, order.leaves)

    def _ask_anew(self, order: Order, command: ReplaceOrder, terms: Terms) -> Ask | Reject | None:
        """What an order asks for with new terms, if it may have them; None: for nothing, as it
        keeps all its places."""
        instrument = self._rulebook.instruments[order.symbol]
        refusal = self._rulebook.refuse_kill(order.symbol)
        book = self._trading.books[order.symbol]
        refusal = refusal or refuse_replacement(order, command, terms, instrument, book)
        if refusal is not None or terms.place is Place.BOTH:
            if refusal is None and is_unarmed(order):
                refusal = refuse_need_of(order, terms.price, terms.instructions, book.mark)
            return refusal
        assert order.owner is not None, "a resting order has an owner"
        kind, said = (order.type, terms.instructions) if order.waits else (LIMIT, None)
        asked = kind, order.side, terms.price, said, terms.quantity
        ask = self._admission.ask(order.owner, instrument, *asked, order)
        if is_bound(order):
            ask = without_margin(ask)
        return self._admission.refuse(ask, terms.instructions) or ask

    def _named(self, command: CancelOrder | ReplaceOrder) -> Order | None:
        """The open order that a command names, if it is its own account's."""
        trading, order_id = self._trading, command.order_id
        if order_id is None:
            record = self._record(command)
            if record is None:
                return None
            order_id = record.order_id
        order = trading.orders.get(order_id)
        if order is None or order.account != command.account:
            return None
        if order.instructions is not None:
            trading.stops.present(order)
        return order

    def _record(self, command: CancelOrder | ReplaceOrder) -> Record | None:
        """Of the client order id that a command names, if it names its order by that."""
        if command.order_id is not None:
            return None
        return self._trading.client_ids.find(id_digest(command.account, command.client_order_id))

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
        order = self._trading.orders.get(record.order_id)
        if order is None:
            state = self._trading.client_ids.ended(record, command.account, repeated)
        else:
            self._trading.stops.present(order)
            state = msgspec.structs.replace(order_state(order), client_order_id=repeated)
        return self._reports.accept(command, index, first_seq=record.seq, order=state)
