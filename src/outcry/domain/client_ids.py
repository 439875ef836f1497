"""The memory of client order ids, by which a command that is sent twice takes effect once.

An id is unique for its account over a horizon: the newest `horizon` ids of the venue. Ids and
contents are kept as digests and what became of the orders in columns of integers, because a
million of them must fit where a million objects would not.
"""

from array import array
from hashlib import blake2b
from typing import NamedTuple

from outcry.domain.commands import NewOrder, ReplaceOrder
from outcry.domain.order import CancelReason, Order, OrderStatus
from outcry.domain.types import OrderId, Units

_STATUSES = tuple(OrderStatus)
_REASONS = (None, *CancelReason)


class Settled(NamedTuple):
    """The final state of an order that is no longer open."""

    status: OrderStatus
    reason: CancelReason | None
    quantity: Units
    price: Units
    filled: Units
    average_price: Units


def id_digest(account: str, client_order_id: str) -> bytes:
    return blake2b(f"{account}\0{client_order_id}".encode(), digest_size=16).digest()


def content_digest(command: NewOrder | ReplaceOrder) -> int:
    """64 bits over the terms: a repeat has the same, a reuse of the id has others."""
    if isinstance(command, NewOrder):
        terms = (
            f"new|{command.symbol}|{command.side.value}|{command.type.value}|"
            f"{command.time_in_force.value}|{command.quantity}|{command.price}"
        )
    else:
        terms = (
            f"replace|{command.order_id}|{command.client_order_id}|"
            f"{command.quantity}|{command.price}"
        )
    return int.from_bytes(blake2b(terms.encode(), digest_size=8).digest(), "big", signed=True)


class ClientIds:
    """Records are numbered as they come; number n lies in slot n modulo the horizon."""

    __slots__ = (
        "_average_price",
        "_content",
        "_filled",
        "_index",
        "_keys",
        "_order_id",
        "_outcome",
        "_previous",
        "_price",
        "_quantity",
        "_seq",
        "count",
        "horizon",
    )

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self.count = 0
        self._index: dict[bytes, int] = {}
        self._keys: list[bytes] = []
        self._content = array("q")
        self._seq = array("q")
        self._order_id = array("q")
        self._previous = array("q")
        self._quantity = array("q")
        self._price = array("q")
        self._filled = array("q")
        self._average_price = array("q")
        self._outcome = array("b")

    def find(self, key: bytes) -> int | None:
        """The record of an id, by its `id_digest`."""
        return self._index.get(key)

    def remember(self, key: bytes, content: int, seq: int, order: Order) -> None:
        """Record an accepted id for `order`, beside those the order had; the oldest may go."""
        number, horizon = self.count, self.horizon
        if number < horizon:
            self._keys.append(key)
            for column in self._columns():
                column.append(0)
        else:
            del self._index[self._keys[number % horizon]]
            self._keys[number % horizon] = key
        slot = number % horizon
        self._index[key] = number
        self._content[slot] = content
        self._seq[slot] = seq
        self._order_id[slot] = order.order_id
        self._previous[slot] = order.record
        order.record = number
        self.count = number + 1

    def _columns(self) -> tuple["array[int]", ...]:
        return (
            self._content,
            self._seq,
            self._order_id,
            self._previous,
            self._quantity,
            self._price,
            self._filled,
            self._average_price,
            self._outcome,
        )

    def content(self, record: int) -> int:
        return self._content[record % self.horizon]

    def seq(self, record: int) -> int:
        return self._seq[record % self.horizon]

    def order_id(self, record: int) -> OrderId:
        return OrderId(self._order_id[record % self.horizon])

    def settle(self, order: Order) -> None:
        """Note the final state of `order` under every id it had.

        The walk back costs one step a replace that brought a new id, so a constant each.
        """
        record = order.record
        if record < 0:
            return
        outcome = _STATUSES.index(order.status) * 16 + _REASONS.index(order.reason)
        while record >= 0 and record >= self.count - self.horizon:
            slot = record % self.horizon
            self._quantity[slot] = order.quantity
            self._price[slot] = order.price
            self._filled[slot] = order.filled
            self._average_price[slot] = order.average_price
            self._outcome[slot] = outcome
            record = self._previous[slot]

    def settled(self, record: int) -> Settled:
        """What `settle` noted; only for an order that is no longer open."""
        slot = record % self.horizon
        status, reason = divmod(self._outcome[slot], 16)
        return Settled(
            _STATUSES[status],
            _REASONS[reason],
            self._quantity[slot],
            self._price[slot],
            self._filled[slot],
            self._average_price[slot],
        )
