"""NATS loses its data: every service ends and says so. It gets them back: all goes on."""

import shutil
from collections.abc import Callable

from chaos.audit import check_books, check_history, read_history
from chaos.service import Service, until
from chaos.venue import ORDER_SERVICE, Venue

SAYS = "outcry: "
"""With that a service begins the line in which it says why it cannot run."""


async def wipe_and_restore(venue: Venue, say: Callable[[str], None]) -> list[str]:
    """Take its data from the NATS of a running venue, and give them back. Raises AssertionError."""
    before = await read_history(venue)
    say("NATS wiped")
    await venue.stop_nats()
    store = venue.folder / "nats" / "jetstream"
    kept = store.rename(venue.folder / "kept")
    await venue.start_nats()
    lines = [f"NATS wiped: all of {len(venue.everyone)} services ended, with one line each"]
    for service in venue.everyone:
        await refusal(service)
    lines.append(await _start_on_nothing(venue))
    say("NATS restored")
    await venue.stop_nats()
    shutil.rmtree(store)
    kept.rename(store)
    await venue.start_nats()
    for service in venue.everyone:
        await service.start()
    await venue.ready()
    after = await read_history(venue)
    assert after.executions == before.executions, "another history came back"
    check_history(after)
    check_books(after, venue.books)
    lines.append(f"NATS restored: ready again, with the same {len(after.executions)} executions")
    return lines


async def _start_on_nothing(venue: Venue) -> str:
    """An order service that has snapshots of a log, on a NATS without one."""
    service = venue[ORDER_SERVICE]
    await service.start()

    async def decided() -> bool:
        return not service.runs or bool((await service.state()).get("ready"))

    await until(decided, "an order service that opens a new log, or says why not")
    if service.runs:
        assert await service.stop() == 0
        return "an order service started on the empty NATS opened a new log"
    return f"an order service started on the empty NATS said: {await refusal(service)}"


async def refusal(service: Service) -> str:
    """The last line of a service that ended because it cannot run."""
    code = await service.ended()
    line = service.last_words().strip().rpartition("\n")[2]
    assert code in (1, 65) and line.startswith(SAYS), f"{service.label} ended with {code}: {line}"
    return line.removeprefix(SAYS)
