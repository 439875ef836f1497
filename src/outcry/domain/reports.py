"""The numbers and the time of executions, and the two ways in which a command is answered."""

from typing import Unpack

from outcry.domain import refusals
from outcry.domain.clock import Clock
from outcry.domain.commands import Command, NewOrder, OrderCommand, ReplaceOrder
from outcry.domain.execution import Balance, Change, Execution, OrderState, Quote, Told, Trade
from outcry.domain.limits import INDEX_BITS
from outcry.domain.order import Order
from outcry.domain.reject import Reject
from outcry.domain.report import order_state, rejected_state
from outcry.domain.types import OrderId


class Reports:
    def __init__(self, clock: Clock) -> None:
        self.seq = 0
        """Number of the newest execution."""
        self.entry = 0
        """Number of the newest entry that was applied."""
        self.clock = clock

    def id_at(self, index: int) -> OrderId:
        """The id of what the command at `index` of the entry makes."""
        return OrderId(self.entry << INDEX_BITS | index)

    def accept(self, command: Command, index: int, **told: Unpack[Told]) -> Execution:
        return Execution(self.seq, self.clock.now_ns, self.entry, index, command, **told)

    def trade(
        self,
        command: Command,
        index: int,
        order: Order,
        quote: Quote,
        balances: tuple[Balance, ...],
        trades: tuple[Trade, ...] = (),
        changed: tuple[Change, ...] = (),
    ) -> Execution:
        """What became of an order; written out, as most executions come from here."""
        now_ns, state = self.clock.now_ns, order_state(order)
        return Execution(
            self.seq,
            now_ns,
            self.entry,
            index,
            command,
            None,
            0,
            state,
            trades,
            changed,
            quote,
            None,
            (),
            False,
            False,
            0,
            balances,
        )

    def reject(
        self, command: Command, index: int, reject: Reject, order: Order | None = None
    ) -> Execution:
        state: OrderState | None
        if isinstance(command, NewOrder):
            state = rejected_state(command, self.id_at(index))
        else:
            state = order_state(order) if order is not None else None
        now_ns = self.clock.now_ns
        return Execution(self.seq, now_ns, self.entry, index, command, reject, order=state)

    def is_late(self, command: OrderCommand) -> bool:
        """Whether a command has come after the time that it gave itself."""
        return 0 < command.expire_ns < self.clock.now_ns

    def refuse_late(self, command: ReplaceOrder) -> Reject | None:
        """Why a replace has come too late: for itself, or for the order as it is to be."""
        now_ns = self.clock.now_ns
        if self.is_late(command):
            return refusals.expired(command.expire_ns, now_ns)
        end_ns = command.good_until_ns
        return refusals.over(end_ns, now_ns) if end_ns is not None and end_ns < now_ns else None

    def expired(self, command: OrderCommand, index: int) -> Execution:
        refusal = refusals.expired(command.expire_ns, self.clock.now_ns)
        return self.reject(command, index, refusal)
