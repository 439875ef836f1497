"""Stop orders, trailing stops, exits by the hundred thousand: what a trade costs that moves them.

One process, the collector of cycles off, CPU time, from the bytes of an entry to those of its
answer. Whoever is set off finds somebody to trade with.
"""

import gc
import time
from collections.abc import Iterator, Sequence

from bench.flow import SYMBOL, TICK
from outcry.domain.commands import (
    Command,
    ListInstrument,
    NewOrder,
    OpenAccount,
    OpenVenue,
    Transfer,
)
from outcry.domain.instructions import Instructions
from outcry.domain.instrument import Instrument
from outcry.domain.limits import CLIENT_ID_HORIZON, SCHEMA, VERSION
from outcry.domain.types import (
    UNIT,
    Access,
    AccountType,
    ClockSource,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.entries import join_commands, write_command
from outcry.wire.executions import Writer
from outcry.wire.subjects import CLOCK_TICK, ORDER_CREATED

MANY = 100_000
BATCH = 1_000
MARK = 1_000_000
"""Price at the start, in ticks."""
PRICES = 50_000
"""How many there are among those that wait."""
LOW = MARK - PRICES - 10
"""Below all of them."""
STOPPED, MAKER = "stopped", "maker"
CASH = 10**12
MOST = 10**9

Cost = tuple[float, int]
"""CPU seconds of an entry, and bytes of its answer."""


def main() -> None:
    gc.disable()
    print(f"{MANY:,} orders wait; to work off what one entry has brought about takes")
    prices = [number % PRICES for number in range(MANY)]
    show("stop orders at one price", set_off([stop(MARK - 10)] * MANY))
    show("stop orders at as many prices as may be", set_off([stop(MARK - 10 - n) for n in prices]))
    show("trailing stops", set_off([trail(10 + n) for n in prices]))
    show("brackets, filled and armed, 100 times a hundredth", armed())
    alone, trailed = rise([]), rise([trail(10 + n) for n in prices])
    print(f"a trade of a rising market: {alone:.1f} µs, with trailing stops {trailed:.1f} µs")
    gc.enable()


# Orders --------------------------------------------------------------------------------------


def order(account: str, side: Side, price: int, quantity: int = 1) -> NewOrder:
    """A limit order; the price in ticks."""
    terms = OrderType.LIMIT, TimeInForce.GTC, quantity * UNIT, price * TICK
    return NewOrder(account, "", SYMBOL, side, *terms)


def held(kind: OrderType, said: Instructions) -> NewOrder:
    terms = kind, TimeInForce.GTC, UNIT, 0
    return NewOrder(STOPPED, "", SYMBOL, Side.SELL, *terms, instructions=said)


def stop(price: int) -> NewOrder:
    return held(OrderType.STOP, Instructions(stop_price=price * TICK))


def trail(behind: int) -> NewOrder:
    return held(OrderType.TRAILING_STOP, Instructions(trail=behind * TICK))


def bracket() -> NewOrder:
    """It buys at `MARK`, and ends that with a gain or a loss of a tenth of a percent."""
    said = Instructions(take_profit=(MARK + 1_000) * TICK, stop_loss=(MARK - 1_000) * TICK)
    terms = OrderType.LIMIT, TimeInForce.GTC, UNIT, MARK * TICK
    return NewOrder(STOPPED, "", SYMBOL, Side.BUY, *terms, instructions=said)


# The venue -----------------------------------------------------------------------------------


def opening() -> Iterator[Command]:
    listing = Instrument(SYMBOL, TICK, UNIT, UNIT, MOST * UNIT, MOST * UNIT)
    yield OpenVenue(1, 0, VERSION, SCHEMA, ClockSource.STAMPS, 0, CLIENT_ID_HORIZON)
    yield ListInstrument(listing)
    for name in STOPPED, MAKER:
        rights = True, Access.OPEN, SelfTradePrevention.NONE
        yield OpenAccount(name, AccountType.MARGIN, 20, *rights)
        yield Transfer(name, True, CASH * UNIT * UNIT)


def crowd(orders: Sequence[NewOrder]) -> Desk:
    """A venue where these wait; it has traded at `MARK`."""
    desk = Desk()
    for number, command in enumerate(opening(), 1):
        (done,) = desk.engine.apply([command], number, 0)
        assert done.reject is None, done.reject
    desk.writer = Writer(0, 1)
    for side in Side:
        send(desk, order(MAKER, side, MARK))
    for first in range(0, len(orders), BATCH):
        send(desk, *orders[first : first + BATCH])
    return desk


def send(desk: Desk, *commands: NewOrder) -> Cost:
    """Of one entry; without commands it is a tick."""
    suffix = desk.writer.suffix
    body = join_commands([write_command(command, suffix) for command in commands])
    subject = ORDER_CREATED if commands else CLOCK_TICK
    entry = Entry(desk.position + 1, desk.position + 1, subject, body if commands else b"{}")
    start = time.process_time()
    answer = desk.answer(entry)
    return time.process_time() - start, len(answer)


def work_off(desk: Desk, first: NewOrder) -> list[Cost]:
    """Of an entry, and of those with which goes on what it has brought about."""
    costs = [send(desk, first)]
    while desk.engine.stops.queue:
        costs.append(send(desk))
    return costs


# Figures -------------------------------------------------------------------------------------


def set_off(orders: Sequence[NewOrder]) -> list[Cost]:
    """One trade below all their stop prices; each finds somebody to trade with."""
    desk = crowd(orders)
    send(desk, order(MAKER, Side.BUY, LOW, MANY + 1))
    costs = work_off(desk, order(MAKER, Side.SELL, LOW))
    assert not desk.engine.orders, f"{len(desk.engine.orders)} are left"
    return costs


def armed() -> list[Cost]:
    desk = crowd([bracket()] * MANY)
    part = MANY // 100
    costs = [
        cost for _ in range(100) for cost in work_off(desk, order(MAKER, Side.SELL, MARK, part))
    ]
    assert len(desk.engine.orders) == MANY, "each exit waits for its prices"
    return costs


def rise(orders: Sequence[NewOrder], trades: int = 10_000) -> float:
    """Microseconds of one trade, each a tick higher than the one before."""
    desk, seconds = crowd(orders), 0.0
    for price in range(MARK + 1, MARK + 1 + trades):
        send(desk, order(MAKER, Side.SELL, price))
        seconds += send(desk, order(MAKER, Side.BUY, price))[0]
    return seconds / trades * 1e6


def show(what: str, costs: Sequence[Cost]) -> None:
    whole = sum(seconds for seconds, _ in costs)
    longest, largest = (max(column) for column in zip(*costs, strict=True))
    print(
        f"{what:<50} {len(costs):>4} entries  {whole:5.2f} s, {whole / MANY * 1e6:5.1f} µs each"
        f"  longest entry {longest:5.3f} s  largest answer {largest / 1e6:4.2f} MB"
    )
