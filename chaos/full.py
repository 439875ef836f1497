"""The log fills up: before it does new orders are refused, cancels enter, and room mends it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx

from chaos.audit import check_books, check_clients, check_history, read_history
from chaos.ledger import Ledger
from chaos.line import split
from chaos.service import PATIENCE_S, until
from chaos.venue import ORDER_SERVICE, Kind, running_venue
from outcry.log.streams import Limits
from outcry.runtime.settings import Durability

ORDERS_BYTES = 2 << 20
FAST_BYTES = ORDERS_BYTES // 2
SLOW_S = 0.05
FLOOD = 100
"""Orders in one request."""
ACCOUNT = "flood"
NEVER = str(1 << 40)


async def fill_up(folder: Path, say: Callable[[str], None]) -> list[str]:
    """A venue with a small log: full, then archived. Raises AssertionError."""
    settings = {
        "OUTCRY_ORDERS_MAX_BYTES": str(ORDERS_BYTES),
        "OUTCRY_ARCHIVE_ABOVE_BYTES": NEVER,
        "OUTCRY_ARCHIVE_MIN_AGE": NEVER,
    }
    kind = Kind(durability=Durability.DISK, limits=Limits(ORDERS_BYTES), settings=settings)
    async with running_venue(folder, kind) as venue:
        ledger = Ledger()
        say("log full")
        await venue.customers.open(ACCOUNT)
        async with venue.client(ACCOUNT, timeout=30) as http:
            taken = await _flood(http, ledger)
            cancel = {"op": "cancel", "account": ACCOUNT, "client_order_id": f"{ACCOUNT}-1"}
            assert await _ask(http, ledger, [cancel]), "a full log took no cancel"
            say("log archived")
            service = venue[ORDER_SERVICE]
            assert await service.stop() == 0
            service.environment |= {
                "OUTCRY_ARCHIVE_ABOVE_BYTES": "1",
                "OUTCRY_ARCHIVE_MIN_AGE": "0",
            }
            await service.start()
            order = _orders(taken)[:1]
            await until(lambda: _ask(http, ledger, order), "a log that takes orders again")
        await venue.ready()
        history = await read_history(venue)
        check_history(history)
        check_clients(history, ledger)
        check_books(history, venue.books)
    return [
        f"log full: {taken} orders entered, then new ones were refused and a cancel was done",
        f"log archived: orders enter again; {len(history.entries)} entries are there, in order",
    ]


async def _flood(http: httpx.AsyncClient, ledger: Ledger) -> int:
    """Order until no more orders are taken; gives how many were.

    Slower towards the end: a gateway looks at the log twice a second.
    """
    taken = size = 0
    async with asyncio.timeout(2 * PATIENCE_S):
        while await _ask(http, ledger, orders := _orders(taken)):
            taken += len(orders)
            size += len(json.dumps(orders))
            await asyncio.sleep(SLOW_S if size > FAST_BYTES else 0)
    return taken


def _orders(taken: int) -> list[dict[str, str]]:
    terms = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}
    return [
        {"account": ACCOUNT, "client_order_id": f"{ACCOUNT}-{number}"} | terms
        for number in range(taken + 1, taken + FLOOD + 1)
    ]


async def _ask(http: httpx.AsyncClient, ledger: Ledger, commands: list[dict[str, str]]) -> bool:
    """Whether all of these were done; those that were not are given up."""
    sent = [ledger.send(command) for command in commands]
    response = await http.post("/order", content=json.dumps(commands))
    answers = split(response.content) if response.content.startswith(b"[") else [b"{}"] * len(sent)
    for one, answer in zip(sent, answers, strict=True):
        told = json.loads(answer)
        if "result" in told:
            ledger.answered(one, answer, told["result"])
        else:
            ledger.give_up(one)
    return all(one.answer for one in sent)
