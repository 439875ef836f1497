"""`outcry demo`: the demo market of `outcry up`, for services that were started one by one."""

import asyncio

from outcry.cli.bus_address import Bus
from outcry.cli.demo import open_demo_market
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.operator import operator_at

PATIENCE_S = 120.0
RETRY_S = 1.0


def demo(*, gateway: Gateway | None = None, bus: Bus | None = None) -> int:
    """Open the demo market, once everything answers; changes nothing where it is open."""
    opened = asyncio.run(_open_with_patience(gateway or Gateway(), bus or Bus()))
    print("The demo market is open." if opened else "There is a market already.")
    return ExitCode.OK


async def _open_with_patience(gateway: Gateway, bus: Bus) -> bool:
    """Services start in any order; raises Failed when some do not answer in time."""
    clock = asyncio.get_running_loop().time
    give_up = clock() + PATIENCE_S
    while True:
        try:
            async with operator_at(bus.find_url()) as operator:
                return await open_demo_market(operator, gateway)
        except Failed as failed:
            if failed.code is not ExitCode.UNREACHABLE or clock() > give_up:
                raise
            print(f"waiting: {failed}", flush=True)
            await asyncio.sleep(RETRY_S)
