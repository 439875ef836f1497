"""The engine without a network: a book alone, `Engine.apply`, and bytes in to bytes out.

One process, one thread, the collector of cycles off as in the order service; the clock counts CPU
time. There is no load generator: the messages are made before. They are the reference flow where
it is present, else a synthetic one of its mix; a modify is a cancel and a new order. All of it
comes by a key of one margin account, which has money and limits of every kind that hold nothing up.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench.floor import Floor
from bench.flow import (
    ACCOUNT,
    SYMBOL,
    TICK,
    Message,
    flow_file,
    new_order,
    read_flow,
    synthetic_flow,
)
from outcry.domain.commands import (
    CancelOrder,
    Command,
    CreateKey,
    ListInstrument,
    NewOrder,
    OpenAccount,
    OpenVenue,
    OrderCommand,
    SetAccount,
    Transfer,
)
from outcry.domain.engine import Engine
from outcry.domain.instrument import Instrument
from outcry.domain.limits import CLIENT_ID_HORIZON, INDEX_BITS, SCHEMA, VERSION
from outcry.domain.types import (
    UNIT,
    Access,
    AccountType,
    ClockSource,
    OrderId,
    Role,
    SelfTradePrevention,
)
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.entries import join_commands, write_command
from outcry.wire.executions import Writer
from outcry.wire.subjects import ORDER_CREATED

MESSAGES = 300_000
BATCH = 16
RUNS = 3
SEED = 23
FIRST = 7
"""The entry with which trading begins; those before open the venue and the account."""
KEY = "f" * 16
CASH = 10**15
"""More than the flow ever needs."""
MOST = 10**9
FEES = UNIT // 5_000, UNIT // 2_000
"""Of maker and taker."""

Entries = list[list[OrderCommand]]


def main() -> None:
    path = flow_file()
    source = f"the first of {path.name}" if path else f"synthetic, seed {SEED}"
    flow = list(read_flow(path, MESSAGES) if path else synthetic_flow(SEED, MESSAGES))
    print(f"{len(flow):,} messages ({source}); {BATCH} commands an entry; median of {RUNS} runs")
    gc.disable()
    work = [(m.kind, m.order_id, None if m.kind == "C" else new_order(m)) for m in flow]
    show("book alone", "messages", len(flow), partial(book_alone, work))
    for ids, title in ((False, ""), (True, ", a client order id each")):
        entries = list(batches(flow, ids))
        count = sum(map(len, entries))
        show(f"engine.apply{title}", "commands", count, partial(apply, entries))
        if ids:
            show("engine.apply, with fees", "commands", count, partial(apply, entries, FEES))
        bodies = [as_bytes(entry) for entry in entries]
        show(f"bytes to bytes{title}", "commands", count, partial(answer, bodies))
    gc.enable()


def show(what: str, unit: str, count: int, run: Callable[[], float]) -> None:
    runs = sorted(run() for _ in range(RUNS))
    seconds = statistics.median(runs)
    print(
        f"{what:<42} {count / seconds / 1e6:5.2f} M {unit}/s  {seconds / count * 1e6:5.2f} µs each"
        f"  (best {count / runs[0] / 1e6:.2f}, worst {count / runs[-1] / 1e6:.2f})"
    )


def book_alone(work: Sequence[tuple[str, int, NewOrder | None]]) -> float:
    floor = Floor()
    enter, cancel = floor.enter, floor.cancel
    start = time.process_time()
    for kind, order_id, terms in work:
        if kind != "N" and cancel(order_id) is None:
            continue
        if terms is not None:
            enter(order_id, terms)
    return time.process_time() - start


def apply(entries: Entries, fees: tuple[int, int] = (0, 0)) -> float:
    engine = Engine()
    open_venue(engine, *fees)
    start = time.process_time()
    for number, commands in enumerate(entries, FIRST):
        engine.apply(commands, number, number)
    return time.process_time() - start


def answer(bodies: Sequence[bytes]) -> float:
    desk = Desk()
    open_venue(desk.engine)
    desk.writer = Writer(0, 1)
    start = time.process_time()
    for number, body in enumerate(bodies, FIRST):
        desk.answer(Entry(number, number, ORDER_CREATED, body))
    return time.process_time() - start


def open_venue(engine: Engine, maker_fee: int = 0, taker_fee: int = 0) -> None:
    """The entries before `FIRST`."""
    for number, command in enumerate(opening(maker_fee, taker_fee), 1):
        (done,) = engine.apply([command], number, 0)
        assert done.reject is None, done.reject


def opening(maker_fee: int, taker_fee: int) -> tuple[Command, ...]:
    listing = Instrument(
        SYMBOL, TICK, UNIT, UNIT, MOST * UNIT, MOST * UNIT, maker_fee=maker_fee, taker_fee=taker_fee
    )
    return (
        OpenVenue(1, 0, VERSION, SCHEMA, ClockSource.STAMPS, 0, CLIENT_ID_HORIZON),
        ListInstrument(listing),
        OpenAccount(ACCOUNT, AccountType.MARGIN, 2, True, Access.KEYS, SelfTradePrevention.NONE),
        Transfer(ACCOUNT, True, CASH * UNIT * UNIT),
        SetAccount(
            ACCOUNT,
            max_open_orders=MOST,
            max_order_rate=MOST,
            max_exposure=CASH * UNIT * UNIT,
            max_notional=CASH * UNIT * UNIT,
            max_position=MOST * UNIT,
        ),
        CreateKey(KEY, "0" * 64, Role.TRADE, (ACCOUNT,)),
    )


def batches(flow: Sequence[Message], client_order_ids: bool) -> Iterator[list[OrderCommand]]:
    """The flow as entries; cancels name their order by the id that the engine will give it."""
    engine_ids: dict[int, OrderId] = {}
    entry: list[OrderCommand] = []
    number = FIRST
    for count, message in enumerate(flow):
        commands: list[OrderCommand] = []
        if message.kind != "N":
            named = engine_ids.get(message.order_id, OrderId(0))
            commands.append(CancelOrder(ACCOUNT, named, "", key=KEY))
        if message.kind != "C":
            name = f"{count:036d}" if client_order_ids else ""
            commands.append(new_order(message, name, KEY))
        for command in commands:
            if isinstance(command, NewOrder):
                engine_ids[message.order_id] = OrderId(number << INDEX_BITS | len(entry))
            entry.append(command)
            if len(entry) == BATCH:
                yield entry
                entry, number = [], number + 1
    if entry:
        yield entry


def as_bytes(commands: Sequence[OrderCommand]) -> bytes:
    suffix = Writer(0, 1).suffix
    return join_commands([write_command(command, suffix) for command in commands])
