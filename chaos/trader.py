"""Clients under load: each sends one request after the other and never takes no answer for one.

What failed, was refused for now or is unknown is sent again, the same bytes, to whichever gateway.
Every answer is kept as it came.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from chaos.venue import LISTED, PATIENCE_S, until

ANSWERED = {200, 201, 422}
AGAIN = {202, 429, 503}
PAUSE_S = 0.02
TIMEOUT_S = 8.0
"""Longer than a gateway waits before it says that it does not know."""

Fields = dict[str, Any]


class Trader:
    """One client of the gateways at `urls`, with an account and a source of chance of its own."""

    def __init__(self, name: str, urls: Sequence[str], chance: random.Random) -> None:
        self.name = name
        self.answers: list[bytes] = []
        """Executions, as they stood in the answers."""
        self.ordered: list[str] = []
        """Client order ids of orders that were answered as accepted, or as duplicates."""
        self._urls = urls
        self._chance = chance
        self._count = 0

    async def trade(self, stop: asyncio.Event) -> None:
        """Send requests until `stop`; every one is answered in the end."""
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as http:
            while not stop.is_set():
                request = self._request()
                body = json.dumps(request).encode()
                async with asyncio.timeout(PATIENCE_S):
                    while not await self._answered(http, request, body):  # noqa: ASYNC110
                        await asyncio.sleep(PAUSE_S)

    async def _answered(self, http: httpx.AsyncClient, request: object, body: bytes) -> bool:
        url = self._chance.choice(self._urls)
        try:
            response = await http.post(f"{url}/order", content=body)
        except httpx.TransportError:
            return False
        if response.status_code in AGAIN:
            return False
        assert response.status_code in ANSWERED, response.text
        if isinstance(request, dict):
            self._keep(response.content)
            return True
        parts = split(response.content)
        executed = [part for part in parts if b'"result":' in part]
        for part in executed:
            self._keep(part)
        return len(executed) == len(parts)

    def _keep(self, execution: bytes) -> None:
        self.answers.append(execution)
        told = json.loads(execution)
        if told["op"] == "new" and told["result"] != "rejected":
            self.ordered.append(told["order"]["client_order_id"])

    def _request(self) -> Fields | list[Fields]:
        kind = self._chance.random()
        if kind < 0.1:
            return [self._order() for _ in range(self._chance.randrange(2, 6))]
        if kind < 0.25 and self.ordered:
            return {"op": "cancel", "account": self.name, "client_order_id": self._recent()}
        if kind < 0.35 and self.ordered:
            fields = {"op": "replace", "account": self.name, "client_order_id": self._recent()}
            return fields | {"quantity": str(self._chance.randrange(1, 20))}
        return self._order()

    def _recent(self) -> str:
        return self._chance.choice(self.ordered[-10:])

    def _order(self) -> Fields:
        self._count += 1
        symbol = self._chance.choice(list(LISTED))
        cents = 10_000 + 5 * self._chance.randrange(-10, 11)
        cents += self._chance.random() < 0.02  # TSLA has no such price
        return {
            "account": self.name,
            "client_order_id": f"{self.name}-{self._count}",
            "symbol": symbol,
            "side": self._chance.choice(["buy", "sell"]),
            "quantity": str(self._chance.randrange(1, 20)),
            "price": f"{cents // 100}.{cents % 100:02}",
            "time_in_force": self._chance.choice(["gtc", "gtc", "gtc", "ioc", "fok"]),
        }


class Floor:
    """All traders together."""

    def __init__(self, traders: Sequence[Trader], work: Sequence["asyncio.Task[None]"]) -> None:
        self.traders = traders
        self._work = work

    @property
    def answered(self) -> int:
        return sum(len(trader.answers) for trader in self.traders)

    async def progress(self, count: int) -> None:
        """Wait until so many commands more were answered."""
        goal = self.answered + count

        async def reached() -> bool:
            for task in self._work:
                if task.done():
                    task.result()
            return self.answered >= goal

        await until(reached, f"{count} answers more")


@asynccontextmanager
async def trading(urls: Sequence[str], seed: str, count: int = 8) -> AsyncIterator[Floor]:
    """Traders at work while the block runs; after it every request of theirs is answered."""
    stop = asyncio.Event()
    traders = [
        Trader(f"trader{number}", urls, random.Random(f"{seed}/{number}"))
        for number in range(count)
    ]
    work = [asyncio.create_task(trader.trade(stop)) for trader in traders]
    try:
        yield Floor(traders, work)
        stop.set()
        await asyncio.gather(*work)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


def split(array: bytes) -> list[bytes]:
    """The elements of a JSON array, as they stand in it."""
    decoder = json.JSONDecoder()
    text = array.decode()
    parts: list[bytes] = []
    at = 1
    while at < len(text) and text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        parts.append(text[at:end].encode())
        at = end + (text[end] == ",")
    return parts
