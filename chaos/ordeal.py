"""One venue under load, struck until it was killed often enough; then everything is audited."""

import asyncio
import json
import random
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple

from chaos.audit import check_books, check_clients, check_history, lost, read_history
from chaos.follower import Follower, following
from chaos.guest import Guest, secrets_in
from chaos.ledger import Fate, Ledger, find
from chaos.money import check_ledger, check_money
from chaos.reconciled import check_reconciled
from chaos.report import Totals, strikes_table, summary
from chaos.rights import check_rights
from chaos.service import until
from chaos.strikes import Scene, check_revoked, deck
from chaos.trader import Floor, Pace, trading
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, Kind, Venue, running_venue

TRADERS = 24
GUESTS = 2
THINK_S = 0.1
"""Pause of a client between two requests, on average."""
BETWEEN_S = 1.5
"""Pause between two strikes at most; and some progress was made."""
RUSH_S = 0.3
"""How long at most before a strike nobody pauses, so that it hits many."""
PROGRESS_MAX = 40


class Plan(NamedTuple):
    """What a run is to be: killed so often, but for no longer than this."""

    seed: str
    kills: int
    seconds: float


class Watchers(NamedTuple):
    """Who looked on: with the key of the administrator, with none, and over NATS."""

    follower: Follower
    stranger: Follower
    guests: list[Guest]


class Outcome(NamedTuple):
    """What a run has shown; `violations` is empty when all held."""

    lines: list[str]
    violations: list[str]


@asynccontextmanager
async def running_target(folder: Path, kind: Kind) -> AsyncIterator[Venue]:
    """A venue with two gateways and two order services, while the block runs."""
    async with running_venue(folder, kind) as venue:
        await venue.another(ORDER_SERVICE)
        await venue.another(GATEWAY)
        await venue.ready()
        yield venue


async def ordeal(venue: Venue, plan: Plan, say: Callable[[str], None]) -> Outcome:
    """Strike a running target. What it raises otherwise is a violation here."""
    ledger = Ledger()
    pace = Pace(THINK_S)
    scene = Scene(venue, ledger, random.Random(plan.seed))
    try:
        async with (
            following(venue.ws_url, venue.customers.headers()) as follower,
            following(venue.ws_url, {}) as stranger,
        ):
            async with (
                trading(venue, plan.seed, TRADERS, pace, ledger) as floor,
                publishing(venue, ledger, plan.seed, pace) as guests,
            ):
                await _strike(scene, floor, pace, plan, say)
                await floor.progress(PROGRESS_MAX)
            say("audit")
            return await _audit(scene, ledger, Watchers(follower, stranger, guests))
    except (AssertionError, TimeoutError) as violation:
        logs = [f"--- {name}\n{text}" for name, text in venue.logs()]
        struck = [f"{hit.at_s:.1f}s {hit.what}" for hit in scene.hits]
        where = "".join(traceback.format_exception(violation))
        return Outcome(struck, [f"stuck: {where}", *logs])


async def _strike(
    scene: Scene, floor: Floor, pace: Pace, plan: Plan, say: Callable[[str], None]
) -> None:
    end = time.monotonic() + plan.seconds
    for strike in chain.from_iterable(deck(scene.chance) for _ in repeat(None)):
        if scene.kills >= plan.kills or time.monotonic() > end:
            return
        await floor.progress(scene.chance.randrange(1, PROGRESS_MAX))
        await scene.wait(BETWEEN_S)
        _check_alive(scene.venue)
        pace.think_s = 0
        await scene.wait(RUSH_S)
        striking = asyncio.create_task(strike(scene))
        await asyncio.sleep(0)  # it hits, and needs some time to mend
        pace.think_s = THINK_S
        await striking
        hit = scene.hits[-1]
        say(f"{scene.kills}/{plan.kills} {hit.what} ({len(hit.in_flight)} in flight)")


