"""ORDERS and EXECUTIONS of a venue from their first entry on, as an operator reads them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import Parameter

from outcry.cli.data_folder import ARCHIVE, BOOKS, SNAPSHOTS
from outcry.cli.difference import Difference
from outcry.cli.gateway_client import WHERE
from outcry.cli.operator import Bus
from outcry.log.archive import Archive
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Log
from outcry.log.whole import WholeLog
from outcry.wire.subjects import EXECUTIONS, ORDERS


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True, kw_only=True)
class Folders:
    """What lies beside the streams."""

    archive_dir: Annotated[Path | None, Parameter(env_var="OUTCRY_ARCHIVE_DIR")] = None
    "Where the beginning of the log was moved to; the `archive` of the data folder if left out."
    snapshot_dir: Annotated[Path | None, Parameter(env_var="OUTCRY_SNAPSHOT_DIR")] = None
    "The snapshots of the order service; the `snapshots` of the data folder if left out."

    def archives(self, bus: Bus) -> Path:
        return self.archive_dir or bus.data_dir / ARCHIVE

    def archive(self, bus: Bus, stream: str) -> Archive:
        return Archive(self.archives(bus), stream)

    def snapshots(self, bus: Bus) -> Path:
        return self.snapshot_dir or bus.data_dir / SNAPSHOTS


class Logs(NamedTuple):
    """Both, with the first entry that is left, the last that is answered, and how many are not."""

    orders: Log
    answers: Log
    first: int
    end: int
    unanswered: int


def whole_log(nc: Connection, bus: Bus, folders: Folders, stream: str) -> WholeLog:
    """A stream with its archive. Raises LogError: that cannot be read."""
    archive = folders.archive(bus, stream)
    archive.check_readable()
    return WholeLog(JetStreamLog(nc, stream), archive)


async def open_logs(nc: Connection, bus: Bus, folders: Folders) -> Logs:
    """The logs behind `nc`, with the archive. Raises Difference: more is answered than asked."""
    orders, answers = (whole_log(nc, bus, folders, stream) for stream in (ORDERS, EXECUTIONS))
    told, asked = await answers.info(), await orders.info()
    if told.last_seq > asked.last_seq:
        raise Difference(
            "the ends of the logs",
            f"at most {asked.last_seq} answers, as ORDERS holds {asked.last_seq} entries",
            f"{told.last_seq} answers in EXECUTIONS",
            "ORDERS lost its tail, or one of the two is of another venue",
        )
    first = max(asked.first_seq, told.first_seq, 1)
    return Logs(orders, answers, first, told.last_seq, asked.last_seq - told.last_seq)


def books_of(bus: Bus, address: str = "") -> str:
    """The address of the books that are meant; empty: there are none."""
    path = bus.data_dir / BOOKS
    if address or bus.nats_url or not path.exists():
        return address
    return f"sqlite:///{path.resolve()}"
