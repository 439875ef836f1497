"""How services end: drained when asked to, and with one clear line when they cannot run."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chaos.audit import check_clients, check_history, read_history
from chaos.service import PATIENCE_S, Service, until
from chaos.trader import trading
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, SERVICES, STREAM, Venue, running_venue
from outcry.runtime.nats_config import OPERATOR
from tests.waiting import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSALS = (1, 65)
"""Exit codes: it cannot run; another start on this log does not help."""

OPTIONS = {
    ORDER_SERVICE: ("OUTCRY_OPS_PORT", "--ops-port"),
    GATEWAY: ("OUTCRY_HTTP_PORT", "--http-port"),
    BROKER: ("OUTCRY_OPS_PORT", "--ops-port"),
    STREAM: ("OUTCRY_WS_PORT", "--ws-port"),
}
"""The port that each service is asked to listen on: variable and option."""


async def refusal(service: Service) -> str:
    """The one line with which a service that cannot run ends."""
    assert await service.ended() in REFUSALS
    (line,) = [one for one in service.last_words().splitlines() if not one.startswith("{")]
    assert line.startswith("outcry: ")
    return line


async def test_every_service_drains_and_ends(venue: Venue) -> None:
    """Under load each is asked to stop in turn: it ends with 0, and nobody's order is lost."""
    async with trading(venue, "endings") as floor:
        for name in SERVICES:
            await floor.progress(20)
            assert await venue[name].stop() == 0, venue[name].last_words()
            await venue[name].start()
        await floor.progress(20)
    await venue.ready()
    history = await read_history(venue)
    check_history(history)
    check_clients(history, floor.ledger)


async def test_a_gateway_answers_what_it_took_before_it_ends(venue: Venue) -> None:
    """An order under way when the gateway is asked to stop is answered."""
    order = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}
    async with venue.client(timeout=PATIENCE_S) as http:
        assert (await http.post("/order", json=order)).status_code == 201
        venue[ORDER_SERVICE].pause()
        under_way = asyncio.create_task(http.post("/order", json=order))

        await until(venue[GATEWAY].is_closed, "an order that waits for its answer")
        ending = asyncio.create_task(venue[GATEWAY].stop())

        async def is_gone() -> bool:
            return not await venue[GATEWAY].state()

        await until(is_gone, "a gateway that lets nobody in")
        assert not ending.done()
        venue[ORDER_SERVICE].resume()
        assert (await under_way).status_code == 201
        assert await ending == 0


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_that_waits_for_nats_can_be_stopped(tmp_path: Path, name: str) -> None:
    """SIGTERM ends a service at once that has not found NATS yet."""
    async with running_venue(tmp_path, started=False) as venue:
        service = venue[name]
        await service.start()

        async def waits() -> bool:
            return "waiting for NATS" in service.last_words()

        await until(waits, "a message that it waits")
        assert await service.stop() == 0


async def test_a_port_that_is_taken_is_said(nats_alone: Venue) -> None:
    """Each service names the option for the port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])
        others = [await nats_alone.another(name, **{OPTIONS[name][0]: port}) for name in SERVICES]
        for name, other in zip(SERVICES, others, strict=True):
            line = await refusal(other)
            assert OPTIONS[name][1] in line and port in line


async def test_a_wrong_password_is_refused(nats_alone: Venue) -> None:
    """A service that NATS does not know says which option to look at."""
    url = nats_alone.nats_url("gateway").replace("gateway:", "gateway:not")
    other = await nats_alone.another(GATEWAY, OUTCRY_NATS_URL=url)
    assert "--nats-url" in await refusal(other)


async def test_an_old_nats_is_refused(nats_alone: Venue) -> None:
    """A NATS server that is too old is named with its version and the one that is needed."""
    async with mute_nats("2.9.1") as url:
        line = await refusal(await nats_alone.another(BROKER, OUTCRY_NATS_URL=url))
        assert "2.9.1" in line and "2.15.1" in line


async def test_a_nats_without_a_log_is_waited_for(nats_alone: Venue) -> None:
    """While JetStream does not answer, every service says that it waits, and can be stopped."""
    async with mute_nats("2.15.1") as url:
        others = [await nats_alone.another(name, OUTCRY_NATS_URL=url) for name in SERVICES]

        async def all_wait() -> bool:
            assert all(other.runs for other in others), [other.last_words() for other in others]
            return all("waiting for" in other.last_words() for other in others)

        await until(all_wait, "services that wait for JetStream")
        assert [await other.stop() for other in others] == [0] * len(others)


async def test_a_venue_of_another_kind_is_refused(venue: Venue) -> None:
    """A log that runs by the clock is not continued in lockstep."""
    other = await venue.another(ORDER_SERVICE, OUTCRY_LOCKSTEP="true")
    assert "--lockstep" in await refusal(other)


async def test_a_log_that_lost_its_entries_is_refused(venue: Venue) -> None:
    """An order service that finds more answers than entries says that a backup is needed."""
    assert await venue[ORDER_SERVICE].stop() == 0
    nc = await venue.connect(OPERATOR)
    await nc.request("$JS.API.STREAM.DELETE.ORDERS", b"")
    await venue[ORDER_SERVICE].start()
    assert "backup" in await refusal(venue[ORDER_SERVICE])


async def test_a_log_that_is_gone_is_missed(tmp_path: Path) -> None:
    """When NATS comes back without the log, every service ends and says so, the books for good."""
    async with running_venue(tmp_path) as venue:
        await venue.stop_nats()
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        await venue.start_nats()
        for name in SERVICES:
            assert "is gone" in await refusal(venue[name])
        await venue[ORDER_SERVICE].start()
        await venue.ready(ORDER_SERVICE)
        venue[BROKER].log.unlink()
        await venue[BROKER].start()
        assert "another log" in await refusal(venue[BROKER])


@asynccontextmanager
async def mute_nats(version: str) -> AsyncIterator[str]:
    """A server that greets as NATS does, answers pings, and nothing else."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": "OLD", "version": version, "max_payload": 8 << 20, "headers": True}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    port = free_port()
    async with await asyncio.start_server(greet, "127.0.0.1", port):
        yield f"nats://127.0.0.1:{port}"
