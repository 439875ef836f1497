"""A day of one liquid share: the published report of the public matching-engine benchmark."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec
import pytest

from bench.floor import Floor
from bench.flow import SHA_256, SYMBOL, TICK, Message, flow_file, new_order, read_flow
from outcry.domain.commands import CancelOrder, ListInstrument, OpenVenue, SetAccount
from outcry.domain.engine import Engine
from outcry.domain.execution import Execution
from outcry.domain.instrument import Instrument
from outcry.domain.limits import CLIENT_ID_HORIZON, INDEX_BITS, SCHEMA, VERSION
from outcry.domain.types import UNIT, ClockSource, OrderId, SelfTradePrevention


@pytest.fixture
def flow() -> Iterator[Message]:
    path = flow_file()
    if path is None:
        pytest.skip("the flow file is not here: set OUTCRY_SHARED to the folder of shared data")
    return read_flow(path)


@pytest.mark.slow
def test_a_book_alone_gives_the_published_report(flow: Iterator[Message]) -> None:
    """Price, then time, trades at the resting price: two million messages, one hash."""
    assert fingerprint(report_of_book(flow)) == SHA_256


@pytest.mark.slow
def test_the_engine_gives_the_published_report(flow: Iterator[Message]) -> None:
    """The same through the whole engine; a modify is a cancel and a new order."""
    assert fingerprint(report_of_engine(flow)) == SHA_256


def fingerprint(lines: Iterable[str]) -> str:
    digest = sha256()
    separator = ""
    for line in lines:
        digest.update(f"{separator}{line}".encode())
        separator = "\n"
    return digest.hexdigest()


def report_of_book(flow: Iterable[Message]) -> Iterator[str]:
    floor = Floor()
    for message in flow:
        kind, seq, order_id, side, price, quantity, ioc = message
        cancelled = None if kind == "N" else floor.cancel(order_id)
        if kind != "N" and cancelled is None:
            yield f"{4 if kind == 'C' else 5},{seq},{order_id}"
            continue
        if cancelled is not None and kind == "C":
            yield f"2,{seq},{int(cancelled.side == 'sell')},{order_id},{cancelled.price // TICK}"
            continue
        if kind == "N":
            yield f"0,{seq},{side},{order_id},{price},{quantity}"
        order, matched = floor.enter(order_id, new_order(message))
        for at, filled, maker in map(msgspec.structs.astuple, matched.trades):
            yield f"1,{seq},{at // TICK},{filled // UNIT},{maker},{order_id}"
        if ioc and order.leaves:
            yield f"2,{seq},{side},{order_id},{price}"
        if kind == "M":
            yield f"3,{seq},{side},{order_id},{price},{quantity}"


def report_of_engine(flow: Iterable[Message]) -> Iterator[str]:
    engine = Engine()
    listing = Instrument(SYMBOL, TICK, UNIT, UNIT, 10**9 * UNIT, 10**9 * UNIT)
    venue = OpenVenue(1, 0, VERSION, SCHEMA, ClockSource.STAMPS, 0, CLIENT_ID_HORIZON)
    engine.apply([venue], 1, 0)
    engine.apply([ListInstrument(listing)], 2, 0)
    engine.apply([SetAccount("flow", SelfTradePrevention.NONE)], 3, 0)
    engine_ids: dict[int, OrderId] = {}
    flow_ids: dict[int, int] = {}

    def cancel(order_id: int) -> Execution:
        named = engine_ids.get(order_id, OrderId(0))
        (execution,) = engine.apply([CancelOrder("flow", named, "")], engine.entry + 1, 0)
        return execution

    for message in flow:
        kind, seq, order_id, side, price, quantity, _ = message
        cancelled = None if kind == "N" else cancel(order_id)
        if cancelled is not None and (cancelled.reject is not None or kind == "C"):
            if cancelled.reject is not None or cancelled.order is None:
                yield f"{4 if kind == 'C' else 5},{seq},{order_id}"
            else:
                sells, was = int(cancelled.order.side == "sell"), cancelled.order.price // TICK
                yield f"2,{seq},{sells},{order_id},{was}"
            continue
        if kind == "N":
            yield f"0,{seq},{side},{order_id},{price},{quantity}"
        (entered,) = engine.apply([new_order(message)], engine.entry + 1, 0)
        engine_ids[order_id] = OrderId(engine.entry << INDEX_BITS)
        flow_ids[engine_ids[order_id]] = order_id
        for trade in entered.trades:
            maker = flow_ids[trade.maker]
            yield f"1,{seq},{trade.price // TICK},{trade.quantity // UNIT},{maker},{order_id}"
        if entered.order is not None and entered.order.reason is not None:
            yield f"2,{seq},{side},{order_id},{price}"
        if kind == "M":
            yield f"3,{seq},{side},{order_id},{price},{quantity}"
