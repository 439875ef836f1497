"""The demo market: instruments with names people know, an account `house` with a ladder of orders
on each, and an account `demo` with money and a key.

Everything goes in as anybody's would, and a repeat changes nothing: what is listed, opened or made
already is refused, a transfer or an order that has a known name is a duplicate. So a start that was
broken off is simply done again.

`outcry up` opens it; `outcry demo` does for services that were started one by one.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from outcry.cli.demo_keys import DemoKeys, demo_keys
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.known import until_known
from outcry.cli.operate.keys import creation
from outcry.cli.operator import Bus, Operator, operator_at
from outcry.cli.tables import print_json
from outcry.cli.welcome import first_order

HOUSE = "house"
DEMO = "demo"
DEMO_CASH = "1000000"
HOUSE_CASH = "9000000000"
HOUSE_SHARES = "1000000"
"""Of each instrument."""
LEVELS = 10
PATIENCE_S = 120.0
RETRY_S = 1.0
_THERE_ALREADY = ("duplicate_account", "duplicate_instrument", "duplicate_key")

Entry = tuple[str, dict[str, Any]]
"""Subject and fields."""


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


def demo(*, shown_url: str = "", gateway: Gateway | None = None, bus: Bus | None = None) -> int:
    """Open the demo market, once everything answers; changes nothing where it is open.

    Its keys are kept in the data folder.

    Parameters
    ----------
    shown_url
        Address of the gateway in the order that is shown to try, where others reach it by another.
    """
    at, via = gateway or Gateway(), bus or Bus()
    keys = demo_keys(via.data_dir)
    opened = carry_out(_open_with_patience(at, via, keys))
    if at.json:
        print_json({"opened": opened, "key": keys.demo})
        return ExitCode.OK
    print("The demo market is open." if opened else "There is a market already.")
    if carry_out(_is_known(at, keys)):
        print(f"The key of the account {DEMO}: {keys.demo}")
        print(f"  {first_order(shown_url or at.url, keys.demo)}")
    return ExitCode.OK


async def _is_known(gateway: Gateway, keys: DemoKeys) -> bool:
    return await asyncio.to_thread(replace(gateway, key=keys.demo).knows_key)


async def _open_with_patience(gateway: Gateway, bus: Bus, keys: DemoKeys) -> bool:
    """Services start in any order; raises Failed when some do not answer in time."""
    clock = asyncio.get_running_loop().time
    give_up = clock() + PATIENCE_S
    said = ""
    while True:
        try:
            async with operator_at(bus.find_url()) as operator:
                return await open_demo_market(operator, gateway, keys)
        except Failed as failed:
            if failed.code is not ExitCode.UNREACHABLE or clock() > give_up:
                raise
            if str(failed) != said:
                said = str(failed)
                print(f"waiting: {said}", file=sys.stderr, flush=True)
            await asyncio.sleep(RETRY_S)


async def open_demo_market(operator: Operator, gateway: Gateway, keys: DemoKeys) -> bool:
    """Open it in a venue that lists nothing else; False: it is there, or this is another venue.

    Raises Failed: the exchange does not answer.
    """
    house = replace(gateway, key=keys.house)
    found = await asyncio.to_thread(gateway.get, "/instruments")
    listed = {instrument["symbol"] for instrument in found["instruments"]}
    if not listed <= {instrument.symbol for instrument in MARKET}:
        return False
    if len(listed) == len(MARKET) and await asyncio.to_thread(_is_complete, house, keys):
        return False
    for subject, fields in entries(keys):
        done = await operator.enter(subject, **fields)
        if done.result == "rejected" and done.reason not in _THERE_ALREADY:
            raise Failed(f"the venue refuses {subject}: {done.text}", ExitCode.REFUSED)
    await until_known(house)
    for instrument in MARKET:
        await asyncio.to_thread(house.orders, ladder(instrument))
    return True


def entries(keys: DemoKeys) -> Iterator[Entry]:
    """What the operator enters, before the ladders go in by the key of the house."""
    yield (
        "account.open",
        {
            "account": HOUSE,
            "type": "margin",
            "multiplier": 2,
            "shorting": True,
            "self_trade_prevention": "none",
        },
    )
    yield (
        "account.open",
        {
            "account": DEMO,
            "type": "margin",
            "multiplier": 2,
            "shorting": True,
            "access": "open",
            "self_trade_prevention": "none",
        },
    )
    yield "account.deposit", _gift(HOUSE, "cash", amount=HOUSE_CASH)
    yield "account.deposit", _gift(DEMO, "cash", amount=DEMO_CASH)
    for one in MARKET:
        listing = {"symbol": one.symbol, "name": one.name, "tick": one.tick, "lot": one.lot}
        yield "instrument.list", listing
        stock = {"symbol": one.symbol, "quantity": HOUSE_SHARES, "price": one.offer}
        yield "account.deposit", _gift(HOUSE, one.symbol, **stock)
    yield "key.create", creation(keys.house, "trade", (HOUSE,), "the house of the demo market")
    yield "key.create", creation(keys.demo, "trade", (DEMO,), "demo")
    yield "key.create", creation(keys.admin, "admin", (DEMO,), "demo administrator")


def _gift(account: str, what: str, **fields: str) -> dict[str, str]:
    return {"account": account, "transfer_id": f"demo-{what}", **fields}


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


def _is_complete(house: Gateway, keys: DemoKeys) -> bool:
    """Whether the books hold the last order of all: they know it longer than the engine does."""
    if not all(replace(house, key=key).knows_key() for key in keys):
        return False
    last = _client_order_id(MARKET[-1], "buy", LEVELS - 1)
    return bool(house.get("/orders", account=HOUSE, client_order_id=last)["orders"])
