"""What sets itself off, once, whoever dies at that moment: stop orders, exits, a long cascade."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from chaos.audit import History, check_books, check_history, read_history
from chaos.money import check_ledger, check_money
from chaos.reconciled import check_reconciled
from chaos.service import PATIENCE_S, until
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, Kind, Venue, running_venue
from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from outcry.runtime.nats_config import OPERATOR

Fields = dict[str, Any]

AGAIN_S = 0.02
STOPS = 2_400
"""More than two entries may set off."""
BATCH = 400
AAPL = {"symbol": "AAPL"}
BUY = AAPL | {"side": "buy", "quantity": "1", "price": "110"}


async def answered(venue: Venue, who: str, commands: Any) -> Any:
    """Ask, again and again, until there is an answer."""
    async with venue.client(who, timeout=PATIENCE_S) as http, asyncio.timeout(2 * PATIENCE_S):
        while True:
            try:
                response = await http.post("/order", json=commands)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code in (200, 201, 422):
                told = response.json()
                if not isinstance(told, list) or all("result" in one for one in told):
                    return told
            await asyncio.sleep(AGAIN_S)


async def struck(venue: Venue, victims: Sequence[str], who: str, command: Fields) -> Any:
    """The answer to a command during which services are killed."""
    asking = asyncio.create_task(answered(venue, who, {"account": who} | command))
    await asyncio.sleep(AGAIN_S)  # it may be anywhere on its way by then
    await asyncio.gather(*[venue[name].kill() for name in victims])
    await asyncio.gather(*[venue[name].start() for name in victims])
    return await asking


async def audited(venue: Venue) -> History:
    """Both logs, which the books, the engine, the command line and the money agree with."""
    await venue.ready()
    history = await read_history(venue)
    check_history(history)

    async def booked() -> bool:
        return bool((await venue[BROKER].state()).get("seq") == len(history.executions))

    await until(booked, "all executions in the books")
    check_books(history, venue.books)
    check_ledger(check_money(history.read()), venue.books)
    await check_reconciled(venue)
    command = ["verify", f"--nats-url={venue.nats_url(OPERATOR)}", f"--data-dir={venue.folder}"]
    assert await asyncio.to_thread(main, command) == ExitCode.OK
    return history


@pytest.mark.timeout(120)
@pytest.mark.parametrize("victims", [(ORDER_SERVICE,), SERVICES], ids=["engine", "everybody"])
async def test_an_exit_is_armed_and_set_off_once(tmp_path: Path, victims: Sequence[str]) -> None:
    """At every step of a bracket services are killed; each command and each step of the exit is
    done once, and the position is closed with as much as was opened."""
    async with running_venue(tmp_path) as venue:
        await venue.customers.open("ann", "bob", "house")
        legs = {"order_class": "bracket", "take_profit": "101", "stop_loss": "99"}
        limit = AAPL | {"type": "limit"}

        async def step(who: str, **terms: str) -> Fields:
            told: Fields = await struck(venue, victims, who, terms)
            assert told["result"] in ("accepted", "duplicate"), told
            return told

        opening = limit | legs | {"side": "buy", "quantity": "10", "price": "100"}
        parent = await step("ann", **opening, client_order_id="a1")
        leg = parent["order"]["exit_order_id"]
        await step("house", **limit, side="buy", quantity="50", price="98.9", client_order_id="h1")
        sale = limit | {"side": "sell", "price": "100"}
        await step("bob", **sale, quantity="4", client_order_id="b1")
        await step("ann", op="replace", order_id=leg, stop_price="98.95", new_client_order_id="a2")
        await step("bob", **sale, quantity="6", client_order_id="b2")
        fall = limit | {"side": "sell", "price": "98.9", "time_in_force": "ioc"}
        await step("bob", **fall, quantity="1", client_order_id="b3")
        told = (await audited(venue)).read()
        of_exit = [one for one in told if one.get("order", {}).get("order_id") == leg]
        shown = [
            (one["op"], one["order"]["status"], one["order"]["quantity"])
            for one in of_exit
            if one["op"] in ("exit.moved", "stop.triggered")
        ]
        assert shown == [
            ("exit.moved", "held", "10"),
            ("exit.moved", "new", "4"),
            ("exit.moved", "new", "10"),
            ("stop.triggered", "filled", "10"),
        ]
        async with venue.client("ann") as http:
            positions = (await http.get("/positions")).json()
        assert [one for one in positions["positions"] if one["quantity"] != "0"] == []


@pytest.mark.timeout(180)
async def test_a_cascade_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    """One trade sets off more stop orders than an entry may. Where time stands still each entry
    goes on with them, and before it the order service is killed, or asked to stop: each has its
    turn once, in its order, and who comes meanwhile trades nothing."""
    async with running_venue(tmp_path, Kind(lockstep=True)) as venue:
        names = await _set_up(venue)
        done = []
        for way in ("kill", "stop", "kill"):
            told = await answered(venue, "cat", BUY | {"account": "cat", "time_in_force": "ioc"})
            history = (await read_history(venue)).read()
            done.append((len(_set_off(history)), told["order"].get("reason", "")))
            await _die(venue, way)
        told = (await audited(venue)).read()
    assert done == [(1_000, ""), (2_000, "work_limit"), (STOPS, "")]
    turns = _set_off(told)
    assert [one["order"]["client_order_id"] for one in turns] == names
    assert {one["order"]["status"] for one in turns} == {"filled"}


@pytest.mark.timeout(180)
async def test_a_cascade_goes_on_by_itself(tmp_path: Path) -> None:
    """By the clock nobody has to come; the order service is killed until all had their turn."""
    async with running_venue(tmp_path) as venue:
        names = await _set_up(venue)
        first = asyncio.create_task(answered(venue, "cat", BUY | {"account": "cat"}))
        turns: list[Fields] = []
        while len(turns) < STOPS:
            await asyncio.sleep(AGAIN_S)  # some more, or none, have had their turn by then
            await _die(venue, "kill")
            turns = _set_off((await read_history(venue)).read())
        await first
        await audited(venue)
    assert [one["order"]["client_order_id"] for one in turns] == names
    assert len({one["entry"] for one in turns}) > STOPS // 1_000


async def _set_up(venue: Venue) -> list[str]:
    """Stop orders, and who sells to them; their names in the order of their turns."""
    await venue.customers.open("ann", "house", "cat")
    names = await _place_stops(venue)
    offer = AAPL | {"side": "sell", "quantity": "9000", "price": "110"}
    await answered(venue, "house", {"account": "house"} | offer)
    return names


async def _place_stops(venue: Venue) -> list[str]:
    """Buy stops at 500 prices; their names in the order in which they have their turns."""
    stops = [(10_000 + number * 37 % 500, number) for number in range(STOPS)]
    commands = [
        AAPL
        | {"account": "ann", "client_order_id": f"a{number}", "side": "buy", "quantity": "1"}
        | {"type": "stop", "stop_price": f"{cents // 100}.{cents % 100:02}"}
        for cents, number in stops
    ]
    for start in range(0, STOPS, BATCH):
        told = await answered(venue, "ann", commands[start : start + BATCH])
        assert {one["order"]["status"] for one in told} == {"held"}
    return [f"a{number}" for _, number in sorted(stops)]


async def _die(venue: Venue, way: str) -> None:
    """The order service dies, and comes again."""
    service = venue[ORDER_SERVICE]
    if way == "kill":
        await service.kill()
    else:
        assert await service.stop() == 0
    await service.start()
    await venue.ready(ORDER_SERVICE, GATEWAY)


def _set_off(told: Sequence[Fields]) -> list[Fields]:
    return [one for one in told if one["op"] == "stop.triggered"]
