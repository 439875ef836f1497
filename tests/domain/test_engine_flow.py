"""A day of one liquid share: the published report of the public matching-engine benchmark."""

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from bench.floor import Floor
from bench.flow import ACCOUNT, SHA_256, SYMBOL, TICK, Message, flow_file, new_order, read_flow
from outcry.domain.commands import (
    CancelOrder,
    Command,
    ListInstrument,
    OpenAccount,
    OpenVenue,
    Transfer,
)
from outcry.domain.engine import Engine
from outcry.domain.execution import Execution
from outcry.domain.instrument import Instrument
from outcry.domain.limits import CLIENT_ID_HORIZON, SCHEMA, VERSION
from outcry.domain.types import (
    UNIT,
    Access,
    AccountType,
    ClockSource,
    OrderId,
    SelfTradePrevention,
    Side,
)

CASH = 10**15
"""Of the account from which all orders come: more than they ever need."""


@pytest.fixture
def flow() -> Iterator[Message]:
    path = flow_file()
    if path is None:
        pytest.skip("the flow file is not here: set OUTCRY_SHARED to the folder of shared data")
    return read_flow(path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_day_gives_the_published_report(flow: Iterator[Message]) -> None:
    """Two million messages and one hash, through a book alone and through the whole engine."""
    book, engine = Report(BookAlone().lines), Report(WholeEngine().lines)
    for message in flow:
        book.add(message)
        engine.add(message)
    assert book.digest.hexdigest() == SHA_256
    assert engine.digest.hexdigest() == SHA_256


class Report:
    """The SHA-256 of lines that are never all there at once."""

    def __init__(self, lines: Callable[[Message], list[str]]) -> None:
        self.lines = lines
        self.digest = sha256()
        self.separator = ""

    def add(self, message: Message) -> None:
        self.digest.update((self.separator + "\n".join(self.lines(message))).encode())
        self.separator = "\n"


class BookAlone:
    def __init__(self) -> None:
        self.floor = Floor()

    def lines(self, message: Message) -> list[str]:
        kind, seq, order_id, *_ = message
        if kind != "N":
            order = self.floor.cancel(order_id)
            if order is None:
                return [f"{4 if kind == 'C' else 5},{seq},{order_id}"]
            if kind == "C":
                return [f"2,{seq},{int(order.side is Side.SELL)},{order_id},{order.price // TICK}"]
        order, matched = self.floor.enter(order_id, new_order(message))
        trades = [
            f"1,{seq},{trade.price // TICK},{trade.quantity // UNIT},{trade.maker},{order_id}"
            for trade in matched.trades
        ]
        return entered(message, trades, cancelled=bool(message.ioc and order.leaves))


class WholeEngine:
    """A modify is a cancel and a new order."""

    def __init__(self) -> None:
        self.engine = Engine()
        listing = Instrument(SYMBOL, TICK, UNIT, UNIT, 10**9 * UNIT, 10**9 * UNIT)
        venue = OpenVenue(
            log_id=1,
            shard=0,
            engine=VERSION,
            schema=SCHEMA,
            clock=ClockSource.STAMPS,
            start_ns=0,
            client_id_horizon=CLIENT_ID_HORIZON,
        )
        self.apply(venue)
        self.apply(ListInstrument(listing))
        account = OpenAccount(
            ACCOUNT,
            type=AccountType.MARGIN,
            shorting=True,
            access=Access.OPEN,
            self_trade_prevention=SelfTradePrevention.NONE,
        )
        self.apply(account)
        self.apply(Transfer(ACCOUNT, True, CASH * UNIT))
        self.engine_ids: dict[int, OrderId] = {}
        self.flow_ids: dict[int, int] = {}

    def apply(self, command: Command) -> Execution:
        (execution,) = self.engine.apply([command], self.engine.entry + 1, 0)
        return execution

    def lines(self, message: Message) -> list[str]:
        kind, seq, order_id, *_ = message
        if kind != "N":
            named = self.engine_ids.get(order_id, OrderId(0))
            order = self.apply(CancelOrder(ACCOUNT, named, "")).order
            if order is None:
                return [f"{4 if kind == 'C' else 5},{seq},{order_id}"]
            if kind == "C":
                return [f"2,{seq},{int(order.side is Side.SELL)},{order_id},{order.price // TICK}"]
        execution = self.apply(new_order(message))
        order = execution.order
        assert order is not None, execution
        self.engine_ids[order_id] = order.order_id
        self.flow_ids[order.order_id] = order_id
        trades = [
            f"1,{seq},{t.price // TICK},{t.quantity // UNIT},{self.flow_ids[t.maker]},{order_id}"
            for t in execution.trades
        ]
        return entered(message, trades, cancelled=order.reason is not None)


def entered(message: Message, trades: list[str], *, cancelled: bool) -> list[str]:
    """The lines of a new order or a modify that was accepted."""
    kind, seq, order_id, side, price, quantity, _ = message
    gone = [f"2,{seq},{side},{order_id},{price}"] if cancelled else []
    if kind == "N":
        return [f"0,{seq},{side},{order_id},{price},{quantity}", *trades, *gone]
    return [*trades, *gone, f"3,{seq},{side},{order_id},{price},{quantity}"]
