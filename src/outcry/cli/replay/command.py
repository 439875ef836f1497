"""`outcry replay`: a market file through the running system, every answer checked."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.known import until_known
from outcry.cli.operate.keys import creation
from outcry.cli.operator import Bus, Operator, operator_at
from outcry.cli.progress import COMMANDS, progress
from outcry.cli.replay.account import account_entries
from outcry.cli.replay.booked import check_booked
from outcry.cli.replay.check import Check
from outcry.cli.replay.drive import drive
from outcry.cli.replay.flow import ACCOUNT, Flow
from outcry.cli.replay.link import linked
from outcry.cli.replay.market_file import TICK, read_market, survey, symbol_of
from outcry.cli.replay.report import Report, show_report
from outcry.wire.keys import new_key

RUNS_MAX = 10_000


def replay(
    file: Path,
    /,
    *,
    rate: float = 0.0,
    gateway: Gateway | None = None,
    bus: Bus | None = None,
) -> int:
    """Send a market file through the running exchange and check every answer.

    It lists an instrument of its own, named after the file and the run, as in AMZN.1, and trades
    for an account of its own, `replay`, by a key that is revoked at the end; or by yours, if it is
    given and may.

    Parameters
    ----------
    file
        A market file, .jsonl or .jsonl.gz; docs/replay.md says what stands in it.
    rate
        Commands a second; 0: as fast as it goes.
    """
    at = gateway or Gateway()
    report = carry_out(_replay(file, max(rate, 0.0), at, bus or Bus()))
    show_report(report, as_json=at.json)
    return ExitCode.REFUSED if report.differences else ExitCode.OK


async def _replay(file: Path, rate: float, gateway: Gateway, bus: Bus) -> Report:
    held = survey(file)
    async with operator_at(bus.find_url()) as operator:
        symbol = await _list_fresh(operator, gateway, symbol_of(file))
        flow = Flow(symbol)
        check = Check(flow, held.depth)
        async with _key_of(operator, gateway) as key:
            with progress(symbol, held.commands, COMMANDS, quiet=gateway.json) as advance:
                async with linked(gateway.url, key) as link:
                    started = time.perf_counter()
                    steps = read_market(file)
                    await drive(steps, flow, check, link.send, rate, lambda n: advance(n, n))
                    seconds = time.perf_counter() - started
            reader = replace(gateway, key=key)
            booked = await asyncio.to_thread(check_booked, reader, symbol, check.trades)
    return Report.of(symbol, check, held, booked, seconds)


@contextlib.asynccontextmanager
async def _key_of(operator: Operator, gateway: Gateway) -> AsyncIterator[str]:
    """A key to the account of replays while the block runs: the one that was given, or a new one.

    Raises Failed: the gateway does not come to know it.
    """
    if gateway.key:
        yield gateway.key
        return
    text = new_key()
    made = await operator.enter("key.create", **creation(text, "trade", (ACCOUNT,), "replay"))
    if made.result != "accepted":
        raise Failed(f"no key could be made: {made.text}", ExitCode.REFUSED)
    try:
        await until_known(replace(gateway, key=text))
        yield text
    finally:
        await operator.enter("key.revoke", key_id=creation(text, "", (), "")["key_id"])


async def _list_fresh(operator: Operator, gateway: Gateway, name: str) -> str:
    """List NAME.<run> for the first run that is free; gives the symbol."""
    found = await asyncio.to_thread(gateway.get, "/instruments")
    listed = {instrument["symbol"] for instrument in found["instruments"]}
    for subject, fields in account_entries():
        await operator.enter(subject, **fields)
    for run in range(1, RUNS_MAX):
        symbol = f"{name}.{run}"
        if symbol in listed:
            continue
        listing = await operator.enter(
            "instrument.list", symbol=symbol, tick=TICK, lot="1", name=f"Replay {run} of {name}"
        )
        if listing.result == "accepted":
            # also makes sure that this gateway and this NATS are of one exchange
            now = await asyncio.to_thread(gateway.get, "/instruments", min_seq=listing.seq)
            if symbol not in {instrument["symbol"] for instrument in now["instruments"]}:
                raise Failed(
                    f"{gateway.url} and the NATS of the operator are of two exchanges; give the "
                    "--data-dir or --nats-url of the one, or the --url of the other",
                    ExitCode.USAGE,
                )
            return symbol
        if listing.reason != "duplicate_instrument":
            raise Failed(f"{symbol} could not be listed: {listing.text}", ExitCode.REFUSED)
    raise Failed(f"{name} was replayed {RUNS_MAX} times here; rename the file", ExitCode.REFUSED)
