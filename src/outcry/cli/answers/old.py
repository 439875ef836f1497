"""The EXECUTIONS that is to be replaced: kept in files, as far as it can be read."""

from collections.abc import Iterator
from pathlib import Path

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.tape import stretch
from outcry.log.api import STREAM_NOT_FOUND, ApiRefused
from outcry.log.archive import Archive
from outcry.log.log import Entry, Log, LogError
from outcry.log.segments import RAW_BYTES_MAX, SegmentWriter
from outcry.wire.order_id import NO_LOG
from outcry.wire.subjects import EXECUTIONS


class Old:
    """What was in the archive, and then in the stream; `trouble` is why it ends where it does."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive = archive
        self.folder = folder
        self.kept = Archive(folder, EXECUTIONS)
        self.trouble = ""
        self.replaced = False

    async def keep(self, live: Log) -> None:
        """Copy the stream into files. Raises Failed: there are such files already."""
        if self.kept.segments():
            raise Failed(
                f"{self.folder} keeps an EXECUTIONS that was replaced: move it away first",
                ExitCode.REFUSED,
            )
        try:
            state = await live.info()
        except ApiRefused as refused:
            if refused.err_code != STREAM_NOT_FOUND:
                raise
            self.trouble = "there is no stream EXECUTIONS"
            return
        folder = self.kept.folder
        writer: SegmentWriter | None = None
        try:
            async for entries in stretch(live, max(state.first_seq, 1), state.last_seq):
                for entry in entries:
                    writer = writer or SegmentWriter(folder, NO_LOG, EXECUTIONS, entry.seq)
                    writer.add(entry)
                if writer is not None and writer.raw_bytes >= RAW_BYTES_MAX:
                    writer.seal()
                    writer = None
        except LogError as error:
            self.trouble = str(error)
        if writer is not None:
            writer.seal()

    def answers(self, first: int) -> Iterator[Entry]:
        """The answers from `first` on without a gap, as far as there are any."""
        due = first
        for part in (self.archive, self.kept):
            for entry in part.read(due):
                if entry.seq != due:
                    return
                yield entry
                due += 1

    def forget(self) -> None:
        """Remove the files: nothing is replaced."""
        for segment in self.kept.segments():
            segment.path.unlink()
        for folder in (self.kept.folder, self.folder):
            if folder.is_dir():
                folder.rmdir()
