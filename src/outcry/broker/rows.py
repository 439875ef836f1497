"""Executions to rows: what a batch of them changes in the books. Pure.

Rule 1: an order that several executions of the batch changed is written once, as it is in the end.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from outcry.broker.amounts import money
from outcry.broker.exits import exit_of
from outcry.broker.postings import DEPOSIT, WITHDRAWAL
from outcry.broker.register import Register
from outcry.domain.limits import INDEX_BITS
from outcry.domain.order import OrderStatus, exit_id
from outcry.domain.types import UNIT, Money, Units
from outcry.wire.admin_commands import AUDITED
from outcry.wire.command_messages import (
    CancelMessage,
    DepositMessage,
    InstrumentMessage,
    SetInstrumentMessage,
    WithdrawMessage,
)
from outcry.wire.decimals import parse_decimal
from outcry.wire.instructions import instructions_of
from outcry.wire.messages import ChangeMessage, ExecutionMessage, OrderMessage
from outcry.wire.views import NO_RIGHT

_AUDITED = frozenset(AUDITED)
_HELD = OrderStatus.HELD.value
_AMENDING = ("replace", "stop.triggered", "exit.moved")
"""What gives an order other terms; the market gives them to one that trails it, which then tells
its high-water mark."""

State: TypeAlias = tuple[str, Units, Units, Units, Units, str, int, int]
"""status, filled, leaves, shown, average_price, reason, updated_seq, updated_ts."""
Terms: TypeAlias = tuple[str, str, str, Units, Units]
"""type, instructions, client_order_id, quantity, price."""
OrderRow: TypeAlias = tuple[object, ...]
"""The columns of `schema.orders`, up to the terms."""
TradeRow: TypeAlias = tuple[int, int, int, str, str, Units, Units, int, str, int, str, str, str]
"""The columns of `schema.trades`."""
PositionKey: TypeAlias = tuple[str, str]
"""account, symbol."""


class Transfer(NamedTuple):
    """Cash or shares that came into an account, or left it and are negative here.

    `price` is what each of the shares has cost, as far as the batch knows; None: the reference
    price that is booked.
    """

    seq: int
    ts: int
    account: str
    kind: str
    symbol: str
    quantity: Units
    cash: Money
    price: Units | None
    transfer_id: str


Move: TypeAlias = tuple[TradeRow, bool] | Transfer
"""What changes what accounts have: a trade, and whether it moved money, or a transfer."""


class Batch:
    """What the executions that were added change."""

    def __init__(self) -> None:
        self.executions = 0
        self.rejects: Counter[str] = Counter()
        """By reason."""
        self.created: dict[int, OrderRow] = {}
        self.terms: dict[int, Terms] = {}
        """Of orders that were created, replaced, triggered or moved."""
        self.states: dict[int, State] = {}
        self.client_order_ids: dict[tuple[str, str], tuple[int, bool]] = {}
        """By client order id and account: the order, and whether it was rejected."""
        self.blocked: dict[tuple[str, str], int] = {}
        """Client order ids that a cancel gave up, by the same, with its execution."""
        self.trades: list[TradeRow] = []
        self.moves: list[Move] = []
        """In the order in which they came; the trades among them."""
        self.told: dict[str, tuple[str, str, int]] = {}
        """By account: the cash and what is held, as the engine says, and in which execution."""
        self.told_positions: dict[PositionKey, tuple[str, str]] = {}
        """The same of positions: the quantity, and how much of it is held."""
        self.marks: dict[str, Units] = {}
        """Reference prices, by symbol."""
        self.register = Register()
        self.instruments: dict[str, tuple[InstrumentMessage, int]] = {}
        """With the execution that changed them."""

    def add(self, execution: ExecutionMessage) -> None:
        """Take in the next execution."""
        self.executions += 1
        if execution.result == "accepted":
            if execution.order is not None:
                self._order(execution, execution.order)
            else:
                self._change(execution)
                if execution.blocked:
                    self._block(execution)
            if execution.instrument is not None:
                self.instruments[execution.instrument.symbol] = execution.instrument, execution.seq
            if execution.balances:
                self._tell(execution)
        elif execution.result == "rejected":
            self.rejects[execution.reason] += 1
            # Of who had no right to act for it an account has no order, however often he tries.
            if execution.op == "new" and execution.reason not in NO_RIGHT:
                self._rejected(execution)
        if execution.op in _AUDITED:
            self._administer(execution)

    def _order(self, execution: ExecutionMessage, order: OrderMessage) -> None:
        seq, ts = execution.seq, int(execution.ts)
        op = execution.op
        if op == "new":
            order_id = execution.entry << INDEX_BITS | execution.index
            self._create(order_id, order, seq, ts)
            if order.exit_order_id:
                leg, leg_id = exit_of(order), exit_id(order_id)
                self._create(leg_id, leg, seq, ts)
                self.states[leg_id] = _state(leg, "", seq, ts)
        else:
            order_id = engine_id(order.order_id)
        if op in _AMENDING or order.high_water_mark:
            self.terms[order_id] = _terms(order)
        if order.client_order_id and op in ("new", "replace"):
            self.client_order_ids[order.client_order_id, order.account] = order_id, False
        self.states[order_id] = _state(order, order.reason, seq, ts)
        if execution.changed:
            self._changed(execution, order, order_id, ts)

    def _create(self, order_id: int, order: OrderMessage, seq: int, ts: int) -> None:
        self.created[order_id] = (
            order_id,
            order.account,
            order.symbol,
            order.side,
            order.time_in_force,
            seq,
            ts,
        )
        self.terms[order_id] = _terms(order)

    def _rejected(self, execution: ExecutionMessage) -> None:
        order = execution.order
        assert order is not None, "a rejected order is told in full"
        order_id = execution.entry << INDEX_BITS | execution.index
        seq, ts = execution.seq, int(execution.ts)
        self._create(order_id, order, seq, ts)
        self.states[order_id] = _state(order, execution.reason, seq, ts)
        if order.client_order_id:
            key = order.client_order_id, order.account
            if self.client_order_ids.get(key, (0, True))[1]:
                self.client_order_ids[key] = order_id, True

    def _change(self, execution: ExecutionMessage) -> None:
        """Note what orders became that it changed, beside its own."""
        seq, ts = execution.seq, int(execution.ts)
        for change in execution.changed:
            self.states[engine_id(change.order_id)] = _state(change, change.reason, seq, ts)

    def _block(self, execution: ExecutionMessage) -> None:
        command = execution.command
        assert isinstance(command, CancelMessage), "only a cancel gives a name up"
        self.blocked[command.client_order_id, command.account] = execution.seq

    def _changed(
        self, execution: ExecutionMessage, order: OrderMessage, order_id: int, ts: int
    ) -> None:
        seq = execution.seq
        makers: dict[str, tuple[int, str]] = {}
        for change in execution.changed:
            maker_id = engine_id(change.order_id)
            makers[change.order_id] = maker_id, change.account
            self.states[maker_id] = _state(change, change.reason, seq, ts)
        symbol, taker = order.symbol, order.account
        # An engine that had no money told of no balances: what traded there is no transaction. One
        # that has tells none either where an account traded with itself and has what it had. Those
        # two need not be told apart: what the sides of such a trade are posted cancels out.
        funded = bool(execution.balances) or all(maker == taker for _, maker in makers.values())
        for number, trade in enumerate(execution.trades):
            price = units(trade.price)
            maker_id, maker = makers[trade.maker_order_id]
            row = (
                seq,
                number,
                ts,
                symbol,
                order.side,
                price,
                units(trade.quantity),
                order_id,
                taker,
                maker_id,
                maker,
                str(money(trade.taker_fee)) if trade.taker_fee else "0",
                str(money(trade.maker_fee)) if trade.maker_fee else "0",
            )
            self.trades.append(row)
            self.moves.append((row, funded))
            if funded:
                self.marks[symbol] = price

    def _tell(self, execution: ExecutionMessage) -> None:
        seq = execution.seq
        for balance in execution.balances:
            self.told[balance.account] = balance.cash, balance.held, seq
            if balance.symbol:
                key = balance.account, balance.symbol
                self.told_positions[key] = balance.position, balance.position_held

    def _administer(self, execution: ExecutionMessage) -> None:
        self.register.add(execution)
        command = execution.command
        if execution.result != "accepted":
            return
        if isinstance(command, SetInstrumentMessage):
            if command.reference_price:
                self.marks[command.symbol] = units(command.reference_price)
        elif isinstance(command, DepositMessage | WithdrawMessage):
            self.moves.append(self._transfer(execution, command))

    def _transfer(
        self, execution: ExecutionMessage, command: DepositMessage | WithdrawMessage
    ) -> Transfer:
        comes = isinstance(command, DepositMessage)
        sign = 1 if comes else -1
        price = self.marks.get(command.symbol)
        if isinstance(command, DepositMessage) and command.price:
            price = units(command.price)
        return Transfer(
            execution.seq,
            int(execution.ts),
            command.account,
            DEPOSIT if comes else WITHDRAWAL,
            command.symbol,
            sign * units(command.quantity),
            sign * units(command.amount) * UNIT,
            price,
            command.transfer_id,
        )


def make_batch(executions: Iterable[ExecutionMessage]) -> Batch:
    batch = Batch()
    for execution in executions:
        batch.add(execution)
    return batch


def engine_id(order_id: str) -> int:
    """The engine's id of a UUID of this log; faster than `parse_order_id`, which checks it too."""
    return int(order_id[:8] + order_id[9:13], 16) << INDEX_BITS | int(order_id[15:18], 16)


def units(text: str) -> Units:
    """Units of a decimal that the order service wrote; "" is 0."""
    if not text:
        return 0
    value = parse_decimal(text)
    assert value is not None, f"{text} is a decimal of the order service"
    return value


def _shown(order: OrderMessage | ChangeMessage) -> Units:
    """What the book shows of an order; one that is held is not in the book."""
    return units(order.displayed_quantity or order.leaves_quantity) if order.status != _HELD else 0


def _terms(order: OrderMessage) -> Terms:
    said = instructions_of(order)
    return order.type, said, order.client_order_id, units(order.quantity), units(order.price)


def _state(order: OrderMessage | ChangeMessage, reason: str, seq: int, ts: int) -> State:
    return (
        order.status,
        units(order.filled_quantity),
        units(order.leaves_quantity),
        _shown(order),
        units(order.average_price),
        reason,
        seq,
        ts,
    )
