"""`outcry archive`: the beginning of the log, outside of NATS."""

from outcry.cli.at_rest import connection_to
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.logs import Folders
from outcry.cli.operator import Bus, Json
from outcry.cli.progress import progress
from outcry.cli.tables import print_json
from outcry.domain.digest import START
from outcry.log.archive import Archive
from outcry.log.history import follow
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import LogError
from outcry.orders.archiving import Archived
from outcry.orders.archiving import archive as archive_streams
from outcry.runtime.settings import OrderServiceSettings
from outcry.wire.subjects import EXECUTIONS, ORDERS

STEP = 1_000


def run(
    *,
    min_age: float = OrderServiceSettings.archive_min_age,
    json: Json = False,
    bus: Bus | None = None,
    folders: Folders | None = None,
) -> int:
    """Move all before the newest snapshot from NATS to the archive, now.

    Parameters
    ----------
    min_age
        Seconds that an entry stays in NATS at least: a gateway may send it again meanwhile.
    """
    done = carry_out(_run(bus or Bus(), folders or Folders(), min_age))
    if json:
        print_json({"first": done.first, "freed_bytes": done.freed_bytes, "why": done.why})
        return ExitCode.OK
    print(f"NATS holds entries from {done.first:,} on; {done.freed_bytes:,} bytes made free")
    if done.why:
        print(f"  no more than that: {done.why}")
    return ExitCode.OK


def show(*, json: Json = False, bus: Bus | None = None, folders: Folders | None = None) -> int:
    """List the files of the archive."""
    found = [(archive, archive.segments()) for archive in _archives(bus, folders)]
    if json:
        print_json(
            [
                {"stream": a.stream, "first": s.first, "last": s.last, "file": str(s.path)}
                for a, segments in found
                for s in segments
            ]
        )
        return ExitCode.OK
    for archive, segments in found:
        size = sum(segment.path.stat().st_size for segment in segments)
        print(f"{archive.stream}: {len(segments)} files, {size:,} bytes, in {archive.folder}")
        for segment in segments:
            print(f"  {segment.first:>12,} to {segment.last:>12,}  {segment.path.name}")
    return ExitCode.OK


def verify(*, json: Json = False, bus: Bus | None = None, folders: Folders | None = None) -> int:
    """Read all of the archive: checksums, each entry once, one unbroken chain of digests."""
    told = {}
    for archive in _archives(bus, folders):
        try:
            told[archive.stream] = _verify(archive, quiet=json)
        except LogError as error:
            raise Failed(str(error), ExitCode.REFUSED) from error
    if json:
        print_json(told)
        return ExitCode.OK
    for stream, found in told.items():
        whole = f"entries {found['first']:,} to {found['last']:,} are whole"
        print(f"{stream}: {whole if found['last'] else 'nothing is archived yet'}")
    return ExitCode.OK


def _archives(bus: Bus | None, folders: Folders | None) -> list[Archive]:
    at, beside = bus or Bus(), folders or Folders()
    try:
        archives = [beside.archive(at, stream) for stream in (ORDERS, EXECUTIONS)]
        for archive in archives:
            archive.segments()
    except LogError as error:
        raise Failed(str(error), ExitCode.REFUSED) from error
    return archives


async def _run(bus: Bus, folders: Folders, min_age_s: float) -> Archived:
    async with connection_to(bus) as nc:
        return await archive_streams(
            JetStreamLog(nc, ORDERS),
            JetStreamLog(nc, EXECUTIONS),
            folders.archives(bus),
            folders.snapshots(bus),
            min_age_s=min_age_s,
        )


def _verify(archive: Archive, *, quiet: bool) -> dict[str, int | str]:
    """What a stream's archive holds. Raises LogError: it is damaged."""
    first, last = archive.first_seq, archive.last_seq
    digest = START if first == 1 else None
    done = 0
    with progress(archive.stream, last - first + 1, quiet=quiet) as advance:
        for entry in archive.read(first):
            if archive.stream == EXECUTIONS:
                digest = follow(entry, digest, "Put back the files of this log from a backup.")
            done += 1
            if done % STEP == 0:
                advance(STEP, STEP)
        advance(done % STEP, done % STEP)
    told: dict[str, int | str] = {"first": first, "last": last}
    return told | ({"digest": digest.hex()} if digest and done else {})