def _check_alive(venue: Venue) -> None:
    """Nobody has ended but by our hand."""
    for one in venue.everyone:
        assert one.runs, f"the {one.label} ended by itself: {one.last_words()}"


@asynccontextmanager
async def publishing(
    venue: Venue, ledger: Ledger, seed: str, pace: Pace
) -> AsyncIterator[list[Guest]]:
    """Guests at work while the block runs."""
    stop = asyncio.Event()
    names = [f"guest{n}" for n in range(GUESTS)]
    await venue.customers.open(*names, access="open")
    guests = [
        Guest(name, venue.nats_url(), ledger, random.Random(f"{seed}/{name}")) for name in names
    ]
    work = [asyncio.create_task(guest.work(stop, pace)) for guest in guests]
    try:
        yield guests
        stop.set()
        await asyncio.gather(*work)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def _audit(scene: Scene, ledger: Ledger, watchers: Watchers) -> Outcome:
    venue = scene.venue
    await venue.ready()
    history = await read_history(venue)
    found = find(history.read())
    stuck = [sent for sent in ledger.in_flight if found.fate(sent) is Fate.STUCK]
    missing = lost(history, ledger)
    takeovers = sum(
        one.log.read_text(errors="replace").count("executions.takeover")
        for one in venue.everyone
        if one.name == ORDER_SERVICE
    )
    totals = Totals(
        ledger.sent,
        len(ledger.acknowledged),
        len(history.entries),
        len(history.executions),
        takeovers,
        scene.kills,
        scene.seconds,
        ledger.failures,
    )
    verdict = (
        f"acknowledged orders lost: {len(missing)}, effects doubled: {len(found.doubled)}, "
        f"stuck: {len(stuck)}"
    )
    lines = [*strikes_table(scene.hits, found), "", *summary(scene.hits, found, totals), verdict]
    violations = [
        *(f"lost: {one!r}" for one in missing),
        *(f"done twice: {key}" for key in found.doubled),
        *(f"stuck: {sent.key}" for sent in stuck),
    ]
    try:
        check_history(history)
        check_clients(history, ledger)
        check_rights(history.read())
        money = check_money(history.read())
        await check_readers(venue, history.executions, watchers)
        check_books(history, venue.books)
        check_ledger(money, venue.books)
        await check_revoked(scene)
        await check_reconciled(venue)
    except AssertionError as violation:
        violations.append(f"{violation}")
    return Outcome(lines, violations)


async def check_readers(venue: Venue, executions: list[bytes], watchers: Watchers) -> None:
    """Broker, gateways, order services and trade stream have all of it, and nothing else; who has
    no key is shown each execution, and nothing of anybody's in it."""
    told = json.loads(executions[-1])
    await until(lambda: _has_booked(venue, told["seq"]), f"execution {told['seq']} in the books")
    for watcher in (watchers.follower, watchers.stranger):
        await watcher.has_seen(len(executions))
    seen = watchers.follower.seen
    assert seen == executions, "the trade stream showed something else than the log"
    shown = [json.loads(frame)["seq"] for frame in watchers.stranger.seen]
    assert shown == list(range(1, len(executions) + 1)), "without a key executions are missing"
    for frame in watchers.stranger.seen:
        assert not secrets_in(frame), f"without a key the trade stream shows {frame!r}"
    for guest in watchers.guests:
        assert guest.heard and not guest.betrayed, f"a guest was shown {guest.betrayed[:3]}"
    for one in venue.everyone:
        if one.name in (ORDER_SERVICE, BROKER):
            digest = (await one.state())["digest"]
            assert digest == told["digest"], f"the {one.label} has another history: {digest}"
        if one.name == GATEWAY:
            seq = (await one.state())["seq"]
            assert seq == told["seq"], f"the {one.label} has read up to {seq}"


async def _has_booked(venue: Venue, seq: int) -> bool:
    return bool((await venue[BROKER].state()).get("seq") == seq)
