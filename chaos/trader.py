"""Clients under load: each sends one request after the other and seldom takes no answer for one.

What failed, was refused for now or is unknown is sent again, the same bytes, to whichever gateway;
now and then one gives up a new order instead, and the log has to tell what became of it.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chaos.ledger import Ledger
from chaos.line import Fields, HttpLine, Line, Request, WebSocketLine
from chaos.service import PATIENCE_S, until
from chaos.terms import changes, terms
from chaos.venue import GATEWAY, Venue

NO_CONNECTION = b'{"error":{"code":"no_connection"}}'
PAUSE_S = 0.02
GIVE_UP = 0.05
"""How often no answer is taken for one."""
STUCK_S = 2 * PATIENCE_S
"""Who has no answer by then will never have one."""


class Pace:
    """How busy the clients are: the pause between two requests of one, in seconds on average."""

    def __init__(self, think_s: float) -> None:
        self.think_s = think_s

    def pause(self, chance: random.Random) -> float:
        return chance.expovariate(1 / self.think_s) if self.think_s else 0.0


class Trader:
    """One client with an account and a source of chance of its own."""

    def __init__(self, name: str, line: Line, ledger: Ledger, chance: random.Random) -> None:
        self.name = name
        self._line = line
        self._ledger = ledger
        self._chance = chance
        self._resting: list[str] = []
        """Client order ids of accepted orders, for which nothing more was asked."""
        self._count = 0

    async def trade(self, stop: asyncio.Event, pace: Pace) -> None:
        """Send requests until `stop`; each comes to an end. Nothing is armed after the last."""
        try:
            while not stop.is_set():
                await self._ask(self._request())
                await asyncio.sleep(pace.pause(self._chance))
            await self._ask({"account": self.name, "op": "cancel_all_after", "timeout": 0})
        finally:
            await self._line.close()

    async def _ask(self, request: Request) -> None:
        async with asyncio.timeout(STUCK_S):
            while not await self._ended(request):  # noqa: ASYNC110 - nobody says when to try again
                await asyncio.sleep(PAUSE_S)

    async def _ended(self, request: Request) -> bool:
        commands = request if isinstance(request, list) else [request]
        sent = [self._ledger.send(command) for command in commands]
        answers = await self._line.ask(request)
        if answers is None:
            answers = [NO_CONNECTION] * len(sent)
        missing = 0
        for one, answer in zip(sent, answers, strict=True):
            told = json.loads(answer)
            if "result" in told:
                self._ledger.answered(one, answer, told["result"])
                if told["op"] in ("new", "replace") and told["result"] == "accepted":
                    self._resting.append(one.key[2])
            else:
                missing += 1
                self._ledger.failures[told["error"]["code"] if "error" in told else "unknown"] += 1
        new_alone = all("op" not in command for command in commands)
        if missing and new_alone and self._chance.random() < GIVE_UP:
            for one in sent:
                if not one.answer:
                    self._ledger.give_up(one)
            return True
        return not missing

    def _request(self) -> Request:
        kind = self._chance.random()
        own = {"account": self.name}
        if kind < 0.1:
            return [self._order() for _ in range(self._chance.randrange(2, 6))]
        if kind < 0.25 and self._resting:
            return own | {"op": "cancel", "client_order_id": self._recent()}
        if kind < 0.35 and self._resting:
            names = {"client_order_id": self._recent(), "new_client_order_id": self._name()}
            return own | {"op": "replace"} | changes(self._chance) | names
        if kind < 0.36:
            return own | {"op": "cancel_all"}
        if kind < 0.37:
            return own | {"op": "cancel_all_after", "timeout": self._chance.randrange(100, 3_000)}
        if kind < 0.42:
            return self._order() | {"expires_in": self._chance.randrange(1, 1_000)}
        return self._order()

    def _recent(self) -> str:
        self._resting = self._resting[-10:]
        return self._resting.pop(self._chance.randrange(len(self._resting)))

    def _name(self) -> str:
        self._count += 1
        return f"{self.name}-{self._count}"

    def _order(self) -> Fields:
        return {"account": self.name, "client_order_id": self._name()} | terms(self._chance)


class Floor:
    """All traders together."""

    def __init__(self, ledger: Ledger, work: Sequence["asyncio.Task[None]"]) -> None:
        self.ledger = ledger
        self._work = work

    async def progress(self, count: int) -> None:
        """Wait until so many commands more were answered."""
        goal = len(self.ledger.answers) + count

        async def reached() -> bool:
            for task in self._work:
                if task.done():
                    task.result()
            return len(self.ledger.answers) >= goal

        await until(reached, f"{count} answers more")


@asynccontextmanager
async def trading(
    venue: Venue,
    seed: str,
    count: int = 8,
    pace: Pace | None = None,
    ledger: Ledger | None = None,
) -> AsyncIterator[Floor]:
    """Traders at work while the block runs, at all gateways, every fourth over WebSocket, every
    fourth with little money; after it every request of theirs has come to its end."""
    names = [f"trader{number}" for number in range(count)]
    await venue.customers.open_small(*names[2::4])
    await venue.customers.open(*names)
    urls = [one.url for one in venue.everyone if one.name == GATEWAY]
    stop = asyncio.Event()
    pace = Pace(0) if pace is None else pace
    ledger = Ledger() if ledger is None else ledger
    work = []
    for number, name in enumerate(names):
        chance = random.Random(f"{seed}/{number}")
        kind = WebSocketLine if number % 4 == 3 else HttpLine
        line: Line = kind(urls, venue.customers.headers(name), chance)
        trader = Trader(name, line, ledger, chance)
        work.append(asyncio.create_task(trader.trade(stop, pace)))
    try:
        yield Floor(ledger, work)
        stop.set()
        await asyncio.gather(*work)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
