"""The demo market: instruments with names people know, and a ladder of the account `house` on each.

Everything goes in as anybody's would, and a repeat changes nothing: an instrument that is listed
is refused, an order with a known client order id is a duplicate. So a start that was broken off
is simply done again.

`outcry up` opens it; `outcry demo` does for services that were started one by one.
"""

import asyncio
import sys
from decimal import Decimal
from typing import NamedTuple

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.operator import Bus, Operator, operator_at
from outcry.cli.tables import print_json

HOUSE = "house"
LEVELS = 10
PATIENCE_S = 120.0
RETRY_S = 1.0


class DemoInstrument(NamedTuple):
    """A listing with the lowest offer of its ladder and what is on each of its levels."""

    symbol: str
    name: str
    tick: str
    lot: str
    offer: str
    quantity: str


MARKET = (
    DemoInstrument("AAPL", "Apple", "0.01", "1", "189.5", "100"),
    DemoInstrument("MSFT", "Microsoft", "0.01", "1", "417.3", "60"),
    DemoInstrument("NVDA", "NVIDIA", "0.01", "1", "131.25", "200"),
    DemoInstrument("TSLA", "Tesla", "0.01", "1", "248.4", "80"),
    DemoInstrument("BTC-USD", "Bitcoin in US dollars", "0.5", "0.0001", "67250", "0.25"),
    DemoInstrument("ETH-USD", "Ether in US dollars", "0.05", "0.001", "2640", "2"),
)


def demo(*, gateway: Gateway | None = None, bus: Bus | None = None) -> int:
    """Open the demo market, once everything answers; changes nothing where it is open."""
    at = gateway or Gateway()
    opened = carry_out(_open_with_patience(at, bus or Bus()))
    if at.json:
        print_json({"opened": opened})
    else:
        print("The demo market is open." if opened else "There is a market already.")
    return ExitCode.OK


async def _open_with_patience(gateway: Gateway, bus: Bus) -> bool:
    """Services start in any order; raises Failed when some do not answer in time."""
    clock = asyncio.get_running_loop().time
    give_up = clock() + PATIENCE_S
    said = ""
    while True:
        try:
            async with operator_at(bus.find_url()) as operator:
                return await open_demo_market(operator, gateway)
        except Failed as failed:
            if failed.code is not ExitCode.UNREACHABLE or clock() > give_up:
                raise
            if str(failed) != said:
                said = str(failed)
                print(f"waiting: {said}", file=sys.stderr, flush=True)
            await asyncio.sleep(RETRY_S)


async def open_demo_market(operator: Operator, gateway: Gateway) -> bool:
    """Open it in a venue that lists nothing else; False: it is there, or this is another venue.

    Raises Failed: the exchange does not answer.
    """
    found = await asyncio.to_thread(gateway.get, "/instruments")
    listed = {instrument["symbol"] for instrument in found["instruments"]}
    if not listed <= {instrument.symbol for instrument in MARKET}:
        return False
    if len(listed) == len(MARKET) and await asyncio.to_thread(_is_complete, gateway):
        return False
    await operator.enter("account.set", account="demo", self_trade_prevention="none")
    for instrument in MARKET:
        await operator.enter(
            "instrument.list",
            symbol=instrument.symbol,
            name=instrument.name,
            tick=instrument.tick,
            lot=instrument.lot,
        )
        await asyncio.to_thread(gateway.orders, ladder(instrument))
    return True


def ladder(instrument: DemoInstrument) -> list[dict[str, str]]:
    """Ten orders a side, one tick apart, two ticks between the sides, deeper levels larger."""
    tick, offer = Decimal(instrument.tick), Decimal(instrument.offer)
    orders = []
    for level in range(LEVELS):
        quantity = Decimal(instrument.quantity) * (1 + level)
        for side, price in (("sell", offer + level * tick), ("buy", offer - (2 + level) * tick)):
            orders.append(
                {
                    "account": HOUSE,
                    "client_order_id": _client_order_id(instrument, side, level),
                    "symbol": instrument.symbol,
                    "side": side,
                    "quantity": str(quantity),
                    "price": str(price),
                }
            )
    return orders


def _client_order_id(instrument: DemoInstrument, side: str, level: int) -> str:
    return f"demo-{instrument.symbol}-{side}-{level + 1}"


def _is_complete(gateway: Gateway) -> bool:
    """Whether the books hold the last order of all: they know it longer than the engine does."""
    last = _client_order_id(MARKET[-1], "buy", LEVELS - 1)
    return bool(gateway.get("/orders", account=HOUSE, client_order_id=last)["orders"])
