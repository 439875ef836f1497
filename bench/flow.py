"""Order flow of one liquid share: the reference flow where it is present, else one of its mix.

The flow file and the report of what a correct engine does with it are those of the public
matching-engine benchmark flash1-dev/matching-engine-benchmark; README.md there says the format.
"""

import lzma
import os
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from outcry.domain.commands import NewOrder
from outcry.domain.types import UNIT, OrderType, Side, TimeInForce

SYMBOL = "FLOW"
ACCOUNT = "flow"
TICK = UNIT // 100
SHA_256 = "e9b2e3926854410b01a035aeb25dd05f1e597c233be8263de9eb49b6713d367e"
"""Of the report on the whole file."""


class Message(NamedTuple):
    """`kind` N (new), C (cancel) or M (cancel and enter anew); side 0 buys, 1 sells."""

    kind: str
    seq: int
    order_id: int
    side: int = 0
    price: int = 0
    quantity: int = 0
    ioc: int = 0


def flow_file() -> Path | None:
    """Where the reference flow lies: in $OUTCRY_SHARED, else in a folder beside the repository."""
    beside = Path(__file__).parents[2] / "shared"
    path = Path(os.environ.get("OUTCRY_SHARED", beside)) / "data" / "flow" / "normal.csv.xz"
    return path if path.exists() else None


def read_flow(path: Path, count: int | None = None) -> Iterator[Message]:
    with lzma.open(path, "rt") as lines:
        for line in islice(lines, count):
            kind, *numbers = line.split(",")
            yield Message(kind, *map(int, numbers))


def synthetic_flow(seed: int, count: int) -> Iterator[Message]:
    """New orders, cancels and modifies in the proportions of the reference flow."""
    chance = random.Random(seed).random  # noqa: S311 (the same every time, not secret)
    price, resting = 34_000.0, list[tuple[int, int]]()
    for seq in range(count):
        price += chance() - 0.5
        kind = chance()
        if kind < 0.5 or not resting:
            side, ioc = int(chance() < 0.5), int(chance() < 0.15)
            if not ioc:
                resting.append((seq, side))
            yield Message("N", seq, seq, side, *_terms(price, side, chance(), chance()), ioc)
            continue
        at = int(chance() ** 0.1 * len(resting))
        order_id, side = resting[at]
        if kind < 0.91:
            resting[at] = resting[-1]
            resting.pop()
            yield Message("C", seq, order_id)
        else:
            yield Message("M", seq, order_id, side, *_terms(price, side, chance(), chance()))


def _terms(price: float, side: int, depth: float, size: float) -> tuple[int, int]:
    """Price and quantity: one order in eight meets the other side, the rest waits nearby."""
    away = 400 * (depth - 0.12)
    return int(price + (away if side else -away)), 1 + int(size * 100)


def new_order(message: Message, client_order_id: str = "", key: str = "") -> NewOrder:
    """The order of an N or M; a tick of the flow is a cent here, a share a share."""
    return NewOrder(
        ACCOUNT,
        client_order_id,
        SYMBOL,
        Side.SELL if message.side else Side.BUY,
        OrderType.LIMIT,
        TimeInForce.IOC if message.ioc else TimeInForce.GTC,
        message.quantity * UNIT,
        message.price * TICK,
        key=key,
    )
