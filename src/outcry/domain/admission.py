"""Admission: whether an account may have an order, and what binds the order from then on.

Rule: all checks come before any change; an order that is refused has changed nothing.
"""

from outcry.domain import refusals, risk
from outcry.domain.account import Account, Position
from outcry.domain.accounts import Accounts, refuse_state
from outcry.domain.checks import refuse_order
from outcry.domain.commands import NewOrder
from outcry.domain.exits import brings_exit, is_bound
from outcry.domain.expiry import pin_day
from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.legs import refuse_need, refuse_need_of
from outcry.domain.limits import Bounds
from outcry.domain.notional import in_shares
from outcry.domain.order import Order, new_order
from outcry.domain.qualifiers import refuse_beside_exit, refuse_opening, refuse_taking
from outcry.domain.reject import Reject
from outcry.domain.reports import Reports
from outcry.domain.rulebook import Rulebook
from outcry.domain.trading import Trading
from outcry.domain.trails import begin, trails_by
from outcry.domain.types import (
    DAY,
    LIMIT,
    OPEN,
    PRICED,
    STOP,
    STOP_LIMIT,
    STOPS,
    OrderType,
    Side,
    Units,
)


class Admission:
    def __init__(
        self,
        reports: Reports,
        rulebook: Rulebook,
        accounts: Accounts,
        trading: Trading,
        bounds: Bounds,
    ) -> None:
        self._reports = reports
        self._rulebook = rulebook
        self._accounts = accounts
        self._books, self._orders, self._work = trading.books, trading.orders, trading.work
        self._bounds = bounds

    def accept(self, command: NewOrder, index: int, account: Account) -> Order | Reject:
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
        if said is not None:
            reckoned = self._reckon(command, said, account, instrument)
            if isinstance(reckoned, Reject):
                return reckoned
            command, said = reckoned, reckoned.instructions
        refusal = refuse_order(command, None, instrument, self._books[symbol])
        if refusal is not None:
            return refusal
        kind, side, price = command.type, command.side, command.price
        ask = self.ask(account, instrument, kind, side, price, said, command.quantity, None)
        refusal = self.refuse(ask, said)
        if refusal is not None:
            return refusal
        order = new_order(self._reports.id_at(index), command)
        if order.time_in_force is DAY:
            pin_day(order, now_ns)
        order.owner = account
        self.admit(order, ask)
        if symbol not in account.positions:
            self._accounts.hold_position(account, symbol, ask.position)
        return order

    def _reckon(
        self, command: NewOrder, said: Instructions, account: Account, instrument: Instrument
    ) -> NewOrder | Reject:
        """A new order with what follows from the market of now, where that is open."""
        if instrument.state is not OPEN:
            return command
        book = self._books[command.symbol]
        if said.notional:
            return in_shares(command, account, instrument, book, self._work)
        return begin(command, book.mark) if trails_by(said) else command

    def ask(
        self,
        account: Account,
        instrument: Instrument,
        kind: OrderType,
        side: Side,
        price: Units,
        said: Instructions | None,
        quantity: Units,
        own: Order | None,
    ) -> risk.Ask:
        """What an order of these terms asks for; `own` is the order that is to have them. `said`
        None: it does not wait for a stop price."""
        position = account.positions.get(instrument.symbol) or Position()
        standing = self._accounts.standing(account, position, instrument, self._rulebook.limits)
        book = self._books[instrument.symbol]
        if said is None:  # written out, as most orders are such
            return risk.ask(
                account, position, standing, instrument, book, kind, side, price, 0, quantity, own
            )
        of, stop_price = (account, position, standing, instrument, book), said.stop_price
        if not stop_price or kind is not LIMIT:
            return risk.ask(*of, kind, side, price, stop_price, quantity, own)
        limit = said.stop_limit_price
        then = STOP_LIMIT if limit else STOP
        stops = risk.ask(*of, then, side, limit, stop_price, quantity, own)
        return risk.either(risk.ask(*of, kind, side, price, 0, quantity, own), stops)

    def refuse(self, ask: risk.Ask, said: Instructions | None) -> Reject | None:
        """Why the account may not have an order of terms that the instrument takes."""
        symbol, now_ns = ask.instrument.symbol, self._reports.clock.now_ns
        refusal = risk.refuse_terms(ask) or risk.refuse_number(ask, now_ns)
        if refusal is None and ask.own is None:
            most = self._bounds.resting
            brings = said is not None and brings_exit(said)
            if len(self._orders) + brings >= most:
                return refusals.too_many_resting(most)
            if symbol not in ask.account.positions:
                refusal = self._accounts.refuse_holding()
        if refusal is None and said is not None:
            refusal = refuse_opening(ask, said)
        if refusal is None and ask.position.parents:
            refusal = refuse_beside_exit(ask)
        refusal = refusal or risk.refuse_means(ask, self._books)
        if refusal is not None or said is None:
            return refusal
        return self._refuse_need(ask, said) or refuse_taking(ask, said, self._books[symbol])

    def _refuse_need(self, ask: risk.Ask, said: Instructions) -> Reject | None:
        """An exit holds no buying power, so that it may need none."""
        own, mark = ask.own, self._books[ask.instrument.symbol].mark
        if own is None:
            return refuse_need(ask, said) if brings_exit(said) else None
        price = 0 if ask.type is STOP else ask.limit
        return refuse_need_of(own, price, said, mark) if is_bound(own) else None

    def admit(self, order: Order, ask: risk.Ask) -> None:
        """The account may have it: from now on the order is bound to what holds today."""
        standing = ask.standing
        account = ask.account
        risk.count(account, self._reports.clock.now_ns)
        order.position, order.closes = ask.position, ask.closes
        order.multiplier = account.multiplier
        order.maker_fee, order.taker_fee = standing.maker_fee, standing.taker_fee
        order.margin = ask.margin
        if ask.type is not LIMIT or ask.other is not None:
            self.let_wait(order, ask)

    def let_wait(self, order: Order, ask: risk.Ask) -> None:
        """Let an order wait for its stop price, if it has one (`Order.waits`), and note as far as
        which it trades where it has no price."""
        stops = ask.other or ask
        order.protection = 0 if stops.type in PRICED else stops.limit
        if stops.type in STOPS:
            order.wait(ask.price)
