"""The archive under load: a full log makes room, and nobody misses what was taken out."""

import asyncio
import json
import random
import sys
from pathlib import Path

import httpx

from chaos.audit import History, check_books, check_clients, check_history, read_history
from chaos.service import PATIENCE_S, Service, until
from chaos.trader import trading
from chaos.venue import BROKER, GATEWAY, ORDER_SERVICE, STREAM, Kind, Venue, running_venue
from outcry.gateway.admission import FULL_SHARE
from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits
from outcry.orders.archiving import sole_archiver
from outcry.runtime.lifecycle import FOREIGN
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.subjects import EXECUTIONS, ORDERS

SMALL = 100_000
ORDER = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}


def kind(orders_bytes: int, above_bytes: int) -> Kind:
    settings = {
        "OUTCRY_ORDERS_MAX_BYTES": str(orders_bytes),
        "OUTCRY_ARCHIVE_ABOVE_BYTES": str(above_bytes),
        "OUTCRY_ARCHIVE_MIN_AGE": "0",
    }
    return Kind(limits=Limits(orders_bytes), settings=settings)


async def first_seq(venue: Venue, stream: str) -> int:
    nc = await venue.connect(OPERATOR)
    return (await JetStreamLog(nc, stream).info()).first_seq


async def test_a_full_log_recovers_by_itself(tmp_path: Path) -> None:
    """New orders are refused before the log, cancels enter, and orders again once there is room."""
    async with running_venue(tmp_path, kind(SMALL, SMALL)) as venue:
        client = venue.client(timeout=PATIENCE_S)
        async with client as http:
            resting = (await http.post("/order", json=ORDER)).json()["order"]["order_id"]
            with sole_archiver(venue.folder / "archive"):  # so nobody makes room
                await fill(venue, http)
                refused = await http.post("/order", json=ORDER)
                assert refused.status_code == 503
                assert "nearly full" in refused.json()["error"]["message"]
                cancel = await http.delete(f"/order/{resting}")
                assert cancel.json()["order"]["status"] == "canceled"
                assert (await http.post("/order", json=ORDER)).status_code == 503

            async def enters() -> bool:
                return (await http.post("/order", json=ORDER)).status_code == 201

            await until(enters, "a log with room")
        assert await first_seq(venue, ORDERS) > 1
        history = await all_booked(venue)
        check_history(history)
        check_books(history, venue.books)


async def all_booked(venue: Venue, *others: Service) -> History:
    """The logs, with an order service that adds nothing more, once all of them is booked."""
    await venue[ORDER_SERVICE].stop()
    history = await read_history(venue)
    for broker in (venue[BROKER], *others):

        async def booked(broker: Service = broker) -> bool:
            return bool((await broker.state()).get("position") == history.entries[-1].seq)

        await until(booked, "the end of the log in the books")
    return history


async def fill(venue: Venue, http: httpx.AsyncClient) -> None:
    """Send orders until a gateway refuses more, in steps that leave room for cancels."""
    orders = [ORDER | {"client_order_id": f"{n:0100}"} for n in range(10)]
    log = JetStreamLog(await venue.connect(OPERATOR), ORDERS)
    while (state := await log.info()).bytes <= FULL_SHARE * state.max_bytes:
        assert (await http.post("/order", json=orders)).status_code == 200

    async def closed() -> bool:
        return not await venue[GATEWAY].ready()

    await until(closed, "a gateway that sees that the log is full")


