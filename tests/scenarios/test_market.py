"""Real order flow: two days of NASDAQ, with what every step must bring about."""

import gzip
import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from outcry.domain.commands import (
    CancelOrder,
    ListInstrument,
    NewOrder,
    OpenAccount,
    OpenVenue,
    OrderCommand,
    ReplaceOrder,
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
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

Fields = dict[str, Any]

SHARED = Path(os.environ.get("OUTCRY_SHARED", Path(__file__).parents[3] / "shared"))
TICK = UNIT // 10_000
PLENTY = 10**12 * UNIT
"""Of money and of shares."""
SIDES = {"B": Side.BUY, "S": Side.SELL}


@pytest.mark.parametrize(
    ("name", "commands", "tops", "takes", "fills"),
    [
        ("amzn-2012-06-21-level1.jsonl.gz", 77_658, 52_687, 6_582, 9_022),
        ("aapl-2012-06-21-level10-first1000.jsonl.gz", 947, 903, 63, 97),
    ],
    ids=["AMZN", "AAPL"],
)
def test_a_real_day_comes_out_line_by_line(
    name: str, commands: int, tops: int, takes: int, fills: int
) -> None:
    """Every trade meets the order it met, and the book shows what it showed."""
    path = SHARED / "data" / "market" / name
    if not path.exists():
        pytest.skip("the market data are not here: set OUTCRY_SHARED to the folder of shared data")
    floor = Floor()
    seen = {"top": 0, "take": 0, "fills": 0, "commands": 0}
    for line in map(json.loads, gzip.decompress(path.read_bytes()).splitlines()):
        if line["op"] == "top":
            seen["top"] += 1
            assert floor.top(len(line["ask"]), len(line["bid"])) == (line["ask"], line["bid"])
            continue
        seen["commands"] += 1
        execution = floor.perform(line)
        traded = list(floor.traded(execution))
        assert traded == line.get("fills", [])
        seen["take"] += line["op"] == "take"
        seen["fills"] += len(traded)
    assert seen == {"top": tops, "take": takes, "fills": fills, "commands": commands}


class Floor:
    def __init__(self) -> None:
        self.engine = Engine()
        listing = Instrument("X", TICK, UNIT, UNIT, 10**9 * UNIT, 10**9 * UNIT)
        venue = OpenVenue(
            log_id=1,
            shard=0,
            engine=VERSION,
            schema=SCHEMA,
            clock=ClockSource.STAMPS,
            start_ns=0,
            client_id_horizon=CLIENT_ID_HORIZON,
        )
        self.engine.apply([venue], 1, 0)
        self.engine.apply([ListInstrument(listing)], 2, 0)
        everybody = OpenAccount(
            "all",
            type=AccountType.MARGIN,
            shorting=True,
            access=Access.OPEN,
            self_trade_prevention=SelfTradePrevention.NONE,
        )
        self.engine.apply([everybody], 3, 0)
        self.engine.apply([Transfer("all", deposit=True, amount=PLENTY)], 4, 0)
        self.engine.apply([Transfer("all", True, symbol="X", quantity=PLENTY)], 5, 0)
        self.ids: dict[int, OrderId] = {}
        self.names: dict[OrderId, int] = {}

    def perform(self, line: Fields) -> Execution:
        (execution,) = self.engine.apply([self.command(line)], self.engine.entry + 1, 0)
        assert execution.reject is None, execution.reject
        if line["op"] == "new" and execution.order is not None:
            self.ids[line["id"]] = execution.order.order_id
            self.names[execution.order.order_id] = line["id"]
        return execution

    def command(self, line: Fields) -> OrderCommand:
        if line["op"] in ("new", "take"):
            time = TimeInForce.GTC if line["op"] == "new" else TimeInForce.IOC
            quantity, price = line["qty"] * UNIT, line["price"] * TICK
            side, kind = SIDES[line["side"]], OrderType.LIMIT
            return NewOrder("all", "", "X", side, kind, time, quantity, price)
        order_id = self.ids[line["id"]]
        if line["op"] == "cancel":
            return CancelOrder("all", order_id, "")
        order = self.engine.orders[order_id]
        if line["op"] == "replace":
            quantity = order.filled + line["qty"] * UNIT
            return ReplaceOrder("all", order_id, "", quantity, line["price"] * TICK, "")
        if line["by"] * UNIT >= order.leaves:
            return CancelOrder("all", order_id, "")
        return ReplaceOrder("all", order_id, "", order.quantity - line["by"] * UNIT, None, "")

    def traded(self, execution: Execution) -> Iterator[list[int]]:
        for trade in execution.trades:
            yield [self.names[trade.maker], trade.quantity // UNIT, trade.price // TICK]

    def top(self, asks: int, bids: int) -> tuple[list[list[int]], list[list[int]]]:
        book = self.engine.books["X"]
        ask, bid = (
            [[level.price // TICK, level.quantity // UNIT] for level in islice(side, depth)]
            for side, depth in ((book.asks, asks), (book.bids, bids))
        )
        return ask, bid
