"""The memory of client order ids, by which a command that is sent twice takes effect once.

An id is unique for its account over a horizon: the newest `horizon` ids of the venue. A record is
a row of packed numbers, ids and contents as digests, because a million of them must fit where a
million objects would not.

Rule 1: records are numbered 1, 2, 3, ... as they come; number n lies in row n modulo the horizon,
so the newest overwrites the oldest.
Rule 2: the records of one bucket of digests are chained from the newest to the oldest, so a chain
ends where the horizon does, and nothing has ever to be taken out.
Rule 3: what is written stays readable: snapshots keep rows and digests over versions. So enums grow
only at their end, as a row has the places of their members; and a command gets a new field with a
default that is left out of its digest.
"""

from array import array
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple, Self

import msgspec

from outcry.domain.commands import NewOrder, ReplaceOrder, Transfer
from outcry.domain.execution import OrderState
from outcry.domain.instructions import Instructions
from outcry.domain.order import CancelReason, Order, OrderStatus
from outcry.domain.types import OrderId, OrderType, Side, TimeInForce

_encode = msgspec.msgpack.Encoder().encode

_STATUSES = tuple(OrderStatus)
_REASONS = (None, *CancelReason)
_SIDES = tuple(Side)
_TYPES = tuple(OrderType)
_TIMES = tuple(TimeInForce)

_ID = blake2b(digest_size=16)
_BEGINNINGS: dict[type, "blake2b"] = {
    NewOrder: blake2b(b"new", digest_size=8),
    ReplaceOrder: blake2b(b"replace", digest_size=8),
    Transfer: blake2b(b"transfer", digest_size=8),
}
"""What digests begin with; to copy one takes half the time of making it."""

_BITS = Struct("<I")
"""Of a digest, for its bucket."""
_TAKEN = Struct("<16s8s4q")
"""Digests of id and content, next older record of its bucket, the same of its order, seq, order.

Of an id that is blocked the order is 0."""
_SAME = Struct("<32xq")
"""Of these the next older record of the same order."""
_ENDED = Struct("<4qH5B")
"""Of the order at its end: quantity, price, filled, average price, symbol, five enums."""
_ROW = _TAKEN.size + _ENDED.size
_PAGE_BITS = 12
_PAGE_MASK = (1 << _PAGE_BITS) - 1
_PAGE = _ROW << _PAGE_BITS
_BUCKETS_MAX = 1 << 21
_BLOCK = 64
_NO_RECORDS = bytes(_BLOCK)


class Record(NamedTuple):
    """A client order id that was accepted for `order_id` by execution `seq`."""

    number: int
    content: bytes
    seq: int
    order_id: OrderId

    @property
    def blocked(self) -> bool:
        """Whether a cancel gave the id up before any order had it."""
        return not self.order_id


def id_digest(account: str, client_order_id: str) -> bytes:
    digest = _ID.copy()
    digest.update(f"{account}\0{client_order_id}".encode())
    return digest.digest()


def transfer_digest(account: str, transfer_id: str) -> bytes:
    """Of an id among those of transfers, which are apart from client order ids."""
    return id_digest(account, f"\0{transfer_id}")


def content_digest(command: NewOrder | ReplaceOrder | Transfer) -> bytes:
    """64 bits over the terms: a repeat has the same, a reuse of the id has others.

    When a command expires is no term, and by which key it was sent: who repeats it may give it more
    time, and use another. A `Transfer` is written whole, with its defaults: what it is to say more
    has to be left out here where it says nothing.
    """
    digest = _BEGINNINGS[type(command)].copy()
    if isinstance(command, Transfer):
        command = msgspec.structs.replace(command, key="")
    elif command.key or command.expire_ns:
        command = msgspec.structs.replace(command, key="", expire_ns=0)
    digest.update(_encode(command))
    return digest.digest()