async def test_nobody_misses_what_was_archived(tmp_path: Path) -> None:
    """Under load, with the order service killed at any moment of the archiving, and with books
    that were away meanwhile or begin anew."""
    chance = random.Random("archive")
    async with running_venue(tmp_path, kind(4 << 20, 60_000)) as venue:
        async with trading(venue, "archive") as floor:
            await floor.progress(300)
            await venue[BROKER].stop()
            for _ in range(3):
                before = await first_seq(venue, EXECUTIONS)

                async def archived(before: int = before) -> bool:
                    return await first_seq(venue, EXECUTIONS) > before

                await until(archived, "more in the archive")
                await asyncio.sleep(chance.random())
                await venue.restart(ORDER_SERVICE)
                await floor.progress(300)
            await venue[BROKER].start()
            await venue.restart(STREAM)
            await venue.restart(GATEWAY)
            anew = f"sqlite:///{tmp_path}/anew.db"
            other = await venue.another(BROKER, OUTCRY_DATABASE_URL=anew)
            await floor.progress(300)
        history = await all_booked(venue, other)
        check_history(history)
        check_clients(history, floor.ledger)
        check_books(history, venue.books)
        check_books(history, tmp_path / "anew.db")
        archived_to = {
            Archive(tmp_path / "archive", name).last_seq for name in (ORDERS, EXECUTIONS)
        }
        assert max(archived_to) > 1


async def test_a_broker_without_the_archive_says_what_it_needs(tmp_path: Path) -> None:
    """Books that are behind a purge cannot go on without what was purged."""
    async with running_venue(tmp_path, kind(4 << 20, 30_000)) as venue:
        async with trading(venue, "no archive") as floor:
            await floor.progress(300)

            async def archived() -> bool:
                return await first_seq(venue, EXECUTIONS) > 1

            await until(archived, "something in the archive")
        settings = {
            "OUTCRY_DATABASE_URL": f"sqlite:///{tmp_path}/anew.db",
            "OUTCRY_ARCHIVE_DIR": str(tmp_path / "nowhere"),
        }
        other = await venue.another(BROKER, **settings)
        assert await other.ended() == 1
        assert "--archive-dir" in other.last_words()


async def outcry(*command: str | Path) -> str:
    """What a command of the operator says; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "outcry.cli", *map(str, command)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    return said


async def back_up(venue: Venue, folder: Path) -> None:
    await outcry(
        *("backup", folder, "--nats-url", venue.nats_url(OPERATOR)),
        *("--archive-dir", venue.folder / "archive", "--snapshot-dir", venue.folder / "snapshots"),
    )


async def test_a_backup_under_load_is_a_venue_again(tmp_path: Path) -> None:
    """The history up to the backup's end is the same, books are remade equal, trading goes on; the
    old books, which are ahead of it, are refused."""
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    async with running_venue(old, kind(4 << 20, 60_000)) as venue:
        async with trading(venue, "backup") as floor:
            await floor.progress(500)
            await back_up(venue, backup)
            await floor.progress(500)
            await back_up(venue, backup)
            await floor.progress(200)
        lost = await all_booked(venue)
    await outcry("restore", backup, "--data-dir", new, "--orders-max-bytes", str(4 << 20))
    async with running_venue(new, kind(4 << 20, 60_000), started=False) as venue:
        await venue.start_nats()
        for service in venue.services.values():
            await service.start()
        await venue.ready()
        kept = await all_booked(venue)
        told = json.loads((backup / "manifest.json").read_bytes())
        end = told["entry"]
        assert len(floor.ledger.answers) > 900
        assert len(kept.entries) >= end
        assert len(lost.entries) > end
        assert kept.entries[:end] == lost.entries[:end]
        assert kept.answers[: end - 1] == lost.answers[: end - 1]
        assert kept.executions[: told["seq"]] == lost.executions[: told["seq"]]
        assert json.loads(kept.executions[told["seq"] - 1])["digest"] == told["digest"]
        check_books(kept, venue.books)
        await venue.mend()
        async with trading(venue, "restored") as floor:  # many of whose ids are used up
            await floor.progress(300)
            async with venue.client() as http:
                assert (await http.post("/order", json=ORDER)).status_code == 201
        history = await all_booked(venue)
        check_history(history)
        check_clients(history, floor.ledger)
        assert history.executions[: len(kept.executions)] == kept.executions
        check_books(history, venue.books)
        ahead = {"OUTCRY_DATABASE_URL": f"sqlite:///{old}/books.db"}
        other = await venue.another(BROKER, **ahead)
        assert await other.ended() == FOREIGN
        assert "--database-url" in other.last_words()
