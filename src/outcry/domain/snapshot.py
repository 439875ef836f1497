"""The state of an engine as bytes, and an engine made of such bytes.

Rule 1: the engine that `load` makes answers every further entry as the dumped one would, byte for
byte. Rule 2: what follows from other state is not written but made anew: the levels and queues of
the books, and who has which orders open, from the resting orders, which are kept in the order in
which they came to rest.
Rule 3: what was written once stays readable: the same program begins with it, and the next version
at a mark. So a field is only added, at the end, with a default that means what was before; the rows
of the client ids have no fields, and whoever changes them reads either form.
"""

from collections.abc import Sequence

import msgspec

from outcry.domain.account import Account, Limits, Position, Terms
from outcry.domain.accounts import Accounts
from outcry.domain.book import Book
from outcry.domain.client_ids import ClientIds
from outcry.domain.commands import CancelAll, EndOrders, FireSwitch, OpenVenue
from outcry.domain.engine import Engine
from outcry.domain.exits import is_unarmed, reckon, tie
from outcry.domain.holds import hold
from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.keys import Key
from outcry.domain.limits import BOUNDS, Bounds
from outcry.domain.mass_cancel import MassCancel
from outcry.domain.open_orders import came
from outcry.domain.order import HELD, CancelReason, Order, OrderStatus, parent_id
from outcry.domain.switches import Deadline, Switches
from outcry.domain.types import (
    Access,
    AccountState,
    AccountType,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

Buffer = bytes | bytearray | memoryview


class _Row(msgspec.Struct, array_like=True, gc=False):
    """An `Order` up to its links, field by field."""

    order_id: int
    account: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: int
    quantity: int
    leaves: int
    filled: int
    notional: int | str
    """In 10⁻¹⁸, so it may have more than the 64 bits of a packed number: text then."""
    status: OrderStatus
    reason: CancelReason | None
    record: int
    closes: bool = False
    multiplier: int = 0
    """0: an order of engine 2, for which nothing is held."""
    maker_fee: int = 0
    taker_fee: int = 0
    margin: int | str = 0
    """Text beyond 64 bits."""
    instructions: Instructions | None = None
    hidden: int = 0
    protection: int = 0
    """Of an order that waits for a stop price."""
    worst: int = 0
    target: int = 0


class _Holder(msgspec.Struct, array_like=True, gc=False):
    """An `Account`, but for what follows from its orders."""

    name: str
    type: AccountType
    multiplier: int
    shorting: bool
    access: Access
    prevention: SelfTradePrevention
    state: AccountState
    killed: bool
    limits: Limits
    maker_fee: int | None
    taker_fee: int | None
    terms: dict[str, Terms]
    cash: str
    """In 10⁻¹⁸, which has soon more than the 64 bits of a packed number."""
    positions: dict[str, str]
    second: int
    sent: int


_ASKED = _Row.__struct_fields__.index("instructions")
"""The fields of a row before it stand in the order of those of an `Order`."""
_PACKED_MAX = (1 << 63) - 1
_LENGTH_SIZE = 8


class _Work(msgspec.Struct, array_like=True, gc=False):
    """A mass cancel that goes on; `symbol` None: it is a switch that fired, or, where `ends`, the
    orders of an engine that held no money."""

    account: str
    symbol: str | None
    side: Side | None
    before: int
    ends: bool = False


class _State(msgspec.Struct):
    """All but the rows of the client ids, which follow as they are."""

    seq: int
    entry: int
    digest: bytes
    now_ns: int
    by_entries: bool
    venue: OpenVenue | None
    successor: str
    instruments: dict[str, Instrument]
    prevention: dict[str, SelfTradePrevention]
    orders: list[_Row]
    switches: dict[str, Deadline]
    unfinished: list[_Work]
    client_id_horizon: int
    client_ids: int
    client_id_heads: dict[int, bytes]
    client_id_symbols: list[str]
    accounts: list[_Holder] = []
    keys: list[Key] = []
    limits: Limits = Limits()
    killed: bool = False
    killed_symbols: list[str] = []
    marks: dict[str, int] = {}
    client_id_instructions: dict[int, Instructions] = {}
    queue: list[int] = []
    """Of orders that wait those that were reached, exits whose parent has changed, and those that
    are spent, in their order."""
    waiting: list[int] = []
    """Those that wait for the market, by when they began."""
    closed: list[int] = []
    """Exits that wait for their instrument to be open again, in their order."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_State).decode


def dump(engine: Engine) -> list[Buffer]:
    """The state of `engine`, as parts that make a whole when written one after the other.

    The parts show the engine's own memory: they are to be used up before its next entry.
    """
    rulebook, ids = engine.rulebook, engine.client_ids
    engine.stops.present_all()
    state = _encode(
        _State(
            seq=engine.seq,
            entry=engine.entry,
            digest=engine.digest,
            now_ns=engine.clock.now_ns,
            by_entries=engine.clock.by_entries,
            venue=rulebook.venue,
            successor=rulebook.successor,
            instruments=rulebook.instruments,
            prevention={},
            orders=[_row(order) for order in engine.orders.values()],
            switches=engine.due.switches.armed,
            unfinished=[_work(work, before) for work, before in engine.due.unfinished.items()],
            client_id_horizon=ids.horizon,
            client_ids=ids.count,
            client_id_heads=ids.dump_heads(),
            client_id_symbols=ids.symbols,
            accounts=[_holder(account) for account in engine.accounts.by_name.values()],
            keys=list(engine.keyring.keys.values()),
            limits=rulebook.limits,
            killed=rulebook.killed,
            killed_symbols=list(rulebook.killed_symbols),
            marks={symbol: book.mark for symbol, book in engine.books.items() if book.mark},
            client_id_instructions=ids.instructions,
            queue=list(engine.stops.queue),
            waiting=engine.stops.in_turn,
            closed=[order_id for there in engine.stops.closed.values() for order_id in there],
        )
    )
    return [len(state).to_bytes(_LENGTH_SIZE, "little"), state, *ids.pages]


def load(whole: Buffer, bounds: Bounds = BOUNDS) -> Engine:
    """The engine of a `dump`. Raises ValueError: these bytes are not one of this version."""
    view = memoryview(whole)
    end = _LENGTH_SIZE + int.from_bytes(view[:_LENGTH_SIZE], "little")
    try:
        return _restored(_decode(view[_LENGTH_SIZE:end]), view[end:], bounds)
    except msgspec.MsgspecError as error:
        raise ValueError(f"no state of this version: {error}") from error


def _restored(state: _State, rows: memoryview, bounds: Bounds) -> Engine:
    engine = Engine(bounds)
    engine.reports.seq = state.seq
    engine.reports.entry = state.entry
    engine.digest = state.digest
    engine.clock.now_ns = state.now_ns
    engine.clock.by_entries = state.by_entries
    engine.rulebook.venue = state.venue
    engine.rulebook.successor = state.successor
    engine.rulebook.instruments = state.instruments
    engine.rulebook.limits = state.limits
    engine.rulebook.killed = state.killed
    engine.rulebook.killed_symbols = dict.fromkeys(state.killed_symbols)
    engine.keyring.keys = {key.key_id: key for key in state.keys}
    engine.trading.client_ids = ClientIds.restored(
        state.client_id_horizon,
        state.client_ids,
        state.client_id_heads,
        rows,
        state.client_id_symbols,
    )
    engine.client_ids.instructions = state.client_id_instructions
    for symbol in state.instruments:
        book = engine.books[symbol] = Book()
        book.mark = state.marks.get(symbol, 0)
    _open(engine, state)
    _rest(engine, state.orders)
    for order_id in state.waiting:
        engine.stops.wait(engine.orders[order_id])
    for order_id in state.closed:
        engine.stops.close(engine.orders[order_id])
    for order_id in state.queue:
        engine.stops.enqueue(engine.orders[order_id])
    engine.due.switches = Switches.restored(state.switches)
    engine.due.unfinished = dict(map(_mass_cancel, state.unfinished))
    return engine


def _row(order: Order) -> _Row:
    notional, margin = order.notional, order.margin
    return _Row(
        order.order_id,
        order.account,
        order.client_order_id,
        order.symbol,
        order.side,
        order.type,
        order.time_in_force,
        order.price,
        order.quantity,
        order.leaves,
        order.filled,
        notional if notional <= _PACKED_MAX else str(notional),
        order.status,
        order.reason,
        order.record,
        order.closes,
        order.multiplier,
        order.maker_fee,
        order.taker_fee,
        margin if margin <= _PACKED_MAX else str(margin),
        order.instructions,
        order.hidden,
        order.protection,
        order.worst,
        order.target,
    )


def _holder(account: Account) -> _Holder:
    return _Holder(
        account.name,
        account.type,
        account.multiplier,
        account.shorting,
        account.access,
        account.prevention,
        account.state,
        account.killed,
        account.limits,
        account.maker_fee,
        account.taker_fee,
        account.terms,
        str(account.cash),
        {symbol: str(position.quantity) for symbol, position in account.positions.items()},
        account.second,
        account.sent,
    )


def _open(engine: Engine, state: _State) -> None:
    """The accounts as they are, and those of engine 2, which had only what they had chosen."""
    for name, prevention in state.prevention.items():
        engine.accounts.by_name[name] = Account(name, prevention=prevention)
    for row in state.accounts:
        account = Account(*msgspec.structs.astuple(row))
        account.cash = int(row.cash)
        account.positions = {s: Position(int(held)) for s, held in row.positions.items()}
        engine.accounts.by_name[account.name] = account
        engine.accounts.holdings += len(account.positions)
        engine.accounts.terms += len(account.terms)


def _work(work: MassCancel, before: int) -> _Work:
    if isinstance(work, CancelAll):
        return _Work(work.account, work.symbol, work.side, before)
    return _Work(work.account, None, None, before, isinstance(work, EndOrders))


def _mass_cancel(row: _Work) -> tuple[MassCancel, int]:
    if row.symbol is None:
        kind = EndOrders if row.ends else FireSwitch
        return kind(row.account), row.before
    return CancelAll(row.account, row.symbol, row.side), row.before


def _rest(engine: Engine, rows: Sequence[_Row]) -> None:
    """Let the orders rest again, in the order in which they began, and hold what they do."""
    symbols = {symbol: symbol for symbol in engine.books}  # one string each, not one an order
    for row in rows:
        order = Order(*msgspec.structs.astuple(row)[:_ASKED])
        order.instructions, order.hidden = row.instructions, row.hidden
        order.protection, order.worst, order.target = row.protection, row.worst, row.target
        order.symbol = symbols[row.symbol]
        order.notional, order.margin = int(row.notional), int(row.margin)
        engine.orders[order.order_id] = order
        if order.status is not HELD and order.leaves:
            engine.books[order.symbol].side(order.side).add(order)
        _own(engine.accounts, order)
    for order in sorted(engine.orders.values(), key=came):
        engine.open_orders.add(order)
        parent = engine.orders.get(parent_id(order.order_id))
        if parent is not None:
            tie(parent, order)
        reckon(order)


def _own(accounts: Accounts, order: Order) -> None:
    account = accounts.by_name.get(order.account)
    if account is None:
        account = accounts.by_name[order.account] = Account(order.account)
    order.owner = account
    order.account = account.name
    order.position = account.positions.get(order.symbol)
    if order.position is None:
        order.position = Position()
        accounts.hold_position(account, order.symbol, order.position)
    if order.multiplier and not is_unarmed(order):
        hold(order, order.leaves)