class ClientIds:
    __slots__ = (
        "_forgotten",
        "_heads",
        "_mask",
        "_symbol_numbers",
        "count",
        "horizon",
        "instructions",
        "pages",
        "symbols",
    )

    def __init__(self, horizon: int) -> None:
        buckets = min(1 << (horizon - 1).bit_length(), _BUCKETS_MAX)
        self.horizon = horizon
        self.count = 0
        self._forgotten = 0
        """Records up to this one are no more."""
        self._mask = buckets - 1
        self._heads = array("q", bytes(8 * buckets))
        """The newest record of each bucket; 0: none yet."""
        self.pages: list[bytearray] = []
        self.instructions: dict[int, Instructions] = {}
        """Of orders at their end, by record: few have any."""
        self.symbols: list[str] = []
        self._symbol_numbers: dict[str, int] = {}

    @classmethod
    def restored(
        cls, horizon: int, count: int, heads: dict[int, bytes], rows: memoryview, symbols: list[str]
    ) -> Self:
        """What had this `count`, `dump_heads`, `pages` and `symbols`. Raises ValueError."""
        ids = cls(horizon)
        ids.count = count
        ids._forgotten = max(0, count - horizon)
        pages = (min(count, horizon - 1) >> _PAGE_BITS) + 1 if count else 0
        if len(rows) != pages * _PAGE:
            raise ValueError(f"a state with {len(rows)} bytes for {count} client ids")
        view = memoryview(ids._heads).cast("B")
        for at, block in heads.items():
            view[at : at + len(block)] = block
        ids.pages = [bytearray(rows[at : at + _PAGE]) for at in range(0, len(rows), _PAGE)]
        ids.symbols = symbols
        ids._symbol_numbers = {symbol: number for number, symbol in enumerate(symbols)}
        return ids

    def dump_heads(self) -> dict[int, bytes]:
        """The newest record of each bucket: blocks by their place, without those of zeros."""
        raw = self._heads.tobytes()
        blocks = ((at, raw[at : at + _BLOCK]) for at in range(0, len(raw), _BLOCK))
        return {at: block for at, block in blocks if block != _NO_RECORDS}

    def find(self, key: bytes) -> Record | None:
        """The record of an id, by its `id_digest`."""
        number = self._heads[_BITS.unpack_from(key)[0] & self._mask]
        while number > self._forgotten:
            page, row = self._place(number)
            digest, content, number_below, _, seq, order_id = _TAKEN.unpack_from(page, row)
            if digest == key:
                return Record(number, content, seq, OrderId(order_id))
            number = number_below
        return None

    def remember(self, key: bytes, content: bytes, seq: int, order: Order | None) -> None:
        """Record an accepted id for `order`, beside those the order had; the oldest may go.

        `order` None: the id is blocked.
        """
        self.count = number = self.count + 1
        if number > self.horizon:
            self._forgotten = number - self.horizon
            if self.instructions:
                self.instructions.pop(self._forgotten, None)
        if number % self.horizon >> _PAGE_BITS == len(self.pages):
            self.pages.append(bytearray(_PAGE))
        bucket = _BITS.unpack_from(key)[0] & self._mask
        page, row = self._place(number)
        below = self._heads[bucket]
        self._heads[bucket] = number
        if order is None:
            _TAKEN.pack_into(page, row, key, content, below, 0, seq, 0)
        else:
            _TAKEN.pack_into(page, row, key, content, below, order.record, seq, order.order_id)
            order.record = number

    def settle(self, order: Order) -> None:
        """Note the end of `order` under every id it had.

        The walk back costs one step a replace that brought a new id, so a constant each.
        """
        number = order.record
        if number <= self._forgotten:
            return
        symbol = self._symbol_numbers.get(order.symbol)
        if symbol is None:
            symbol = self._symbol_numbers[order.symbol] = len(self.symbols)
            self.symbols.append(order.symbol)
        while number > self._forgotten:
            page, row = self._place(number)
            _ENDED.pack_into(
                page,
                row + _TAKEN.size,
                order.quantity,
                order.price,
                order.filled,
                order.average_price,
                symbol,
                _STATUSES.index(order.status),
                _REASONS.index(order.reason),
                _SIDES.index(order.side),
                _TYPES.index(order.type),
                _TIMES.index(order.time_in_force),
            )
            if order.instructions is not None:
                self.instructions[number] = order.instructions
            number = _SAME.unpack_from(page, row)[0]

    def ended(self, record: Record, account: str, client_order_id: str) -> OrderState:
        """What `settle` noted; only for an order that is no longer open."""
        page, row = self._place(record.number)
        quantity, price, filled, average_price, symbol, *enums = _ENDED.unpack_from(
            page, row + _TAKEN.size
        )
        status, reason, side, kind, time = enums
        return OrderState(
            record.order_id,
            account,
            client_order_id,
            self.symbols[symbol],
            _SIDES[side],
            _TYPES[kind],
            _TIMES[time],
            quantity,
            price,
            _STATUSES[status],
            filled,
            0,
            average_price,
            _REASONS[reason],
            self.instructions.get(record.number),
        )

    def _place(self, number: int) -> tuple[bytearray, int]:
        """The page of a record and where its row begins there."""
        row = number % self.horizon
        return self.pages[row >> _PAGE_BITS], (row & _PAGE_MASK) * _ROW
